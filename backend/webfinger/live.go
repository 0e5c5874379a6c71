package webfinger

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// Live is what a domain's web server shows to whoever asks.
type Live struct {
	URL      string // that answered in the end
	Status   int
	Document *Document // nil where none stands there
	Page     bool      // something else is shown in its place, such as a web page
}

// Read asks a domain for a resource, as a client does, and goes along up to three redirects. A page or an error of the web server is no failure: then there is no document. idp.Invalid for a document that cannot be read; else the errors of outgoing.
func Read(ctx context.Context, c *outgoing.Client, inward bool, domain, resource string) (Live, error) {
	hops, err := c.Follow(ctx, outgoing.Request{
		Method: http.MethodGet, URL: "https://" + domain + Path + "?resource=" + url.QueryEscape(resource), Inward: inward,
		Header: http.Header{"Accept": {MediaType + ", application/json;q=0.9"}, "Cache-Control": {"no-cache"}},
	})
	if err != nil {
		return Live{}, err
	}
	last := hops[len(hops)-1]
	live := Live{URL: last.URL, Status: last.Status}
	if last.Status != http.StatusOK {
		return live, nil
	}
	d, err := Parse(last.Body)
	switch {
	case err == nil:
		live.Document = &d
	case !looksJSON(last.Body):
		live.Page = true
	default:
		return live, err
	}
	return live, nil
}

func looksJSON(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))), []byte("{"))
}

// Shows says whether what is shown names the issuer alone, and has every link of others that must be there; else why not, as idp.Unavailable.
func (l Live) Shows(issuer string, others Document) error {
	host := l.URL
	if u, err := url.Parse(l.URL); err == nil {
		host = u.Host
	}
	switch {
	case l.Page:
		return idp.Fail(idp.Unavailable, "webfinger.live_page", "host", host)
	case l.Document == nil:
		return idp.Fail(idp.Unavailable, "webfinger.live_status", "host", host, "status", strconv.Itoa(l.Status))
	}
	named := l.Document.Issuers()
	for _, one := range named {
		if one != issuer {
			return idp.Fail(idp.Unavailable, "webfinger.live_other", "host", host, "issuer", one)
		}
	}
	if len(named) == 0 {
		return idp.Fail(idp.Unavailable, "webfinger.live_none", "host", host)
	}
	for _, l := range others.Missing(*l.Document) {
		if l.Rel != Rel {
			return idp.Fail(idp.Unavailable, "webfinger.live_lost", "host", host, "rel", l.Rel)
		}
	}
	return nil
}

// makers are what others put into a document, by a part of it that they alone have; the first one that fits.
var makers = []struct{ part, name string }{
	{"/authorize_interaction?uri=", "Mastodon"},
	{"/authorize-follow?acct=", "Misskey"},
	{"/ostatus_subscribe?acct=", "Pleroma"},
	{"draft-dejong-remotestorage", "remoteStorage"},
	{"application/activity+json", "ActivityPub"},
	{"http://openid.net/specs/connect/1.0/issuer", "OpenID Connect"},
}

// Maker recognises whose a document is by its links; "" for an unknown one.
func (d Document) Maker() string {
	for _, m := range makers {
		for _, l := range d.Links {
			if strings.Contains(strings.ReplaceAll(string(l.Raw), `\/`, "/"), m.part) {
				return m.name
			}
		}
	}
	return ""
}
