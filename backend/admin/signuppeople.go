package admin

import (
	"cmp"
	"context"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// signUpPeople lists everybody who could join, and says of each what stands in the way.
func (a *Admin) signUpPeople(ctx context.Context, r store.Reads, s signing, out *SignUp) error {
	access, _, err := readAccess(ctx, r, s.ClientID)
	if err != nil {
		return err
	}
	out.Everyone = access.Everyone
	for _, id := range access.GroupIDs {
		g, err := r.Group(ctx, id)
		if err != nil {
			return err
		}
		out.Groups = append(out.Groups, g.Name)
	}
	users, err := r.Users(ctx, "")
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Disabled() {
			continue
		}
		p := SignUpPerson{UserID: u.ID, Name: u.Name, Email: u.Email, Signer: u.ID == s.UserID, Here: webfinger.NameOf(u.Email) == s.Domain}
		if p.Allowed, err = r.HasAccess(ctx, u.ID, s.ClientID); err != nil {
			return err
		}
		if p.JoinedAt, err = r.EventAfter(ctx, u.ID, s.ClientID, s.StartedAt, idp.EventTokensIssued); err != nil {
			return err
		}
		p.Said = inTheWay(u, p, s.Domain)
		out.People = append(out.People, p)
	}
	rank := func(p SignUpPerson) int {
		switch {
		case p.Signer:
			return 0
		case p.Here:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out.People, func(x, y SignUpPerson) int { return cmp.Compare(rank(x), rank(y)) })
	return nil
}

// inTheWay says why somebody cannot become a user of the tailnet, and what to do. Tailscale takes nobody into it whose address is at another domain.
func inTheWay(u idp.User, p SignUpPerson, domain string) string {
	switch {
	case u.Email == "":
		return idp.Text("signup.no_address", "name", u.Name, "domain", domain).String()
	case !p.Here:
		return idp.Text("signup.elsewhere", "name", u.Name, "domain", domain).String()
	case !u.EmailVerified:
		return idp.Text("signup.unverified", "name", u.Name, "email", u.Email).String()
	}
	return ""
}

// SetSignUpPeople says who may join the tailnet: these people, who signs up among them, and nobody else. Invalid when somebody's address is at another domain.
func (a *Admin) SetSignUpPeople(ctx context.Context, userIDs []string) (out SignUp, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := a.signing(ctx, tx.Reads)
		if err != nil {
			return err
		}
		if s.client.ID == "" {
			return idp.Fail(idp.Conflict, "signup.not_begun")
		}
		access := Access{UserIDs: []string{s.UserID}}
		for _, id := range userIDs {
			u, err := tx.User(ctx, id)
			if err != nil {
				return err
			}
			if webfinger.NameOf(u.Email) != s.Domain {
				return idp.FailField("people", "signup.elsewhere", "name", u.Name, "domain", s.Domain)
			}
			if !slices.Contains(access.UserIDs, id) {
				access.UserIDs = append(access.UserIDs, id)
			}
		}
		if err := a.changeAccess(ctx, tx, s.client, access); err != nil {
			return err
		}
		out, err = a.readSignUp(ctx, tx.Reads)
		return err
	})
	return out, err
}

// EndSignUpSessions signs out, in all their browsers, who signed the tailnet up: signing out of Tailscale leaves them signed in here, so that signing in once more would prove nothing.
func (a *Admin) EndSignUpSessions(ctx context.Context) (out SignUp, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := a.signing(ctx, tx.Reads)
		if err != nil {
			return err
		}
		if s.user.ID == "" {
			return idp.Fail(idp.Conflict, "signup.not_begun")
		}
		sessions, err := tx.SessionsOfUser(ctx, s.UserID)
		if err != nil {
			return err
		}
		for _, session := range sessions { // signed out, not revoked: what other apps keep for when nobody is there goes on
			if _, err := tx.EndSession(session.ID, idp.EndSignedOut, a.Clock()); err != nil {
				return err
			}
		}
		if err := tx.Record(a.aboutUser(idp.EventSessionRevoked, s.user)); err != nil {
			return err
		}
		out, err = a.readSignUp(ctx, tx.Reads)
		return err
	})
	return out, err
}
