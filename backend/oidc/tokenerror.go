package oidc

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// tokenError is an error answer of the token endpoint (RFC 6749 §5.2).
type tokenError struct {
	status      int
	retryAfter  time.Duration
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"` // for the app's developer; ASCII without " and \
}

func (e *tokenError) Error() string { return e.Code + ": " + e.Description }

func invalidRequest(description string) *tokenError {
	return &tokenError{status: http.StatusBadRequest, Code: "invalid_request", Description: description}
}

func invalidGrant(description string) *tokenError {
	return &tokenError{status: http.StatusBadRequest, Code: "invalid_grant", Description: description}
}

// unauthorizedClient refuses a grant that the owner has not switched on for this app.
func unauthorizedClient() *tokenError {
	return &tokenError{status: http.StatusBadRequest, Code: "unauthorized_client", Description: "the client may not use this grant type"}
}

// invalidClient is one answer for an unknown app, a wrong secret and a wrong method, so that client IDs cannot be found out by asking.
func invalidClient() *tokenError {
	return &tokenError{status: http.StatusUnauthorized, Code: "invalid_client", Description: "the client could not be authenticated"}
}

func (e *tokenError) write(w http.ResponseWriter) {
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="hearthkey", charset="UTF-8"`) // RFC 6749 §5.2, RFC 7617 §2.1
	}
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", seconds(e.retryAfter))
	}
	writeJSON(w, e.status, e)
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// writeJSON answers with a body that no cache may keep (RFC 6749 §5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}
