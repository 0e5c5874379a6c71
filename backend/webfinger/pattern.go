package webfinger

import (
	"fmt"
	"strings"
)

// Patterns are for the percent-encoded query as it came, and hold whatever the case of letters is. They are written with such characters alone that none of nginx, Apache and PCRE reads anything else into between double quotes.

// anyAccount is a name before @ (RFC 7565 §7) in a query: itself, or percent-encoded. What the syntax of URIs does not allow in a name stands there encoded twice.
const anyAccount = `(?:[a-z0-9._~!$'()*+,;=-]|%(?:2[146-9a-e]|3[0-9bd]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae]|25[0-9a-f][0-9a-f]))+`

// beforeAccount and afterAccount stand around a name.
const beforeAccount = `acct(?::|%3a)`

func afterAccount(domain string) string { return `(?:@|%40)` + literalPattern(domain) }

// resourcePattern is a URI of any scheme; of acct, one with a domain.
const resourcePattern = `(?:acct(?::|%3a)[^&]*[^&](?:@|%40)[^&]|(?!acct(?::|%3a))[a-z][a-z0-9+.-]*(?::|%3a)[^&])`

// accountPattern is one name in a query.
func accountPattern(name string) string {
	var out strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			out.WriteByte(c)
		case strings.IndexByte("-._~!$&'()*+,;=", c) >= 0 && c != '&':
			fmt.Fprintf(&out, `(?:\x%02x|%%%02x|%%25%02x)`, c, c, c)
		case c == '&':
			out.WriteString(`%(?:25)?26`)
		default:
			fmt.Fprintf(&out, `%%25%02x`, c)
		}
	}
	return out.String()
}

// literalPattern is a text that means itself.
func literalPattern(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if c := text[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, `\x%02x`, c)
		}
	}
	return out.String()
}

// alternatives joins patterns, in pieces of at most most bytes or one pattern each, since web servers bound the length of a word.
func alternatives(patterns []string, most int) []string {
	var out []string
	for _, p := range patterns {
		if last := len(out) - 1; last >= 0 && len(out[last])+1+len(p) <= most {
			out[last] += "|" + p
		} else {
			out = append(out, p)
		}
	}
	return out
}

// pieces cuts a plain text into parts of at most most bytes, never within the number of a character.
func pieces(text string, most int) []string {
	var out []string
	for len(text) > most {
		cut := most
		if i := strings.LastIndexByte(text[:cut], '\\'); i > cut-6 {
			cut = i
		}
		out, text = append(out, text[:cut]), text[cut:]
	}
	return append(out, text)
}
