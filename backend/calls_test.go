package backend

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestOwnListeners(t *testing.T) {
	b := opened(t, t.TempDir())
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.isOwn("localhost", DefaultPort) {
		t.Error("before anything is served")
	}
	port := freePort(t)
	if _, err := b.admin.StartTrial(t.Context(), port); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "127.0.0.2": true, "notes": false, "192.168.1.20": false} {
		if got := b.isOwn(host, uint16(port)); got != want {
			t.Errorf("%s at the trial's port: %v", host, got)
		}
		if b.isOwn(host, uint16(port+1)) {
			t.Errorf("%s at another port", host)
		}
	}
	_, err := b.newCaller().Do(t.Context(), outgoing.Request{Method: http.MethodGet, URL: "http://localhost:" + strconv.Itoa(port) + "/healthz"})
	if outgoing.Reason(err) != "own" {
		t.Errorf("called itself: %v", err)
	}
	b.mu.Lock()
	trial := b.provider
	b.provider = &provider{pin: idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 1)}
	b.mu.Unlock()
	if !b.isOwn("id.tail1234.ts.net", 443) || !b.isOwn("id.tail1234.ts.net", 80) || b.isOwn("notes.tail1234.ts.net", 443) {
		t.Error("the node's name")
	}
	b.mu.Lock()
	b.provider = trial
	b.mu.Unlock()
}

// TestLogoutIsTold goes from the owner's click to the app, and on to Activity.
func TestLogoutIsTold(t *testing.T) {
	arrived := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.PostFormValue("logout_token") }))
	t.Cleanup(app.Close)
	b := opened(t, t.TempDir())
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.admin.StartTrial(t.Context(), freePort(t)); err != nil {
		t.Fatal(err)
	}
	ann := storetest.User(t, b.store)
	c := storetest.Client(t, b.store, func(c *idp.Client) { c.BackchannelLogoutURI = app.URL })
	s := storetest.Session(t, b.store, ann.ID)
	storetest.Grant(t, b.store, s, c.ID)
	if err := b.admin.EndSession(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case token := <-arrived:
		if token == "" {
			t.Error("no token")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing arrived")
	}
	for number := int64(0); ; number = b.store.WaitForChange(t.Context(), number) {
		events, err := b.store.Events(t.Context(), store.EventQuery{Kind: idp.EventLogoutDelivered})
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 1 && events[0].ObjectID == s.ID && events[0].ClientID == c.ID {
			return
		}
	}
}
