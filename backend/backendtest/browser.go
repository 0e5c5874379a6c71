package backendtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"

	"hearthkey/backend/passkey/passkeytest"
)

// Browser keeps cookies and follows no redirect by itself; Authorize, EndSession and Walk do what a person does in it.
type Browser struct {
	Person   *Person    // whose authenticator it has; nil for none, and a walk ends at the sign-in page
	Decision string     // on the consent page: allow (at first), deny, or "" to stop there
	Source   netip.Addr // the address it comes from

	p      *Provider
	client *http.Client
}

// Browser is a new browser without cookies, of nobody, from an address of its own.
func (p *Provider) Browser() *Browser { return p.BrowserFrom(p.Address()) }

// BrowserFrom is a new browser at an address of 127.0.0.0/8.
func (p *Provider) BrowserFrom(source netip.Addr) *Browser {
	jar, err := cookiejar.New(nil)
	p.must(err)
	client := p.Client(source)
	client.Jar = jar
	return &Browser{Decision: "allow", Source: source, p: p, client: client}
}

// Address is one of 127.0.0.0/8 that nobody else here comes from.
func (p *Provider) Address() netip.Addr {
	n := p.sources.Add(1) + 256
	return netip.AddrFrom4([4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)})
}

// Client reaches the provider from an address, without cookies, and follows no redirects.
func (p *Provider) Client(source netip.Addr) *http.Client {
	dialer := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, strings.Replace(address, "localhost", "127.0.0.1", 1))
		},
		MaxIdleConnsPerHost: 64,
	}
	if p.Through != nil {
		p.Through(transport)
	}
	p.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Response is an answer that was read.
type Response struct {
	*http.Response
	Body string

	p *Provider
}

// Location is where it leads, "" when it is no redirect.
func (r *Response) Location() string { return r.Header.Get("Location") }

// JSON is the object in it. Anything else fails the test.
func (r *Response) JSON() map[string]any {
	r.p.Helper()
	out := map[string]any{}
	r.Decode(&out)
	return out
}

// Decode reads the JSON in it.
func (r *Response) Decode(into any) {
	r.p.Helper()
	if err := json.Unmarshal([]byte(r.Body), into); err != nil {
		r.p.Fatalf("%s %s answers %s, which is no JSON of this kind: %v\n%s", r.Request.Method, r.Request.URL.Path, r.Status, err, r.Body)
	}
}

// send does a request and reads the answer.
func (p *Provider) send(client *http.Client, req *http.Request) *Response {
	p.Helper()
	res, err := client.Do(req)
	p.must(err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	p.must(err)
	return &Response{res, string(body), p}
}

// NewRequest makes a request of an address or of a path here, without any header.
func (p *Provider) NewRequest(method, address string, body string) *http.Request {
	p.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.Issuer + address
	}
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	p.must(err)
	return req
}

// Get gets an address or a path as nobody, from an address of its own.
func (p *Provider) Get(address string) *Response {
	p.Helper()
	return p.Browser().Get(address)
}

// Do sends a request as it is, with the browser's cookies.
func (b *Browser) Do(req *http.Request) *Response {
	b.p.Helper()
	return b.p.send(b.client, req)
}

// Get opens an address, or a path of the provider's.
func (b *Browser) Get(address string) *Response {
	b.p.Helper()
	return b.Do(b.p.NewRequest(http.MethodGet, address, ""))
}

const formType = "application/x-www-form-urlencoded"

// PostForm sends a form of a page of the provider's.
func (b *Browser) PostForm(path string, form url.Values) *Response {
	b.p.Helper()
	req := b.p.NewRequest(http.MethodPost, path, form.Encode())
	req.Header.Set("Content-Type", formType)
	req.Header.Set("Origin", b.p.Issuer)
	return b.Do(req)
}

// PostFrom sends a form of a page of another origin: without cookies, which SameSite=Lax keeps back, though it takes the answer's.
func (b *Browser) PostFrom(origin, path string, form url.Values) *Response {
	b.p.Helper()
	req := b.p.NewRequest(http.MethodPost, path, form.Encode())
	req.Header.Set("Content-Type", formType)
	req.Header.Set("Origin", origin)
	res := b.p.send(&http.Client{Transport: b.client.Transport, CheckRedirect: b.client.CheckRedirect}, req)
	b.client.Jar.SetCookies(req.URL, res.Cookies())
	return res
}

// PostJSON sends what the script of a page of the provider's does.
func (b *Browser) PostJSON(path string, in any) *Response {
	b.p.Helper()
	var body bytes.Buffer
	b.p.must(json.NewEncoder(&body).Encode(in))
	req := b.p.NewRequest(http.MethodPost, path, body.String())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", b.p.Issuer)
	return b.Do(req)
}

// Cookies are those it holds for the provider.
func (b *Browser) Cookies() []*http.Cookie {
	issuer, err := url.Parse(b.p.Issuer)
	b.p.must(err)
	return b.client.Jar.Cookies(issuer)
}

// SignIn signs its person in at the sign-in page, for no app.
func (b *Browser) SignIn() {
	b.p.Helper()
	b.p.must(b.script(b.Person.Authenticator).SignIn())
}

func (b *Browser) script(with *passkeytest.Authenticator) *Script {
	return &Script{Client: b.client, Issuer: b.p.Issuer, Authenticator: with}
}
