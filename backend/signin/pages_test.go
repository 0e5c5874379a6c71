package signin

import (
	"encoding/json"
	"flag"
	"html/template"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store/storetest"
	"hearthkey/frontend"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// samples are all pages with fixed content, once per branch that matters.
func samples(f frame) map[string]struct {
	page string
	view any
} {
	git := app{ID: "app_1", Name: "Forgejo", Initial: "F", Place: "git.lindqvist.example", Launch: "https://git.lindqvist.example"}
	emil := person{"emil", "/sign-in?tx=tx_1"}
	get := ceremony{ID: "tx_9", Options: json.RawMessage(`{"challenge":"AA"}`), Begin: "/sign-in/options", Finish: "/sign-in/passkey", TX: "tx_1", Autofill: true, Seconds: 240, Text: map[string]string{"failed": "No </script> here."}}
	all := gets{Owner: "Nora", Profile: "Emil", Email: "emil@lindqvist.example", Groups: "Family", Offline: true}
	tv := git
	tv.Place = "On another device"
	quiet := get
	quiet.Autofill = false
	until := momentOf(storetest.Start, "Mon 2 Jan, 15:04 MST")
	type sample = struct {
		page string
		view any
	}
	return map[string]sample{
		"sign-in":           {"sign-in", signInView{Frame: f, App: &git, Owner: "Nora", Ceremony: get}},
		"sign-in-chosen":    {"sign-in", signInView{Frame: f, App: &git, Who: &emil, Again: true, Owner: "Nora", Ceremony: get}},
		"sign-in-former":    {"sign-in", signInView{Frame: f, Owner: "Nora", Formers: []string{"id.tail1234.ts.net"}, Ceremony: get}},
		"renew":             {"renew", renewView{Frame: f, App: &git, Host: "id.tail1234.ts.net", Later: "/authorize/continue?tx=tx_1", Ceremony: get}},
		"moved":             {"moved", movedView{f, "Nora", "https://hearth.otter-finch.ts.net"}},
		"sign-in-near":      {"sign-in", signInView{Frame: f, App: &git, Near: &nearView{Name: "Emil", UserName: "emil", Initial: "E", Other: "/sign-in?tx=tx_1&other=1", TX: "tx_1", Hint: true}, Owner: "Nora", Ceremony: quiet}},
		"sign-in-click":     {"sign-in", signInView{Frame: f, App: &git, Near: &nearView{Name: "Emil", UserName: "emil", Initial: "E", Other: "/sign-in?tx=tx_1&other=1", TX: "tx_1", Click: true}, Owner: "Nora", Ceremony: quiet}},
		"sign-in-enrol":     {"sign-in", signInView{Frame: f, App: &git, Near: &nearView{Name: "Emil", UserName: "emil", Initial: "E", Other: "/sign-in?tx=tx_1&other=1", TX: "tx_1", Enrol: true}, Owner: "Nora", Ceremony: quiet}},
		"enrol-waiting":     {"enrol", enrolView{Frame: f, App: git, Owner: "Nora", Name: "Emil", UserName: "emil", Ends: until, State: "waiting", Node: "laptop", Login: "emil@lindqvist.example"}},
		"enrol-approved":    {"enrol", enrolView{Frame: f, App: git, Owner: "Nora", Name: "Emil", UserName: "emil", Ends: until, State: "approved", Ceremony: get}},
		"enrol-denied":      {"enrol", enrolView{Frame: f, App: git, Owner: "Nora", State: "denied", Again: "/sign-in?tx=tx_1"}},
		"enrol-over":        {"enrol", enrolView{Frame: f, Owner: "Nora", State: "over", Again: "/sign-in"}},
		"no-access-tailnet": {"no-access", refusedView{Frame: f, App: git, Who: emil, TX: "tx_1", Owner: "Nora", Retry: "/authorize/continue?tx=tx_1", Heading: "page.tailnet_heading", Lead: "page.tailnet_lead"}},
		"away":              {"away", awayView{Frame: f, Owner: "Nora", Retry: "/account", SignedIn: true}},
		"away-app":          {"away", awayView{Frame: f, App: &git, Owner: "Nora", Retry: "/sign-in?tx=tx_1", TX: "tx_1"}},
		"paused":            {"paused", pausedView{Frame: f, Owner: "Nora", Retry: "/sign-in", Until: until}},
		"paused-open":       {"paused", pausedView{Frame: f, App: &git, Owner: "Nora", Retry: "/authorize?client_id=a&scope=openid"}},
		"device":            {"device", deviceView{Frame: f}},
		"device-rest":       {"device", deviceView{f, "WDJB-MJ", "X<", "That was wrong."}},
		"device-ask":        {"device-ask", deviceAskView{Frame: f, App: tv, Who: emil, TX: "tx_1", Gets: all, Agent: "An Apple TV", Where: "At the same internet address as you", Source: "203.0.113.7", Ceremony: get}},
		"device-ask-fresh":  {"device-ask", deviceAskView{Frame: f, App: tv, Who: emil, TX: "tx_1", Gets: all, Agent: "An Apple TV", Where: "Somewhere else than you", Away: true, Source: "203.0.113.7", Fresh: true}},
		"device-far":        {"device-far", deviceFarView{f, tv, "tx_1", "Nora", "/device/confirm?tx=tx_1"}},
		"device-done":       {"device-done", deviceDoneView{f, "Your television is signed in", "You can close this page.", true}},
		"device-over":       {"device-over", deviceOverView{f, "This code is no longer good."}},
		"sign-in-home":      {"sign-in", signInView{Frame: f, Again: true, Owner: "Nora", Ceremony: get}},
		"invite":            {"invite", inviteView{Frame: f, Owner: "Nora", UserName: "emil", Ends: until, Ceremony: get}},
		"invite-owner":      {"invite", inviteView{Frame: f, Owner: "Nora", UserName: "nora", ForOwner: true, Ends: until, Ceremony: get}},
		"accounts":          {"accounts", accountsView{Frame: f, App: git, TX: "tx_1", Other: "/sign-in?tx=tx_1", Accounts: []accountRow{{"ses_1", "Emil <Lindqvist>", "emil", "E"}}}},
		"consent":           {"consent", consentView{Frame: f, App: git, Who: emil, TX: "tx_1", Gets: all}},
		"consent-id":        {"consent", consentView{Frame: f, App: git, Who: emil, TX: "tx_1", Gets: gets{Owner: "Nora"}, Again: true}},
		"no-access":         {"no-access", refusedView{Frame: f, App: git, Who: emil, TX: "tx_1", Owner: "Nora", Heading: "page.no_access_heading", Lead: "page.no_access_lead"}},
		"account":           {"account", accountView{Frame: f, Name: "Emil", UserName: "emil", Email: "e@x.example", Owner: "Nora", Done: "page.account_welcome", Confirm: true, Lonely: true, Apps: []appLink{{git, "https://git.lindqvist.example/login?iss=x"}}, Knowing: []knownApp{{git, "Knows your name", until}}, Passkeys: []passkeyRow{{Name: "Phone", Added: until, Now: true}, {Name: "Key", Added: until, Used: until, Problem: "page.account_flagged"}}, Ceremony: get}},
		"account-stuck":     {"account", accountView{Frame: f, Name: "Emil", UserName: "emil", Owner: "Nora", Confirm: true, Stuck: true}},
		"signed-out":        {"signed-out", signedOutView{Frame: f}},
		"signed-out-told":   {"signed-out", signedOutView{Frame: f, Told: listed([]string{"Forgejo", "Notes <b>", "Photos"}), Problem: "The app asked to send you back to an address that is not registered for it, so you stay here."}},
		"end-session":       {"end-session", endSessionView{Frame: f, App: &git, TX: "tx_1", UserName: "emil"}},
		"end-session-bare":  {"end-session", endSessionView{Frame: f, TX: "tx_1", UserName: "emil", Problem: "The app that asked to sign you out is not known, so you will not be sent back to it."}},
		"leaving":           {"leaving", leavingView{f, &git, template.URL("app.immich:///cb?code=a&state=b%27")}},
		"form-post":         {"form-post", formPostView{f, git, "https://git.lindqvist.example/cb", []oidc.Field{{Name: "state", Value: `"><script>`}}}},
		"lost":              {"lost", lostView{f, &git}},
		"lost-bare":         {"lost", lostView{Frame: f}},
		"error":             {"error", errorView{Frame: f, Heading: "page.error_title", Text: "It broke.", Reference: "R7K-2MQ", Owner: "Nora", Retry: "/account"}},
	}
}

func newStaticPages(t *testing.T) *Pages {
	t.Helper()
	p := &Pages{pin: idp.OnTailnet(idp.ModeFunnel, "hearth.otter-finch.ts.net", storetest.Start), home: func() string { return "Lindqvist home" }}
	var err error
	if p.templates, err = loadTemplates(frontend.Public); err != nil {
		t.Fatal(err)
	}
	if p.assets, p.names, err = loadAssets(frontend.Public); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGoldenPages(t *testing.T) {
	p := newStaticPages(t)
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(idp.WithVisitor(r.Context(), idp.Visitor{Network: idp.NetworkTailnet, Source: netip.MustParseAddr("100.64.0.9")}))
	f := p.frame(r)
	f.assetNames = assetNames{"/assets/style.css", "/assets/app.js", "/assets/favicon.svg"}
	seen := map[string]bool{}
	for name, s := range samples(f) {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := p.render(w, http.StatusOK, s.page, s.view); err != nil {
				t.Fatal(err)
			}
			if w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", w.Header())
			}
			checkPage(t, w.Body.String())
			compare(t, filepath.Join("testdata", name+".html"), w.Body.String())
		})
		seen[s.page] = true
	}
	for page := range p.templates {
		if !seen[page] {
			t.Errorf("page %q has no golden file", page)
		}
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(os.MkdirAll("testdata", 0o755))
		must(os.WriteFile(file, []byte(got), 0o644)) //nolint:gosec // a test's file
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s differs (go test -run TestGoldenPages -update writes it anew): %v\n%s", file, err, got)
	}
}

