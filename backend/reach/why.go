package reach

import (
	"context"
	"crypto/x509"
	"errors"

	"hearthkey/backend/idp"
)

// What a look can fail by, in the order in which it gets there; errNoServer and errNoName of the name servers come before.
var (
	errInward       = errors.New("the name leads to an address that the internet cannot reach")
	errNoConnection = errors.New("no connection")
	errHandshake    = errors.New("no TLS")
	errNoAnswer     = errors.New("no answer")
	errOtherAnswer  = errors.New("another answer than ours")
)

// failed makes a finding of an error. A look that was broken off, or that could ask nobody for the name, knows nothing.
func failed(ctx context.Context, pin idp.Pin, network idp.Network, err error) Finding {
	f := Finding{State: idp.ReachDown, Err: err}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.State = idp.ReachUnknown
		return f
	case errors.Is(err, errNoServer):
		f.State = idp.ReachUnknown
	}
	f.Reason = why(pin, network, err)
	return f
}

// why is the sentence that tells the way out of a failure.
func why(pin idp.Pin, network idp.Network, err error) idp.Message {
	if network == idp.NetworkLocal {
		return idp.Text("reach.local_silent", "issuer", pin.Issuer)
	}
	if m, ok := elsewhere(pin, err); ok {
		return m
	}
	switch {
	case network == idp.NetworkTailnet:
		return idp.Text("reach.tailnet_silent", "host", pin.HostName)
	case errors.Is(err, errNoServer):
		return idp.Text("reach.no_server", "host", pin.HostName)
	case pin.Mode == idp.ModeDomain:
		return whyDomain(pin, err)
	case errors.Is(err, errNoName):
		return idp.Text("reach.funnel_no_name", "host", pin.HostName)
	case errors.Is(err, errInward):
		return idp.Text("reach.funnel_inward", "host", pin.HostName)
	case errors.Is(err, errNoConnection):
		return idp.Text("reach.funnel_no_relay", "host", pin.HostName)
	}
	return idp.Text("reach.funnel_not_passed", "host", pin.HostName)
}

// whyDomain is for a name of the owner's own, where the owner can mend more.
func whyDomain(pin idp.Pin, err error) idp.Message {
	switch {
	case errors.Is(err, errNoName):
		return idp.Text("reach.domain_no_name", "host", pin.HostName)
	case errors.Is(err, errInward):
		return idp.Text("reach.domain_inward", "host", pin.HostName)
	case errors.Is(err, errNoConnection):
		return idp.Text("reach.domain_no_connection", "host", pin.HostName)
	}
	return idp.Text("reach.domain_not_passed", "host", pin.HostName)
}

// elsewhere is what is said where somebody answers, and not as we would.
func elsewhere(pin idp.Pin, err error) (idp.Message, bool) {
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.Is(err, errOtherAnswer):
		return idp.Text("reach.other_answer", "host", pin.HostName), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return idp.Text("reach.certificate_ended", "host", pin.HostName), true
	case errors.As(err, &host):
		return idp.Text("reach.other_name", "host", pin.HostName), true
	case errors.As(err, &authority), errors.As(err, &invalid):
		return idp.Text("reach.untrusted", "host", pin.HostName), true
	}
	return idp.Message{}, false
}
