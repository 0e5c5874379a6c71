package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// key is the key-encryption key: 256 random bits.
type key [32]byte

// keyPrefix stands before the key in the keychain and in the key file, so that another format can be told apart later.
const keyPrefix = "hearthkey-key-1:"

var (
	errNoKey   = errors.New("no key there")
	errBadText = errors.New("not a Hearthkey key")
)

func newKey() key {
	var k key
	_, _ = rand.Read(k[:]) // never fails: crypto/rand ends the program instead
	return k
}

// id names the key without telling anything about it: vault.json and each envelope carry it. Eight bytes are plenty to tell a handful of keys apart.
func (k key) id() string { return hex.EncodeToString(k.idBytes()) }

func (k key) idBytes() []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("hearthkey vault key id 1"))
	return mac.Sum(nil)[:keyIDLen]
}

func (k key) text() string { return keyPrefix + base64.RawURLEncoding.EncodeToString(k[:]) }

func parseKey(s string) (key, error) {
	body, ok := strings.CutPrefix(strings.TrimSpace(s), keyPrefix)
	if !ok {
		return key{}, errBadText
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(raw) != len(key{}) {
		return key{}, errBadText
	}
	return key(raw), nil
}
