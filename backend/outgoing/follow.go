package outgoing

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// maxHops is how often Follow goes on: as RFC 9110 §15.4 leaves it to clients, as few as honest sites need.
const maxHops = 3

// Hop is one answer on the way, with the address that was asked.
type Hop struct {
	URL string
	Answer
}

// Follow is Do for GET and HEAD that goes on where it is sent: to https alone (RFC 7033 §4.2), three times at most. Each address is looked at like the first, and since another server chose it, none of the home is called but at the host that the owner typed.
// It tells every answer on the way, before a failure too. Reason is redirect_plain, redirect_loop, redirect_many or redirect_broken where the sending itself is wrong.
func (c *Client) Follow(ctx context.Context, r Request) ([]Hop, error) {
	var hops []Hop
	typed, err := parse(r.URL)
	if err != nil {
		return nil, err
	}
	for {
		answer, err := c.Do(ctx, r)
		if err != nil {
			return hops, err
		}
		hops = append(hops, Hop{r.URL, answer})
		if !sends(answer) {
			return hops, nil
		}
		next, err := nextHop(hops)
		if err != nil {
			return hops, err
		}
		r = onwards(r, next, next.Host == typed.Host)
	}
}

// sends says whether an answer is a redirect (RFC 9110 §15.4).
func sends(a Answer) bool {
	return slices.Contains([]int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}, a.Status)
}

// nextHop reads where the last answer sends to, and refuses what is not gone along with.
func nextHop(hops []Hop) (*url.URL, error) {
	last := hops[len(hops)-1]
	at, err := url.Parse(last.URL)
	if err != nil {
		return nil, err
	}
	next, err := at.Parse(last.Header.Get("Location"))
	if err != nil || last.Header.Get("Location") == "" || next.Host == "" || next.User != nil {
		return nil, idp.Fail(idp.Unavailable, "outgoing.redirect_broken", "host", at.Hostname()).Because(err)
	}
	next.Fragment, next.Host = "", strings.ToLower(next.Host)
	switch {
	case next.Scheme != "https":
		return nil, idp.Fail(idp.Denied, "outgoing.redirect_plain", "host", at.Hostname(), "to", next.Host)
	case slices.ContainsFunc(hops, func(h Hop) bool { return h.URL == next.String() }):
		return nil, idp.Fail(idp.Unavailable, "outgoing.redirect_loop", "host", at.Hostname())
	case len(hops) > maxHops:
		return nil, idp.Fail(idp.Unavailable, "outgoing.redirect_many", "host", at.Hostname())
	}
	return next, nil
}

// onwards is the request to the next address. What signs in at one host is not shown to another.
func onwards(r Request, next *url.URL, same bool) Request {
	r.URL, r.Body = next.String(), nil
	if same {
		return r
	}
	r.Inward, r.outward, r.Header = false, true, r.Header.Clone()
	for _, name := range []string{"Authorization", "Cookie"} {
		r.Header.Del(name)
	}
	return r
}