var (
	styleOrHandler = regexp.MustCompile(`<[^>]* (style|on\w+)=`)
	scriptTag      = regexp.MustCompile(`<script([^>]*)>`)
	styleTag       = regexp.MustCompile(`<style`)
	address        = regexp.MustCompile(`(?:src|href)="([^"]*)"`)
	missing        = regexp.MustCompile(`\b(page|signin|invite)\.[a-z_]+\b|ZgotmplZ|\{[a-z]+\}|&lt;no value`)
)

// checkPage holds a page to what its content security policy allows and what people can read.
func checkPage(t *testing.T, page string) {
	t.Helper()
	if found := styleOrHandler.FindString(page); found != "" {
		t.Errorf("inline style or handler: %s", found)
	}
	if styleTag.MatchString(page) {
		t.Error("inline stylesheet")
	}
	for _, tag := range scriptTag.FindAllStringSubmatch(page, -1) {
		if tag[1] != ` type="module" src="/assets/app.js"` && tag[1] != ` type="application/json" id="ceremony"` {
			t.Errorf("script %q", tag[0])
		}
	}
	for _, a := range address.FindAllStringSubmatch(page, -1) {
		ours := strings.HasPrefix(a[1], "/") || a[1] == "https://hearth.otter-finch.ts.net" // a page at a former host names the issuer whole
		if !ours && !strings.HasPrefix(a[1], "https://git.lindqvist.example") && !strings.HasPrefix(a[1], "app.immich:") {
			t.Errorf("address %q", a[1])
		}
	}
	if found := missing.FindString(page); found != "" {
		t.Errorf("the page says %q", found)
	}
	if !strings.Contains(page, `<html lang="en">`) || strings.Count(page, "<h1") != 1 || !strings.Contains(page, "<main") {
		t.Error("no language, no main or not one heading")
	}
	if !strings.Contains(page, "hearth.otter-finch.ts.net</span></footer>") {
		t.Error("the address is not in the foot")
	}
}

