package backendtest

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Page is a page of the provider's that the browser shows.
type Page struct {
	*Response
	Kind  string // sign-in, accounts, consent, no-access, end-session, leaving, form-post, error; its path for any other
	Forms []Form
}

// Form is a form on a page.
type Form struct {
	ID, Action string
	Method     string // as it stands there
	Fields     url.Values
	Buttons    url.Values // what pressing one of them adds
	Text       string     // its HTML
}

var (
	formTag     = regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	fieldTag    = regexp.MustCompile(`<(input|button)\b([^>]*)>`)
	attribute   = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	refreshTag  = regexp.MustCompile(`<meta http-equiv="refresh" content="0; url=([^"]*)">`)
	ceremonyTag = regexp.MustCompile(`(?s)<script type="application/json" id="ceremony">(.*?)</script>`)
	headingTag  = regexp.MustCompile(`(?s)<h1\b[^>]*>(.*?)</h1>`)
	anyTag      = regexp.MustCompile(`<[^>]*>`)
)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

// newPage reads a page.
func newPage(r *Response) *Page {
	page := &Page{Response: r}
	for _, m := range formTag.FindAllStringSubmatch(r.Body, -1) {
		a := attributes(m[1])
		f := Form{ID: a["id"], Action: a["action"], Method: a["method"], Fields: url.Values{}, Buttons: url.Values{}, Text: m[2]}
		for _, tag := range fieldTag.FindAllStringSubmatch(m[2], -1) {
			a := attributes(tag[2])
			switch {
			case a["name"] == "":
			case tag[1] == "button":
				f.Buttons.Add(a["name"], a["value"])
			default:
				f.Fields.Add(a["name"], a["value"])
			}
		}
		page.Forms = append(page.Forms, f)
	}
	page.Kind = page.kind()
	return page
}

func (page *Page) kind() string {
	switch {
	case page.Form("post") != nil:
		return "form-post"
	case refreshTag.MatchString(page.Body):
		return "leaving"
	case page.button("/consent", "allow") != nil:
		return "consent"
	case page.button("/consent", "deny") != nil:
		return "no-access"
	case page.action("/select-account") != nil:
		return "accounts"
	case page.action("/end-session/confirm") != nil:
		return "end-session"
	case page.Ceremony().Finish == "/sign-in/passkey":
		return "sign-in"
	case page.StatusCode >= http.StatusBadRequest:
		return "error"
	}
	return page.Request.URL.Path
}

// Form is the form of an ID; nil when there is none.
func (page *Page) Form(id string) *Form {
	return page.find(func(f Form) bool { return f.ID == id })
}

func (page *Page) action(path string) *Form {
	return page.find(func(f Form) bool { return f.Action == path })
}

func (page *Page) button(path, decision string) *Form {
	return page.find(func(f Form) bool {
		if f.Action != path {
			return false
		}
		for _, d := range f.Buttons["decision"] {
			if d == decision {
				return true
			}
		}
		return false
	})
}

func (page *Page) find(match func(Form) bool) *Form {
	for i := range page.Forms {
		if match(page.Forms[i]) {
			return &page.Forms[i]
		}
	}
	return nil
}

// Ceremony is what it tells its script of a passkey; zero when it has none.
func (page *Page) Ceremony() (c Ceremony) {
	page.p.Helper()
	if m := ceremonyTag.FindStringSubmatch(page.Body); m != nil {
		page.p.must(json.Unmarshal([]byte(m[1]), &c))
	}
	return c
}

// Heading is what it says first.
func (page *Page) Heading() string {
	m := headingTag.FindStringSubmatch(page.Body)
	if m == nil {
		return ""
	}
	return strings.TrimSpace(html.UnescapeString(anyTag.ReplaceAllString(m[1], "")))
}

// leadsTo is where a leaving page goes.
func (page *Page) leadsTo() string {
	return html.UnescapeString(refreshTag.FindStringSubmatch(page.Body)[1])
}
