package admin

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// web is example.com and the issuer id.example.com on one web server, as the internet sees them.
type web struct {
	mu    sync.Mutex
	href  string
	down  int // the status that is answered instead, 0 for none
	gone  bool
	asked []string
}

func (w *web) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.URL.Path == "/.well-known/openid-configuration" {
		_, _ = io.WriteString(rw, `{"issuer": "https://id.example.com"}`)
		return
	}
	resource := r.URL.Query().Get("resource")
	w.asked = append(w.asked, resource)
	if w.down != 0 {
		rw.WriteHeader(w.down)
		return
	}
	rw.Header().Set("Content-Type", "application/jrd+json")
	rw.Header().Set("Access-Control-Allow-Origin", "*")
	_ = json.NewEncoder(rw).Encode(map[string]any{"subject": resource, "links": []map[string]string{{"rel": "http://openid.net/specs/connect/1.0/issuer", "href": w.href}}})
}

// newWeb puts example.com onto the internet of a home that is pinned, and onto its list.
func newWeb(t *testing.T) (*home, *web) {
	t.Helper()
	h, w := newHome(t), &web{href: "https://id.example.com"}
	srv := httptest.NewTLSServer(w)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	h.must(err)
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	h.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate()) // for example.com and below
	h.now = idp.At(srv.Certificate().NotBefore.AddDate(1, 0, 0))
	h.Outside = outgoing.New(outgoing.Config{Public: true, Inside: true, Roots: roots, Ports: map[uint16]uint16{443: uint16(port), 80: 1},
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.gone {
				return nil, outgoing.ErrOffline
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}})
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(idp.OnDomain("id.example.com", h.now)) }))
	_, err = h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com"})
	h.must(err)
	return h, w
}

// drift is what the owner is told of a domain that is out of order.
func (h *home) drift() (todo []string, notice Notice, events []string) {
	h.t.Helper()
	s, err := h.Status(h.ctx)
	h.must(err)
	for _, t := range s.Todo {
		if strings.HasPrefix(t.Key, "webfinger") {
			if t.Level != "danger" || t.Link != "webfinger/example.com" || strings.Contains(t.Title+t.Detail, "{") {
				h.t.Errorf("to do: %+v", t)
			}
			todo = append(todo, t.Key)
		}
	}
	page, err := h.Activity(h.ctx, ActivityQuery{})
	h.must(err)
	for _, e := range slices.Backward(page.Rows) {
		if e := e.Event; e.Kind == idp.EventWebFingerDrifted || e.Kind == idp.EventWebFingerMended {
			events = append(events, strings.TrimSuffix(e.Kind+" "+e.Reason, " "))
		}
	}
	return todo, s.WebFinger, events
}

func (h *home) look(verdict string) WebFingerDetail {
	h.t.Helper()
	d, err := h.CheckWebFinger(h.ctx, "example.com")
	h.must(err)
	if d.Check.Verdict != verdict || d.Verdict != verdict || d.Check.At != h.now || d.CheckedAt != h.now {
		h.t.Errorf("%s: %+v", verdict, d.Check)
	}
	h.now = h.now.Add(webFingerAgain)
	return d
}

