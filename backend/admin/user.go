package admin

import (
	"cmp"
	"context"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// checkedUser makes a new person of what the owner typed.
func (a *Admin) checkedUser(in UserInput) (idp.User, error) {
	u := idp.User{ID: idp.NewID(idp.PrefixUser), CreatedAt: a.Clock()}
	err := a.fillUser(&u, in)
	return u, err
}

// fillUser puts checked input into u. An address that the owner typed counts as verified.
func (a *Admin) fillUser(u *idp.User, in UserInput) (err error) {
	if u.Name, err = line("name", in.Name); err != nil {
		return err
	}
	if u.UserName, err = checkUserName(in.UserName); err != nil {
		return err
	}
	if u.Email, err = checkEmail(in.Email); err != nil {
		return err
	}
	for _, part := range []struct {
		field, value string
		into         *string
	}{{"givenName", in.GivenName, &u.GivenName}, {"familyName", in.FamilyName, &u.FamilyName}} {
		*part.into = ""
		if part.value != "" {
			if *part.into, err = line(part.field, part.value); err != nil {
				return err
			}
		}
	}
	if err := checkNetworkRule(in.NetworkRule); err != nil {
		return err
	}
	u.NetworkRule = cmp.Or(in.NetworkRule, idp.NetworkAnywhere)
	u.Claims, err = checkClaims(in.Claims)
	u.EmailVerified = u.Email != ""
	u.UpdatedAt = a.Clock()
	return err
}

// Users lists people by name.
func (a *Admin) Users(ctx context.Context, query string) ([]UserRow, error) {
	rows := []UserRow{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		users, err := r.Users(ctx, query)
		if err != nil {
			return err
		}
		for _, u := range users {
			row, err := a.userRow(ctx, r, u)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

func (a *Admin) userRow(ctx context.Context, r store.Reads, u idp.User) (row UserRow, err error) {
	row.User, row.Groups = u, []string{}
	groups, err := r.GroupsOf(ctx, u.ID)
	if err != nil {
		return row, err
	}
	for _, g := range groups {
		row.Groups = append(row.Groups, g.Name)
	}
	passkeys, err := r.Passkeys(ctx, u.ID)
	if err != nil {
		return row, err
	}
	row.Passkeys = len(passkeys)
	if row.LastSignIn, err = r.LastSignIn(ctx, u.ID); err != nil {
		return row, err
	}
	row.OpenInvite, err = r.OpenInvite(ctx, u.ID, a.Clock())
	return row, err
}

// User is the panel of one person.
func (a *Admin) User(ctx context.Context, id string) (d UserDetail, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		if d.User, err = r.User(ctx, id); err != nil {
			return err
		}
		if d.Groups, err = r.GroupsOf(ctx, id); err != nil {
			return err
		}
		if d.Passkeys, err = a.passkeyRows(ctx, r, id); err != nil {
			return err
		}
		if d.Sessions, err = a.liveSessions(ctx, r, id); err != nil {
			return err
		}
		if d.Consents, err = consentRows(ctx, r, id); err != nil {
			return err
		}
		if d.MayUse, err = r.ClientsFor(ctx, id); err != nil {
			return err
		}
		if d.OpenInvite, err = r.OpenInvite(ctx, id, a.Clock()); err != nil {
			return err
		}
		if d.SeenOnTailnet, err = r.SeenIn(ctx, id, idp.NetworkTailnet); err != nil {
			return err
		}
		d.LastSignIn, err = r.LastSignIn(ctx, id)
		return err
	})
	return d, err
}

// CreateUser adds a person. Nobody can sign in as them before they enrol a passkey by an invite.
func (a *Admin) CreateUser(ctx context.Context, in UserInput) (idp.User, error) {
	u, err := a.checkedUser(in)
	if err != nil {
		return idp.User{}, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.CreateUser(u); err != nil {
			return err
		}
		if err := tx.SetGroupsOf(u.ID, in.GroupIDs); err != nil {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventUserCreated, u))
	})
	return u, err
}

// UpdateUser replaces a person's profile, groups and network rule. What they were given where they may not sign in from any more ends.
func (a *Admin) UpdateUser(ctx context.Context, id string, in UserInput) (u idp.User, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.User(ctx, id); err != nil {
			return err
		}
		before := u.NetworkRule
		if err := a.fillUser(&u, in); err != nil {
			return err
		}
		if err := guardAddress(ctx, tx.Reads, u); err != nil {
			return err
		}
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		if err := tx.SetGroupsOf(id, in.GroupIDs); err != nil {
			return err
		}
		if err := a.endLost(tx); err != nil {
			return err
		}
		return tx.Record(tellRule(a.aboutUser(idp.EventUserChanged, u), before, u.NetworkRule))
	})
	return u, err
}

// SetUserDisabled switches a person off or on.
func (a *Admin) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, id)
		if err != nil || u.Disabled() == disabled {
			return err
		}
		kind := idp.EventUserEnabled
		u.DisabledAt = 0
		if disabled {
			kind, u.DisabledAt = idp.EventUserDisabled, a.Clock()
			if _, err := tx.RevokeSessions(id, a.Clock()); err != nil {
				return err
			}
			if _, err := tx.RevokeInvites(id, a.Clock()); err != nil {
				return err
			}
			if err := tx.EndApprovalsOf(id, a.Clock()); err != nil {
				return err
			}
		}
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		return tx.Record(a.aboutUser(kind, u))
	})
}

// DeleteUser removes a person for good. The owner's own user stays: without it nobody could be named on the pages.
func (a *Admin) DeleteUser(ctx context.Context, id string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, id)
		if err != nil {
			return err
		}
		if u.Owner {
			return idp.Fail(idp.Conflict, "admin.owner_stays")
		}
		if err := guardSigner(ctx, tx.Reads, u); err != nil {
			return err
		}
		if err := tx.DeleteUser(id, a.Clock()); err != nil {
			return err
		}
		return tx.Record(a.aboutUser(idp.EventUserDeleted, u))
	})
}

func (a *Admin) liveSessions(ctx context.Context, r store.Reads, userID string) ([]idp.Session, error) {
	epoch, err := r.Epoch(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := r.SessionsOfUser(ctx, userID)
	return slices.DeleteFunc(sessions, func(s idp.Session) bool { return !s.Live(a.Clock(), epoch) }), err
}

func consentRows(ctx context.Context, r store.Reads, userID string) ([]ConsentRow, error) {
	consents, err := r.Consents(ctx, userID)
	if err != nil {
		return nil, err
	}
	rows := []ConsentRow{}
	for _, c := range consents {
		client, err := r.Client(ctx, c.ClientID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, ConsentRow{Consent: c, ClientName: client.Name})
	}
	return rows, nil
}
