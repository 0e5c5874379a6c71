package publisher

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
)

// askHTTPS begins a conversation over https (gitprotocol-http). Every request stays at the address that the token was typed for: a redirect is told, not followed.
func (g *gitTarget) askHTTPS(ctx context.Context, service string) (*gitTalk, error) {
	res, err := g.call(ctx, http.MethodGet, "/info/refs?service="+service, "application/x-"+service+"-advertisement", nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	refs, err := advertised(res.Body)
	if err != nil {
		return nil, g.explain(ctx, err)
	}
	return &gitTalk{refs: refs, end: func() {}, exchange: func(body io.Reader) (io.ReadCloser, error) {
		res, err := g.call(ctx, http.MethodPost, "/"+service, "application/x-"+service+"-result", body)
		if err != nil {
			return nil, err
		}
		return res.Body, nil
	}}, nil
}

// call makes one request, and takes only the answer of a git server.
func (g *gitTarget) call(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, g.remote.base+path, body)
	if err != nil {
		return nil, idp.FailField("url", "git.address").Because(err)
	}
	req.Header.Set("User-Agent", "git/2 (Hearthkey)") // some hosts answer git alone at this address
	req.Header.Set("Accept", kind)
	if body != nil {
		req.Header.Set("Content-Type", strings.TrimSuffix(kind, "-result")+"-request")
	}
	req.SetBasicAuth(g.user(), g.token())
	res, err := g.transport.RoundTrip(req) // a Client would follow redirects
	if err != nil {
		return nil, g.explain(ctx, err)
	}
	if res.StatusCode == http.StatusOK && strings.HasPrefix(res.Header.Get("Content-Type"), kind) {
		res.Body = &shortBody{res.Body, gitLong}
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, g.unexpected(res)
}

// user is who signs in. Hosts look at the token alone, and some want any name beside it.
func (g *gitTarget) user() string {
	if g.settings.User == "" {
		return "git"
	}
	return g.settings.User
}

func (g *gitTarget) token() string { return strings.TrimSpace(g.credentials.Secret) }

// unexpected makes a sentence of an answer that is not git's.
func (g *gitTarget) unexpected(res *http.Response) error {
	said, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	cause := fmt.Errorf("%s %s: %s", res.Request.Method, res.Request.URL.Path, res.Status)
	host := g.remote.host
	switch s := res.StatusCode; {
	case s >= 300 && s < 400:
		return idp.FailField("url", "git.moved", "host", host, "to", movedTo(res)).Because(cause)
	case s == http.StatusUnauthorized:
		return idp.FailField("secret", "git.token", "host", host).Because(cause)
	case s == http.StatusForbidden:
		return idp.FailField("secret", "git.denied", "host", host, "reason", g.reason(string(said), res.Status)).Because(cause)
	case s == http.StatusNotFound || s == http.StatusGone:
		return idp.FailField("url", "git.missing", "host", host, "path", g.remote.path).Because(cause)
	case s == http.StatusOK:
		return idp.FailField("url", "git.not_git", "host", host).Because(errors.New(oneLine(res.Header.Get("Content-Type"), 80)))
	case s == http.StatusTooManyRequests || s >= 500:
		return idp.Fail(idp.Unavailable, "git.down", "host", host).Because(cause)
	}
	return idp.Fail(idp.Unavailable, "git.refused", "host", host, "reason", g.reason(string(said), res.Status)).Because(cause)
}

// reason is what the server said, if it said it in plain words, without the token should it have come back.
func (g *gitTarget) reason(said, status string) string {
	if secret := g.token(); secret != "" {
		sent := base64.StdEncoding.EncodeToString([]byte(g.user() + ":" + secret))
		said = strings.NewReplacer(sent, "", secret, "").Replace(said)
	}
	if said = oneLine(said, 200); said == "" || strings.ContainsAny(said, "<{") {
		return status
	}
	return said
}

// movedTo is where a redirect leads, as a repository's address.
func movedTo(res *http.Response) string {
	u, err := res.Request.URL.Parse(res.Header.Get("Location"))
	if err != nil {
		return "another address"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	u.Path = strings.TrimSuffix(u.Path, "/info/refs")
	plain := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	return oneLine(plain, 200)
}