// The sign-in page with all it loads stays under 30 KB, uncompressed, as a real browser gets it.
func TestSignInWeighsLittle(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	page := v.follow(h.authorizeURL()).want(http.StatusOK)
	total := len(page.body)
	t.Logf("page %d", total)
	for _, a := range address.FindAllStringSubmatch(page.body, -1) {
		if strings.HasPrefix(a[1], "/assets/") {
			r := v.get(a[1]).want(http.StatusOK)
			t.Logf("%s %d", a[1], len(r.body))
			total += len(r.body)
		}
	}
	if total >= 30_000 {
		t.Errorf("the sign-in page weighs %d bytes", total)
	}
	t.Logf("in all %d", total)
}

func TestAssets(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	for name, kind := range map[string]string{h.pages.names.Style: "text/css", h.pages.names.Script: "text/javascript", h.pages.names.Icon: "image/svg+xml"} {
		r := v.get(name).want(http.StatusOK)
		if !strings.HasPrefix(r.header.Get("Content-Type"), kind) || r.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %v", name, r.header)
		}
		if !regexp.MustCompile(`^/assets/[a-z]+-[0-9a-f]{12}\.[a-z]+$`).MatchString(name) {
			t.Errorf("name %s", name)
		}
	}
	for _, name := range []string{"style.css", "app.js", "pages", "..%2fapp.js"} {
		v.get("/assets/" + name).want(http.StatusNotFound)
	}
}