func TestCheckWebFinger(t *testing.T) {
	h, w := newWeb(t)
	d := h.look("ok")
	if d.Check.Href != "https://id.example.com" || d.Check.Address != "127.0.0.1" || len(d.Check.Findings) < 10 || d.Check.Drifted {
		t.Errorf("%+v", d.Check)
	}
	if _, err := h.CheckWebFinger(h.ctx, "example.org"); idp.CodeOf(err) != idp.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	ctx, cancel := context.WithCancel(h.ctx)
	cancel()
	if _, err := h.CheckWebFinger(ctx, "example.com"); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	if again, err := h.WebFingerDomain(h.ctx, "example.com"); err != nil || again.Check.Verdict != "ok" {
		t.Errorf("what was broken off is kept: %+v %v", again.Check, err)
	}
	for _, u := range []UserInput{{Name: "Emil", UserName: "emil", Email: "Emil@example.com"}, {Name: "Off", UserName: "off", Email: "off@example.com"}, {Name: "Jo", UserName: "jo", Email: "jo@example.org"}} {
		made, err := h.CreateUser(h.ctx, u)
		h.must(err)
		h.must(h.SetUserDisabled(h.ctx, made.ID, u.UserName == "off"))
	}
	w.set(func() { w.asked = nil })
	h.look("ok")
	if !slices.Contains(w.asked, "acct:Emil@example.com") || slices.ContainsFunc(w.asked, func(s string) bool { return strings.Contains(s, "off@") || strings.Contains(s, "jo@") }) {
		t.Errorf("asked for %v", w.asked)
	}
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(idp.Trial("1411", h.now)) }))
	_, err := h.CheckWebFinger(h.ctx, "example.com")
	refused(t, err, idp.Conflict, "")
}

// TestDrift follows a domain that somebody changes: what the owner is told at each step, and what is noted once.
func TestDrift(t *testing.T) {
	h, w := newWeb(t)
	step := func(name, verdict string, drifted bool, todo string, events ...string) {
		t.Helper()
		change := h.Store.Change()
		d := h.look(verdict)
		list, notice, told := h.drift()
		if d.Check.Drifted != drifted || strings.Join(list, " ") != todo || !slices.Equal(told, events) || (notice.Key != "") != (todo != "") {
			t.Errorf("%s: drifted %v, to do %q, %+v, events %q", name, d.Check.Drifted, list, notice, told)
		}
		if h.Store.Change() == change {
			t.Errorf("%s: nobody is woken", name)
		}
	}
	w.set(func() { w.href += "/" })
	step("never in order", "danger", false, "")
	w.set(func() { w.href = "https://id.example.com" })
	step("put in order", "ok", false, "")
	w.set(func() { w.href += "/" })
	step("changed there", "danger", true, "webfinger_drift", "webfinger_drifted issuer")
	_, first, _ := h.drift()
	step("the same again", "danger", true, "webfinger_drift", "webfinger_drifted issuer")
	if _, again, _ := h.drift(); again != first || !strings.Contains(first.Title, "example.com") || !strings.Contains(first.Body, "slash") {
		t.Errorf("told %+v, then %+v", first, again)
	}
	w.set(func() { w.down = 404 })
	step("something else", "danger", true, "webfinger_drift", "webfinger_drifted issuer", "webfinger_drifted status")
	if _, other, _ := h.drift(); other.Key == first.Key {
		t.Errorf("not told anew: %+v", other)
	}
	w.set(func() { w.gone = true })
	step("this machine offline", "unknown", true, "webfinger_drift", "webfinger_drifted issuer", "webfinger_drifted status")
	w.set(func() { w.gone, w.down, w.href = false, 0, "https://id.example.com" })
	seen := []string{"webfinger_drifted issuer", "webfinger_drifted status", "webfinger_mended"}
	step("mended", "ok", false, "", seen...)
	w.set(func() { w.down = 502 })
	step("a restart", "danger", false, "", seen...)
	w.set(func() { w.down = 0 })
	step("it was one", "ok", false, "", seen...)
	w.set(func() { w.down = 502 })
	step("a fault", "danger", false, "", seen...)
	step("that stays", "danger", true, "webfinger_drift", append(seen, "webfinger_drifted status")...)

	_, err := h.SetWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com", Scope: idp.WebFingerAccounts, Accounts: []string{"emil"}})
	h.must(err)
	step("and now it was changed from here", "danger", false, "webfinger_fails", append(seen, "webfinger_drifted status")...)
	w.set(func() { w.down = 0 })
	step("until it is published again", "warn", false, "", append(seen, "webfinger_drifted status", "webfinger_mended")...)
}

