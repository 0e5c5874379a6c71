package store

import (
	"context"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// accessOf asks whether a row lets a person use an app; both are expressions.
func accessOf(userID, clientID string) string {
	return strings.NewReplacer("USER", userID, "CLIENT", clientID).Replace(`EXISTS (SELECT 1 FROM access a WHERE a.client_id = CLIENT AND (a.kind = 'everyone'
		OR (a.kind = 'user' AND a.subject = USER)
		OR (a.kind = 'group' AND EXISTS (SELECT 1 FROM members m WHERE m.group_id = a.subject AND m.user_id = USER))))`)
}

const epochNow = "coalesce((SELECT value FROM settings WHERE key = 'epoch'), 0)"

// standingOfGrant is all but the app. Foreign keys see to it that a grant has its person and its session.
var standingOfGrant = "SELECT " + of("g", grantColumns) + ", " + of("u", userColumns) + ", " + of("s", sessionColumns) + ", " + accessOf("g.user_id", "g.client_id") + ", " + epochNow +
	" FROM grants g JOIN users u ON u.id = g.user_id JOIN sessions s ON s.id = g.session_id WHERE g.id = ?"

// of names columns of the table with an alias.
func of(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ", ", ", "+alias+".")
}

// Standing reads all that idp.MayUse looks at. grantID "" is a person at authorize, whose session is sessionID; otherwise the session is the grant's.
// Rows that do not exist are nil in it; a grant that is gone leaves no session either, so that nobody takes it for a person at authorize. Call it within View or a Tx, so that all of it is of one moment.
func (r Reads) Standing(ctx context.Context, userID, clientID, grantID, sessionID string) (s idp.Standing, err error) {
	if grantID != "" {
		found := false
		if s, found, err = first(ctx, r, scanOfGrant, standingOfGrant, grantID); found && err == nil {
			s.Client, err = optional(r.Client(ctx, s.Grant.ClientID))
		}
		if found || err != nil {
			return s, err
		}
		sessionID = ""
	}
	if s, err = r.standingOfSession(ctx, userID, clientID, sessionID); err != nil {
		return s, err
	}
	s.Client, err = optional(r.Client(ctx, clientID))
	return s, err
}

func scanOfGrant(row scanner) (s idp.Standing, err error) {
	s.Grant, s.User, s.Session = &idp.Grant{}, &idp.User{}, &idp.Session{}
	err = row.Scan(slices.Concat(grantFields(s.Grant), userFields(s.User), sessionFields(s.Session), []any{&s.Access, &s.Epoch})...)
	return s, err
}

// standingOfSession is all but the app.
func (r Reads) standingOfSession(ctx context.Context, userID, clientID, sessionID string) (s idp.Standing, err error) {
	if s.User, err = optional(r.User(ctx, userID)); err != nil {
		return s, err
	}
	if s.Session, err = optional(r.Session(ctx, sessionID)); err != nil {
		return s, err
	}
	_, _, err = first(ctx, r, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&s.Access, &s.Epoch) }, "SELECT "+accessOf("?1", "?2")+", "+epochNow, userID, clientID)
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
