package backendtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Answer is how a walk through the pages ended: at the app or on a page.
type Answer struct {
	Params                         url.Values    // what the app gets, wherever it stands
	Code, Error, State, Issuer     string        // of Params
	Steps                          []string      // kinds of the pages on the way, as in Page.Kind
	Request                        *http.Request // what the browser sends to the app, not sent here; nil when it stopped on a page
	Page                           *Page         // where it stopped; nil when it goes to the app
	SentState, SentNonce, Verifier string        // what the app keeps of its request

	redirectURI string
}

// mostSteps is how many pages and redirects a walk may have before it is taken for a circle.
const mostSteps = 30

// Authorize sends the browser to the provider as an app does, by GET, and does there what its person would, until the app has an answer or a page is left that nothing is known to do on. pairs are as in App.Params.
func (b *Browser) Authorize(app *App, pairs ...string) *Answer {
	b.p.Helper()
	params := app.Params(pairs...)
	return b.follow(b.Get("/authorize?"+params.Encode()), app.expects(params))
}

// AuthorizePost is Authorize by a form of a page of the app's (OIDC Core §3.1.2.1).
func (b *Browser) AuthorizePost(app *App, pairs ...string) *Answer {
	b.p.Helper()
	params := app.Params(pairs...)
	return b.follow(b.PostFrom(originOf(app.RedirectURI), "/authorize", params), app.expects(params))
}

// EndSession sends the browser to the end-session endpoint, as an app does, by GET. Where it is asked it stops; Press answers.
func (b *Browser) EndSession(pairs ...string) *Answer {
	b.p.Helper()
	return b.Walk("/api/oidc/end-session?" + with(url.Values{}, pairs).Encode())
}

// Walk opens an address and goes on as Authorize does.
func (b *Browser) Walk(address string) *Answer {
	b.p.Helper()
	return b.follow(b.Get(address), &Answer{})
}

// Press presses the button of the page, of that decision (allow, deny, sign-out, stay), and goes on.
func (b *Browser) Press(a *Answer, decision string) *Answer {
	b.p.Helper()
	if a.Page == nil {
		b.p.Fatalf("there is no page to press %s on: the app got %v", decision, a.Params)
	}
	for _, f := range a.Page.Forms {
		if slices.Contains(f.Buttons["decision"], decision) {
			on := *a
			on.Page = nil
			return b.follow(b.press(f, decision), &on)
		}
	}
	b.p.Fatalf("no button for %s on the page %q:\n%s", decision, a.Page.Kind, a.Page.Body)
	return nil
}

func (b *Browser) press(f Form, decision string) *Response {
	b.p.Helper()
	if decision != "" {
		f.Fields.Set("decision", decision)
	}
	return b.PostForm(f.Action, f.Fields)
}

// follow goes on from an answer of the provider's until nothing is left to do.
func (b *Browser) follow(res *Response, a *Answer) *Answer {
	b.p.Helper()
	for range mostSteps {
		if to := res.Location(); to != "" {
			if !b.isOurs(to) {
				return b.arrive(a, b.p.NewRequest(http.MethodGet, to, ""))
			}
			res = b.Get(to)
			continue
		}
		page := newPage(res)
		a.Steps = append(a.Steps, page.Kind)
		switch page.Kind {
		case "leaving":
			return b.arrive(a, b.p.NewRequest(http.MethodGet, page.leadsTo(), ""))
		case "form-post":
			f := page.Form("post")
			if f.Method != "post" {
				b.p.Errorf("the form of form_post is sent by %q", f.Method)
			}
			req := b.p.NewRequest(http.MethodPost, f.Action, f.Fields.Encode())
			req.Header.Set("Content-Type", formType)
			req.Header.Set("Origin", b.p.Issuer)
			return b.arrive(a, req)
		}
		next := b.act(page)
		if next == nil {
			a.Page = page
			return a
		}
		res = next
	}
	b.p.Fatalf("the pages go in a circle: %v", a.Steps)
	return nil
}

func (b *Browser) isOurs(address string) bool {
	return strings.HasPrefix(address, "/") || address == b.p.Issuer || strings.HasPrefix(address, b.p.Issuer+"/")
}

// act does what the person would do on a page; nil where there is nothing to do.
func (b *Browser) act(page *Page) *Response {
	b.p.Helper()
	switch {
	case page.Kind == "consent" && b.Decision != "":
		return b.press(*page.button("/consent", b.Decision), b.Decision)
	case page.Kind == "sign-in" && b.Person != nil:
		return b.usePasskey(page)
	case page.Kind == "accounts" && b.Person != nil:
		for _, f := range page.Forms {
			if strings.Contains(f.Text, ">"+b.Person.UserName+"<") {
				return b.press(f, "")
			}
		}
	}
	return nil
}

// usePasskey answers the ceremony of a page, as its script does, and opens where that leads.
func (b *Browser) usePasskey(page *Page) *Response {
	b.p.Helper()
	c := page.Ceremony()
	answer, err := c.Answer(b.Person.Authenticator, b.p.Issuer)
	b.p.must(err)
	res := b.PostJSON(c.Finish, answer)
	var done struct{ Next string }
	res.Decode(&done)
	if done.Next == "" {
		return res
	}
	return b.Get(done.Next)
}

// arrive reads what the browser brings to the app.
func (b *Browser) arrive(a *Answer, req *http.Request) *Answer {
	b.p.Helper()
	a.Request, a.Params = req, req.URL.Query()
	if req.URL.Fragment != "" {
		var err error
		a.Params, err = url.ParseQuery(req.URL.EscapedFragment())
		b.p.must(err)
	}
	if req.Method == http.MethodPost {
		body, err := req.GetBody()
		b.p.must(err)
		copied := &http.Request{Method: req.Method, Header: req.Header, URL: req.URL, Body: body}
		b.p.must(copied.ParseForm())
		a.Params = copied.PostForm
	}
	a.Code, a.Error, a.State, a.Issuer = a.Params.Get("code"), a.Params.Get("error"), a.Params.Get("state"), a.Params.Get("iss")
	return a
}
