package signin

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func enrols(c *idp.Client) { c.TailnetEnrol = true }

// asks presses "Make my passkey" and answers the page that follows.
func (v *visitor) asks() reply {
	v.Helper()
	page := v.follow(v.authorizeURL()).want(http.StatusOK, "You have no passkey here yet.")
	return v.post("/enrol/ask", url.Values{"tx": {page.tx()}})
}

// waits asks, and answers the address of the waiting page and the request.
func (v *visitor) waits() (at string, a idp.Approval) {
	v.Helper()
	at = v.asks().header.Get("Location")
	v.get(at).want(http.StatusOK, "Nora has to say yes", "laptop", "emil@lindqvist.example")
	waiting, err := v.store.Approvals(v.Context(), v.clock.Now())
	must(err)
	if len(waiting) != 1 {
		v.Fatalf("%d requests wait", len(waiting))
	}
	return at, waiting[0]
}

func (v *visitor) state(want string) {
	v.Helper()
	v.get("/enrol/state").want(http.StatusOK, `{"state":"`+want+`"}`)
}

// decide answers a request as the owner does.
func (h *house) decide(a idp.Approval, to idp.ApprovalState) {
	h.Helper()
	h.write(func(tx *store.Tx) error {
		return tx.AnswerApproval(a.ID, idp.ApprovalWaiting, to, h.clock.Now().Add(idp.ApprovalLife), h.clock.Now())
	})
}

func TestEnrolByApproval(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	h.consent(h.emil, "openid profile email")
	v := h.onLaptop()
	at, a := v.waits()
	if a.UserID != h.emil.ID || a.ClientID != h.forge.ID || a.TailscaleID != emilsLogin || a.Node != "laptop" || a.Network != idp.NetworkTailnet || a.Source != "100.64.0.7" || a.UserAgent != "Testbrowser/1" {
		t.Errorf("request %+v", a)
	}
	if e := h.events(idp.EventApprovalAsked); len(e) != 1 || e[0].ObjectID != a.ID || e[0].UserID != h.emil.ID || e[0].Detail["login"] == "" {
		t.Errorf("events %+v", e)
	}
	v.state("waiting")
	v.send("/enrol/options", asked{}).failure(http.StatusGone, "approval.over") // nothing before the owner says yes
	v.asks()
	if again, err := h.store.CountApprovals(t.Context(), h.clock.Now()); err != nil || again != 1 {
		t.Errorf("asking again makes %d requests, %v", again, err)
	}
	h.decide(a, idp.ApprovalApproved)
	v.state("approved")
	page := v.get(at).want(http.StatusOK, "Make your passkey now", "emil")
	key := passkeytest.New(passkeytest.ES256)
	h.isAnswer(v.follow(v.answer(page, key).next()).location("https://git")) // and on to the app
	if s := v.session(); s.ACR != idp.ACREnrol || s.ClientID != "" || s.UserID != h.emil.ID {
		t.Errorf("session %+v", s)
	}
	added := h.events(idp.EventPasskeyAdded)
	if len(added) != 1 || added[0].Detail["approval"] != a.ID || added[0].Detail["login"] == "" {
		t.Errorf("events %+v", added)
	}
	// It is used up, and Emil has a passkey now: there is no second way in.
	v.state("over")
	if page := h.onLaptop().follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(page.body, askForm) {
		t.Error("the page offers another enrolment")
	}
}

// TestEnrolReplay: an approval gives one passkey, however many ceremonies were begun under it.
func TestEnrolReplay(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	v := h.onLaptop()
	at, a := v.waits()
	h.decide(a, idp.ApprovalApproved)
	first, second := v.get(at).ceremony(), v.get(at).ceremony()
	one, other := v.response(first, passkeytest.New(passkeytest.ES256)), v.response(second, passkeytest.New(passkeytest.ES256))
	cookies := v.client.Jar.Cookies(parsed(h.issuer))
	v.send(first.Finish, one).want(http.StatusOK)
	v.client.Jar.SetCookies(parsed(h.issuer), cookies) // which the answer took away
	v.send(second.Finish, other).failure(http.StatusGone, "approval.over")
	if keys, err := h.store.Passkeys(t.Context(), h.emil.ID); err != nil || len(keys) != 1 {
		t.Errorf("%d passkeys, %v", len(keys), err)
	}
}

