package publisher

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"github.com/studio-b12/gowebdav"
)

// webDAV is a collection that a web server serves as /. It is spoken to in the methods that all servers have: nginx lists no collection.
type webDAV struct {
	base        *url.URL
	user        string
	inward      bool
	credentials Credentials
	outgoing    *outgoing.Client
}

func newWebDAV(c Config) (*webDAV, error) {
	base, err := parseBase(c.Settings.URL)
	if err != nil {
		return nil, err
	}
	if base.Path == "" {
		base.Path = "/"
	}
	return &webDAV{base, c.Settings.User, c.Settings.Inward, c.Credentials, c.Outgoing}, nil
}

func checkWebDAV(p idp.Publisher) error {
	_, err := newWebDAV(Config{Settings: p})
	if err == nil && (p.User == "" || strings.Contains(p.User, ":") || strings.ContainsFunc(p.User, isControl)) { // RFC 7617 §2: no colon
		return idp.FailField("user", "publisher.user")
	}
	return err
}

// besideDAV is where a new document is written before it takes its name: always the same, since what a cut write leaves cannot be found by listing.
const besideDAV = besidePrefix + "new"

// at is a path below the collection, from the server's root: the library signs that for digest (RFC 7616 §3.4.6).
func (d *webDAV) at(name string) string { return path.Join(d.base.Path, name) }

// Changes names the address.
func (d *webDAV) Changes() []string {
	return []string{idp.Text("publisher.changes_webdav", "address", d.base.JoinPath(Path).String(), "user", d.user).String()}
}

// Close has nothing to end: no connection is kept.
func (d *webDAV) Close() error { return nil }

// errand runs fn on a client of its own, with an end to its patience.
func (d *webDAV) errand(ctx context.Context, fn func(*gowebdav.Client) error) error {
	if d.credentials.Secret == "" {
		return idp.FailField("secret", "publisher.password_missing")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := gowebdav.NewAuthClient(d.base.Scheme+"://"+d.base.Host, d.authorizer())
	c.SetTransport(&webDoor{ctx: ctx, admit: func(u *url.URL) bool { return u.Scheme == d.base.Scheme && u.Host == d.base.Host }, transport: d.outgoing.Transport(d.inward), mayMake: d.at(wellKnown) + "/"})
	c.SetInterceptor(func(method string, r *http.Request) {
		r.Header.Set("User-Agent", "Hearthkey")
		if method == http.MethodPut {
			r.Header.Set("Content-Type", mediaType)
		}
	})
	if err := fn(c); err != nil {
		return d.explain(ctx, err)
	}
	return nil
}

// mediaType is a document's (RFC 7033 §10.2).
const mediaType = "application/jrd+json"

// authorizer signs in as the server asks for it, by digest rather than by the password itself.
func (d *webDAV) authorizer() gowebdav.Authorizer {
	a := gowebdav.NewEmptyAuth()
	a.AddAuthenticator("digest", func(_ *http.Client, res *http.Response, _ string) (gowebdav.Authenticator, error) {
		return gowebdav.NewDigestAuth(d.user, d.credentials.Secret, res)
	})
	a.AddAuthenticator("basic", func(_ *http.Client, _ *http.Response, _ string) (gowebdav.Authenticator, error) {
		return basic{d.user, d.credentials.Secret}, nil
	})
	return a
}

// basic signs in by the password (RFC 7617).
type basic struct{ user, password string }

// Authorize adds the password to a request.
func (b basic) Authorize(_ *http.Client, r *http.Request, _ string) error {
	r.SetBasicAuth(b.user, b.password)
	return nil
}

// Verify gives up where the password was refused.
func (b basic) Verify(_ *http.Client, res *http.Response, at string) (bool, error) {
	if res.StatusCode == http.StatusUnauthorized {
		return false, gowebdav.NewPathError("Authorize", at, res.StatusCode)
	}
	return false, nil
}

// Clone is the same: nothing in it changes.
func (b basic) Clone() gowebdav.Authenticator { return b }

// String names the user alone.
func (b basic) String() string { return b.user }

// Close has nothing to end.
func (b basic) Close() error { return nil }

// Test writes a file where the document goes, or its directory would, and takes it away again.
func (d *webDAV) Test(ctx context.Context) (t Test, err error) {
	err = d.errand(ctx, func(c *gowebdav.Client) error {
		before, err := d.read(c)
		if err != nil {
			return err
		}
		name := d.at(besideDAV)
		if before.There {
			name = d.at(path.Join(wellKnown, besideDAV))
		}
		t.Said = found(before)
		if err := put(c, name, []byte("{}\n")); err != nil {
			return err
		}
		return c.Remove(name)
	})
	if err != nil {
		return Test{}, err
	}
	return t, nil
}

// Read takes what the server has at the document's place.
func (d *webDAV) Read(ctx context.Context) (before Snapshot, err error) {
	err = d.errand(ctx, func(c *gowebdav.Client) error {
		before, err = d.read(c)
		return err
	})
	return before, err
}

func (d *webDAV) read(c *gowebdav.Client) (Snapshot, error) {
	stream, err := c.ReadStream(d.at(Path))
	if status := statusOf(err); status == http.StatusNotFound || status == http.StatusGone {
		return Snapshot{}, nil
	}
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = stream.Close() }()
	document, err := readDocument(stream, d.base.JoinPath(Path).String())
	return Snapshot{There: true, Document: document}, err
}

