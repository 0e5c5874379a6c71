package oidc

import (
	"net/url"
	"strings"
)

// Field is one hidden field of a form_post answer.
type Field struct{ Name, Value string }

// Answer is an authorization response, ready for the browser. For query and fragment URL is complete; for form_post the page posts Fields to Action (OAuth 2.0 Form Post Response Mode §2).
type Answer struct {
	Mode   string // query, fragment or form_post
	URL    string
	Action string
	Fields []Field
}

// Success is the answer that carries a code (RFC 6749 §4.1.2), with the issuer (RFC 9207 §2).
func (p *Provider) Success(req *Authorize, code string) Answer {
	return p.answer(req, Field{"code", code})
}

// Failure is the answer that carries an error (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6), with the issuer. description is for the app's developer.
func (p *Provider) Failure(req *Authorize, code, description string) Answer {
	fields := []Field{{"error", code}}
	if description != "" {
		fields = append(fields, Field{"error_description", description})
	}
	return p.answer(req, fields...)
}

func (p *Provider) answer(req *Authorize, fields ...Field) Answer {
	if req.State != "" {
		fields = append(fields, Field{"state", req.State})
	}
	fields = append(fields, Field{"iss", p.issuer})
	a := Answer{Mode: req.ResponseMode}
	switch a.Mode {
	case "form_post":
		a.Action, a.Fields = req.RedirectURI, fields
	case "fragment":
		a.URL = req.RedirectURI + "#" + encode(fields)
	default:
		a.URL = withQuery(req.RedirectURI, encode(fields))
	}
	return a
}

// withQuery adds parameters and leaves what is there as it was written (RFC 6749 §3.1.2).
func withQuery(uri, query string) string {
	switch {
	case !strings.Contains(uri, "?"):
		return uri + "?" + query
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + query
	}
	return uri + "&" + query
}

func encode(fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
	}
	return b.String()
}
