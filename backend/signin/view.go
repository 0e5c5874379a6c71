package signin

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hearthkey/backend/idp"
)

// shared are the templates that every page may use; each other file is one page.
var shared = []string{"pages/layout.html", "pages/icons.html"}

func loadTemplates(files fs.FS) (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(template.FuncMap{"t": text, "tb": boldText}).ParseFS(files, shared...)
	if err != nil {
		return nil, err
	}
	found, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, file := range found {
		if file == shared[0] || file == shared[1] {
			continue
		}
		page, err := template.Must(base.Clone()).ParseFS(files, file)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(path.Base(file), ".html")] = page
	}
	return out, nil
}

// text is the template function t: the message of a key, args as in idp.Text.
func text(key string, args ...string) string { return idp.Text(key, args...).String() }

// boldText is the template function tb: the message with its arguments in bold.
func boldText(key string, args ...string) template.HTML {
	bold := make([]string, len(args))
	for i, a := range args {
		if i%2 == 1 {
			a = "\x02" + a + "\x03"
		}
		bold[i] = a
	}
	escaped := template.HTMLEscapeString(idp.Text(key, bold...).String())
	return template.HTML(strings.NewReplacer("\x02", "<b>", "\x03", "</b>").Replace(escaped)) //nolint:gosec // escaped above
}

// frame is what stands around every page.
type frame struct {
	Home, Initial, Address string
	OnTailnet, Secure      bool
	assetNames
}

func (p *Pages) frame(r *http.Request) frame {
	home := p.home()
	if home == "" {
		home = "Hearthkey"
	}
	return frame{
		Home: home, Initial: initial(home), Address: p.pin.HostName, Secure: p.pin.Secure(),
		OnTailnet: idp.VisitorOf(r.Context()).Network == idp.NetworkTailnet, assetNames: p.names,
	}
}

func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if r == utf8.RuneError {
		return "?"
	}
	return string(unicode.ToUpper(r))
}

// app is an app as pages show it: its name as the owner gave it, and the host that the answer goes to.
type app struct {
	ID, Name, Initial, Place string
	Launch                   string // where the app is opened, "" when not known
}

func appOf(c idp.Client, address string) app {
	return app{ID: c.ID, Name: c.Name, Initial: initial(c.Name), Place: placeOf(address), Launch: webURL(c.LaunchURL)}
}

func placeOf(address string) string {
	if u, err := url.Parse(address); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return u.Host
	}
	return text("page.an_app_here")
}

func webURL(address string) string {
	if u, err := url.Parse(address); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		return address
	}
	return ""
}

// person is somebody who is signed in, as pages name them, and the way to another account.
type person struct{ Name, Switch string }

// moment is a time as a page shows it: Text until the script has put it into the reader's own zone.
type moment struct{ Machine, Text string }

func momentOf(t idp.Time, layout string) moment {
	if t == 0 {
		return moment{}
	}
	return moment{t.Std().Format(time.RFC3339), t.Std().Format(layout)}
}

// render writes a page that no cache keeps. A page is rendered whole before any of it is sent.
func (p *Pages) render(w http.ResponseWriter, status int, page string, view any) error {
	t, ok := p.templates[page]
	if !ok {
		return fmt.Errorf("there is no page %q", page)
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "layout", view); err != nil {
		return fmt.Errorf("render %s: %w", page, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	return err
}