// put writes one file.
func put(c *gowebdav.Client, name string, b []byte) error {
	return c.WriteStreamWithLength(name, bytes.NewReader(b), int64(len(b)), 0)
}

// Write makes the new document beside the old one, whole before it takes its name. A server that cannot move replaces the document itself.
func (d *webDAV) Write(ctx context.Context, m Material) error {
	return d.errand(ctx, func(c *gowebdav.Client) error {
		if err := c.Mkdir(d.at(wellKnown), 0); err != nil && statusOf(err) == 0 {
			return err // a status is no matter: the write that follows tells whether the directory is there
		}
		beside := d.at(path.Join(wellKnown, besideDAV))
		err := put(c, beside, m.Document)
		if err == nil {
			err = d.isWhole(c, beside, m.Document)
		}
		if err == nil {
			err = c.Rename(beside, d.at(Path), true)
			switch statusOf(err) {
			case 0:
				return err
			case http.StatusBadRequest, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadGateway:
				err = put(c, d.at(Path), m.Document)
			}
		}
		_ = c.Remove(beside)
		return err
	})
}

// isWhole reads a new file back: a server without room may keep half of it.
func (d *webDAV) isWhole(c *gowebdav.Client, name string, document []byte) error {
	stream, err := c.ReadStream(name)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	got, err := readDocument(stream, name)
	if err == nil && !bytes.Equal(got, document) {
		return idp.Fail(idp.Unavailable, "publisher.not_whole", "host", d.base.Hostname())
	}
	return err
}

// Restore puts the old document back, or takes ours away. Its directory stays: to delete one in WebDAV is to delete all that is in it.
func (d *webDAV) Restore(ctx context.Context, before Snapshot) error {
	if before.There {
		return d.Write(ctx, Material{Document: before.Document})
	}
	return d.errand(ctx, func(c *gowebdav.Client) error {
		err := c.Remove(d.at(Path))
		if status := statusOf(err); status == http.StatusNotFound || status == http.StatusGone {
			return nil
		}
		return err
	})
}

// statusOf is the HTTP status that an error of the library tells of, 0 for none.
func statusOf(err error) int {
	var status gowebdav.StatusError
	if errors.As(err, &status) {
		return status.Status
	}
	return 0
}

// explain makes a sentence of what the server said.
func (d *webDAV) explain(ctx context.Context, err error) error {
	var known *idp.Error
	host := d.base.Hostname()
	status := statusOf(err)
	switch {
	case errors.As(err, &known), status == 0:
		return onTheWay(ctx, err, "url", host)
	case status == http.StatusUnauthorized:
		known = idp.FailField("secret", "publisher.webdav_refused", "host", host, "user", d.user)
	case status == http.StatusForbidden:
		known = idp.FailField("user", "publisher.webdav_denied", "host", host, "user", d.user)
	case status == http.StatusNotFound || status == http.StatusConflict:
		known = idp.FailField("url", "publisher.webdav_missing", "address", d.base.String())
	case status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented:
		known = idp.FailField("url", "publisher.webdav_none", "address", d.base.String())
	case status == http.StatusInsufficientStorage || status == http.StatusRequestEntityTooLarge:
		known = idp.Fail(idp.Unavailable, "publisher.full", "where", host)
	default:
		known = idp.Fail(idp.Unavailable, "publisher.webdav_failed", "host", host, "status", strconv.Itoa(status))
	}
	return known.Because(err)
}
