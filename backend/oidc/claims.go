package oidc

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// protocolClaims are those of the ID token itself (OIDC Core §2, §3.1.3.6; Front-Channel Logout §3 for sid).
var protocolClaims = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "acr", "amr", "sid"}

// personClaims are the standard ones that are told of a person (OIDC Core §5.1), and groups.
var personClaims = []string{"name", "given_name", "family_name", "preferred_username", "locale", "updated_at", "email", "email_verified", "groups"}

// standardScope is the scope of one of personClaims (OIDC Core §5.4), "" for other names.
func standardScope(claim string) string {
	switch {
	case claim == "email", claim == "email_verified":
		return "email"
	case claim == "groups":
		return "groups"
	case slices.Contains(personClaims, claim):
		return "profile"
	}
	return ""
}

// reservedClaims have a meaning to apps that custom claims must not fake (RFC 7519 §4.1 and the registry it set up).
var reservedClaims = []string{"nbf", "jti", "azp", "c_hash", "s_hash", "cnf", "act", "may_act", "scope", "client_id", "events", "sub_jwk", "sub_id", "_claim_names", "_claim_sources"}

// acrValues are what can stand in acr.
var acrValues = []string{idp.ACRPasskey, idp.ACREnrol, idp.ACRDevice, idp.ACRTailnet}

// person is somebody as claims tell of them.
type person struct {
	user    idp.User
	groups  []idp.Group       // by name
	scopeOf map[string]string // of custom claims; those not in it belong to profile
}

// personOf reads what claims need beside the person's row, and nothing that these scopes and single claims do not tell of.
func personOf(ctx context.Context, r store.Reads, u idp.User, scope string, single []string) (who person, err error) {
	who.user = u
	if !idp.HasScope(scope, "profile") && !idp.HasScope(scope, "groups") && !slices.Contains(single, "groups") {
		// what is left to tell are custom claims that the owner moved from profile to another scope
		if who.scopeOf, err = r.ClaimScopes(ctx); err != nil || len(who.scopeOf) == 0 {
			return who, err
		}
	}
	if who.groups, err = r.GroupsOf(ctx, u.ID); err != nil {
		return who, err
	}
	if who.scopeOf == nil && who.hasCustom() {
		who.scopeOf, err = r.ClaimScopes(ctx)
	}
	return who, err
}

func (who person) hasCustom() bool {
	return !isEmpty(who.user.Claims) || slices.ContainsFunc(who.groups, func(g idp.Group) bool { return !isEmpty(g.Claims) })
}

func isEmpty(object string) bool { return object == "" || object == "{}" }

// claims are what an app may know of a person by scopes and by single claims. A field that is empty is left out (OIDC Core §5.3.2).
func (who person) claims(scope string, single []string) map[string]any {
	out := make(map[string]any, 24)
	may := func(name, of string) bool { return idp.HasScope(scope, of) || slices.Contains(single, name) }
	who.addCustom(out, may)
	for _, name := range personClaims {
		if may(name, standardScope(name)) {
			who.add(out, name)
		}
	}
	return out
}

// add tells one standard claim.
func (who person) add(out map[string]any, name string) {
	text := ""
	switch u := who.user; name {
	case "name":
		text = u.Name
	case "given_name":
		text = u.GivenName
	case "family_name":
		text = u.FamilyName
	case "preferred_username":
		text = u.UserName
	case "locale":
		text = u.Locale
	case "updated_at":
		out[name] = u.UpdatedAt.Unix()
	case "email":
		text = u.Email
	case "email_verified":
		if u.Email != "" {
			out[name] = u.EmailVerified
		}
	case "groups":
		names := make([]string, len(who.groups))
		for i, g := range who.groups {
			names[i] = g.Name
		}
		out[name] = names
	}
	if text != "" {
		out[name] = text
	}
}

// addCustom adds the custom claims of the groups, in the order of their names, then the person's own, which win. A claim that this provider or the protocol speaks of is never taken from there.
func (who person) addCustom(out map[string]any, may func(name, of string) bool) {
	for _, g := range who.groups {
		who.addObject(out, g.Claims, may)
	}
	who.addObject(out, who.user.Claims, may)
}

func (who person) addObject(out map[string]any, object string, may func(name, of string) bool) {
	if isEmpty(object) {
		return
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &claims) != nil {
		return // checked when it was typed
	}
	for name, value := range claims {
		if !Reserved(name) && may(name, cmp.Or(who.scopeOf[name], "profile")) {
			out[name] = value
		}
	}
}

// Reserved says whether a claim's name cannot be used for a custom claim, because the protocol or this provider gives it a meaning.
func Reserved(name string) bool {
	return slices.Contains(protocolClaims, name) || slices.Contains(personClaims, name) || slices.Contains(reservedClaims, name)
}

// idTokenClaims are the claims of the ID token of what was issued (OIDC Core §2).
func (p *Provider) idTokenClaims(t *issued) map[string]any {
	c := t.who.idTokenClaims(t.client, t.scope, singleClaims(t.grant).IDToken)
	c["iss"], c["sub"], c["aud"] = p.issuer, t.grant.UserID, t.client.ID
	c["iat"], c["exp"] = t.at.Unix(), t.at.Add(t.client.Lifetimes().IDToken).Unix()
	c["auth_time"] = t.grant.AuthTime.Unix()
	c["at_hash"] = accessHash(t.client.IDTokenAlgorithm, t.access)
	c["acr"], c["amr"] = t.grant.ACR, strings.Fields(t.grant.AMR)
	c["sid"] = t.grant.SessionID
	if t.nonce != "" {
		c["nonce"] = t.nonce
	}
	return c
}

// idTokenClaims are what an ID token tells of the person: many apps read nothing else, so the claims of scopes stand there too, unless the owner wants them in userinfo only.
func (who person) idTokenClaims(c idp.Client, scope string, single []string) map[string]any {
	if c.UserInfoOnly {
		scope = ""
	}
	return who.claims(scope, single)
}

// accessHash is the left half of a hash of the access token (OIDC Core §3.1.3.6): SHA-256 for RS256 and ES256. EdDSA names no hash; with Ed25519 it is that of the curve, SHA-512 (RFC 8032 §5.1),
// as the working group answered (bitbucket.org/openid/connect/issues/1125) and go-oidc and oidc-token-hash check.
func accessHash(algorithm, token string) string {
	if algorithm == idp.EdDSA {
		sum := sha512.Sum512([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