// TestReportOfWhatWasReplaced: a look that was under way while the owner changed the domain says nothing of what is there now.
func TestReportOfWhatWasReplaced(t *testing.T) {
	h, _ := newWeb(t)
	h.look("ok")
	var l looked
	h.must(h.Store.View(h.ctx, func(r store.Reads) (err error) {
		l, err = readLooked(h.ctx, r, "example.com")
		return err
	}))
	_, err := h.SetWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com", Scope: idp.WebFingerAccounts, Accounts: []string{"emil"}})
	h.must(err)
	found := webfinger.Report{At: h.now, Verdict: webfinger.StateDanger, Findings: []webfinger.Finding{{Key: "issuer", State: webfinger.StateDanger}}}
	h.must(h.keepReport(h.ctx, l, found))
	if d, err := h.WebFingerDomain(h.ctx, "example.com"); err != nil || d.Check.Verdict != "ok" {
		t.Errorf("%+v %v", d.Check, err)
	}
	h.must(h.RemoveWebFingerDomain(h.ctx, "example.com"))
	if err := h.keepReport(h.ctx, l, found); idp.CodeOf(err) != idp.NotFound {
		t.Errorf("a domain that was removed: %v", err)
	}
}

// TestTurns: one domain in each call, the one that waited longest first, each again after six hours, and soon where nothing could be found out.
func TestTurns(t *testing.T) {
	h, w := newWeb(t)
	_, err := h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "www.example.com"})
	h.must(err)
	looked := func() string {
		t.Helper()
		before, err := h.WebFingerDomains(h.ctx)
		h.must(err)
		h.must(h.LookAtWebFinger(h.ctx))
		after, err := h.WebFingerDomains(h.ctx)
		h.must(err)
		var names []string
		for i := range after {
			if after[i].CheckedAt != before[i].CheckedAt {
				names = append(names, after[i].Domain)
			}
		}
		h.now++
		return strings.Join(names, " ")
	}
	for _, want := range []string{"example.com", "www.example.com", ""} {
		if got := looked(); got != want {
			t.Errorf("looked at %q, want %q", got, want)
		}
	}
	h.now = h.now.Add(webFingerEvery)
	w.set(func() { w.gone = true })
	if got := looked(); got != "example.com" {
		t.Errorf("after six hours: %q", got)
	}
	w.set(func() { w.gone = false })
	h.now = h.now.Add(webFingerAgain)
	for _, want := range []string{"www.example.com", "example.com", ""} {
		if got := looked(); got != want {
			t.Errorf("looked at %q, want %q", got, want)
		}
	}
	h.now -= idp.Time(idp.Day.Milliseconds()) // the clock was wrong
	if got := looked(); got != "www.example.com" {
		t.Errorf("a look of tomorrow counts: %q", got)
	}
}

// TestBusyIsNotLookedAt: what is half done at a domain is neither a finding nor a drift.
func TestBusyIsNotLookedAt(t *testing.T) {
	h, _ := newWeb(t)
	h.must(h.finger.begin("example.com", "Writing."))
	_, err := h.CheckWebFinger(h.ctx, "example.com")
	refused(t, err, idp.Conflict, "")
	h.must(h.LookAtWebFinger(h.ctx))
	if d, err := h.WebFingerDomain(h.ctx, "example.com"); err != nil || d.CheckedAt != 0 {
		t.Errorf("%+v %v", d.Check, err)
	}
}

// TestPassingFaults: what a link that breaks for a moment brings about is no drift before it is seen again.
func TestPassingFaults(t *testing.T) {
	for key, passes := range map[string]bool{"connect": true, "encoding": true, "rel": true, "users": true, "issuer": false} {
		found := webfinger.Report{Verdict: webfinger.StateDanger, Findings: []webfinger.Finding{{Key: key, State: webfinger.StateDanger}}}
		once := webFingerReport{Good: "as set"}.next(found, "as set")
		if twice := once.next(found, "as set"); once.Drifted == passes || !twice.Drifted {
			t.Errorf("%s: drifted %v, then %v", key, once.Drifted, twice.Drifted)
		}
	}
}
