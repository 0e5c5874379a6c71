package backend

import (
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// A wish of before is taken up at the next start, and what came of it is told. No bus is here, so that the answer is the same everywhere.
func TestKeepAwakeIsTakenUpAtTheStart(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	b, err := Open(t.Context(), Options{Dir: t.TempDir(), Port: freePort(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, b) })
	s, err := b.admin.SetKeepAwake(t.Context(), true)
	if err != nil || s.Awake != (idp.Awake{On: true, State: idp.AwakeOff}) {
		t.Fatalf("before the start: %+v %v", s.Awake, err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = until(t, b, func(s admin.Status) bool { return s.Awake.State != idp.AwakeOff })
	if !s.Awake.On || s.Awake.State == idp.AwakeHolding || s.Awake.Detail == "" {
		t.Errorf("without a bus: %+v", s.Awake)
	}
	if s, err = b.admin.SetKeepAwake(t.Context(), false); err != nil || s.Awake != (idp.Awake{State: idp.AwakeOff}) {
		t.Errorf("switched off: %+v %v", s.Awake, err)
	}
}

// until waits for a status, change by change.
func until(t *testing.T, b *Backend, good func(admin.Status) bool) admin.Status {
	t.Helper()
	for seen := int64(0); ; {
		s, err := b.admin.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if good(s) {
			return s
		}
		if seen, err = b.admin.WaitForChange(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
	}
}

// The look that every half minute takes notes what is about to end; without a node it has nothing to say.
func TestNoNodeEnds(t *testing.T) {
	b, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopped(t, b) })
	b.warn()
	w, err := b.store.Warned(t.Context(), store.NodeKey)
	if err != nil || w != (store.Warned{}) {
		t.Errorf("warned of %+v, %v", w, err)
	}
	if err := b.renewNodeKey(t.Context()); idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("renewing no key answers %v", err)
	}
}
