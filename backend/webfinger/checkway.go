package webfinger

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// certificateWarning is how long before its end a certificate should have been renewed: hosts do so a month ahead.
const certificateWarning = 7 * idp.Day

// failed tells where on the way a client stops.
func (v *visit) failed(ctx context.Context, hops []outgoing.Hop, err error) {
	host, key := v.domain.Domain, "dns"
	if n := len(hops); n > 0 {
		key, host = "redirect", sentTo(hops[n-1])
	}
	switch outgoing.Reason(err) {
	case "redirect_plain":
		v.danger("redirect", "redirect", "redirect_plain", "host", hostOf(hops[len(hops)-1].URL))
	case "redirect_loop":
		v.danger("redirect", "redirect", "redirect_loop", "host", hostOf(hops[len(hops)-1].URL))
	case "redirect_many":
		v.danger("redirect", "redirect", "redirect_many", "host", v.domain.Domain)
	case "redirect_broken":
		v.danger("redirect", "redirect", "redirect_broken", "host", hostOf(hops[len(hops)-1].URL))
	case "inward", "nowhere", "number":
		v.danger(key, "", "inward", "host", host)
	case "unknown":
		v.noName(host, key, err)
	case "certificate":
		v.knock(ctx)
		v.badCertificate(host, err)
	case "unreachable":
		if v.knock(ctx) && host == v.domain.Domain {
			v.danger("tls", "certificate", "no_https", "host", host)
			break
		}
		v.danger("connect", "", "no_connection", "host", host)
	case "silent":
		v.danger("connect", "", "silent", "host", host)
	case "long":
		v.danger("json", "missing", "long", "host", host)
	default:
		v.danger("connect", "", "broken", "host", host)
	}
}

func (v *visit) noName(host, key string, err error) {
	if errors.Is(err, outgoing.ErrOffline) {
		v.offline.Do(func() {
			v.add(Finding{Key: "dns", State: StateUnknown, Title: idp.Text("wfcheck.offline").String(), Detail: idp.Text("wfcheck.offline_mend").String()})
		})
		return
	}
	v.danger(key, "", "no_name", "host", host)
}

// cutOff says whether this machine left the internet in the middle of the look, so that a question was not even put.
func (v *visit) cutOff(r reply) bool {
	if !errors.Is(r.err, outgoing.ErrOffline) {
		return false
	}
	v.noName(v.domain.Domain, "dns", r.err)
	return true
}

// knock asks without https, to recognise a host that does not come as far as an answer. It says whether anybody is there.
func (v *visit) knock(ctx context.Context) bool {
	a, err := v.Client.Do(ctx, outgoing.Request{Method: http.MethodGet, URL: "http://" + v.domain.Domain + "/"})
	if err == nil && v.host == "" {
		v.host = recognise([]outgoing.Hop{{Answer: a}})
	}
	return err == nil
}

// badCertificate tells what is wrong with it.
func (v *visit) badCertificate(host string, err error) {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		v.danger("tls", "certificate", "no_https", "host", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		v.danger("tls", "certificate", "certificate_ended", "host", host, "date", dateOf(invalid.Cert.NotAfter))
	case errors.As(err, &name):
		v.danger("tls", "certificate", "certificate_other", "host", host)
	case errors.As(err, &authority):
		v.danger("tls", "certificate", "certificate_untrusted", "host", host)
	default:
		v.danger("tls", "certificate", "certificate_bad", "host", host)
	}
}

// arrived tells of a way that leads to an answer.
func (v *visit) arrived(hops []outgoing.Hop) {
	last := hops[len(hops)-1]
	v.ok("dns", "reached", "address", v.report.Address, "took", strconv.FormatInt(max(v.report.Took, 1), 10))
	if last.TLS != nil && len(last.TLS.PeerCertificates) > 0 {
		ends := last.TLS.PeerCertificates[0].NotAfter
		if idp.Time(ends.UnixMilli()).Sub(v.Clock()) < certificateWarning {
			v.warn("tls", "certificate", "certificate_ending", "host", hostOf(last.URL), "date", dateOf(ends))
		} else {
			v.ok("tls", "certificate", "date", dateOf(ends))
		}
	}
	if len(hops) > 1 {
		v.redirected(hops)
	}
}

// redirected looks at the way that was gone along with. One to www and back is every client's daily bread; one to another host is the less proven way.
func (v *visit) redirected(hops []outgoing.Hop) {
	last := hops[len(hops)-1]
	to, err := url.Parse(last.URL)
	if err != nil {
		return
	}
	asked, _ := url.Parse(hops[0].URL)
	switch {
	case to.Query().Get("resource") != asked.Query().Get("resource"):
		v.warn("redirect", "redirect", "redirect_query", "host", v.domain.Domain, "to", to.Host)
	case sameSite(to.Hostname(), v.domain.Domain):
		v.ok("redirect", "redirect", "to", to.Host)
	default:
		v.warn("redirect", "redirect", "redirect_away", "host", v.domain.Domain, "to", to.Host)
	}
}

// sameSite says whether a host is the domain, or one of it and its www.
func sameSite(host, domain string) bool {
	return strings.TrimPrefix(host, "www.") == strings.TrimPrefix(domain, "www.")
}

// plain looks at what is answered without https, which no client may take (RFC 7033 §4.2).
func (v *visit) plain(ctx context.Context) {
	a, err := v.Client.Do(ctx, outgoing.Request{Method: http.MethodGet, URL: v.address(question{account: v.Ask[0], rel: true, scheme: "http"})})
	switch doc, bad := readDocument(a.Body); {
	case err != nil, a.Status/100 == 4, a.Status/100 == 5:
		v.ok("http", "http_closed")
	case strings.HasPrefix(strings.ToLower(a.Header.Get("Location")), "https://"):
		v.ok("http", "http_redirect")
	case a.Status == http.StatusOK && bad == nil && len(doc.issuers()) > 0:
		v.warn("http", "redirect", "http_open", "host", v.domain.Domain)
	default:
		v.ok("http", "http_other")
	}
}

func sentTo(h outgoing.Hop) string {
	at, err := url.Parse(h.URL)
	if err != nil {
		return ""
	}
	to, err := at.Parse(h.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return at.Host
	}
	return to.Host
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// dateOf is a day as sentences name it.
func dateOf(t time.Time) string { return t.UTC().Format("2 January 2006") }