// TestEnrolRace: of two browsers whose requests were both allowed, pressing again and again at the same time, one makes one passkey.
func TestEnrolRace(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	var tries []func() int
	for range 2 {
		v := h.onLaptop()
		v.asks()
		waiting, err := h.store.Approvals(t.Context(), h.clock.Now())
		must(err)
		h.decide(waiting[0], idp.ApprovalApproved)
		for range 20 {
			in := v.response(v.get("/enrol").ceremony(), passkeytest.New(passkeytest.ES256))
			cookies := v.client.Jar.Cookies(parsed(h.issuer))
			tries = append(tries, func() int {
				browser := h.onLaptop()
				browser.client.Jar.SetCookies(parsed(h.issuer), cookies)
				return browser.send("/enrol/passkey", in).status
			})
		}
	}
	var all sync.WaitGroup
	var made atomic.Int64
	for _, try := range tries {
		all.Go(func() {
			if try() == http.StatusOK {
				made.Add(1)
			}
		})
	}
	all.Wait()
	keys, err := h.store.Passkeys(t.Context(), h.emil.ID)
	must(err)
	if len(keys) != 1 || made.Load() != 1 {
		t.Errorf("%d passkeys, %d answers that one was made", len(keys), made.Load())
	}
}

// TestEnrolInAnotherBrowser: only the browser that asked can use what was approved, the page's address is worth nothing.
func TestEnrolInAnotherBrowser(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	v := h.onLaptop()
	at, a := v.waits()
	h.decide(a, idp.ApprovalApproved)
	other := h.onLaptop()
	other.get(at).want(http.StatusOK, "This request is over")
	other.state("over")
	other.send("/enrol/options", asked{}).failure(http.StatusNotFound, "approval.not_found")
	c := v.get(at).ceremony()
	other.send("/enrol/passkey", v.response(c, passkeytest.New(passkeytest.ES256))).failure(http.StatusNotFound, "approval.not_found")
}

// TestEnrolEnds: between the yes and the passkey everything is asked anew.
func TestEnrolEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*house, *visitor, idp.Approval)
		status int
		key    string
	}{
		{"too late", func(h *house, _ *visitor, _ idp.Approval) { h.clock.Advance(idp.ApprovalLife) }, http.StatusGone, "approval.over"},
		{"unlinked", func(h *house, _ *visitor, _ idp.Approval) {
			h.write(func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(emilsLogin, h.clock.Now()) })
		}, http.StatusGone, "approval.over"},
		{"not by this app any more", func(h *house, _ *visitor, _ idp.Approval) {
			h.change(func(c *idp.Client) { c.TailnetEnrol = false })
		}, http.StatusForbidden, "signin.not_by_login"},
		{"circle", func(h *house, _ *visitor, _ idp.Approval) { h.carrier(store.CarrierYes) }, http.StatusForbidden, "signin.not_by_login"},
		{"disabled", func(h *house, _ *visitor, _ idp.Approval) {
			h.emil.DisabledAt = h.clock.Now()
			h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
		}, http.StatusForbidden, "signin.not_by_login"},
		{"no access", func(h *house, _ *visitor, _ idp.Approval) { storetest.Allow(h.T, h.store, h.forge.ID) }, http.StatusForbidden, "signin.not_by_login"},
		{"a passkey meanwhile", func(h *house, _ *visitor, _ idp.Approval) { h.visitor().enrol(h.emil) }, http.StatusForbidden, "signin.not_by_login"},
		{"on another network", func(_ *house, v *visitor, _ idp.Approval) {
			v.place = laptop(func(v *idp.Visitor) { v.Network, v.Source = idp.NetworkPublic, netip.MustParseAddr("198.51.100.7") })
		}, http.StatusForbidden, "signin.not_by_login"},
		{"by another login of the same person", func(h *house, v *visitor, _ idp.Approval) {
			h.write(func(tx *store.Tx) error {
				return tx.LinkTailnetLogin(idp.TailnetLogin{TailscaleID: 8, UserID: h.emil.ID, Login: "x", LinkedAt: h.clock.Now()})
			})
			v.place = laptop(func(v *idp.Visitor) { v.TailscaleUserID = 8 })
		}, http.StatusForbidden, "signin.not_by_login"},
		{"the node is tagged by now", func(_ *house, v *visitor, _ idp.Approval) { v.place = laptop(nameless(idp.UnidentifiedTagged)) }, http.StatusForbidden, "signin.not_by_login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.linked(enrols)
			v := h.onLaptop()
			at, a := v.waits()
			h.decide(a, idp.ApprovalApproved)
			in := v.response(v.get(at).ceremony(), passkeytest.New(passkeytest.ES256))
			tt.change(h, v, a)
			before, err := h.store.Passkeys(t.Context(), h.emil.ID)
			must(err)
			v.send("/enrol/options", asked{}).failure(tt.status, tt.key)
			v.send("/enrol/passkey", in).failure(tt.status, tt.key)
			after, err := h.store.Passkeys(t.Context(), h.emil.ID)
			must(err)
			if len(after) != len(before) {
				t.Error("a passkey was made")
			}
		})
	}
}

