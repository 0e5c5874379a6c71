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
