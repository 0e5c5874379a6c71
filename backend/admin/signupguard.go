package admin

import (
	"context"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// bound is the sign-up, where Tailscale knows who signed up. What it hangs on is then guarded until the owner forgets it.
func bound(ctx context.Context, r store.Reads) (s idp.SignUp, is bool, err error) {
	if s, err = r.SignUp(ctx); err != nil || !s.Begun() {
		return s, false, err
	}
	at, err := arrived(ctx, r, s)
	return s, at != 0, err
}

// guardAddress refuses another address for who signed a tailnet up: Tailscale would take them for somebody else, and the tailnet would be without its owner.
func guardAddress(ctx context.Context, r store.Reads, u idp.User) error {
	s, is, err := bound(ctx, r)
	if err != nil || !is || u.ID != s.UserID || u.Email == s.Email {
		return err
	}
	return &idp.Error{Code: idp.Conflict, Field: "email", Message: idp.Text("signup.guard_email", "name", u.Name, "email", s.Email, "domain", s.Domain)}
}

// guardSigner refuses to delete who signed a tailnet up.
func guardSigner(ctx context.Context, r store.Reads, u idp.User) error {
	s, is, err := bound(ctx, r)
	if err != nil || !is || u.ID != s.UserID {
		return err
	}
	return idp.Fail(idp.Conflict, "signup.guard_user", "name", u.Name, "domain", s.Domain)
}

// guardApp refuses to delete the app by which people sign in to Tailscale.
func guardApp(ctx context.Context, r store.Reads, c idp.Client) error {
	s, is, err := bound(ctx, r)
	if err != nil || !is || c.ID != s.ClientID {
		return err
	}
	return idp.Fail(idp.Conflict, "signup.guard_app", "app", c.Name, "domain", s.Domain)
}

// guardSecret refuses to end the secret by which Tailscale signs in, before another one is used in its place: a change there goes through its support, and takes days.
func guardSecret(ctx context.Context, r store.Reads, c idp.Client, ending idp.ClientSecret, now idp.Time) error {
	s, is, err := bound(ctx, r)
	if err != nil || !is || c.ID != s.ClientID || ending.LastUsedAt == 0 || ending.ExpiresAt.Passed(now) {
		return err
	}
	secrets, err := r.ClientSecrets(ctx, c.ID)
	if err != nil || slices.ContainsFunc(secrets, func(other idp.ClientSecret) bool { return other.LastUsedAt > ending.LastUsedAt }) {
		return err
	}
	return idp.Fail(idp.Conflict, "signup.guard_secret", "domain", s.Domain)
}

// guardDomain refuses to take the domain of a tailnet off the list.
func guardDomain(ctx context.Context, r store.Reads, domain string) error {
	s, is, err := bound(ctx, r)
	if err != nil || !is || domain != s.Domain {
		return err
	}
	return idp.Fail(idp.Conflict, "signup.guard_domain", "domain", s.Domain)
}

// ForgetSignUp lets go of the tailnet, so that its user, app and domain are guarded no more. typed is its domain, as shown to the owner. All three stay, and people can sign in on.
func (a *Admin) ForgetSignUp(ctx context.Context, typed string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.SignUp(ctx)
		if err != nil {
			return err
		}
		if !s.Begun() {
			return idp.Fail(idp.Conflict, "signup.not_begun")
		}
		if strings.TrimSpace(typed) != s.Domain {
			return idp.FailField("typed", "signup.typed", "domain", s.Domain)
		}
		if err := tx.SetSignUp(idp.SignUp{}); err != nil {
			return err
		}
		e := a.event(idp.EventSignUpForgotten)
		e.UserID, e.ClientID, e.Detail = s.UserID, s.ClientID, pairs("domain", s.Domain)
		return tx.Record(e)
	})
}
