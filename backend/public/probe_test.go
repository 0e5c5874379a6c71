package public

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestReach(t *testing.T) {
	h := full(t, tailnetPin)
	at := func(nonce string) *http.Response {
		return h.ask("GET", "/.well-known/hearthkey/reach?nonce="+url.QueryEscape(nonce))
	}
	nonce := h.Nonce()
	res := at(nonce)
	h.want(res, http.StatusOK)
	if got := read(t, res); got != nonce || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%q", got)
	}
	h.want(at(nonce), http.StatusOK)
	for _, foreign := range []string{"", "<script>", nonce + "x", full(t, tailnetPin).Nonce()} {
		h.want(at(foreign), http.StatusNotFound)
	}
	h.clock.Advance(nonceLife - time.Millisecond)
	h.want(at(nonce), http.StatusOK)
	h.clock.Advance(time.Millisecond)
	h.want(at(nonce), http.StatusNotFound)
	first := h.Nonce()
	h.clock.Advance(time.Second)
	for range noncesAtMost {
		nonce = h.Nonce()
	}
	h.want(at(first), http.StatusNotFound)
	h.want(at(nonce), http.StatusOK)
	if n := len(h.nonces.made); n != noncesAtMost {
		t.Errorf("%d nonces, want %d", n, noncesAtMost)
	}
}

func TestHealth(t *testing.T) {
	h := full(t, tailnetPin)
	h.want(h.ask("GET", "/healthz"), http.StatusNoContent)
	h.must(h.store.Close())
	res := h.ask("GET", "/healthz")
	h.want(res, http.StatusServiceUnavailable)
	if res.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
