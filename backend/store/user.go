package store

import (
	"cmp"
	"context"
	"strings"

	"hearthkey/backend/idp"
)

const userColumns = "id, user_name, name, given_name, family_name, email, email_verified, locale, claims, owner, created_at, updated_at, disabled_at, network_rule"

// userFields are the fields behind the columns.
func userFields(u *idp.User) []any {
	return []any{&u.ID, &u.UserName, &u.Name, &u.GivenName, &u.FamilyName, &u.Email, &u.EmailVerified, &u.Locale, &u.Claims, &u.Owner, &u.CreatedAt, &u.UpdatedAt, &u.DisabledAt, &u.NetworkRule}
}

func scanUser(row scanner) (u idp.User, err error) {
	err = row.Scan(userFields(&u)...)
	return u, err
}

// User reads one person; idp.NotFound.
func (r Reads) User(ctx context.Context, id string) (idp.User, error) {
	return recall(r, label{of: ofUser, a: id}, func() (idp.User, error) {
		return one(ctx, r, scanUser, "user.not_found", "SELECT "+userColumns+" FROM users WHERE id = ?", id)
	})
}

// UserByName reads the person of a user name, however it is spelled, also one that they had before; idp.NotFound.
func (r Reads) UserByName(ctx context.Context, userName string) (idp.User, error) {
	return one(ctx, r, scanUser, "user.not_found",
		"SELECT "+userColumns+" FROM users WHERE id = (SELECT user_id FROM identifiers WHERE kind = 'user_name' AND fold = ?)", fold(userName))
}

// Owner reads the owner's user; idp.NotFound before set-up.
func (r Reads) Owner(ctx context.Context) (idp.User, error) {
	return one(ctx, r, scanUser, "user.no_owner", "SELECT "+userColumns+" FROM users WHERE owner = 1 ORDER BY created_at LIMIT 1")
}

// Users lists people by name. query filters by part of name, user name or e-mail, "" lists all.
func (r Reads) Users(ctx context.Context, query string) ([]idp.User, error) {
	return all(ctx, r, scanUser, "SELECT "+userColumns+` FROM users
		WHERE ? = '' OR name LIKE ?2 ESCAPE '\' OR user_name LIKE ?2 ESCAPE '\' OR email LIKE ?2 ESCAPE '\'
		ORDER BY lower(name), id`, query, likePart(query))
}

// likePart is the LIKE pattern for "contains query".
func likePart(query string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(query) + "%"
}

// CountUsers is how many people there are.
func (r Reads) CountUsers(ctx context.Context) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM users")
}

// CountReady is how many people could sign in now: those not switched off who have a passkey of that RP ID.
func (r Reads) CountReady(ctx context.Context, rpID string) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM users WHERE disabled_at = 0 AND EXISTS (SELECT 1 FROM passkeys WHERE user_id = users.id AND rp_id = ?)", rpID)
}

// CreateUser adds a person. idp.Conflict on userName or email when somebody has or had it.
func (tx *Tx) CreateUser(u idp.User) error {
	_, err := tx.exec("INSERT INTO users ("+userColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.ID, u.UserName, u.Name, u.GivenName, u.FamilyName, u.Email, u.EmailVerified, u.Locale, u.Claims, u.Owner, u.CreatedAt, u.UpdatedAt, u.DisabledAt, cmp.Or(u.NetworkRule, idp.NetworkAnywhere))
	if err != nil {
		return err
	}
	return tx.reserve(u)
}

// UpdateUser replaces what can change of a person: all but ID, owner and times of creation. Conflicts as CreateUser.
func (tx *Tx) UpdateUser(u idp.User) error {
	err := tx.mustChange("user.not_found", `UPDATE users SET user_name = ?, name = ?, given_name = ?, family_name = ?, email = ?, email_verified = ?, locale = ?, claims = ?, updated_at = ?, disabled_at = ?, network_rule = ? WHERE id = ?`,
		u.UserName, u.Name, u.GivenName, u.FamilyName, u.Email, u.EmailVerified, u.Locale, u.Claims, u.UpdatedAt, u.DisabledAt, cmp.Or(u.NetworkRule, idp.NetworkAnywhere), u.ID)
	if err != nil {
		return err
	}
	return tx.reserve(u)
}

// reserve binds the person's user name and e-mail to their ID for good.
func (tx *Tx) reserve(u idp.User) error {
	for _, id := range []struct{ kind, field, value string }{{"user_name", "userName", u.UserName}, {"email", "email", u.Email}} {
		if id.value == "" {
			continue
		}
		if _, err := tx.exec("INSERT INTO identifiers (kind, fold, user_id) VALUES (?, ?, ?) ON CONFLICT (kind, fold) DO NOTHING", id.kind, fold(id.value), u.ID); err != nil {
			return err
		}
		holder, err := one(context.Background(), tx.Reads, scanString, "user.not_found", "SELECT user_id FROM identifiers WHERE kind = ? AND fold = ?", id.kind, fold(id.value))
		if err != nil {
			return err
		}
		if holder != u.ID {
			return tx.taken(id.field, id.value, holder)
		}
	}
	return nil
}

// taken says who has the name: a person of today, or one who was deleted.
func (tx *Tx) taken(field, value, holder string) error {
	key := "user.taken"
	if _, err := tx.User(context.Background(), holder); idp.CodeOf(err) == idp.NotFound {
		key = "user.reserved"
	} else if err != nil {
		return err
	}
	fail := idp.Fail(idp.Conflict, key, "value", value)
	fail.Field = field
	return fail
}

// DeleteUser removes a person and everything that hangs on them; the names stay reserved.
func (tx *Tx) DeleteUser(id string, now idp.Time) error {
	if err := tx.queueLogouts(now, "s.user_id = ? AND s.ended_at = 0", id); err != nil {
		return err
	}
	for _, query := range []string{
		"DELETE FROM access WHERE kind = 'user' AND subject = ?",
		"UPDATE browsers SET session_id = '' WHERE (id, session_id) IN (SELECT browser_id, id FROM sessions WHERE user_id = ?)",
	} {
		if _, err := tx.exec(query, id); err != nil {
			return err
		}
	}
	return tx.mustChange("user.not_found", "DELETE FROM users WHERE id = ?", id)
}
