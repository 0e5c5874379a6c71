package oidc_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

func updateClient(c idp.Client) func(tx *store.Tx) error {
	return func(tx *store.Tx) error { return tx.UpdateClient(c) }
}

// TestInternalError shows a reference and nothing else; the log has the cause under it.
func TestInternalError(t *testing.T) {
	h := newHome(t)
	held := h.tokens()
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{"userinfo": h.userInfo(held.text("access_token")), "token": h.refresh(held.text("refresh_token"))} {
		a.is(t, http.StatusInternalServerError, "server_error")
		ref := regexp.MustCompile(`^reference ([A-Z2-7]{3}-[A-Z2-7]{3})$`).FindStringSubmatch(a.text("error_description"))
		if ref == nil || strings.Contains(a.raw, "sql") || !strings.Contains(h.log.String(), ref[1]) {
			t.Errorf("%s: %s; log: %s", name, a.raw, h.log.String())
		}
	}
}

// TestMissingRefreshKey is a failure of ours that the owner finds in Activity under the reference. The token is not spent by it.
func TestMissingRefreshKey(t *testing.T) {
	h := newHome(t)
	h.tokens()
	token, grant := idp.NewSecret(), h.newestGrant()
	row := idp.RefreshToken{Hash: idp.Hash(token), GrantID: grant.ID, ClientID: h.app.ID, Scope: fullScope, KeyID: "key_nope", CreatedAt: h.now(), ExpiresAt: h.now() + 1000, AbsoluteAt: h.now() + 1000}
	h.write(func(tx *store.Tx) error { return tx.AddRefreshToken(row) })
	a := h.refresh(token)
	a.is(t, http.StatusInternalServerError, "server_error")
	if want := idp.EventFault + " " + strings.TrimPrefix(a.text("error_description"), "reference "); h.last() != want {
		t.Errorf("event %q, want %q", h.last(), want)
	}
	if row := h.refreshRow(token); row.SpentAt != 0 {
		t.Error("the token was spent")
	}
}
