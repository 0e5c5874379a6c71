package store

import "context"

// ClaimScopes maps custom claims to the scope that they were given; those not in it belong to profile. The map is shared, and not to be changed.
func (r Reads) ClaimScopes(ctx context.Context) (map[string]string, error) {
	return recall(r, label{of: ofClaimScopes}, func() (map[string]string, error) { return r.claimScopes(ctx) })
}

func (r Reads) claimScopes(ctx context.Context) (map[string]string, error) {
	rows, err := all(ctx, r, func(row scanner) (p [2]string, err error) { err = row.Scan(&p[0], &p[1]); return p, err }, "SELECT claim, scope FROM claim_scopes")
	out := make(map[string]string, len(rows))
	for _, p := range rows {
		out[p[0]] = p[1]
	}
	return out, err
}

// SetClaimScope says which scope a custom claim belongs to.
func (tx *Tx) SetClaimScope(claim, scope string) error {
	_, err := tx.exec("INSERT INTO claim_scopes (claim, scope) VALUES (?, ?) ON CONFLICT (claim) DO UPDATE SET scope = excluded.scope", claim, scope)
	return err
}

// ClaimObjects are the custom claims of people and of groups that have any, each a JSON object.
func (r Reads) ClaimObjects(ctx context.Context) (users, groups []string, err error) {
	if users, err = all(ctx, r, scanString, "SELECT claims FROM users WHERE claims <> '{}'"); err != nil {
		return nil, nil, err
	}
	groups, err = all(ctx, r, scanString, "SELECT claims FROM groups WHERE claims <> '{}'")
	return users, groups, err
}
