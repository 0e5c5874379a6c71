package webfinger

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/outgoing"
)

// standIn is asked for where the domain answers for everybody and nobody in particular is to be asked for.
const standIn = "hearthkey-check"

// question is one request for a document (RFC 7033 §4.1).
type question struct {
	account string
	rel     bool   // asks for the issuer's link alone (RFC 7033 §4.3)
	bare    bool   // the acct: URI as it stands, which RFC 3986 §3.4 allows; else percent-encoded
	scheme  string // "" for https
	agent   string // "" for Hearthkey's own
}

// address is where a question is asked.
func (v *visit) address(q question) string {
	resource := Account(q.account, v.domain.Domain)
	switch {
	case !q.bare:
		resource = url.QueryEscape(resource)
	default:
		resource = strings.ReplaceAll(url.QueryEscape(resource), "%3A", ":")
		resource = strings.ReplaceAll(resource, "%40", "@")
	}
	scheme := q.scheme
	if scheme == "" {
		scheme = "https"
	}
	address := scheme + "://" + v.domain.Domain + "/.well-known/webfinger?resource=" + resource
	if q.rel {
		address += "&rel=" + url.QueryEscape(Rel)
	}
	return address
}

// ask puts a question, going along with redirects.
func (v *visit) ask(ctx context.Context, q question) ([]outgoing.Hop, error) {
	h := http.Header{"Accept": {MediaType + ", application/json;q=0.9"}, "Origin": {"https://client.example"}}
	if q.agent != "" {
		h.Set("User-Agent", q.agent)
	}
	return v.Client.Follow(ctx, outgoing.Request{Method: http.MethodGet, URL: v.address(q), Header: h})
}

// reply is the short form of an answer: whether there is a document, and whether it names this issuer.
type reply struct {
	status int
	doc    document
	names  bool
	last   outgoing.Answer
	err    error
}

// brief asks, and reads no more than that. A connection that broke is tried once more: the first question got through.
func (v *visit) brief(ctx context.Context, q question) reply {
	hops, err := v.ask(ctx, q)
	if err != nil {
		hops, err = v.ask(ctx, q)
	}
	if err != nil {
		return reply{err: err}
	}
	last := hops[len(hops)-1].Answer
	r := reply{status: last.Status, last: last}
	if last.Status == http.StatusOK {
		if r.doc, err = readDocument(last.Body); err == nil {
			r.names = r.doc.names(v.Issuer)
		}
	}
	return r
}
