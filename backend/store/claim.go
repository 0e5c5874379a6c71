package store

import "context"

// ClaimScopes maps custom claims to the scope that they were given; those not in it belong to profile.
func (r Reads) ClaimScopes(ctx context.Context) (map[string]string, error) {
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
