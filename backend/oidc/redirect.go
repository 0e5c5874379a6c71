package oidc

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
)

// maxURI is the longest address that can be registered, in bytes.
const maxURI = 2000

// loopbacks are the origins whose port an app may choose at each start (RFC 8252 §7.3). localhost is among them because native apps and command-line tools register it, though the RFC prefers the literals.
var loopbacks = []string{"http://127.0.0.1", "http://[::1]", "http://localhost"}

// registered says whether uri is one of the registered addresses: the same string (RFC 9700 §2.1), or a registered loopback address with another port. It compares text and parses nothing, so no two parsers can disagree.
func registered(uris []string, uri string) bool {
	if slices.Contains(uris, uri) {
		return true
	}
	host, rest, ok := splitLoopback(uri)
	if !ok {
		return false
	}
	return slices.ContainsFunc(uris, func(have string) bool {
		h, r, ok := splitLoopback(have)
		return ok && h == host && r == rest
	})
}

// splitLoopback takes the port out of a loopback address. It fails for any other address, and for a port that is none.
func splitLoopback(uri string) (host, rest string, ok bool) {
	for _, host := range loopbacks {
		rest, ok := strings.CutPrefix(uri, host)
		if !ok {
			continue
		}
		if after, ok := strings.CutPrefix(rest, ":"); ok {
			rest = strings.TrimLeft(after, "0123456789")
			if !isPort(after[:len(after)-len(rest)]) {
				return "", "", false
			}
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return host, rest, true
		}
	}
	return "", "", false
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}

// responseParameters are what an answer adds to a redirect address. An address that brings its own could pass one off for ours.
var responseParameters = []string{"code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token", "access_token", "token_type", "session_state"}

// CheckRedirectURI says why uri cannot be registered as a redirect address, as an idp.Error of the field redirectUris, or nil. native allows private-use schemes (RFC 8252 §7.1), allowHTTP allows http to other hosts than this machine.
func CheckRedirectURI(uri string, native, allowHTTP bool) error {
	return checkURI("redirectUris", uri, native, allowHTTP, responseParameters)
}

// CheckPostLogoutRedirectURI is CheckRedirectURI for the address after a sign-out (OIDC RP-Initiated Logout §3), of the field postLogoutRedirectUris.
func CheckPostLogoutRedirectURI(uri string, native, allowHTTP bool) error {
	return checkURI("postLogoutRedirectUris", uri, native, allowHTTP, []string{"state"})
}

// CheckAddress says why uri is no web address at which Hearthkey could open or call an app, as an idp.Error of that field, or nil. reserved are the parameters that are added to it.
func CheckAddress(field, uri string, reserved ...string) error {
	if scheme, _, _ := strings.Cut(strings.ToLower(uri), ":"); scheme != "https" && scheme != "http" {
		return idp.FailField(field, "oidc.uri_web", "uri", excerpt(uri))
	}
	return checkURI(field, uri, false, true, reserved)
}

func checkURI(field, uri string, native, allowHTTP bool, reserved []string) error {
	fail := func(key string) error { return idp.FailField(field, "oidc."+key, "uri", excerpt(uri)) }
	switch {
	case uri == "":
		return fail("uri_empty")
	case len(uri) > maxURI:
		return fail("uri_long")
	case strings.Contains(uri, "*"):
		return fail("uri_wildcard")
	case strings.Contains(uri, "#"): // RFC 6749 §3.1.2
		return fail("uri_fragment")
	case !isURIText(uri):
		return fail("uri_characters")
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return fail("uri_incomplete")
	}
	if u.User != nil || strings.Contains(u.Host, "@") {
		return fail("uri_userinfo")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail("uri_characters")
	}
	for _, name := range reserved {
		if query.Has(name) {
			return idp.FailField(field, "oidc.uri_parameter", "uri", excerpt(uri), "name", name)
		}
	}
	if key := checkScheme(uri, u, native, allowHTTP); key != "" {
		return fail(key)
	}
	return nil
}

func checkScheme(uri string, u *url.URL, native, allowHTTP bool) (key string) {
	switch {
	case u.Scheme == "https" || u.Scheme == "http":
		return checkWeb(uri, u, allowHTTP)
	case systemScheme(u.Scheme):
		return "uri_scheme_system"
	case !native:
		return "uri_scheme_native"
	}
	return ""
}

func checkWeb(uri string, u *url.URL, allowHTTP bool) (key string) {
	host := u.Hostname()
	if host == "" || u.Opaque != "" {
		return "uri_incomplete"
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return "uri_port"
	}
	if !isHost(host) {
		return "uri_host"
	}
	if _, _, loopback := splitLoopback(uri); u.Scheme == "http" && !loopback && !allowHTTP {
		return "uri_http"
	}
	return ""
}

// isHost takes IP addresses and names of letters, digits, dots, hyphens and, as home networks have them, underscores.
func isHost(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	if len(host) > 253 || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return false
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r))
	})
}

// isURIText takes the characters of RFC 3986 §2 alone. Spaces, backslashes, control characters and letters beyond ASCII are read differently by different browsers.
func isURIText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("\"<>\\^`{|}", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// systemSchemes run script, read files, or belong to the operating system or a browser: none is an app's own.
var systemSchemes = []string{
	"about", "blob", "brave", "chrome", "cid", "content", "data", "dav", "dns", "edge", "facetime", "file", "filesystem", "ftp", "ftps", "geo", "gopher", "help",
	"imap", "intent", "itms", "jar", "javascript", "ldap", "ldaps", "livescript", "mailto", "market", "mid", "mms", "mocha", "news", "nfs", "nntp",
	"opaquelocktoken", "opera", "pop", "prefs", "res", "resource", "rtsp", "safari", "search", "search-ms", "settings", "sftp", "shell", "sip", "sips", "sms", "smsto",
	"smb", "ssh", "tel", "telnet", "urn", "vbscript", "view-source", "vnc", "webcal", "ws", "wss", "wyciwyg",
}

// systemPrefixes are families of the same.
var systemPrefixes = []string{"android-", "chrome-", "edge-", "itms-", "microsoft-", "microsoft.", "moz-", "ms-", "safari-", "x-apple", "x-man-"}

// systemScheme knows them, and a single letter, which Windows takes for a drive.
func systemScheme(scheme string) bool {
	return len(scheme) == 1 || slices.Contains(systemSchemes, scheme) || slices.ContainsFunc(systemPrefixes, func(p string) bool { return strings.HasPrefix(scheme, p) })
}

// excerpt shortens what others typed before it stands in a sentence.
func excerpt(s string) string {
	const most = 120
	if len(s) <= most {
		return strings.ToValidUTF8(s, "?")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
