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

// accessAndEpoch is a statement of its own beside those of the rows: SQLite plans a join anew for each value that it is asked with, which takes longer than all of them.
var accessAndEpoch = "SELECT " + accessOf("?1", "?2") + ", coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0)"

// Standing reads all that idp.MayUse looks at. grantID "" is a person at authorize, whose session is sessionID; otherwise the session is the grant's.
// Rows that do not exist are nil in it; a grant that is gone leaves no session either, so that nobody takes it for a person at authorize. Call it within View or a Tx, so that all of it is of one moment.
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
	if s.User, err = optional(r.User(ctx, userID)); err != nil {
		return s, err
	}
	if s.Client, err = optional(r.Client(ctx, clientID)); err != nil {
		return s, err
	}
	if s.Session, err = optional(r.Session(ctx, sessionID)); err != nil {
		return s, err
	}
	scan := func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&s.Access, &s.Epoch) }
	_, _, err = first(ctx, r, scan, accessAndEpoch, userID, clientID)
	return s, err
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