var (
	usedInPage = regexp.MustCompile(`\btb? "([a-z]+\.[a-z_]+)"`)
	usedInCode = regexp.MustCompile(`"((?:page|signin|invite)\.[a-z_]*[a-z])"`)
	wordInCode = regexp.MustCompile(`"page\.ask_"\+w`)
)

// Every key that a page or a handler names has a text, and every text of these areas is named.
func TestTextsAreComplete(t *testing.T) {
	used := map[string]bool{}
	read := func(files fs.FS, pattern string, key *regexp.Regexp) {
		names, err := fs.Glob(files, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := fs.ReadFile(files, name)
			must(err)
			for _, m := range key.FindAllStringSubmatch(string(raw), -1) {
				used[m[1]] = true
			}
			if wordInCode.Match(raw) {
				for _, w := range askWords {
					used["page.ask_"+w] = true
				}
			}
		}
	}
	read(frontend.Public, "pages/*.html", usedInPage)
	read(os.DirFS("."), "*.go", usedInCode)
	read(os.DirFS("../idp"), "*.go", usedInCode)
	read(os.DirFS("../store"), "*.go", usedInCode)
	for key := range used {
		if !idp.Known(key) {
			t.Errorf("%q has no text", key)
		}
	}
	for _, key := range idp.Keys() {
		area, _, _ := strings.Cut(key, ".")
		if (area == "page" || area == "signin" || area == "invite") && !used[key] {
			t.Errorf("nothing says %q", key)
		}
	}
}

func TestBoldText(t *testing.T) {
	if got := boldText("page.signed_in_as", "user", "<x>"); got != "Signed in as <b>&lt;x&gt;</b>." {
		t.Errorf("got %q", got)
	}
}

func TestNamesOfPlaces(t *testing.T) {
	for address, want := range map[string]string{
		"https://git.example/cb": "git.example", "http://127.0.0.1:8000/": "127.0.0.1:8000", "app.immich:///cb": "An app on this device", "com.example:/x": "An app on this device", "": "An app on this device",
	} {
		if got := placeOf(address); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
	for name, want := range map[string]string{"forge": "F", " örebro": "Ö", "": "?", "\xff": "?"} {
		if got := initial(name); got != want {
			t.Errorf("%q begins with %q", name, got)
		}
	}
	if webURL("javascript:alert(1)") != "" || webURL("https://x.example") == "" {
		t.Error("a launch address of any scheme is a link")
	}
}
