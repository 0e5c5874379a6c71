package store

import (
	"context"

	"hearthkey/backend/idp"
)

func scanAccess(row scanner) (a idp.Access, err error) {
	err = row.Scan(&a.ClientID, &a.Kind, &a.Subject)
	return a, err
}

// Access lists the rows that let people use an app; none means nobody.
func (r Reads) Access(ctx context.Context, clientID string) ([]idp.Access, error) {
	return all(ctx, r, scanAccess, "SELECT client_id, kind, subject FROM access WHERE client_id = ? ORDER BY kind, subject", clientID)
}

// HasAccess says whether a row lets this person use this app.
func (r Reads) HasAccess(ctx context.Context, userID, clientID string) (bool, error) {
	n, err := r.number(ctx, "SELECT "+accessOf("?1", "?2"), userID, clientID)
	return n == 1, err
}

// ClientsFor lists the enabled apps that a person may use, by name, without their addresses.
func (r Reads) ClientsFor(ctx context.Context, userID string) ([]idp.Client, error) {
	return all(ctx, r, scanClient, "SELECT "+clientColumns+" FROM clients c WHERE c.disabled_at = 0 AND "+accessOf("?1", "c.id")+" ORDER BY lower(c.name), c.id", userID)
}

// ClientsOfGroup lists the apps that a group lets its members use, by name, without their addresses.
func (r Reads) ClientsOfGroup(ctx context.Context, groupID string) ([]idp.Client, error) {
	return all(ctx, r, scanClient, "SELECT "+clientColumns+" FROM clients WHERE id IN (SELECT client_id FROM access WHERE kind = 'group' AND subject = ?) ORDER BY lower(name), id", groupID)
}

// CountPeople is how many enabled people may use an app.
func (r Reads) CountPeople(ctx context.Context, clientID string) (int64, error) {
	return r.number(ctx, "SELECT count(*) FROM users u WHERE u.disabled_at = 0 AND "+accessOf("u.id", "?1"), clientID)
}

// SetAccess makes exactly these rows the app's access; idp.NotFound for an unknown group or person.
func (tx *Tx) SetAccess(clientID string, rows []idp.Access) error {
	if _, err := tx.exec("DELETE FROM access WHERE client_id = ?", clientID); err != nil {
		return err
	}
	ctx := context.Background()
	for _, a := range rows {
		var err error
		switch a.Kind {
		case idp.AccessGroup:
			_, err = tx.Group(ctx, a.Subject)
		case idp.AccessUser:
			_, err = tx.User(ctx, a.Subject)
		}
		if err != nil {
			return err
		}
		if _, err := tx.exec("INSERT INTO access (client_id, kind, subject) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", clientID, a.Kind, a.Subject); err != nil {
			return err
		}
	}
	return nil
}
