package webfinger

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// maxResource bounds what is asked for, in bytes.
const maxResource = 2048

var (
	uriForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$`)                       // RFC 3986 §2, §3
	acctForm = regexp.MustCompile(`^[A-Za-z0-9._~!$&'()*+,;=-]([A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*@[A-Za-z0-9._~!$&'()*+,;=%-]+$`) // RFC 7565 §7
)

// Question is what a client asks.
type Question struct {
	Resource string   // a URI, as it was asked
	Rels     []string // the relations of links that it wants; none for all
}

// ParseQuestion reads a query. ok is false where the resource is missing, malformed or named twice (RFC 7033 §4.2), or is no URI (§4.1).
// A plus is a plus: queries of WebFinger are percent-encoded by RFC 3986, not as forms are (§4.1).
func ParseQuestion(query string) (q Question, ok bool) {
	found := false
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(value)
		if err != nil && (name == "resource" || name == "rel") {
			return Question{}, false
		}
		switch name {
		case "resource":
			if found {
				return Question{}, false
			}
			q.Resource, found = value, true
		case "rel":
			q.Rels = append(q.Rels, value)
		}
	}
	return q, found && wellFormed(q.Resource)
}

func wellFormed(resource string) bool {
	if len(resource) > maxResource || !uriForm.MatchString(resource) {
		return false
	}
	account, isAccount := cutAcct(resource)
	return !isAccount || acctForm.MatchString(account)
}

// cutAcct takes the scheme off an acct: URI; schemes are the same in capital letters (RFC 3986 §3.1).
func cutAcct(resource string) (string, bool) {
	const scheme = "acct:"
	if len(resource) < len(scheme) || !strings.EqualFold(resource[:len(scheme)], scheme) {
		return "", false
	}
	return resource[len(scheme):], true
}

// SplitAccount is the name and the domain (as Name has it) of an acct: URI; "" for any other.
func SplitAccount(resource string) (name, domain string) {
	account, ok := cutAcct(resource)
	if !ok || !acctForm.MatchString(account) {
		return "", ""
	}
	at := strings.LastIndexByte(account, '@')
	name, err := url.PathUnescape(account[:at])
	host, err2 := url.PathUnescape(account[at+1:])
	if err != nil || err2 != nil {
		return "", ""
	}
	return name, Name(host)
}

// Account is the acct: URI of a name at a domain (RFC 7565 §4): what the syntax does not allow in a name is percent-encoded.
func Account(name, domain string) string {
	var out strings.Builder
	out.WriteString("acct:")
	for i := range len(name) {
		if c := name[i]; strings.IndexByte("!$&'()*+,;=-._~", c) >= 0 || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String() + "@" + domain
}
