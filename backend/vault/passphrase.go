package vault

import (
	"crypto/rand"
	"fmt"
	"unicode/utf8"

	"hearthkey/backend/idp"

	"golang.org/x/crypto/argon2"
)

// minPassphrase is in characters. Whoever copies the data directory can guess as long as they like, so length is what counts; this is only the floor.
const minPassphrase = 8

// argon2id are the parameters of RFC 9106, kept beside the wrapped key so that they can grow.
type argon2id struct {
	Salt      []byte `json:"salt"`
	Time      uint32 `json:"time"`
	MemoryKiB uint32 `json:"memory_kib"`
	Lanes     uint8  `json:"lanes"`
}

// newArgon2id takes the second recommended option of RFC 9106 §4 (64 MiB, 3 passes, 4 lanes): a small server has to start with it too.
func newArgon2id() *argon2id {
	a := &argon2id{Salt: make([]byte, 16), Time: 3, MemoryKiB: 64 * 1024, Lanes: 4}
	_, _ = rand.Read(a.Salt)
	return a
}

// sane keeps a damaged vault.json from asking for all the memory there is, and argon2 from its panic on zero.
func (a *argon2id) sane() bool {
	return len(a.Salt) >= 16 && a.Time >= 1 && a.Time <= 100 && a.Lanes >= 1 &&
		a.MemoryKiB >= 8*uint32(a.Lanes) && a.MemoryKiB <= 4*1024*1024
}

func (a *argon2id) derive(passphrase string) key {
	return key(argon2.IDKey([]byte(passphrase), a.Salt, a.Time, a.MemoryKiB, a.Lanes, 32))
}

// wrap seals k under a new passphrase.
func (m *marker) wrap(k key, ask func() (string, error)) error {
	p, err := passphrase(ask)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(p) < minPassphrase {
		return idp.Fail(idp.Invalid, "vault.passphrase_short", "least", fmt.Sprint(minPassphrase))
	}
	m.Argon2id = newArgon2id()
	m.WrappedKey, err = (&Vault{key: m.Argon2id.derive(p)}).Seal(k[:], markerFile, m.ID)
	return err
}

// unwrap gives the key back. A wrong passphrase derives another key, whose ID the envelope does not name.
func (m *marker) unwrap(ask func() (string, error)) (key, error) {
	p, err := passphrase(ask)
	if err != nil {
		return key{}, err
	}
	raw, err := (&Vault{key: m.Argon2id.derive(p)}).Open(m.WrappedKey, markerFile, m.ID)
	if err != nil || len(raw) != len(key{}) {
		return key{}, idp.Fail(idp.Unavailable, "vault.passphrase_wrong").Because(err)
	}
	return key(raw), nil
}

func passphrase(ask func() (string, error)) (string, error) {
	needed := idp.Fail(idp.Unavailable, "vault.passphrase_needed")
	if ask == nil {
		return "", needed
	}
	p, err := ask()
	if err != nil {
		return "", fmt.Errorf("asking for the passphrase: %w", err)
	}
	if p == "" {
		return "", needed
	}
	return p, nil
}
