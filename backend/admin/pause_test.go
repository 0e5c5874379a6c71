package admin

import (
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

func TestPausePublic(t *testing.T) {
	h := newHome(t)
	for _, pin := range []idp.Pin{{}, idp.Trial("1411", h.now), idp.OnTailnet(idp.ModeTailnet, "id.tail1234.ts.net", h.now)} {
		h.pin(pin)
		if _, err := h.PausePublic(h.ctx, 15); idp.CodeOf(err) != idp.Conflict {
			t.Errorf("%q was paused: %v", pin.Mode, err)
		}
	}
	for _, pin := range []idp.Pin{idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", h.now), idp.OnDomain("id.example.com", h.now)} {
		h.pin(pin)
		s, err := h.PausePublic(h.ctx, 15)
		h.must(err)
		if want := (idp.Pause{On: true, Until: h.now.Add(15 * time.Minute)}); s.Pause != want || h.pauses == 0 {
			t.Errorf("%q: %+v, taken over %d times", pin.Mode, s.Pause, h.pauses)
		}
		s, err = h.PausePublic(h.ctx, 0) // another pause takes its place
		h.must(err)
		if want := (idp.Pause{On: true}); s.Pause != want {
			t.Errorf("%q until resumed: %+v", pin.Mode, s.Pause)
		}
		s, err = h.ResumePublic(h.ctx)
		h.must(err)
		if s.Pause.On {
			t.Errorf("%q resumed: %+v", pin.Mode, s.Pause)
		}
		_, err = h.ResumePublic(h.ctx) // nothing to end
		h.must(err)
	}
	for kind, want := range map[string]int64{idp.EventPublicPaused: 4, idp.EventPublicResumed: 2} {
		if n, err := h.Store.CountEvents(h.ctx, kind, 0); err != nil || n != want {
			t.Errorf("%d events %s, want %d, %v", n, kind, want, err)
		}
	}
	for _, minutes := range []int{-1, maxPause + 1} {
		if _, err := h.PausePublic(h.ctx, minutes); idp.CodeOf(err) != idp.Invalid {
			t.Errorf("%d minutes: %v", minutes, err)
		}
	}
}

// TestStatusOfAPauseThatIsOver: the clock ends it, also before that is noted.
func TestStatusOfAPauseThatIsOver(t *testing.T) {
	h := newHome(t)
	h.pin(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", h.now))
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPause(idp.Pause{On: true, Until: h.now}) }))
	s, err := h.Status(h.ctx)
	h.must(err)
	if s.Pause != (idp.Pause{}) {
		t.Errorf("it says %+v", s.Pause)
	}
}
