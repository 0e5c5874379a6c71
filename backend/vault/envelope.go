package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"hearthkey/backend/idp"
)

// An envelope is: version (1 byte), key ID (8), nonce (12), ciphertext, tag (16). The header, the table and the row are associated data, so that an
// envelope moved to another row, or marked as another version, does not open. AES-256-GCM with a random nonce (NIST SP 800-38D §8.2.2) is good for 2^32
// envelopes under one key; this house seals thousands.
const (
	envelopeVersion = 1
	keyIDLen        = 8
	headerLen       = 1 + keyIDLen
)

// Overhead is how many bytes an envelope is longer than what it seals.
const Overhead = headerLen + 12 + 16

// Seal wraps plain for one row of one table; only the same table and row open it again. Its error can only be internal.
func (v *Vault) Seal(plain []byte, table, row string) ([]byte, error) {
	aead, err := v.key.aead()
	if err != nil {
		return nil, err
	}
	header := append([]byte{envelopeVersion}, v.key.idBytes()...)
	return append(header, aead.Seal(nil, nil, plain, associated(header, table, row))...), nil
}

// Open gives back what Seal wrapped. Its errors are idp.Error, unavailable: vault.key_wrong where the envelope names another key, vault.secret_damaged where
// it was changed or belongs to another table or row, vault.secret_newer where a later Hearthkey wrote it.
func (v *Vault) Open(sealed []byte, table, row string) ([]byte, error) {
	damaged := idp.Fail(idp.Unavailable, "vault.secret_damaged", "table", table, "row", row)
	if len(sealed) < Overhead {
		return nil, damaged
	}
	header := sealed[:headerLen]
	if header[0] != envelopeVersion {
		return nil, idp.Fail(idp.Unavailable, "vault.secret_newer", "table", table, "row", row)
	}
	if !bytes.Equal(header[1:], v.key.idBytes()) {
		return nil, idp.Fail(idp.Unavailable, "vault.key_wrong", "where", string(v.kind))
	}
	aead, err := v.key.aead()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[headerLen:], associated(header, table, row))
	if err != nil {
		return nil, damaged.Because(err)
	}
	return plain, nil
}

// aead is AES-256-GCM that puts a random nonce before what it seals.
func (k key) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// associated writes each part after its length, so that no two different places give the same bytes.
func associated(header []byte, table, row string) []byte {
	b := append([]byte("hearthkey envelope\n"), header...)
	for _, s := range []string{table, row} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}
