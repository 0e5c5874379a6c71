package store

import (
	"context"
	"encoding/json"
	"slices"

	"hearthkey/backend/idp"
)

func setting[T any](ctx context.Context, r Reads, key string) (T, error) {
	var v T
	raw, found, err := first(ctx, r, scanString, "SELECT value FROM settings WHERE key = ?", key)
	if err != nil || !found {
		return v, err
	}
	err = json.Unmarshal([]byte(raw), &v)
	return v, err
}

func setSetting(tx *Tx, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, string(raw))
	return err
}

// Pin is the pinned issuer; the zero Pin on fresh data.
func (r Reads) Pin(ctx context.Context) (idp.Pin, error) { return setting[idp.Pin](ctx, r, "pin") }

// SetPin replaces the pinned issuer.
func (tx *Tx) SetPin(p idp.Pin) error { return setSetting(tx, "pin", p) }

// Home is the installation's name.
func (r Reads) Home(ctx context.Context) (idp.Home, error) { return setting[idp.Home](ctx, r, "home") }

// SetHome names the installation.
func (tx *Tx) SetHome(h idp.Home) error { return setSetting(tx, "home", h) }

// TunnelWish is how the owner wants to be reached through the tailnet; the zero value before ConnectTailnet.
type TunnelWish struct {
	HostName string   `json:"hostName"` // one DNS label
	Funnel   bool     `json:"funnel"`
	On       bool     `json:"on"`
	Tags     []string `json:"tags,omitempty"` // asked for at each start; none for a node that belongs to a person
}

// Equal says whether both ask for the same.
func (w TunnelWish) Equal(o TunnelWish) bool {
	return w.HostName == o.HostName && w.Funnel == o.Funnel && w.On == o.On && slices.Equal(w.Tags, o.Tags)
}

// TunnelWish reads what the owner asked for.
func (r Reads) TunnelWish(ctx context.Context) (TunnelWish, error) {
	return setting[TunnelWish](ctx, r, "tunnel")
}

// SetTunnelWish keeps what the owner asked for.
func (tx *Tx) SetTunnelWish(w TunnelWish) error { return setSetting(tx, "tunnel", w) }

// Epoch counts restores: what carries an earlier one is dead.
func (r Reads) Epoch(ctx context.Context) (int64, error) {
	return recall(r, label{of: ofEpoch}, func() (int64, error) { return setting[int64](ctx, r, "epoch") })
}

// TailnetState is one sealed entry of the node's state; idp.NotFound when there is none.
func (r Reads) TailnetState(ctx context.Context, key string) ([]byte, error) {
	return one(ctx, r, func(row scanner) (b []byte, err error) { err = row.Scan(&b); return b, err },
		"store.no_state", "SELECT sealed FROM tailnet_state WHERE key = ?", key)
}

// SetTailnetState keeps one sealed entry of the node's state.
func (tx *Tx) SetTailnetState(key string, sealed []byte) error {
	_, err := tx.exec("INSERT INTO tailnet_state (key, sealed) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed", key, sealed)
	return err
}

// ClearTailnetState forgets the node's state but for one entry, as after logging out.
func (tx *Tx) ClearTailnetState(but string) error {
	_, err := tx.exec("DELETE FROM tailnet_state WHERE key <> ?", but)
	return err
}

// HasSealed says whether anything sealed by the vault is kept, so that a missing key is an error and never a reason for a new one.
func (r Reads) HasSealed(ctx context.Context) (bool, error) {
	n, err := r.number(ctx, "SELECT (SELECT count(*) FROM signing_keys) + (SELECT count(*) FROM tailnet_state) + (SELECT count(*) FROM webfinger_domains WHERE credentials IS NOT NULL)")
	return n > 0, err
}