func TestEnrolDenied(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	v := h.onLaptop()
	at, a := v.waits()
	h.decide(a, idp.ApprovalDenied)
	v.state("denied")
	v.get(at).want(http.StatusOK, "Nora said no", "Back to the sign-in page")
	v.send("/enrol/options", asked{}).failure(http.StatusGone, "approval.over")
}

func TestEnrolNotAnswered(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	v := h.onLaptop()
	at, _ := v.waits()
	h.clock.Advance(idp.ApprovalLife - time.Second)
	v.state("waiting")
	h.clock.Advance(time.Second)
	v.state("over")
	v.get(at).want(http.StatusOK, "This request is over")
}

// TestEnrolAtOnce: where the owner wants no asking, the page goes on at once, and the same rules hold.
func TestEnrolAtOnce(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	h.write(func(tx *store.Tx) error { return tx.SetEnrolAtOnce(true) })
	v := h.onLaptop()
	page := v.get(v.asks().header.Get("Location")).want(http.StatusOK, "Make your passkey now")
	if e := h.events(idp.EventApprovalGiven); len(e) != 1 || e[0].Actor != idp.ActorSystem {
		t.Errorf("events %+v", e)
	}
	v.answer(page, passkeytest.New(passkeytest.ES256)).want(http.StatusOK)
}

// TestEnrolAtOnceIsForTheFirst: who has a passkey of a former host waits for the owner all the same.
func TestEnrolAtOnceIsForTheFirst(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	h.movedFrom()
	h.write(func(tx *store.Tx) error { return tx.SetEnrolAtOnce(true) })
	v := h.onLaptop()
	v.get(v.asks().header.Get("Location")).want(http.StatusOK, "Nora has to say yes")
	v.state("waiting")
}

// TestEnrolAskNever: who may not ask, cannot, by the page or by its form, and hears the same words.
func TestEnrolAskNever(t *testing.T) {
	for name, change := range map[string]func(*house){
		"not by this app": func(h *house) { h.change(func(c *idp.Client) { c.TailnetEnrol = false }) },
		"circle":          func(h *house) { h.carrier(store.CarrierYes) },
		"not answered":    func(h *house) { h.carrier("") },
		"has a passkey":   func(h *house) { h.visitor().enrol(h.emil) },
		"no access":       func(h *house) { storetest.Allow(h.T, h.store, h.forge.ID) },
		"unlinked": func(h *house) {
			h.write(func(tx *store.Tx) error { return tx.UnlinkTailnetLogin(emilsLogin, h.clock.Now()) })
		},
		"disabled": func(h *house) {
			h.emil.DisabledAt = h.clock.Now()
			h.write(func(tx *store.Tx) error { return tx.UpdateUser(h.emil) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.linked(enrols)
			v := h.onLaptop()
			page := v.follow(h.authorizeURL()).want(http.StatusOK, "Make my passkey")
			change(h)
			v.post("/enrol/ask", url.Values{"tx": {page.tx()}}).want(http.StatusForbidden, "does not sign anyone in here. Use a passkey, or ask Nora.")
			if page := v.follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(page.body, askForm) {
				t.Error("the page offers it")
			}
		})
	}
	h := newHouse(t)
	h.linked(enrols)
	for name, place := range nobodies() {
		v := h.onLaptop()
		page := v.follow(h.authorizeURL())
		v.place = place
		v.post("/enrol/ask", url.Values{"tx": {page.tx()}}).want(http.StatusForbidden, "does not sign anyone in here.")
		if page := v.follow(h.authorizeURL()).want(http.StatusOK); strings.Contains(page.body, askForm) {
			t.Errorf("%s: the page offers it", name)
		}
	}
	if n, err := h.store.CountApprovals(t.Context(), h.clock.Now()); err != nil || n != 0 {
		t.Errorf("%d requests wait, %v", n, err)
	}
}

// TestEnrolAsksAreFew: a person who asks from browser after browser is told to wait.
func TestEnrolAsksAreFew(t *testing.T) {
	h := newHouse(t)
	h.linked(enrols)
	h.onLaptop().asks().location("/enrol?")
	h.onLaptop().asks().location("/enrol?")
	h.onLaptop().asks().want(http.StatusServiceUnavailable, "Too many requests wait already.")
}

func parsed(address string) *url.URL {
	u, err := url.Parse(address)
	must(err)
	return u
}
