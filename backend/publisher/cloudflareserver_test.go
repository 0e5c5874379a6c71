package publisher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearthkey/backend/idp"
)

// The permissions that a token of Cloudflare's may have.
const (
	cfToken       = "token-for-tests-0123456789"
	cfZoneRead    = "Zone Read"
	cfRoutesRead  = "Workers Routes Read"
	cfRoutesEdit  = "Workers Routes Edit"
	cfScriptsRead = "Workers Scripts Read"
	cfScriptsEdit = "Workers Scripts Edit"
	cfZone        = "023e105f4ecef8ad9ca31a8372d0c353"
	cfAccount     = "01a7362d577a6c3019a474fd6f485823"
)

type cfRoute struct {
	ID      string `json:"id"`
	Pattern string `json:"pattern"`
	Script  string `json:"script,omitempty"`
}

type cfScript struct{ text, kind string }

// cloudflareServer is the part of Cloudflare's API v4 that a Worker needs, as its documentation has it: one account, one zone, tokens with permissions, the envelope of every answer, its errors.
type cloudflareServer struct {
	mu        sync.Mutex
	host      *testHost
	tokens    map[string][]string
	routes    []cfRoute
	scripts   map[string]cfScript
	status    string
	paused    bool
	broken    int  // the status of every answer, which is not JSON
	endless   bool // the zones have no end
	elsewhere int  // requests at another path, to which broken sends
	told      []string
	failure   func(r *http.Request) *cfFailure
}

type cfFailure struct {
	status int
	code   int64
	says   string
}

func newCloudflareServer(t *testing.T) *cloudflareServer {
	t.Helper()
	c := &cloudflareServer{tokens: map[string][]string{cfToken: {cfZoneRead, cfRoutesEdit, cfScriptsEdit}}, scripts: map[string]cfScript{}, status: "active"}
	mux := http.NewServeMux()
	handle := func(pattern, permission string, h func(w http.ResponseWriter, r *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { c.admit(w, r, permission, h) })
	}
	handle("GET /client/v4/zones", "", c.listZones)
	handle("GET /client/v4/zones/{zone}/workers/routes", cfRoutesRead, func(w http.ResponseWriter, _ *http.Request) { answer(w, c.routes) })
	handle("POST /client/v4/zones/{zone}/workers/routes", cfRoutesEdit, c.addRoute)
	handle("DELETE /client/v4/zones/{zone}/workers/routes/{id}", cfRoutesEdit, c.deleteRoute)
	handle("PUT /client/v4/accounts/{account}/workers/scripts/{name}", cfScriptsEdit, c.putScript)
	handle("DELETE /client/v4/accounts/{account}/workers/scripts/{name}", cfScriptsEdit, c.deleteScript)
	handle("GET /client/v4/accounts/{account}/workers/scripts/{name}/content/v2", cfScriptsRead, c.getScript)
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { c.elsewhere++ })
	c.host = newTestHost(t, mux, cloudflareHost)
	return c
}

func (c *cloudflareServer) config(domain string) Config {
	return Config{Domain: domain, Settings: idp.Publisher{Kind: idp.PublisherCloudflare}, Credentials: Credentials{Secret: cfToken}, Outgoing: c.host.client()}
}

// fail makes requests fail whose method and path hold the words.
func (c *cloudflareServer) fail(words string, status int, code int64, says string) {
	method, path, both := strings.Cut(words, " ")
	if !both {
		method, path = "", words
	}
	c.failure = func(r *http.Request) *cfFailure {
		if strings.Contains(r.Method, method) && strings.Contains(r.URL.Path, path) {
			return &cfFailure{status, code, says}
		}
		return nil
	}
}

// state is everything that the account holds, "" for nothing.
func (c *cloudflareServer) state() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.routes)+len(c.scripts) == 0 {
		return ""
	}
	return fmt.Sprintf("%v %v", c.routes, c.scripts)
}

func (c *cloudflareServer) holds(t *testing.T, name, text, kind string) {
	t.Helper()
	if len(c.routes) != 1 || c.routes[0].Pattern != pattern || c.routes[0].Script != name || len(c.scripts) != 1 || c.scripts[name] != (cfScript{text, kind}) {
		t.Fatalf("%+v %+v", c.routes, c.scripts)
	}
}

// admit checks the token before anything else, as Cloudflare does.
func (c *cloudflareServer) admit(w http.ResponseWriter, r *http.Request, permission string, h func(http.ResponseWriter, *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Stainless") {
			c.told = append(c.told, name)
		}
	}
	if c.broken != 0 {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(c.broken)
		_, _ = io.WriteString(w, "<html>")
		return
	}
	has, known := c.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	failure := c.fault(r)
	switch {
	case !known:
		refuse(w, http.StatusForbidden, 9109, "Invalid access token")
	case permission != "" && !slices.Contains(has, permission) && !slices.Contains(has, strings.Replace(permission, "Read", "Edit", 1)):
		refuse(w, http.StatusForbidden, 10000, "Authentication error")
	case failure != nil:
		refuse(w, failure.status, failure.code, failure.says)
	default:
		h(w, r)
	}
}

