package webfinger

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// hosted is a web host that serves what is uploaded, and reads its settings out of files among it.
type hosted struct {
	t       *testing.T
	files   map[string]string
	headers map[string]http.Header // by path, what the settings add
	moved   map[string]rule        // by path
	pass    http.HandlerFunc       // where a rule passes a question on
	kind    string                 // of a file without an ending
}

// rule is a line of a _redirects file.
type rule struct {
	to     *url.URL
	status int
}

func newHosted(t *testing.T, files []LinesFile) *hosted {
	t.Helper()
	h := &hosted{t: t, files: map[string]string{}, headers: map[string]http.Header{}, moved: map[string]rule{}, kind: "application/octet-stream"}
	for _, f := range files {
		switch f.Name {
		case "_headers":
			h.readHeaders(f.Text)
		case "_redirects":
			h.readRedirects(f.Text)
		case "vercel.json":
			h.readVercel(f.Text)
		default:
			h.files["/"+strings.TrimPrefix(f.Name, "public/")] = f.Text
		}
	}
	return h
}

// readHeaders reads a file as Cloudflare Pages and Netlify do: a path, and below it indented headers.
func (h *hosted) readHeaders(text string) {
	h.t.Helper()
	path := ""
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		name, value, cut := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case strings.HasPrefix(line, "/") && !strings.ContainsAny(line, " *:"):
			path, h.headers[line] = line, http.Header{}
		case path != "" && strings.HasPrefix(line, "  ") && cut && http.CanonicalHeaderKey(name) == name && value != "":
			h.headers[path].Add(name, value)
		default:
			h.t.Fatalf("_headers: %q", line)
		}
	}
}

// readRedirects reads rules as both hosts do: from, to, a status, which 200 makes a proxy of Netlify alone. ! has the rule stand before files.
func (h *hosted) readRedirects(text string) {
	h.t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		status := map[string]int{"200!": 200, "302": 302}
		parts := strings.Fields(line)
		if len(parts) != 3 || !strings.HasPrefix(parts[0], "/") || status[parts[2]] == 0 {
			h.t.Fatalf("_redirects: %q", line)
		}
		to, err := url.Parse(parts[1])
		if err != nil || to.Scheme != "https" || to.RawQuery != "" { // without one of its own, the question's comes along
			h.t.Fatalf("_redirects: %q: %v", line, err)
		}
		h.moved[parts[0]] = rule{to, status[parts[2]]}
	}
}

// readVercel reads as much of vercel.json as is used, and takes nothing else.
func (h *hosted) readVercel(text string) {
	h.t.Helper()
	var settings struct {
		Headers []struct {
			Source  string `json:"source"`
			Headers []struct {
				Key   string `json:"key"`
				Value string `json:"value"`
			} `json:"headers"`
		} `json:"headers"`
	}
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.DisallowUnknownFields()
	if err := in.Decode(&settings); err != nil {
		h.t.Fatal(err)
	}
	for _, s := range settings.Headers {
		h.headers[s.Source] = http.Header{}
		for _, one := range s.Headers {
			h.headers[s.Source].Add(one.Key, one.Value)
		}
	}
}

func (h *hosted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rule, there := h.moved[r.URL.Path]; there {
		if rule.status == http.StatusOK {
			r.Host, r.URL.Path = rule.to.Host, rule.to.Path
			h.pass(w, r)
			return
		}
		to := *rule.to
		to.RawQuery = r.URL.RawQuery
		http.Redirect(w, r, to.String(), rule.status)
		return
	}
	text, there := h.files[r.URL.Path]
	if !there {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", h.kind)
	for name, values := range h.headers[r.URL.Path] {
		w.Header()[name] = values
	}
	_, _ = io.WriteString(w, text)
}

// ownEndpoint is the issuer's, which knows the domain.
func ownEndpoint(t *testing.T, d idp.WebFingerDomain) http.HandlerFunc {
	t.Helper()
	s := storetest.Open(t)
	d.Publisher.Kind = idp.PublisherHand
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddWebFingerDomain(d) })
	own := NewEndpoint(s, idp.OnDomain("id.example.net", 1))
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "id.example.net" || r.URL.Path != Path {
			http.NotFound(w, r)
		} else if err := own.Answer(w, r); err != nil {
			t.Error(err)
		}
	}
}
