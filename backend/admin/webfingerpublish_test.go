package admin

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// site is a home whose issuer is pinned, with example.com on the list and its web server, which serves a folder over TLS until handle makes it show something else.
type site struct {
	*home
	root  string
	shows atomic.Pointer[http.HandlerFunc]
}

const siteIssuer = "https://id.tail1234.ts.net"

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{home: newHome(t), root: t.TempDir()}
	s.handle(s.files())
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.shows.Load())(w, r) }))
	t.Cleanup(server.Close)
	port, err := strconv.ParseUint(server.URL[strings.LastIndexByte(server.URL, ':')+1:], 10, 16)
	s.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // for example.com
	s.Outside = outgoing.New(outgoing.Config{
		Roots: roots, Public: true, Inside: true, Ports: map[uint16]uint16{443: uint16(port), 80: 1},
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	s.finger.pace = fingerPace{answer: time.Minute, shown: func(idp.PublisherKind) time.Duration { return 0 }, pause: func(context.Context, int) {}}
	s.pin(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", s.now))
	_, err = s.AddWebFingerDomain(s.ctx, WebFingerInput{Domain: "ann@example.com"})
	s.must(err)
	s.publisher(idp.Publisher{Kind: idp.PublisherFolder, Root: s.root})
	return s
}

func (s *site) publisher(p idp.Publisher) {
	s.t.Helper()
	s.must(s.Store.Write(s.ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(s.ctx, "example.com")
		if err != nil {
			return err
		}
		d.Publisher = p
		return tx.UpdateWebFingerDomain(d)
	}))
}

func (s *site) files() http.HandlerFunc { return http.FileServer(http.Dir(s.root)).ServeHTTP }

func (s *site) handle(h http.HandlerFunc) { s.shows.Store(&h) }

func (s *site) file() string { return filepath.Join(s.root, ".well-known", "webfinger") }

// put makes text what stands on the site, "" nothing.
func (s *site) put(text string) {
	s.t.Helper()
	if text == "" {
		s.must(os.RemoveAll(s.file()))
		return
	}
	s.must(os.MkdirAll(filepath.Dir(s.file()), 0o755))
	s.must(os.WriteFile(s.file(), []byte(text), 0o644))
}

func (s *site) stands() string {
	s.t.Helper()
	raw, err := os.ReadFile(s.file())
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return string(raw)
}

func (s *site) plan() WebFingerPlan {
	s.t.Helper()
	p, err := s.PlanWebFinger(s.ctx, "example.com")
	s.must(err)
	return p
}

func (s *site) lastEvent() string {
	kinds := s.kinds()
	return kinds[len(kinds)-1]
}

func golden(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "webfinger", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestPublishBesideMastodon publishes beside a document of others, and takes off what was put there: then it stands as before.
func TestPublishBesideMastodon(t *testing.T) {
	s := newSite(t)
	found := golden(t, "mastodon.json")
	s.put(found)
	p := s.plan()
	signs := map[string]int{}
	for _, l := range p.Diff {
		signs[l.Sign]++
	}
	if p.Kind != "Mastodon" || len(p.Foreign) != 5 || p.Same || p.Problem != "" || signs["+"] != 4 || signs["-"] != 0 || p.Found != found {
		t.Errorf("planned %+v", p)
	}
	if s.stands() != found {
		t.Fatal("planning changed what stands there")
	}
	d, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	s.must(err)
	if want := golden(t, "mastodon_merged.json"); s.stands() != want || d.Published != want || d.PublishedAt != s.now || d.Kept != found || d.Busy != "" || s.lastEvent() != idp.EventWebFingerPublished {
		t.Errorf("stands\n%s\nkept %+v", s.stands(), d)
	}
	if d.CheckedAt != s.now || d.Check.Href != siteIssuer {
		t.Errorf("the look afterwards found %+v", d.Check)
	}
	if again := s.plan(); !again.Same || len(again.Foreign) != 5 {
		t.Errorf("afterwards %+v", again)
	}
	d, err = s.UnpublishWebFinger(s.ctx, "example.com")
	s.must(err)
	if s.stands() != found || d.Published != "" || d.PublishedAt != 0 || d.CheckedAt != 0 || s.lastEvent() != idp.EventWebFingerUnpublished {
		t.Errorf("left\n%s\nkept %+v", s.stands(), d)
	}
}

func TestPublishWhereNothingIs(t *testing.T) {
	s := newSite(t)
	p := s.plan()
	if p.Found != "" || p.Where == "" || p.Same || len(p.Foreign) != 0 {
		t.Errorf("planned %+v", p)
	}
	_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	s.must(err)
	if s.stands() != golden(t, "nobody_merged.json") {
		t.Errorf("stands\n%s", s.stands())
	}
	_, err = s.UnpublishWebFinger(s.ctx, "example.com")
	s.must(err)
	if s.stands() != "" {
		t.Errorf("left\n%s", s.stands())
	}
}

// TestAnotherIssuerGivesWay and comes back.
func TestAnotherIssuerGivesWay(t *testing.T) {
	s := newSite(t)
	found := strings.ReplaceAll(golden(t, "nobody_merged.json"), siteIssuer, "https://auth.example.net")
	s.put(found)
	p := s.plan()
	if len(p.Notes) == 0 || !strings.Contains(p.Notes[0], "https://auth.example.net") {
		t.Errorf("planned %+v", p)
	}
	_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	s.must(err)
	if s.stands() != golden(t, "nobody_merged.json") {
		t.Errorf("stands\n%s", s.stands())
	}
	_, err = s.PublishWebFinger(s.ctx, "example.com", s.plan().Digest) // once more must not forget the other
	s.must(err)
	_, err = s.UnpublishWebFinger(s.ctx, "example.com")
	s.must(err)
	if s.stands() != found {
		t.Errorf("left\n%s", s.stands())
	}
}

// TestPublishIsTakenBack: whatever the web shows in place of the document, what was there stands again, byte for byte.
func TestPublishIsTakenBack(t *testing.T) {
	for what, handle := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<!doctype html><title>Home</title>"))
		},
		"nothing":        http.NotFound,
		"an error":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"half an answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a loop": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		},
		"much": func(w http.ResponseWriter, _ *http.Request) {
			for range 1 << 10 {
				_, _ = w.Write(make([]byte, 1<<10))
			}
		},
		"another issuer": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"links": [{"rel": "` + webfinger.Rel + `", "href": "` + siteIssuer + `/"}]}`))
		},
		"no issuer": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"subject": "acct:ann@example.com"}`))
		},
		"without the others": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"links": [{"rel": "` + webfinger.Rel + `", "href": "` + siteIssuer + `"}]}`))
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSite(t)
			found := " " + golden(t, "mastodon.json") // spelled as Hearthkey does not
			s.put(found)
			p := s.plan()
			s.handle(handle)
			_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
			refused(t, err, idp.Unavailable, "")
			if s.stands() != found {
				t.Errorf("stands\n%s", s.stands())
			}
			d, err := s.WebFingerDomain(s.ctx, "example.com")
			s.must(err)
			if d.Published != "" || d.Busy != "" || !strings.Contains(d.Problem, "put back") || s.lastEvent() != idp.EventWebFingerFailed {
				t.Errorf("kept %+v after %v", d, s.kinds())
			}
		})
	}
}

// TestPublishWaits looks again until a cache lets the new document through.
func TestPublishWaits(t *testing.T) {
	s := newSite(t)
	var looks atomic.Int32
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		if looks.Add(1) < 4 {
			http.NotFound(w, r)
			return
		}
		s.files()(w, r)
	})
	s.finger.pace.shown = func(idp.PublisherKind) time.Duration { return time.Minute }
	_, err := s.PublishWebFinger(s.ctx, "example.com", s.plan().Digest)
	s.must(err)
	if looks.Load() < 4 || s.stands() == "" {
		t.Errorf("%d looks, stands\n%s", looks.Load(), s.stands())
	}
}

// TestPublishGoesOn: a call answers before a slow domain does, says what is being done, and nothing else begins meanwhile.
func TestPublishGoesOn(t *testing.T) {
	s := newSite(t)
	p := s.plan()
	asked, let := make(chan bool), make(chan bool)
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- true:
			<-let
		case <-let:
		}
		s.files()(w, r)
	})
	s.finger.pace.answer = 0
	go func() { <-asked }() // the look of the plan itself, since no file is there yet
	d, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	s.must(err)
	if d.Busy == "" || d.PublishedAt != 0 {
		t.Errorf("answered %+v", d)
	}
	_, err = s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	refused(t, err, idp.Conflict, "")
	refused(t, s.RemoveWebFingerDomain(s.ctx, "example.com"), idp.Conflict, "")
	change := s.Store.Change()
	close(let)
	for d.Busy != "" {
		change, err = s.WaitForChange(s.ctx, change)
		s.must(err)
		d, err = s.WebFingerDomain(s.ctx, "example.com")
		s.must(err)
	}
	if d.Problem != "" || d.PublishedAt == 0 {
		t.Errorf("ended %+v", d)
	}
}

func TestNothingIsOverwrittenUnseen(t *testing.T) {
	s := newSite(t)
	s.put(golden(t, "mastodon.json"))
	seen := s.plan().Digest
	for _, change := range []func(){
		func() { s.put(`{"links": [{"rel": "self", "href": "https://new.example"}]}`) },
		func() { s.put("") },
		func() {
			s.put(golden(t, "mastodon.json"))
			s.pin(idp.OnTailnet(idp.ModeFunnel, "other.tail1234.ts.net", s.now))
		},
	} {
		change()
		before := s.stands()
		_, err := s.PublishWebFinger(s.ctx, "example.com", seen)
		refused(t, err, idp.Conflict, "")
		if s.stands() != before {
			t.Errorf("stands\n%s", s.stands())
		}
	}
	if slices.Contains(s.kinds(), idp.EventWebFingerFailed) {
		t.Error("what was not tried is told as a failure")
	}
}

func TestWhatCannotBeMerged(t *testing.T) {
	s := newSite(t)
	for _, text := range []string{"<!doctype html>", `{"links": 1}`, `{"links": []`, `{"a": 1, "a": 2}`} {
		s.put(text)
		p := s.plan()
		if p.Problem == "" || p.Found != text || len(p.Diff) != 0 {
			t.Errorf("%s: planned %+v", text, p)
		}
		_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
		refused(t, err, idp.Invalid, "")
		if s.stands() != text {
			t.Errorf("stands\n%s", s.stands())
		}
	}
	s.publisher(idp.Publisher{Kind: idp.PublisherFolder, Root: filepath.Join(s.root, "gone")})
	_, err := s.PlanWebFinger(s.ctx, "example.com")
	refused(t, err, idp.Invalid, "root")
	s.pin(idp.Trial("1411", s.now))
	_, err = s.PlanWebFinger(s.ctx, "example.com")
	refused(t, err, idp.Unavailable, "")
	_, err = s.PlanWebFinger(s.ctx, "example.net")
	refused(t, err, idp.Unavailable, "")
}

// TestByHand: what the owner pasted is looked for, and what others have is kept for the texts to paste.
func TestByHand(t *testing.T) {
	s := newSite(t)
	s.publisher(idp.Publisher{Kind: idp.PublisherHand})
	s.put(golden(t, "mastodon.json"))
	p := s.plan()
	d, err := s.WebFingerDomain(s.ctx, "example.com")
	s.must(err)
	if d.Kept != golden(t, "mastodon.json") || p.Same || p.Result != golden(t, "mastodon_merged.json") {
		t.Errorf("planned %+v, kept %q", p, d.Kept)
	}
	_, err = s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	refused(t, err, idp.Unavailable, "")
	if s.stands() != golden(t, "mastodon.json") {
		t.Errorf("stands\n%s", s.stands())
	}
	s.put(p.Result)
	d, err = s.PublishWebFinger(s.ctx, "example.com", s.plan().Digest)
	s.must(err)
	if d.PublishedAt == 0 || d.Kept != golden(t, "mastodon.json") {
		t.Errorf("ended %+v", d)
	}
}

// TestFoundBehindARedirect reads what the web shows where no file of the target does, as where the name with www serves the site.
func TestFoundBehindARedirect(t *testing.T) {
	s := newSite(t)
	s.publisher(idp.Publisher{})
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "example.com" {
			http.Redirect(w, r, "https://www.example.com"+r.URL.RequestURI(), http.StatusMovedPermanently)
			return
		}
		if r.URL.Query().Get("resource") != "acct:ann@example.com" {
			t.Errorf("asked %s", r.URL)
		}
		_, _ = w.Write([]byte(golden(t, "mastodon.json")))
	})
	if p := s.plan(); p.Kind != "Mastodon" || !strings.Contains(p.Where, "https://www.example.com/.well-known/webfinger") {
		t.Errorf("planned %+v", p)
	}
}

// TestOwnHost is answered for without anything being published.
func TestOwnHost(t *testing.T) {
	s := newSite(t)
	s.pin(idp.OnDomain("example.com", s.now))
	s.put(golden(t, "mastodon.json"))
	p := s.plan()
	if !p.Same || !strings.Contains(p.Result, `"https://example.com"`) || len(p.Diff) == 0 || p.Problem != "" || len(p.Notes) != 0 {
		t.Errorf("planned %+v", p)
	}
	if s.stands() != golden(t, "mastodon.json") {
		t.Errorf("stands\n%s", s.stands())
	}
}

// TestTargetGone: a target that was there when the owner looked, and is away now.
func TestTargetGone(t *testing.T) {
	s := newSite(t)
	s.put(golden(t, "mastodon.json"))
	p := s.plan()
	s.must(os.Rename(s.root, s.root+".away"))
	_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	refused(t, err, idp.Invalid, "root")
	s.must(os.Rename(s.root+".away", s.root))
	d, err := s.WebFingerDomain(s.ctx, "example.com")
	s.must(err)
	if s.stands() != golden(t, "mastodon.json") || d.Problem == "" || s.lastEvent() != idp.EventWebFingerFailed {
		t.Errorf("stands\n%s\n%+v", s.stands(), d)
	}
}

// TestPublishEndsWhereItBegan changes the publisher in the middle of publishing: the owner is told to wait, and even a change that slipped through leads nothing to a place that was not looked at.
func TestPublishEndsWhereItBegan(t *testing.T) {
	s := newSite(t)
	p := s.plan()
	elsewhere := t.TempDir()
	file := filepath.Join(elsewhere, ".well-known", "webfinger")
	s.must(os.Mkdir(filepath.Dir(file), 0o755))
	s.must(os.WriteFile(file, []byte("{}"), 0o644))
	var once sync.Once
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			_, err := s.SetPublisher(s.ctx, "example.com", PublisherInput{Publisher: idp.Publisher{Kind: idp.PublisherFolder, Root: elsewhere}})
			refused(t, err, idp.Conflict, "")
			s.publisher(idp.Publisher{Kind: idp.PublisherFolder, Root: elsewhere})
		})
		s.files()(w, r)
	})
	_, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest)
	s.must(err)
	if raw, err := os.ReadFile(file); err != nil || string(raw) != "{}" || s.stands() == "" {
		t.Errorf("elsewhere stands %s, %v; at the site %s", raw, err, s.stands())
	}
}

// TestWhatOthersWriteMeanwhileStays has somebody else write to the target while a publish that fails is under way.
func TestWhatOthersWriteMeanwhileStays(t *testing.T) {
	s := newSite(t)
	const theirs = `{"subject":"acct:somebody@example.com"}`
	p := s.plan()
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		if s.stands() != "" {
			s.put(theirs)
		}
		http.NotFound(w, r)
	})
	if _, err := s.PublishWebFinger(s.ctx, "example.com", p.Digest); err == nil || !strings.Contains(err.Error(), "left as it is") || s.stands() != theirs {
		t.Errorf("%v; stands %q", err, s.stands())
	}

	s.handle(s.files())
	planned, err := s.planFinger(s.ctx, "example.com")
	s.must(err)
	written := string(planned.result.Text())
	for stands, want := range map[string]string{written: theirs, written[:20]: theirs, "": theirs, `{"links":[]}`: `{"links":[]}`} {
		s.put(stands)
		s.must(s.undoWrite(s.ctx, planned))
		if s.stands() != want {
			t.Errorf("after a failed write stood %q, and now %q", stands, s.stands())
		}
	}
}
