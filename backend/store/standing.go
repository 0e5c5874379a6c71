package store

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
)

// accessOf asks whether a row lets a person use an app; both are expressions.
func accessOf(userID, clientID string) string {
	return strings.NewReplacer("USER", userID, "CLIENT", clientID).Replace(`EXISTS (SELECT 1 FROM access a WHERE a.client_id = CLIENT AND (a.kind = 'everyone'
		OR (a.kind = 'user' AND a.subject = USER)
		OR (a.kind = 'group' AND EXISTS (SELECT 1 FROM members m WHERE m.group_id = a.subject AND m.user_id = USER))))`)
}

// userAndAccess is one person, whether they have access to an app, where from they may sign in, and the epoch. The other rows have statements of their own: SQLite plans a join anew for each value that it is asked with, which takes longer than all of them.
var userAndAccess = "SELECT " + userColumns + ", " + accessOf("?1", "?2") + ", " + ruleOf("?1") + ", coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0) FROM users WHERE id = ?1"

// Standing reads all that idp.MayUse looks at. grantID "" is a person at authorize, whose session is sessionID; otherwise the session is the grant's.
// Rows that do not exist are nil in it, and without the person there is neither Access nor Epoch; a grant that is gone leaves no session either, so that nobody takes it for a person at authorize. Call it within View or a Tx, so that all of it is of one moment.
func (r Reads) Standing(ctx context.Context, userID, clientID, grantID, sessionID string) (s idp.Standing, err error) {
	if grantID != "" {
		if s.Grant, err = optional(r.Grant(ctx, grantID)); err != nil {
			return s, err
		}
		sessionID = ""
		if s.Grant != nil {
			userID, clientID, sessionID = s.Grant.UserID, s.Grant.ClientID, s.Grant.SessionID
		}
	}
	who, err := optional(r.person(ctx, userID, clientID))
	if err != nil {
		return s, err
	}
	if who != nil {
		s.User, s.Access, s.Rule, s.Epoch = &who.user, who.access, who.rule, who.epoch
	}
	if s.Client, err = optional(r.Client(ctx, clientID)); err != nil {
		return s, err
	}
	if s.Session, err = optional(r.Session(ctx, sessionID)); err != nil || s.Session == nil || s.Session.TailscaleID == 0 {
		return s, err
	}
	s.Linked, err = r.stillLinked(ctx, *s.Session)
	return s, err
}

// stillLinked says whether the Tailscale login of a session is its person's still, in a tailnet that this issuer does not sign people in to.
func (r Reads) stillLinked(ctx context.Context, s idp.Session) (bool, error) {
	if answer, err := r.Carrier(ctx); err != nil || answer != CarrierNo {
		return false, err
	}
	l, err := optional(r.TailnetLogin(ctx, s.TailscaleID))
	return l != nil && l.UserID == s.UserID, err
}

// person is one row of userAndAccess.
type person struct {
	user   idp.User
	access bool
	rule   idp.NetworkRule
	epoch  int64
}

func scanPerson(row scanner) (p person, err error) {
	err = row.Scan(append(userFields(&p.user), &p.access, &p.rule, &p.epoch)...)
	return p, err
}

func (r Reads) person(ctx context.Context, userID, clientID string) (person, error) {
	return recall(r, label{of: ofPerson, a: userID, b: clientID}, func() (person, error) {
		return one(ctx, r, scanPerson, "user.not_found", userAndAccess, userID, clientID)
	})
}

// optional makes idp.NotFound a nil.
func optional[T any](v T, err error) (*T, error) {
	if idp.CodeOf(err) == idp.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}
