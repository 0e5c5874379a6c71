package passkey

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Reasons of EventSignInFailed and EventPasskeyFlagged.
const (
	reasonDisabled = string(idp.UserDisabled)
	reasonFlagged  = "passkey_flagged"
	reasonBackup   = "backup_eligibility_changed"
	reasonCounter  = "counter_went_back"
)

// refusedKind is the kind under which refusals of answers that prove nothing are counted.
const refusedKind = idp.EventSignInFailed

// SignedIn is who proved to hold which passkey.
type SignedIn struct {
	User    idp.User
	Passkey idp.Passkey
}

// BeginSignIn begins the sign-in of whoever answers (WebAuthn §7.2, with an empty allowCredentials). source is what the waiting ceremonies are counted by.
func (r *Relying) BeginSignIn(_ context.Context, source string) (Options, error) {
	assertion, session, err := r.web.BeginDiscoverableLogin()
	if err != nil {
		return Options{}, fmt.Errorf("begin a sign-in: %w", err)
	}
	return r.begin(ceremony{purpose: toSignIn, rpID: r.pin.RPID, source: source, session: *session}, assertion.Response)
}

// BeginStepUp begins proving once more that it is this person: FinishSignIn then takes only a passkey they have now. idp.Denied when they have none at this address.
func (r *Relying) BeginStepUp(ctx context.Context, userID, source string) (Options, error) {
	all, err := r.store.Passkeys(ctx, userID)
	if err != nil {
		return Options{}, fmt.Errorf("begin a step-up: %w", err)
	}
	p := person{user: idp.User{ID: userID}, passkeys: usable(all, r.pin.RPID)}
	if len(p.passkeys) == 0 {
		return Options{}, idp.Fail(idp.Denied, "passkey.none")
	}
	assertion, session, err := r.web.BeginLogin(p)
	if err != nil {
		return Options{}, fmt.Errorf("begin a step-up: %w", err)
	}
	return r.begin(ceremony{purpose: toStepUp, rpID: r.pin.RPID, source: source, userID: userID, session: *session}, assertion.Response)
}

// FinishSignIn checks the answer to BeginSignIn or BeginStepUp, notes the use of the passkey and answers who signed in. The challenge is spent either way.
// idp.Expired when the ceremony is over; idp.Denied by the same words for an unknown passkey, a wrong answer and a disabled person, and by words of their own for a passkey that is blocked or has changed its kind, which only its holder gets to read.
func (r *Relying) FinishSignIn(ctx context.Context, ceremonyID string, response []byte) (SignedIn, error) {
	c, err := r.take(ceremonyID, toSignIn, toStepUp)
	if err != nil {
		return SignedIn{}, err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil || answer.Response.CollectedClientData.Origin != r.pin.Issuer {
		return SignedIn{}, r.refuse(ctx, c) // the library compares origins loosely: exactly is §7.2 step 12
	}
	known, err := r.find(ctx, c, answer)
	if err != nil {
		return SignedIn{}, err
	}
	web, err := r.webOf(ctx, c.rpID)
	if err != nil {
		return SignedIn{}, err
	}
	if !r.verify(web, c, answer, known) {
		return SignedIn{}, r.refuse(ctx, c)
	}
	return r.settle(ctx, c, answer)
}

// find looks up whom the answer names. For an unknown passkey it is the decoy, after as many reads.
func (r *Relying) find(ctx context.Context, c *ceremony, answer *protocol.ParsedCredentialAssertionData) (SignedIn, error) {
	r.worked("read passkey")
	found, err := r.store.PasskeyByCredentialID(ctx, answer.RawID)
	unknown := idp.CodeOf(err) == idp.NotFound
	if err != nil && !unknown {
		return SignedIn{}, fmt.Errorf("find the passkey: %w", err)
	}
	r.worked("read user")
	user, err := r.store.User(ctx, found.UserID)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return SignedIn{}, fmt.Errorf("find the passkey's person: %w", err)
	}
	if unknown || err != nil || found.RPID != c.rpID {
		found = r.decoy
		found.CredentialID = answer.RawID
		user = idp.User{ID: string(answer.Response.UserHandle)}
		if c.purpose == toStepUp {
			user.ID = c.userID
		}
	}
	return SignedIn{User: user, Passkey: found}, nil
}

