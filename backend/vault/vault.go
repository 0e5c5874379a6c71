package vault

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"hearthkey/backend/idp"
)

// Kind names the home of the key.
type Kind string

// The homes of the key.
const (
	KindKeychain   Kind = "keychain"   // the operating system's keychain
	KindPassphrase Kind = "passphrase" // vault.json, wrapped under a passphrase asked for at each start
	KindFile       Kind = "file"       // hearthkey.key, mode 0600: as safe as the disk it lies on
)

// Options say where the key is looked for.
type Options struct {
	// Dir is the data directory. It must exist and be locked by this process.
	Dir string
	// Kind is the home to make the key in, or "" to choose: what vault.json says, else a key file that is already there, else the keychain if it is
	// allowed and answers within 3 seconds, else a new key file with a Warning. A Kind other than the one in vault.json is refused.
	Kind Kind
	// Keychain allows "" to choose the keychain. Servers and tests leave it false.
	Keychain bool
	// Passphrase asks for the passphrase; it is called only if one is needed. Nil means that there is nobody to ask.
	Passphrase func() (string, error)
	// HasWrappedData says that something sealed is already stored: then no new key is ever made.
	HasWrappedData bool

	quick time.Duration // how long a keychain may take to be chosen; 0 is the default
}

// Vault seals and opens with the key. It is safe for concurrent use.
type Vault struct {
	key     key
	kind    Kind
	warning idp.Message
}

// Kind is where the key lives.
func (v *Vault) Kind() Kind { return v.kind }

// Warning is one English sentence that the owner should keep seeing, or "". It is set where the key lies in a file.
func (v *Vault) Warning() string {
	if v.warning.Key == "" {
		return ""
	}
	return v.warning.String()
}

// Open finds the key, or makes one where nothing was ever sealed. ctx bounds the wait for a keychain that asks its owner to unlock it; one minute does too.
// Its errors are idp.Error with the code unavailable (a key that is missing, wrong or unsafe), conflict (another Kind) or invalid (no such Kind).
func Open(ctx context.Context, o Options) (*Vault, error) {
	switch o.Kind {
	case "", KindKeychain, KindPassphrase, KindFile:
	default:
		return nil, idp.Fail(idp.Invalid, "vault.kind_unknown", "kind", string(o.Kind))
	}
	m, err := readMarker(o.Dir)
	switch {
	case errors.Is(err, errNoMarker):
		return openUnmarked(ctx, o)
	case err != nil:
		return nil, err
	case o.Kind != "" && o.Kind != m.Kind:
		return nil, idp.Fail(idp.Conflict, "vault.kind_differs", "have", string(m.Kind), "want", string(o.Kind))
	}
	return openMarked(ctx, o, m)
}

// openMarked takes the key from the home that vault.json names, and proves that it is that key.
func openMarked(ctx context.Context, o Options, m *marker) (*Vault, error) {
	k, where, err := m.load(ctx, o)
	if errors.Is(err, errNoKey) {
		if !o.HasWrappedData {
			return nil, idp.Fail(idp.Unavailable, "vault.key_unused", "where", where, "marker", filepath.Join(o.Dir, markerFile))
		}
		return nil, idp.Fail(idp.Unavailable, "vault.key_missing", "where", where)
	}
	if err != nil {
		return nil, err
	}
	if k.id() != m.KeyID {
		return nil, idp.Fail(idp.Unavailable, "vault.key_wrong", "where", where)
	}
	return newVault(o.Dir, m.Kind, k), nil
}

func (m *marker) load(ctx context.Context, o Options) (k key, where string, err error) {
	switch m.Kind {
	case KindKeychain:
		k, err = keychainLoad(ctx, m.ID, keychainWait)
		return k, keychainService + ", " + m.ID, err
	case KindPassphrase:
		k, err = m.unwrap(o.Passphrase)
		return k, filepath.Join(o.Dir, markerFile), err
	default:
		path := filepath.Join(o.Dir, keyFile)
		k, err = readKeyFile(path)
		return k, path, err
	}
}

// openUnmarked makes a key where nothing was sealed yet. A key file without vault.json is taken as it is: a directory copied by hand, or a first start that
// was cut off. Over sealed data it is not written down, so that a wrong file can still be exchanged; envelopes name their key and refuse another.
func openUnmarked(ctx context.Context, o Options) (*Vault, error) {
	if o.Kind == "" || o.Kind == KindFile {
		k, err := readKeyFile(filepath.Join(o.Dir, keyFile))
		if err == nil && o.HasWrappedData {
			return newVault(o.Dir, KindFile, k), nil
		}
		if err == nil {
			return mark(o.Dir, newMarker(KindFile, k), k)
		}
		if !errors.Is(err, errNoKey) {
			return nil, err
		}
	}
	if o.HasWrappedData {
		return nil, idp.Fail(idp.Unavailable, "vault.marker_missing", "marker", filepath.Join(o.Dir, markerFile))
	}
	return create(ctx, o)
}

// create stores the key before vault.json, so that vault.json never names a key that was not kept.
func create(ctx context.Context, o Options) (*Vault, error) {
	k := newKey()
	if o.Kind == "" {
		return createChosen(ctx, o, k)
	}
	m := newMarker(o.Kind, k)
	if err := m.keep(ctx, o, k); err != nil {
		return nil, err
	}
	return mark(o.Dir, m, k)
}

// createChosen falls back to a file where the keychain is not there or does not keep the key.
func createChosen(ctx context.Context, o Options, k key) (*Vault, error) {
	if o.Keychain && keychainAnswers(ctx, o.quick) {
		m := newMarker(KindKeychain, k)
		if m.keep(ctx, o, k) == nil {
			return mark(o.Dir, m, k)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := newMarker(KindFile, k)
	if err := m.keep(ctx, o, k); err != nil {
		return nil, err
	}
	return mark(o.Dir, m, k)
}

// keep stores the key in the home that m names.
func (m *marker) keep(ctx context.Context, o Options, k key) error {
	switch m.Kind {
	case KindKeychain:
		return keychainStore(ctx, m.ID, k)
	case KindPassphrase:
		return m.wrap(k, o.Passphrase)
	default:
		return writeKeyFile(filepath.Join(o.Dir, keyFile), k)
	}
}

func mark(dir string, m *marker, k key) (*Vault, error) {
	if err := m.write(dir); err != nil {
		return nil, err
	}
	return newVault(dir, m.Kind, k), nil
}

func newVault(dir string, kind Kind, k key) *Vault {
	v := &Vault{key: k, kind: kind}
	if kind == KindFile {
		v.warning = idp.Text("vault.key_in_file", "path", filepath.Join(dir, keyFile))
	}
	return v
}
