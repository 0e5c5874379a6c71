package passkey

import (
	"context"
	"fmt"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginEnrol begins making a passkey for the user; authenticators that hold one of theirs already are excluded. source as in BeginSignIn.
func (r *Relying) BeginEnrol(ctx context.Context, user idp.User, source string) (Options, error) {
	all, err := r.store.Passkeys(ctx, user.ID)
	if err != nil {
		return Options{}, fmt.Errorf("begin an enrolment: %w", err)
	}
	here := slices.DeleteFunc(all, func(p idp.Passkey) bool { return p.RPID != r.pin.RPID })
	p := person{user: user, passkeys: here}
	params := make([]protocol.CredentialParameter, len(algorithms))
	for i, a := range algorithms {
		params[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a}
	}
	creation, session, err := r.web.BeginRegistration(p, webauthn.WithCredentialParameters(params), webauthn.WithExclusions(p.descriptors()))
	if err != nil {
		return Options{}, fmt.Errorf("begin an enrolment: %w", err)
	}
	return r.begin(ceremony{purpose: toEnrol, rpID: r.pin.RPID, source: source, userID: user.ID, session: *session}, creation.Response)
}

// VerifyEnrol checks the answer to BeginEnrol (WebAuthn §7.1), spends the challenge, and answers the passkey, named by its provider and not yet stored: the caller stores it in one transaction with what allows it, where the global uniqueness of credential IDs holds.
// idp.Expired when the ceremony is over or was another user's; idp.Invalid with words that help when the device did not verify its user or makes another kind of key; idp.Conflict for a credential that somebody has.
func (r *Relying) VerifyEnrol(ctx context.Context, ceremonyID string, response []byte, user idp.User) (idp.Passkey, error) {
	c, err := r.take(ceremonyID, toEnrol)
	if err != nil {
		return idp.Passkey{}, err
	}
	if c.userID != user.ID {
		return idp.Passkey{}, idp.Fail(idp.Expired, "passkey.expired")
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return idp.Passkey{}, idp.Fail(idp.Invalid, "passkey.enrol_refused").Because(err)
	}
	if err := r.check(c, answer, user); err != nil {
		return idp.Passkey{}, err
	}
	made := r.passkeyOf(answer, user)
	if _, err := r.store.PasskeyByCredentialID(ctx, made.CredentialID); err == nil { // §7.1 step 26
		return idp.Passkey{}, idp.Fail(idp.Conflict, "passkey.known")
	} else if idp.CodeOf(err) != idp.NotFound {
		return idp.Passkey{}, fmt.Errorf("look for the credential: %w", err)
	}
	return made, r.spend(ctx, c)
}

// check says what is wrong with an enrolment: first what a person can mend, then what the library finds.
func (r *Relying) check(c *ceremony, answer *protocol.ParsedCredentialCreationData, user idp.User) error {
	data := answer.Response.AttestationObject.AuthData
	switch {
	case answer.Response.CollectedClientData.Origin != r.pin.Issuer: // §7.1 step 9, exactly
		return idp.Fail(idp.Invalid, "passkey.enrol_refused")
	case !data.Flags.HasUserVerified(): // §7.1 step 16
		return idp.Fail(idp.Invalid, "passkey.not_verified")
	case !slices.Contains(algorithms, webauthncose.COSEAlgorithmIdentifier(algorithmOf(data.AttData.CredentialPublicKey))): // §7.1 step 20
		return idp.Fail(idp.Invalid, "passkey.algorithm")
	}
	if _, err := r.web.CreateCredential(person{user: user}, c.session, answer); err != nil {
		return idp.Fail(idp.Invalid, "passkey.enrol_refused").Because(err)
	}
	return nil
}

func (r *Relying) passkeyOf(answer *protocol.ParsedCredentialCreationData, user idp.User) idp.Passkey {
	data := answer.Response.AttestationObject.AuthData
	p := idp.Passkey{
		ID: idp.NewID(idp.PrefixPasskey), UserID: user.ID,
		CredentialID: data.AttData.CredentialID, PublicKey: data.AttData.CredentialPublicKey, Algorithm: algorithmOf(data.AttData.CredentialPublicKey),
		SignCount: data.Counter, AAGUID: data.AttData.AAGUID, Provider: providerOf(data.AttData.AAGUID),
		Transports: []string{}, Attachment: string(answer.AuthenticatorAttachment),
		BackupEligible: data.Flags.HasBackupEligible(), BackedUp: data.Flags.HasBackupState(),
		RPID: r.pin.RPID, Origin: r.pin.Issuer, CreatedAt: r.clock(),
	}
	for _, t := range answer.Response.Transports {
		if slices.Contains(transports, string(t)) && !slices.Contains(p.Transports, string(t)) {
			p.Transports = append(p.Transports, string(t))
		}
	}
	p.Name = nameOf(p)
	return p
}

// spend keeps the used challenge's hash until it would have expired; idp.Expired when it was used before.
func (r *Relying) spend(ctx context.Context, c *ceremony) error {
	fresh := false
	err := r.store.Write(ctx, func(tx *store.Tx) (err error) {
		fresh, err = tx.UseChallenge(idp.Hash(c.session.Challenge), c.expiresAt())
		return err
	})
	if err != nil {
		return fmt.Errorf("spend the challenge: %w", err)
	}
	if !fresh {
		return idp.Fail(idp.Expired, "passkey.expired")
	}
	return nil
}
