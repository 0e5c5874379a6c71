package tunnel

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"

	"tailscale.com/ipn"
)

// stateTable is the table whose rows the vault binds the sealed values to.
const stateTable = "tailnet_state"

// sealedState keeps the node's keys in the database, each entry sealed under its own row. tsnet reads and writes it often and waits for it, so values are
// kept in memory and written through; an entry that did not change is not written again.
type sealedState struct {
	store *store.Store
	vault *vault.Vault

	mu    sync.Mutex
	known map[ipn.StateKey][]byte // an empty value is an entry that does not exist
}

func newSealedState(s *store.Store, v *vault.Vault) *sealedState {
	return &sealedState{store: s, vault: v, known: map[ipn.StateKey][]byte{}}
}

// probe reads the machine key, so that a state that cannot be opened is an error before a node starts and makes new keys over it.
func (s *sealedState) probe(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.read(ctx, ipn.MachineKeyStateKey)
	return err
}

// member says whether a node that kept this state was logged in to a tailnet: it writes down which of its profiles is in use when the first login is done.
func (s *sealedState) member() (bool, error) {
	_, err := s.ReadState(ipn.CurrentProfileStateKey)
	if errors.Is(err, ipn.ErrStateNotExist) {
		return false, nil
	}
	return err == nil, err
}

// ReadState implements ipn.StateStore.
func (s *sealedState) ReadState(id ipn.StateKey) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.read(context.Background(), id)
	if err == nil && len(v) == 0 {
		err = ipn.ErrStateNotExist
	}
	return bytes.Clone(v), err
}

// WriteState implements ipn.StateStore: nil deletes the entry. It returns when the entry is durable.
func (s *sealedState) WriteState(id ipn.StateKey, v []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.known[id]; ok && bytes.Equal(old, v) {
		return nil
	}
	sealed, err := s.vault.Seal(v, stateTable, string(id))
	if err != nil {
		return err
	}
	err = s.store.Write(context.Background(), func(tx *store.Tx) error { return tx.SetTailnetState(string(id), sealed) })
	if err != nil {
		return err
	}
	s.known[id] = bytes.Clone(v)
	return nil
}

// forget drops what is in memory, after the rows were deleted.
func (s *sealedState) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
}

// read opens an entry, once; it is empty where there is none. s.mu must be held.
func (s *sealedState) read(ctx context.Context, id ipn.StateKey) ([]byte, error) {
	if v, ok := s.known[id]; ok {
		return v, nil
	}
	var plain []byte
	sealed, err := s.store.TailnetState(ctx, string(id))
	if err == nil {
		plain, err = s.vault.Open(sealed, stateTable, string(id))
	}
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return nil, err
	}
	s.known[id] = plain
	return plain, nil
}
