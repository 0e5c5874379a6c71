package admin

import (
	"slices"
	"testing"

	"hearthkey/backend/idp"
)

func TestCustomClaims(t *testing.T) {
	h := newHome(t)
	for _, in := range []UserInput{
		{Name: "Nora", UserName: "nora", Claims: `{"room":"kitchen","floor":1}`},
		{Name: "Emil", UserName: "emil", Claims: `{"room":null}`},
		{Name: "Ada", UserName: "ada"},
	} {
		_, err := h.CreateUser(h.ctx, in)
		h.must(err)
	}
	_, err := h.CreateGroup(h.ctx, GroupInput{Name: "family", Claims: `{"quota":{"photos":5},"floor":2}`})
	h.must(err)
	h.must(h.SetClaimScope(h.ctx, " quota ", "groups"))
	h.must(h.SetClaimScope(h.ctx, "planned", "openid"))
	h.must(h.SetClaimScope(h.ctx, "room", "profile")) // as it is
	got, err := h.CustomClaims(h.ctx)
	h.must(err)
	want := []CustomClaim{{"floor", "profile", 1, 1}, {"planned", "openid", 0, 0}, {"quota", "groups", 0, 1}, {"room", "profile", 2, 0}}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if kinds := h.kinds(); !slices.Equal(kinds[4:], []string{"claim_scope", "claim_scope"}) {
		t.Errorf("recorded %v", kinds)
	}
	page, err := h.Activity(h.ctx, ActivityQuery{Limit: 1})
	h.must(err)
	if page.Rows[0].Text != "The scope of planned was changed" {
		t.Errorf("it reads %q", page.Rows[0].Text)
	}
	for _, scope := range []string{"", "offline_access", "address", "Profile"} {
		refused(t, h.SetClaimScope(h.ctx, "room", scope), idp.Invalid, "scope")
	}
	for _, claim := range []string{"", "sub", "email", "groups", "a\nb"} {
		refused(t, h.SetClaimScope(h.ctx, claim, "email"), idp.Invalid, "claim")
	}
}

func TestGroupClaims(t *testing.T) {
	h := newHome(t)
	for claims, good := range map[string]bool{"": true, "{}": true, `{"quota":[1,{"a":null}]}`: true, "[]": false, "null": false, `{"sub":"x"}`: false, `{"groups":["admin"]}`: false, "{": false} {
		g, err := h.CreateGroup(h.ctx, GroupInput{Name: "g" + claims, Claims: claims})
		if !good {
			refused(t, err, idp.Invalid, "claims")
			continue
		}
		h.must(err)
		if want := map[bool]string{true: "{}", false: claims}[claims == ""]; g.Claims != want {
			t.Errorf("%q is kept as %q", claims, g.Claims)
		}
		_, err = h.UpdateGroup(h.ctx, g.ID, GroupInput{Name: g.Name, Claims: `{"iss":"x"}`})
		refused(t, err, idp.Invalid, "claims")
		g, err = h.UpdateGroup(h.ctx, g.ID, GroupInput{Name: g.Name, Claims: `{"a":1}`})
		h.must(err)
		rows, err := h.Groups(h.ctx)
		h.must(err)
		if i := slices.IndexFunc(rows, func(r GroupRow) bool { return r.Group.ID == g.ID }); rows[i].Group.Claims != `{"a":1}` {
			t.Errorf("the row has %q", rows[i].Group.Claims)
		}
	}
}
