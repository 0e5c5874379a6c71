package oidc

import (
	"net/http"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// UserInfo answers the claims of the person an access token speaks for (OIDC Core §5.3). The token comes in the header of a GET or POST, or in the form of a POST (RFC 6750 §2.1, §2.2); never in the query.
func (p *Provider) UserInfo(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		notAllowed(w, "GET, POST")
		return
	}
	w.Header().Add("Vary", "Origin")
	token, refusal := readBearer(w, r)
	if refusal != nil {
		refusal.writeBearer(w)
		return
	}
	claims, refusal, err := p.userInfo(w, r, token)
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case refusal != nil && refusal.status == http.StatusTooManyRequests: // says nothing of the token
		refusal.write(w)
	case refusal != nil:
		refusal.writeBearer(w)
	default:
		writeJSON(w, http.StatusOK, claims)
	}
}

// noToken is the answer to a request without a token, which names no error (RFC 6750 §3.1).
func noToken() *tokenError { return &tokenError{status: http.StatusUnauthorized} }

// invalidToken is one answer for a token that is unknown, expired or revoked, or whose person may not use the app any more.
func invalidToken() *tokenError {
	return &tokenError{status: http.StatusUnauthorized, Code: "invalid_token", Description: "the access token is not valid"}
}

// writeBearer answers with the challenge of RFC 6750 §3.
func (e *tokenError) writeBearer(w http.ResponseWriter) {
	challenge := `Bearer realm="hearthkey"`
	if e.Code == "" {
		w.Header().Set("WWW-Authenticate", challenge)
		writeJSON(w, e.status, struct{}{})
		return
	}
	w.Header().Set("WWW-Authenticate", challenge+`, error="`+e.Code+`", error_description="`+e.Description+`"`)
	writeJSON(w, e.status, e)
}

// readBearer finds the token in one place; two are an error (RFC 6750 §2).
func readBearer(w http.ResponseWriter, r *http.Request) (string, *tokenError) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", invalidRequest("the Authorization header is repeated")
	}
	body := ""
	if r.Method == http.MethodPost && isForm(r) {
		form, refusal := readForm(w, r)
		if refusal != nil {
			return "", refusal
		}
		body = form.Get("access_token")
	}
	if len(headers) == 0 {
		if body == "" {
			return "", noToken()
		}
		return body, nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	switch token = strings.TrimSpace(token); {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", noToken()
	case body != "":
		return "", invalidRequest("send the access token in one place")
	case token == "":
		return "", invalidToken()
	}
	return token, nil
}

func (p *Provider) userInfo(w http.ResponseWriter, rq *http.Request, token string) (claims map[string]any, refusal *tokenError, err error) {
	ctx := rq.Context()
	var st idp.Standing
	err = p.store.Glance(ctx, func(r store.Reads) error {
		st, refusal = idp.Standing{}, nil
		t, err := p.findAccess(ctx, r, token)
		if idp.CodeOf(err) == idp.NotFound {
			refusal = invalidToken()
			return nil
		}
		if err != nil {
			return err
		}
		now := p.clock()
		var reason idp.Reason
		if st, reason, err = standing(ctx, r, t.GrantID, t.ClientID, now); err != nil {
			return err
		}
		if refusal = checkAccess(t, reason, now); refusal == nil {
			refusal = p.tooOften(ctx, *st.Client)
		}
		if refusal != nil {
			return nil
		}
		single := singleClaims(*st.Grant).UserInfo
		who, err := personOf(ctx, r, *st.User, t.Scope, single)
		claims = who.claims(t.Scope, single)
		claims["sub"] = st.User.ID
		return err
	})
	if st.Client != nil {
		allowOrigin(w, rq, *st.Client) // also for a refusal, which tells the app's page to sign in again
	}
	return claims, refusal, err
}

// checkAccess says why an access token may not be used now.
func checkAccess(t idp.AccessToken, reason idp.Reason, now idp.Time) *tokenError {
	switch {
	case t.RevokedAt != 0, t.ExpiresAt.Passed(now), reason != idp.Allowed:
		return invalidToken()
	case t.GrantID == "":
		return insufficientScope("the token speaks for an app, and for no person")
	case !idp.HasScope(t.Scope, "openid"):
		return insufficientScope("the token has not the scope openid")
	}
	return nil
}

// insufficientScope is the refusal of RFC 6750 §3.1 for a good token that does not reach this far.
func insufficientScope(description string) *tokenError {
	return &tokenError{status: http.StatusForbidden, Code: "insufficient_scope", Description: description}
}