func (c *cloudflareServer) fault(r *http.Request) *cfFailure {
	if c.failure == nil {
		return nil
	}
	return c.failure(r)
}

func answer(w http.ResponseWriter, result any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "errors": []any{}, "messages": []any{}, "result": result, "result_info": map[string]int{"page": 1, "per_page": 20, "count": 1, "total_count": 1, "total_pages": 1}})
}

func refuse(w http.ResponseWriter, status int, code int64, says string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"success": false, "errors": []any{map[string]any{"code": code, "message": says}}, "messages": []any{}, "result": nil})
}

// listZones shows the zones that the token may read, which are none without that permission.
func (c *cloudflareServer) listZones(w http.ResponseWriter, r *http.Request) {
	if c.endless {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":[`)
		for {
			if _, err := io.WriteString(w, `{"name":"`+strings.Repeat("a", 1000)+`"},`); err != nil {
				return
			}
		}
	}
	zones := []any{}
	if name := r.URL.Query().Get("name"); name == "example.com" && slices.Contains(c.tokens[cfToken], cfZoneRead) {
		zones = append(zones, map[string]any{"id": cfZone, "name": name, "status": c.status, "paused": c.paused, "account": map[string]string{"id": cfAccount, "name": "Home"}})
	}
	answer(w, zones)
}

func (c *cloudflareServer) addRoute(w http.ResponseWriter, r *http.Request) {
	route := cfRoute{ID: fmt.Sprintf("%032d", len(c.routes))}
	if err := json.NewDecoder(r.Body).Decode(&route); err != nil || r.PathValue("zone") != cfZone {
		refuse(w, http.StatusBadRequest, 10026, "workers.api.error.unable_to_parse_body")
		return
	}
	if slices.ContainsFunc(c.routes, func(o cfRoute) bool { return o.Pattern == route.Pattern }) {
		refuse(w, http.StatusConflict, cfDuplicate, "workers.api.error.duplicate_route")
		return
	}
	if _, there := c.scripts[route.Script]; !there {
		refuse(w, http.StatusBadRequest, 10019, "workers.api.error.route_script_does_not_exist")
		return
	}
	c.routes = append(c.routes, route)
	answer(w, route)
}

func (c *cloudflareServer) deleteRoute(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(c.routes, func(o cfRoute) bool { return o.ID == r.PathValue("id") })
	if i < 0 {
		refuse(w, http.StatusNotFound, cfNoRoute, "workers.api.error.route_not_found")
		return
	}
	c.routes = slices.Delete(c.routes, i, i+1)
	answer(w, map[string]string{"id": r.PathValue("id")})
}

// putScript reads the form: metadata that names its main part, and that part of the right type.
func (c *cloudflareServer) putScript(w http.ResponseWriter, r *http.Request) {
	script, err := readUpload(r)
	if err != nil || r.PathValue("account") != cfAccount {
		refuse(w, http.StatusBadRequest, 10021, fmt.Sprint(err))
		return
	}
	c.scripts[r.PathValue("name")] = script
	answer(w, map[string]string{"id": r.PathValue("name"), "etag": "x"})
}

func readUpload(r *http.Request) (cfScript, error) {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return cfScript{}, err
	}
	var meta struct {
		Main string `json:"main_module"`
		Body string `json:"body_part"`
		Date string `json:"compatibility_date"`
	}
	if err := json.Unmarshal([]byte(r.FormValue("metadata")), &meta); err != nil || meta.Date == "" || (meta.Main == "") == (meta.Body == "") {
		return cfScript{}, errors.Join(err, fmt.Errorf("metadata %+v", meta))
	}
	for _, files := range r.MultipartForm.File {
		for _, file := range files {
			kind := map[string]string{meta.Main + " application/javascript+module": "esm", meta.Body + " application/javascript": "classic"}[file.Filename+" "+file.Header.Get("Content-Type")]
			f, err := file.Open()
			if err != nil || kind == "" {
				continue
			}
			text, err := io.ReadAll(f)
			return cfScript{string(text), kind}, err
		}
	}
	return cfScript{}, errors.New("no part has the main module")
}

func (c *cloudflareServer) deleteScript(w http.ResponseWriter, r *http.Request) {
	if _, there := c.scripts[r.PathValue("name")]; !there {
		refuse(w, http.StatusNotFound, cfNoScript, "workers.api.error.script_not_found")
		return
	}
	delete(c.scripts, r.PathValue("name"))
	answer(w, nil)
}

// getScript answers with a form for a script with exports, and with the text itself for the older kind.
func (c *cloudflareServer) getScript(w http.ResponseWriter, r *http.Request) {
	s, there := c.scripts[r.PathValue("name")]
	switch {
	case !there:
		refuse(w, http.StatusNotFound, cfNoScript, "workers.api.error.script_not_found")
	case s.kind == "esm":
		form := multipart.NewWriter(w)
		w.Header().Set("Content-Type", form.FormDataContentType())
		part, _ := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="worker.js"; filename="worker.js"`}, "Content-Type": {"application/javascript+module"}})
		_, _ = io.WriteString(part, s.text)
		_ = form.Close()
	default:
		w.Header().Set("Content-Type", "application/javascript")
		_, _ = io.WriteString(w, s.text)
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
