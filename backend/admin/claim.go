package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// claimScopes are the scopes that a custom claim may belong to, the default first.
var claimScopes = []string{"profile", "openid", "email", "groups"}

// CustomClaims lists the names of the custom claims in use, and of those that were given a scope, by name.
func (a *Admin) CustomClaims(ctx context.Context) (out []CustomClaim, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		scopes, err := r.ClaimScopes(ctx)
		if err != nil {
			return err
		}
		users, groups, err := r.ClaimObjects(ctx)
		if err != nil {
			return err
		}
		out = customClaims(scopes, countNames(users), countNames(groups))
		return nil
	})
	return out, err
}

func customClaims(scopes map[string]string, users, groups map[string]int) []CustomClaim {
	names := map[string]bool{}
	for name := range scopes {
		names[name] = true
	}
	for _, counted := range []map[string]int{users, groups} {
		for name := range counted {
			names[name] = true
		}
	}
	out := []CustomClaim{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, CustomClaim{Name: name, Scope: cmp.Or(scopes[name], claimScopes[0]), Users: users[name], Groups: groups[name]})
	}
	return out
}

// countNames says how many of the objects have each name.
func countNames(objects []string) map[string]int {
	out := map[string]int{}
	for _, object := range objects {
		var claims map[string]json.RawMessage
		_ = json.Unmarshal([]byte(object), &claims) // checked when it was typed
		for name := range claims {
			out[name]++
		}
	}
	return out
}

// SetClaimScope says which scope lets apps see a custom claim, from their next request on.
func (a *Admin) SetClaimScope(ctx context.Context, claim, scope string) error {
	claim, err := line("claim", claim)
	switch {
	case err != nil:
		return err
	case oidc.Reserved(claim):
		return idp.FailField("claim", "admin.claims_reserved", "claim", claim)
	case !slices.Contains(claimScopes, scope):
		return idp.FailField("scope", "admin.claim_scope")
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		scopes, err := tx.ClaimScopes(ctx)
		if err != nil || cmp.Or(scopes[claim], claimScopes[0]) == scope {
			return err
		}
		if err := tx.SetClaimScope(claim, scope); err != nil {
			return err
		}
		e := a.event(idp.EventClaimScope)
		e.Reason, e.Detail = scope, pairs("claim", claim)
		return tx.Record(e)
	})
}
