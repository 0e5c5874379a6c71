package oidc

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Preview is what an app would be told of a person who has just signed in with a passkey, by the scopes among those that can be granted. They are claims and nothing signed, so that they open nothing.
// The ID token lacks what belongs to one sign-in only: nonce, at_hash, sid, amr. Whether the person would be let in, idp.MayUse says.
func Preview(ctx context.Context, r store.Reads, issuer string, user idp.User, client idp.Client, scope string, now idp.Time) (idToken, userInfo map[string]any, err error) {
	scope = knownScopes(scope)
	who, err := personOf(ctx, r, user, scope, nil)
	if err != nil {
		return nil, nil, err
	}
	userInfo = who.claims(scope, nil)
	userInfo["sub"] = user.ID
	idToken = who.idTokenClaims(client, scope, nil)
	idToken["iss"], idToken["sub"], idToken["aud"] = issuer, user.ID, client.ID
	idToken["iat"], idToken["exp"] = now.Unix(), now.Add(client.Lifetimes().IDToken).Unix()
	idToken["auth_time"], idToken["acr"] = now.Unix(), idp.ACRPasskey
	return idToken, userInfo, nil
}
