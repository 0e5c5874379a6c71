package admin

import (
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestWebFingerDomains(t *testing.T) {
	h := newHome(t)
	for i, email := range []string{"emil@example.com", "nora@EXAMPLE.com", "off@example.com", "jo@example.org", ""} {
		u, err := h.CreateUser(h.ctx, UserInput{Name: "P", UserName: "p" + string(rune('a'+i)), Email: email})
		h.must(err)
		h.must(h.SetUserDisabled(h.ctx, u.ID, strings.HasPrefix(email, "off")))
	}
	d, err := h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: " Emil@Example.com "})
	h.must(err)
	if d.Domain != "example.com" || d.Scope != idp.WebFingerWhole || !slices.Equal(d.Accounts, []string{"Emil"}) || d.Users != 2 || d.Verdict != "unknown" || d.Summary == "" || d.HasCredentials {
		t.Errorf("added %+v", d)
	}
	_, err = h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com"})
	refused(t, err, idp.Conflict, "")
	change := WebFingerInput{Domain: "example.com", Scope: idp.WebFingerAccounts, Accounts: []string{"nora", "acct:emil@example.com", "NORA", " "}}
	for range 2 { // the second changes nothing, and is no event
		d, err = h.SetWebFingerDomain(h.ctx, change)
		h.must(err)
	}
	if d.Scope != idp.WebFingerAccounts || !slices.Equal(d.Accounts, []string{"emil", "nora"}) {
		t.Errorf("set %+v", d)
	}
	rows, err := h.WebFingerDomains(h.ctx)
	h.must(err)
	if len(rows) != 1 || rows[0] != d.WebFingerRow {
		t.Errorf("listed %+v", rows)
	}
	h.must(h.RemoveWebFingerDomain(h.ctx, "example.com"))
	_, err = h.WebFingerDomain(h.ctx, "example.com")
	refused(t, err, idp.NotFound, "")
	_, err = h.SetWebFingerDomain(h.ctx, change)
	refused(t, err, idp.NotFound, "")
	refused(t, h.RemoveWebFingerDomain(h.ctx, "example.com"), idp.NotFound, "")
	want := []string{idp.EventWebFingerAdded, idp.EventWebFingerChanged, idp.EventWebFingerRemoved}
	if got := h.kinds(); !slices.Equal(got[len(got)-3:], want) {
		t.Errorf("recorded %v", got)
	}
	page, err := h.Activity(h.ctx, ActivityQuery{Limit: 1})
	h.must(err)
	if page.Rows[0].Text != "The WebFinger domain example.com was removed" {
		t.Errorf("reads %q", page.Rows[0].Text)
	}
}

func TestWebFingerInput(t *testing.T) {
	h := newHome(t)
	h.pin(idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", h.now))
	for field, list := range map[string][]WebFingerInput{
		"domain": {{}, {Domain: "example"}, {Domain: "192.0.2.1"}, {Domain: "a@[192.0.2.1]"}, {Domain: "example.com:8443"}, {Domain: "exa mple.com"}, {Domain: "https://example.com/x"}, {Domain: "other.tail1234.ts.net"}, {Domain: "nas.local"}},
		"scope":  {{Domain: "example.com", Scope: "all"}},
		"accounts": {{Domain: "example.com", Scope: idp.WebFingerAccounts}, {Domain: "example.com", Accounts: []string{"emil@example.org"}}, {Domain: "example.com", Accounts: []string{"em il"}},
			{Domain: "example.com", Accounts: []string{"@example.com"}}, {Domain: "example.com", Accounts: []string{"a\nb"}}},
	} {
		for _, in := range list {
			_, err := h.AddWebFingerDomain(h.ctx, in)
			refused(t, err, idp.Invalid, field)
		}
	}
	for in, want := range map[string]string{"id.tail1234.ts.net": "id.tail1234.ts.net", "https://Example.org/": "example.org", "jo@bücher.example": "xn--bcher-kva.example", "example.net.": "example.net"} {
		d, err := h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: in})
		h.must(err)
		if d.Domain != want {
			t.Errorf("%s was taken as %s", in, d.Domain)
		}
	}
}
