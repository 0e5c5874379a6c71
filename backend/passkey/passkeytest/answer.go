package passkeytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/fxamacker/cbor/v2"
)

// options is what both kinds of options have, as far as an authenticator looks.
type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Params []struct {
		Alg int64 `json:"alg"`
	} `json:"pubKeyCredParams"`
	Exclude []descriptor `json:"excludeCredentials"`
	Allow   []descriptor `json:"allowCredentials"`
}

type descriptor struct {
	ID string `json:"id"`
}

func parse(optionsJSON []byte) (options, error) {
	var wrapped struct {
		PublicKey json.RawMessage `json:"publicKey"`
	}
	if err := json.Unmarshal(optionsJSON, &wrapped); err != nil {
		return options{}, fmt.Errorf("passkeytest: read the options: %w", err)
	}
	if wrapped.PublicKey != nil {
		optionsJSON = wrapped.PublicKey
	}
	var o options
	if err := json.Unmarshal(optionsJSON, &o); err != nil {
		return options{}, fmt.Errorf("passkeytest: read the options: %w", err)
	}
	if o.Challenge == "" {
		return options{}, fmt.Errorf("passkeytest: the options hold no challenge")
	}
	return o, nil
}

func (a *Authenticator) isIn(list []descriptor) bool {
	for _, d := range list {
		if d.ID == encode(a.CredentialID) {
			return true
		}
	}
	return false
}

func (a *Authenticator) isOffered(o options) bool {
	for _, p := range o.Params {
		if p.Alg == a.alg {
			return true
		}
	}
	return false
}

// Create answers creation options, bare or as the member publicKey, as navigator.credentials.create would on a page of the origin.
func (a *Authenticator) Create(optionsJSON []byte, origin string) ([]byte, error) {
	o, err := parse(optionsJSON)
	if err != nil {
		return nil, err
	}
	if !a.Hostile && a.isIn(o.Exclude) {
		return nil, fmt.Errorf("passkeytest: InvalidStateError: this authenticator is enrolled already")
	}
	if !a.Hostile && !a.isOffered(o) {
		return nil, fmt.Errorf("passkeytest: NotSupportedError: algorithm %d is not offered", a.alg)
	}
	if a.UserHandle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		return nil, fmt.Errorf("passkeytest: user.id: %w", err)
	}
	attested, err := a.attested()
	if err != nil {
		return nil, err
	}
	statement, err := canonical(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.authData(o.RP.ID, attested)})
	if err != nil {
		return nil, err
	}
	return a.credential(map[string]any{
		"clientDataJSON":    encode(a.clientData("webauthn.create", o.Challenge, origin)),
		"attestationObject": encode(statement),
		"transports":        a.Transports,
	})
}

// Get answers request options, bare or as the member publicKey, as navigator.credentials.get would on a page of the origin.
func (a *Authenticator) Get(optionsJSON []byte, origin string) ([]byte, error) {
	o, err := parse(optionsJSON)
	if err != nil {
		return nil, err
	}
	if !a.Hostile && len(o.Allow) > 0 && !a.isIn(o.Allow) {
		return nil, fmt.Errorf("passkeytest: NotAllowedError: this credential is not in allowCredentials")
	}
	client := a.clientData("webauthn.get", o.Challenge, origin)
	data := a.authData(o.RPID, nil)
	hash := sha256.Sum256(client)
	signature, err := a.sign(append(bytes.Clone(data), hash[:]...))
	if err != nil {
		return nil, err
	}
	if a.BadSignature {
		signature[len(signature)-1] ^= 1
	}
	response := map[string]any{"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature)}
	if a.UserHandle != nil {
		response["userHandle"] = encode(a.UserHandle)
	}
	return a.credential(response)
}

// credential wraps a response as PublicKeyCredential.toJSON does (WebAuthn §5.1).
func (a *Authenticator) credential(response map[string]any) ([]byte, error) {
	out := map[string]any{
		"id": or(a.FakeID, encode(a.CredentialID)), "rawId": or(a.FakeRawID, encode(a.CredentialID)), "type": "public-key",
		"clientExtensionResults": map[string]any{}, "response": response,
	}
	if a.Attachment != "" {
		out["authenticatorAttachment"] = a.Attachment
	}
	a.Count += a.Step
	return json.Marshal(out)
}

func (a *Authenticator) clientData(kind, challenge, origin string) []byte {
	data := map[string]any{
		"type": or(a.FakeType, kind), "challenge": or(a.FakeChallenge, challenge), "origin": origin, "crossOrigin": a.CrossOrigin,
	}
	if a.TopOrigin != "" {
		data["topOrigin"] = a.TopOrigin
	}
	out, _ := json.Marshal(data) // strings and a bool always encode
	return out
}

// authData is the authenticator data (WebAuthn §6.1) with the flags and the counter of this moment.
func (a *Authenticator) authData(rpID string, attested []byte) []byte {
	hash := sha256.Sum256([]byte(or(a.FakeRPID, rpID)))
	var flags byte
	for _, f := range []struct {
		on  bool
		bit byte
	}{{a.UserPresent, 0x01}, {a.UserVerified, 0x04}, {a.BackupEligible, 0x08}, {a.BackedUp, 0x10}, {attested != nil, 0x40}} {
		if f.on {
			flags |= f.bit
		}
	}
	out := append(hash[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.Count)
	return append(out, attested...)
}

// attested is the attested credential data (WebAuthn §6.5.1).
func (a *Authenticator) attested() ([]byte, error) {
	key := map[int]any{3: a.alg}
	if a.FakeAlgorithm != 0 {
		key[3] = a.FakeAlgorithm
	}
	switch public := a.key.Public().(type) {
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return nil, err
		}
		key[1], key[-1], key[-2], key[-3] = 2, 1, point[1:33], point[33:]
	case ed25519.PublicKey:
		key[1], key[-1], key[-2] = 1, 6, []byte(public)
	case *rsa.PublicKey:
		key[1], key[-1], key[-2] = 3, public.N.Bytes(), big.NewInt(int64(public.E)).Bytes()
	}
	cose, err := canonical(key)
	if err != nil {
		return nil, err
	}
	out := append([]byte{}, a.AAGUID[:]...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(a.CredentialID)))
	out = append(out, a.CredentialID...)
	return append(out, cose...), nil
}

// canonical encodes as CTAP2 wants it.
func canonical(v any) ([]byte, error) {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func or(fake, real string) string {
	if fake != "" {
		return fake
	}
	return real
}
