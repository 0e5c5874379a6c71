package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// protocolClaims are those of the ID token itself (OIDC Core §2, §3.1.3.6; Front-Channel Logout §3 for sid).
var protocolClaims = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"}

// personClaims are what is told of a person, by scope (OIDC Core §5.4).
var personClaims = []string{"name", "given_name", "family_name", "preferred_username", "locale", "updated_at", "email", "email_verified", "groups"}

// reservedClaims have a meaning to apps that custom claims must not fake (RFC 7519 §4.1 and the registry it set up).
var reservedClaims = []string{"nbf", "jti", "azp", "c_hash", "s_hash", "cnf", "act", "may_act", "scope", "client_id", "events", "sub_jwk", "sub_id", "_claim_names", "_claim_sources"}

// acrValues are what can stand in acr.
var acrValues = []string{idp.ACRPasskey, idp.ACREnrol}

// person is somebody as claims tell of them.
type person struct {
	user   idp.User
	groups []idp.Group // by name
}

// claims are what the scopes let an app know of a person; custom claims belong to profile. A field that is empty is left out (OIDC Core §5.3.2).
func (who person) claims(scope string) map[string]any {
	out := map[string]any{}
	if idp.HasScope(scope, "profile") {
		who.addCustom(out)
		who.addProfile(out)
	}
	if idp.HasScope(scope, "email") && who.user.Email != "" {
		out["email"], out["email_verified"] = who.user.Email, who.user.EmailVerified
	}
	if idp.HasScope(scope, "groups") {
		names := make([]string, len(who.groups))
		for i, g := range who.groups {
			names[i] = g.Name
		}
		out["groups"] = names
	}
	return out
}

func (who person) addProfile(out map[string]any) {
	u := who.user
	for name, value := range map[string]string{"name": u.Name, "given_name": u.GivenName, "family_name": u.FamilyName, "preferred_username": u.UserName, "locale": u.Locale} {
		if value != "" {
			out[name] = value
		}
	}
	out["updated_at"] = u.UpdatedAt.Unix()
}

// addCustom adds the custom claims of the groups, in the order of their names, then the person's own, which win. A claim that this provider or the protocol speaks of is never taken from there.
func (who person) addCustom(out map[string]any) {
	for _, g := range who.groups {
		addObject(out, g.Claims)
	}
	addObject(out, who.user.Claims)
}

func addObject(out map[string]any, object string) {
	if object == "" || object == "{}" {
		return
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &claims) != nil {
		return // checked when it was typed
	}
	for name, value := range claims {
		if !Reserved(name) {
			out[name] = value
		}
	}
}

// Reserved says whether a claim's name cannot be used for a custom claim, because the protocol or this provider gives it a meaning.
func Reserved(name string) bool {
	return slices.Contains(protocolClaims, name) || slices.Contains(personClaims, name) || slices.Contains(reservedClaims, name)
}

// idToken makes the claims of an ID token (OIDC Core §2) for a grant.
func (p *Provider) idToken(t *issued, now idp.Time) map[string]any {
	c := t.who.claims(t.scope)
	c["iss"], c["sub"], c["aud"] = p.issuer, t.grant.UserID, t.grant.ClientID
	c["iat"], c["exp"] = now.Unix(), now.Add(idp.IDTokenLife).Unix()
	c["auth_time"] = t.grant.AuthTime.Unix()
	c["at_hash"] = accessHash(t.access)
	c["acr"], c["amr"] = t.grant.ACR, strings.Fields(t.grant.AMR)
	c["sid"] = t.grant.SessionID
	if t.nonce != "" {
		c["nonce"] = t.nonce
	}
	return c
}

// accessHash is the left half of the SHA-256 of the access token (OIDC Core §3.1.3.6, for RS256).
func accessHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