// verify checks the answer as the library does (WebAuthn §7.2 steps 6 to 21) for this one person and passkey.
func (r *Relying) verify(web *webauthn.WebAuthn, c *ceremony, answer *protocol.ParsedCredentialAssertionData, who SignedIn) bool {
	switch c.purpose {
	case toSignIn:
		if len(answer.Response.UserHandle) == 0 { // §7.2 step 6: nobody was identified before, so the handle must
			return false
		}
	case toStepUp:
		listed := slices.ContainsFunc(c.session.AllowedCredentialIDs, func(id []byte) bool { return bytes.Equal(id, answer.RawID) })
		if !listed || who.User.ID != c.userID { // §7.2 steps 5 and 6
			return false
		}
	}
	session := c.session
	session.UserID, session.AllowedCredentialIDs = []byte(who.User.ID), nil
	// The library refuses a change of backup eligibility by an error like any other. settle refuses it by words that help.
	who.Passkey.BackupEligible = answer.Response.AuthenticatorData.Flags.HasBackupEligible()
	r.worked("verify")
	_, err := web.ValidateLogin(person{user: who.User, passkeys: []idp.Passkey{who.Passkey}}, session, answer)
	return err == nil
}

// refuse spends the challenge, counts the refusal, and answers the words that say nothing about why.
func (r *Relying) refuse(ctx context.Context, c *ceremony) error {
	r.worked("write")
	err := r.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.UseChallenge(idp.Hash(c.session.Challenge), c.expiresAt()); err != nil {
			return err
		}
		return tx.CountRefusal(refusedKind, c.source, r.clock())
	})
	if err != nil {
		return fmt.Errorf("count a refused sign-in: %w", err)
	}
	return refused()
}

func refused() error { return idp.Fail(idp.Denied, "passkey.refused") }

// settle decides, in one transaction with the passkey as it is now, what a verified answer does.
func (r *Relying) settle(ctx context.Context, c *ceremony, answer *protocol.ParsedCredentialAssertionData) (SignedIn, error) {
	var who SignedIn
	var refusal error
	r.worked("write")
	err := r.store.Write(ctx, func(tx *store.Tx) error {
		fresh, err := tx.UseChallenge(idp.Hash(c.session.Challenge), c.expiresAt())
		if err != nil {
			return err
		}
		if !fresh {
			refusal = idp.Fail(idp.Expired, "passkey.expired")
			return nil
		}
		if who.Passkey, err = tx.PasskeyByCredentialID(ctx, answer.RawID); err == nil {
			who.User, err = tx.User(ctx, who.Passkey.UserID)
		}
		if idp.CodeOf(err) == idp.NotFound { // the decoy never verifies; this one was removed since
			refusal = refused()
			return tx.CountRefusal(refusedKind, c.source, r.clock())
		}
		if err != nil {
			return err
		}
		refusal, err = r.use(ctx, tx, &who, answer.Response.AuthenticatorData)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("settle a sign-in: %w", err)
	}
	if refusal != nil {
		return SignedIn{}, refusal
	}
	return who, nil
}

// use notes the use of a passkey, or why it may not be used. A refusal is an outcome: it commits.
func (r *Relying) use(ctx context.Context, tx *store.Tx, who *SignedIn, data protocol.AuthenticatorData) (refusal, err error) {
	p, now := &who.Passkey, r.clock()
	switch {
	case who.User.Disabled():
		return refused(), r.record(ctx, tx, *who, idp.EventSignInFailed, reasonDisabled)
	case p.FlaggedAt != 0:
		return idp.Fail(idp.Denied, "passkey.flagged"), r.record(ctx, tx, *who, idp.EventSignInFailed, reasonFlagged)
	case p.BackupEligible != data.Flags.HasBackupEligible(): // §7.2 step 18
		return idp.Fail(idp.Denied, "passkey.backup_changed"), r.record(ctx, tx, *who, idp.EventSignInFailed, reasonBackup)
	}
	p.SignCount, p.BackedUp, p.LastUsedAt = data.Counter, data.Flags.HasBackupState(), now
	grew, err := tx.TouchPasskey(p.ID, p.SignCount, p.BackedUp, now)
	if err != nil || grew {
		return nil, err
	}
	if err := tx.FlagPasskey(p.ID, now); err != nil { // §7.2 step 22: a copy of the passkey may exist
		return nil, err
	}
	return idp.Fail(idp.Denied, "passkey.flagged"), r.record(ctx, tx, *who, idp.EventPasskeyFlagged, reasonCounter)
}

func (r *Relying) record(ctx context.Context, tx *store.Tx, who SignedIn, kind, reason string) error {
	visitor := idp.VisitorOf(ctx)
	detail := map[string]string{"user": who.User.Name, "passkey": who.Passkey.Name}
	visitor.Tell(detail)
	return tx.Record(idp.Event{
		At: r.clock(), Kind: kind, Actor: idp.ActorUser, UserID: who.User.ID, ObjectID: who.Passkey.ID, Reason: reason, Network: visitor.Network, Detail: detail,
	})
}
