package tunnel

import (
	"bufio"
	"net/http"
	"net/netip"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

// TestOutward goes from one node to another.
func TestOutward(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	there := online(t, cloud, Config{})
	h := newHouse(t)
	here := h.configure(t, Config{})
	if _, err := here.Dial(t.Context(), "tcp", "100.64.0.1:80"); err == nil || here.Joined() {
		t.Error("a tunnel that is off leads somewhere")
	}
	start(t, here)
	wait(t, here, idp.TunnelNeedsName)
	if !here.Joined() {
		t.Fatal("not joined")
	}
	for _, name := range []string{"nobody." + tunneltest.DefaultDomain, "id", "example.com"} {
		if found, err := here.Lookup(t.Context(), name); err != nil || len(found) != 0 {
			t.Errorf("%s: %v %v", name, found, err)
		}
	}
	found, err := here.Lookup(t.Context(), "ID."+tunneltest.DefaultDomain+".")
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	for _, a := range found {
		if here.IsOwn(a) || !there.IsOwn(a) {
			t.Errorf("%s belongs to the wrong one", a)
		}
	}
	conn, err := here.Dial(t.Context(), "tcp", netip.AddrPortFrom(found[0], 80).String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusMovedPermanently {
		t.Errorf("%v %v", res, err)
	}
	here.Stop()
	if here.Joined() {
		t.Error("joined after the stop")
	}
}
