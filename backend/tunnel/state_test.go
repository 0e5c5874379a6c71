package tunnel

import (
	"bytes"
	"errors"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"tailscale.com/ipn"
)

func TestSealedState(t *testing.T) {
	h := newHouse(t)
	s := newSealedState(h.store, h.vault)
	const key = ipn.MachineKeyStateKey
	secret := []byte("privkey:0123456789")

	if _, err := s.ReadState(key); !errors.Is(err, ipn.ErrStateNotExist) {
		t.Errorf("absent entry: %v", err)
	}
	if err := s.WriteState(key, secret); err != nil {
		t.Fatal(err)
	}
	sealed, err := h.store.TailnetState(t.Context(), string(key))
	if err != nil || bytes.Contains(sealed, secret) || len(sealed) <= len(secret) {
		t.Fatalf("stored %q: %v", sealed, err)
	}
	again := newSealedState(h.store, h.vault)
	for range 2 {
		if got, err := again.ReadState(key); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("read %q: %v", got, err)
		}
	}
	if got, _ := again.ReadState(key); true {
		got[0] = 'X' // the caller's copy
	}
	if got, _ := again.ReadState(key); !bytes.Equal(got, secret) {
		t.Errorf("the kept value was changed from outside: %q", got)
	}

	if err := again.WriteState(key, secret); err != nil {
		t.Fatal(err)
	}
	if same, _ := h.store.TailnetState(t.Context(), string(key)); !bytes.Equal(same, sealed) {
		t.Error("an entry that did not change was written again")
	}

	if err := again.WriteState(key, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*sealedState{again, newSealedState(h.store, h.vault)} {
		if _, err := s.ReadState(key); !errors.Is(err, ipn.ErrStateNotExist) {
			t.Errorf("deleted entry: %v", err)
		}
	}
}

func TestSealedStateRefusesMovedRow(t *testing.T) {
	h := newHouse(t)
	if err := newSealedState(h.store, h.vault).WriteState("a", []byte("of a")); err != nil {
		t.Fatal(err)
	}
	sealed, err := h.store.TailnetState(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.Write(t.Context(), func(tx *store.Tx) error { return tx.SetTailnetState("_machinekey", sealed) }); err != nil {
		t.Fatal(err)
	}
	s := newSealedState(h.store, h.vault)
	if _, err := s.ReadState("_machinekey"); idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("moved row: %v", err)
	}
	if err := s.probe(t.Context()); idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("probe of a moved row: %v", err)
	}
}
