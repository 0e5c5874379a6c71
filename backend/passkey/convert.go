package passkey

import (
	"slices"

	"hearthkey/backend/idp"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// person is a user as the library asks for one. The user handle is the user's ID.
type person struct {
	user     idp.User
	passkeys []idp.Passkey
}

func (p person) WebAuthnID() []byte          { return []byte(p.user.ID) }
func (p person) WebAuthnName() string        { return p.user.UserName }
func (p person) WebAuthnDisplayName() string { return p.user.Name }

func (p person) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(p.passkeys))
	for i, k := range p.passkeys {
		out[i] = webauthn.Credential{ID: k.CredentialID, PublicKey: k.PublicKey}
		out[i].Flags.BackupEligible, out[i].Flags.BackupState = k.BackupEligible, k.BackedUp
		out[i].Authenticator.SignCount = k.SignCount
		for _, t := range k.Transports {
			out[i].Transport = append(out[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return out
}

func (p person) descriptors() []protocol.CredentialDescriptor {
	credentials := p.WebAuthnCredentials()
	out := make([]protocol.CredentialDescriptor, len(credentials))
	for i := range credentials {
		out[i] = credentials[i].Descriptor()
	}
	return out
}

// usable are the passkeys that work under the RP ID and are not blocked.
func usable(passkeys []idp.Passkey, rpID string) []idp.Passkey {
	return slices.DeleteFunc(slices.Clone(passkeys), func(p idp.Passkey) bool { return p.RPID != rpID || p.FlaggedAt != 0 })
}

// algorithmOf reads the algorithm of a COSE key whose parameters fit it (WebAuthn §5.8.5), 0 for any other.
func algorithmOf(key []byte) int64 {
	parsed, err := webauthncose.ParsePublicKey(key)
	if err != nil {
		return 0
	}
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		return k.Algorithm
	case webauthncose.OKPPublicKeyData:
		return k.Algorithm
	case webauthncose.RSAPublicKeyData:
		return k.Algorithm
	}
	return 0
}

// marshalES256 encodes a point of P-256 as a COSE key (RFC 9053 §7.1.1).
func marshalES256(x, y []byte) ([]byte, error) {
	return webauthncbor.Marshal(map[int]any{1: 2, 3: int64(webauthncose.AlgES256), -1: 1, -2: x, -3: y})
}
