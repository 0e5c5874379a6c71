package publisher

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// maxAnswer is how many bytes of one answer a client library is given.
const maxAnswer = 1 << 20

// parseBase reads the address of a collection or an endpoint. Without TLS it has to be of the home: what is sent there could be read on the way.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return nil, idp.FailField("url", "publisher.url") // without the cause, which quotes the address
	case strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, idp.FailField("url", "publisher.url")
	case u.Scheme == "http" && !outgoing.IsHome(u.Hostname()):
		return nil, idp.FailField("url", "publisher.url_http", "host", u.Hostname())
	}
	return u, nil
}

// webDoor lets a client library reach the hosts of one target and nothing else, for as long as ctx goes on, and hear answers of a bounded length. A redirect is an error unless the library looks at it: credentials stay where they were typed for.
type webDoor struct {
	ctx       context.Context
	admit     func(*url.URL) bool
	transport http.RoundTripper
	mayMake   string // the only path that MKCOL may go to: the library makes whatever is missing above a file
	redirects bool   // the library looks at redirects itself; where it follows one, admit decides
}

// RoundTrip makes one request.
func (d *webDoor) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.admit(r.URL) {
		return nil, idp.FailField("url", "publisher.redirect", "to", oneLine(r.URL.Scheme+"://"+r.URL.Host, 100))
	}
	if r.Method == "MKCOL" && r.URL.Path != d.mayMake {
		return &http.Response{StatusCode: http.StatusMethodNotAllowed, Body: http.NoBody, Header: http.Header{}, Request: r}, nil // as if it were there (RFC 4918 §9.3.1)
	}
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(d.ctx, cancel)
	end := func() { stop(); cancel() }
	res, err := d.transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	if !d.redirects && res.StatusCode >= 300 && res.StatusCode < 400 && res.StatusCode != http.StatusNotModified {
		to := res.Header.Get("Location")
		_ = res.Body.Close()
		end()
		return nil, idp.FailField("url", "publisher.redirect", "to", oneLine(to, 200))
	}
	res.Body = &boundedBody{res.Body, maxAnswer, end}
	return res, nil
}

// boundedBody is an answer that ends in an error where it goes on for too long.
type boundedBody struct {
	io.ReadCloser
	left int64
	end  func()
}

var errLong = errors.New("the answer is too long")

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *boundedBody) Close() error { defer b.end(); return b.ReadCloser.Close() }
