package vault

import (
	"bytes"
	"testing"

	"hearthkey/backend/idp"
)

func TestEnvelopeOpensOnlyInItsPlace(t *testing.T) {
	v := &Vault{key: newKey(), kind: KindFile}
	sealed, err := v.Seal([]byte("private"), "signing_key", "key_1")
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != len("private")+Overhead {
		t.Fatalf("%d bytes", len(sealed))
	}
	for _, c := range []struct{ table, row string }{
		{"signing_key", "key_2"},
		{"publisher", "key_1"},
		{"signing_ke", "ykey_1"},
		{"", "signing_keykey_1"},
		{"key_1", "signing_key"},
		{"signing_key", ""},
	} {
		_, err := v.Open(sealed, c.table, c.row)
		refused(t, err, idp.Unavailable, "vault.secret_damaged")
	}
}

func TestEnvelopeWithAnyBitChanged(t *testing.T) {
	v := &Vault{key: newKey(), kind: KindFile}
	sealed := seal(t, v, "private")
	for i := range sealed {
		want := "vault.secret_damaged"
		switch {
		case i == 0:
			want = "vault.secret_newer"
		case i < headerLen:
			want = "vault.key_wrong"
		}
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x40
		_, err := v.Open(bad, "signing_key", "key_1")
		refused(t, err, idp.Unavailable, want)
	}
	for n := range sealed {
		_, err := v.Open(sealed[:n], "signing_key", "key_1")
		refused(t, err, idp.Unavailable, "vault.secret_damaged")
	}
	_, err := v.Open(append(bytes.Clone(sealed), 0), "signing_key", "key_1")
	refused(t, err, idp.Unavailable, "vault.secret_damaged")
	opens(t, v, sealed, "private")
}

// The header is associated data too: an envelope of one version must not open when a later program learns to read its bytes as another.
func TestEnvelopeVersionIsBound(t *testing.T) {
	v := &Vault{key: newKey()}
	aead, err := v.key.aead()
	if err != nil {
		t.Fatal(err)
	}
	header := append([]byte{envelopeVersion + 1}, v.key.idBytes()...)
	body := aead.Seal(nil, nil, []byte("private"), associated(header, "signing_key", "key_1"))
	_, err = v.Open(append(append([]byte{envelopeVersion}, header[1:]...), body...), "signing_key", "key_1")
	refused(t, err, idp.Unavailable, "vault.secret_damaged")
}

func TestEnvelopeOfAnotherVault(t *testing.T) {
	sealed := seal(t, &Vault{key: newKey()}, "private")
	_, err := (&Vault{key: newKey(), kind: KindKeychain}).Open(sealed, "signing_key", "key_1")
	refused(t, err, idp.Unavailable, "vault.key_wrong")
}

func TestEnvelopesOfOneSecretDiffer(t *testing.T) {
	v := &Vault{key: newKey()}
	seen := map[string]bool{}
	for range 1000 {
		sealed := seal(t, v, "")
		nonce := string(sealed[headerLen : headerLen+12])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
		opens(t, v, sealed, "")
	}
}
