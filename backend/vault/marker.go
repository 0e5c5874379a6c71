package vault

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"hearthkey/backend/idp"
)

// markerFile stands in the data directory and says where the key is. It holds nothing secret, but a passphrase vault is lost without it.
const markerFile = "vault.json"

const markerVersion = 1

var errNoMarker = errors.New("no vault.json")

type marker struct {
	Version int    `json:"version"`
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`     // names this vault; the account of the keychain entry
	KeyID   string `json:"key_id"` // the check value: which key is the right one

	Argon2id   *argon2id `json:"argon2id,omitempty"`    // passphrase only
	WrappedKey []byte    `json:"wrapped_key,omitempty"` // passphrase only: the key, sealed under the passphrase
}

func newMarker(kind Kind, k key) *marker {
	return &marker{Version: markerVersion, Kind: kind, ID: idp.NewID("vlt"), KeyID: k.id()}
}

// readMarker gives errNoMarker where there is none, and an idp.Error where there is one that cannot be used.
func readMarker(dir string) (*marker, error) {
	path := filepath.Join(dir, markerFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoMarker
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	var m marker
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, idp.Fail(idp.Unavailable, "vault.marker_damaged", "path", path).Because(err)
	}
	if m.Version > markerVersion {
		return nil, idp.Fail(idp.Unavailable, "vault.marker_newer", "path", path)
	}
	if !m.whole() {
		return nil, idp.Fail(idp.Unavailable, "vault.marker_damaged", "path", path)
	}
	return &m, nil
}

func (m *marker) whole() bool {
	if m.Version != markerVersion || m.ID == "" || m.KeyID == "" {
		return false
	}
	switch m.Kind {
	case KindKeychain, KindFile:
		return true
	case KindPassphrase:
		return m.Argon2id != nil && m.Argon2id.sane() && len(m.WrappedKey) > 0
	}
	return false
}

func (m *marker) write(dir string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, markerFile), append(raw, '\n'))
}
