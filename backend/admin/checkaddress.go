package admin

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

func checkRedirects(in *ClientInput) (err error) {
	in.RedirectURIs, err = checkURIs("redirectUris", in.RedirectURIs, func(uri string) error { return oidc.CheckRedirectURI(uri, in.Native, in.AllowHTTP) })
	if err != nil {
		return err
	}
	in.PostLogoutRedirectURIs, err = checkURIs("postLogoutRedirectUris", in.PostLogoutRedirectURIs, func(uri string) error { return oidc.CheckPostLogoutRedirectURI(uri, in.Native, in.AllowHTTP) })
	return err
}

// checkAddresses looks at where the app is opened, and where Hearthkey goes to it.
func checkAddresses(in *ClientInput) (err error) {
	if in.LaunchURL, err = checkLaunchURL(in.LaunchURL); err != nil {
		return err
	}
	in.InitiateLoginURI, in.BackchannelLogoutURI = strings.TrimSpace(in.InitiateLoginURI), strings.TrimSpace(in.BackchannelLogoutURI)
	if err := checkInitiateLogin(in.InitiateLoginURI); err != nil {
		return err
	}
	return checkBackchannel(in)
}

func checkLaunchURL(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return s, idp.FailField("launchUrl", "admin.launch_url")
	}
	return s, nil
}

// checkInitiateLogin wants https (OIDC Core §4), or this machine. Hearthkey adds the parameters of that section.
func checkInitiateLogin(uri string) error {
	const field = "initiateLoginUri"
	if uri == "" {
		return nil
	}
	if err := oidc.CheckAddress(field, uri, "iss", "login_hint", "target_link_uri"); err != nil {
		return err
	}
	if scheme, host := place(uri); scheme != "https" && !isLoopback(host) {
		return idp.FailField(field, "admin.initiate_https")
	}
	return nil
}

// checkBackchannel wants https, or an app that may use http and is confidential (OIDC Back-Channel Logout §2.2). Machines of the home have no certificate that anybody checks, so http to them needs no tick.
func checkBackchannel(in *ClientInput) error {
	const field = "backchannelLogoutUri"
	if in.BackchannelLogoutURI == "" {
		return nil
	}
	if err := oidc.CheckAddress(field, in.BackchannelLogoutURI); err != nil {
		return err
	}
	scheme, host := place(in.BackchannelLogoutURI)
	switch {
	case scheme == "https" || isLoopback(host):
	case in.Public:
		return idp.FailField(field, "admin.backchannel_public")
	case !in.AllowHTTP && !isHome(host):
		return idp.FailField(field, "admin.backchannel_https")
	}
	return nil
}

// place takes scheme and host out of an address that was checked.
func place(uri string) (scheme, host string) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", ""
	}
	return u.Scheme, strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// isLoopback knows this machine by the names that redirect addresses have for it (RFC 8252 §7.3).
func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// homeDomains are names that the internet does not know (RFC 6762, RFC 8375, RFC 9476, and what home routers use), and those of a tailnet, which encrypts by itself.
var homeDomains = []string{".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain", ".ts.net"}

// tailnet is where Tailscale's addresses are, shared with other networks behind one address (RFC 6598).
var tailnet = netip.MustParsePrefix("100.64.0.0/10")

// isHome says whether a host is by its nature within the home or the tailnet. It decides about a warning only: where a request really goes is looked at when it is sent.
func isHome(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || tailnet.Contains(ip)
	}
	return !strings.Contains(host, ".") || slices.ContainsFunc(homeDomains, func(end string) bool { return strings.HasSuffix(host, end) })
}
