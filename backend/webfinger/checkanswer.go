package webfinger

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/outgoing"
)

// cacheWarning is from when on a change takes too long to arrive.
const cacheWarning = time.Hour

// answer looks at the first answer. ok is false where there is no document in it.
func (v *visit) answer(a outgoing.Answer) (doc document, ok bool) {
	if who := challenged(a); who != "" {
		v.danger("bot", "bot", "bot", "who", who, "status", strconv.Itoa(a.Status))
		return doc, false
	}
	if !v.status(a) {
		return doc, false
	}
	doc, err := readDocument(a.Body)
	if err != nil {
		v.unreadable(a, err)
		return doc, false
	}
	v.ok("json", "json")
	v.mediaType(a)
	v.cors(a)
	v.cache(a)
	return doc, true
}

func (v *visit) status(a outgoing.Answer) bool {
	code := strconv.Itoa(a.Status)
	switch {
	case a.Status == http.StatusOK:
		v.ok("status", "status")
		return true
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone:
		v.danger("status", "missing", "missing", "domain", v.domain.Domain, "status", code)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		v.danger("status", "closed", "closed", "domain", v.domain.Domain, "status", code)
	case a.Status == http.StatusTooManyRequests:
		v.danger("bot", "bot", "limited", "domain", v.domain.Domain)
	case a.Status >= 500:
		v.danger("status", "", "server_error", "domain", v.domain.Domain, "status", code)
	default:
		v.danger("status", "missing", "status", "domain", v.domain.Domain, "status", code)
	}
	return false
}

// marks are what shields of web sites leave in answers that are not the site's own.
var marks = []struct{ who, header, value, body string }{
	{"Cloudflare", "Cf-Mitigated", "", ""},
	{"Cloudflare", "Server", "cloudflare", "challenge-platform"},
	{"Cloudflare", "Server", "cloudflare", "cf-error-details"},
	{"Vercel", "X-Vercel-Mitigated", "", ""},
	{"Sucuri", "X-Sucuri-Block", "", ""},
	{"Imperva", "", "", "_Incapsula_Resource"},
	{"DataDome", "X-Datadome", "", ""},
	{"AWS WAF", "X-Amzn-Waf-Action", "", ""},
	{"SiteGround", "Sg-Captcha", "", ""},
	{"SiteGround", "", "", "/.well-known/sgcaptcha"},
	{"Anubis", "", "", "anubis_challenge"},
	{"DDoS-Guard", "Server", "ddos-guard", "ddos-guard"},
}

// challenged names who asks for a proof of being human instead of answering, "" for nobody.
func challenged(a outgoing.Answer) string {
	for _, m := range marks {
		value := a.Header.Get(m.header)
		switch {
		case m.header != "" && (value == "" || !strings.Contains(strings.ToLower(value), m.value)):
		case m.body != "" && !bytes.Contains(a.Body, []byte(m.body)):
		case m.header == "X-Datadome" && a.Status == http.StatusOK: // it stands in every answer
		default:
			return m.who
		}
	}
	return ""
}

// unreadable tells why there is no document in an answer.
func (v *visit) unreadable(a outgoing.Answer, err error) {
	domain := v.domain.Domain
	switch {
	case bytes.Contains(a.Body, []byte("/cdn-cgi/l/email-protection")), bytes.Contains(a.Body, []byte("[email&#160;protected]")):
		v.danger("bot", "rewrite", "rewritten", "domain", domain)
	case errors.Is(err, errEmpty):
		v.danger("json", "missing", "empty", "domain", domain)
	case errors.Is(err, errMark):
		v.danger("json", "", "mark", "domain", domain)
	case errors.Is(err, errHTML):
		v.danger("json", "html", "html", "domain", domain)
	case errors.Is(err, errMore):
		v.danger("json", "rewrite", "more", "domain", domain)
	default:
		v.danger("json", "", "not_json", "domain", domain)
	}
}

// mediaType wants application/jrd+json (RFC 7033 §4.2), and takes application/json. Some hosts can send neither, which Tailscale does not mind.
func (v *visit) mediaType(a outgoing.Answer) {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case kind == MediaType || kind == "application/json":
		v.ok("type", "type", "type", kind)
	case slices.Contains([]string{HostGitHub, HostCodeberg, HostGitLab}, v.host):
		v.ok("type", "type_fixed", "type", kind)
	case kind == "":
		v.warn("type", "type", "type_none")
	default:
		v.warn("type", "type", "type", "type", kind)
	}
}

// cors wants any origin to be let in (RFC 7033 §5).
func (v *visit) cors(a outgoing.Answer) {
	switch allowed := a.Header.Values("Access-Control-Allow-Origin"); {
	case len(allowed) == 1 && allowed[0] == "*":
		v.ok("cors", "cors")
	case len(allowed) == 0:
		v.warn("cors", "cors", "cors_none")
	case len(allowed) > 1:
		v.warn("cors", "cors", "cors_many")
	default:
		v.warn("cors", "cors", "cors", "origin", allowed[0])
	}
}

// cache tells how long a change may take to arrive.
func (v *visit) cache(a outgoing.Answer) {
	longest := time.Duration(0)
	for _, part := range strings.Split(strings.Join(a.Header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
		if name != "max-age" && name != "s-maxage" {
			continue
		}
		if seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32); err == nil {
			longest = max(longest, time.Duration(seconds)*time.Second)
		}
	}
	if longest > cacheWarning {
		v.warn("cache", "cache", "cache", "hours", strconv.FormatInt(int64(longest.Hours()), 10))
		return
	}
	v.ok("cache", "cache")
}
