package store_test

import (
	"fmt"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"ann", "ANN", true},
		{"ann", "Ann", true},
		{"strasse", "STRAßE", true},
		{"björn", "bjo\u0308rn", true},   // composed and decomposed
		{"ann", "ａｎｎ", true},             // full width
		{"file", "ﬁle", true},            // ligature
		{"σας", "ΣΑΣ", true},             // final sigma
		{"x2", "x²", true},               // compatibility
		{"ann", "a\u200Bnn", true},       // zero width space
		{"ann", "ann\u00AD", true},       // soft hyphen
		{"ann", "\u2060ann\uFE0F", true}, // word joiner, variation selector
		{"i\u0307", "İ", true},           // dotted capital
		{"ann", "anna", false},           //
		{"ann", "аnn", false},            // Cyrillic а: another letter, which NFKC leaves alone
		{"bjorn", "björn", false},        //
		{"ann.ember", "annember", false}, //
		{"ann@example.com", "ann@example.org", false},
	} {
		if got := store.Fold(tt.a) == store.Fold(tt.b); got != tt.same {
			t.Errorf("%q and %q: same %v, want %v", tt.a, tt.b, got, tt.same)
		}
		if again := store.Fold(store.Fold(tt.b)); again != store.Fold(tt.b) {
			t.Errorf("%q folds to %q and then to %q", tt.b, store.Fold(tt.b), again)
		}
	}
}

func TestUserNamesAreUnique(t *testing.T) {
	s := storetest.Open(t)
	ann := storetest.User(t, s, func(u *idp.User) { u.UserName, u.Email = "Björn", "b@Example.com" })
	other := storetest.User(t, s, func(u *idp.User) { u.Email = "" })
	storetest.User(t, s, func(u *idp.User) { u.Email = "" }) // no address clashes with no other
	for _, tt := range []struct {
		change func(*idp.User)
		field  string
	}{
		{func(u *idp.User) { u.UserName = "BJO\u0308RN" }, "userName"},
		{func(u *idp.User) { u.Email = "B@example.COM" }, "email"},
	} {
		u := idp.User{ID: "usr_new", UserName: "new", Email: "new@example.com", Claims: "{}"}
		tt.change(&u)
		if e := refused(t, s.Write(t.Context(), addUser(u)), idp.Conflict, "user.taken"); e.Field != tt.field {
			t.Errorf("field %q, want %q", e.Field, tt.field)
		}
		changed := other
		tt.change(&changed)
		err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(changed) })
		refused(t, err, idp.Conflict, "user.taken")
	}
	_, err := s.User(t.Context(), "usr_new")
	refused(t, err, idp.NotFound, "user.not_found") // nothing of a refused one stays
	same(t, "other", must(s.User(t.Context(), other.ID))(t), other)
	same(t, "by name", must(s.UserByName(t.Context(), "bJÖrn"))(t), ann)
	_, err = s.UserByName(t.Context(), "nobody")
	refused(t, err, idp.NotFound, "user.not_found")
}

// TestNamesStayReserved: what somebody was ever called names nobody else to an app.
func TestNamesStayReserved(t *testing.T) {
	s := storetest.Open(t)
	ann := storetest.User(t, s, func(u *idp.User) { u.UserName, u.Email = "ann", "ann@example.com" })
	renamed := ann
	renamed.UserName, renamed.Email = "anna", "anna@example.com"
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateUser(renamed) })
	taken := func(key, userName, email string) {
		t.Helper()
		err := s.Write(t.Context(), addUser(idp.User{ID: idp.NewID(idp.PrefixUser), UserName: userName, Email: email, Claims: "{}"}))
		refused(t, err, idp.Conflict, key)
	}
	taken("user.taken", "Ann", "")
	taken("user.taken", "else", "ANN@example.com")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateUser(ann) }) // back to an own name of before
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(ann.ID, 0) })
	for _, name := range []string{"ann", "ANNA"} {
		taken("user.reserved", name, "")
		taken("user.reserved", "else", name+"@example.com")
		_, err := s.UserByName(t.Context(), name)
		refused(t, err, idp.NotFound, "user.not_found")
	}
	storetest.User(t, s, func(u *idp.User) { u.UserName, u.Email = "else", "else@example.com" }) // refused ones reserved nothing
}

func TestUpdateUser(t *testing.T) {
	s := storetest.Open(t)
	u := storetest.User(t, s)
	u = idp.User{ID: u.ID, UserName: "x", Name: "X", GivenName: "G", FamilyName: "F", Email: "x@example.com", EmailVerified: false, Locale: "de", Claims: `{"a":1}`, CreatedAt: u.CreatedAt, UpdatedAt: start + 1, DisabledAt: start + 2, NetworkRule: idp.NetworkTailnetOnly}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateUser(u) })
	same(t, "user", must(s.User(t.Context(), u.ID))(t), u)
	u.ID = "usr_none"
	err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.UpdateUser(u) })
	refused(t, err, idp.NotFound, "user.not_found")
	err = s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteUser(u.ID, 0) })
	refused(t, err, idp.NotFound, "user.not_found")
}

func TestOwner(t *testing.T) {
	s := storetest.Open(t)
	storetest.User(t, s)
	_, err := s.Owner(t.Context())
	refused(t, err, idp.NotFound, "user.no_owner")
	owner := storetest.User(t, s, func(u *idp.User) { u.Owner = true })
	same(t, "owner", must(s.Owner(t.Context()))(t), owner)
	same(t, "count", must(s.CountUsers(t.Context()))(t), 2)
}

// TestUserSearch: the marks that LIKE knows are letters like others.
func TestUserSearch(t *testing.T) {
	s := storetest.Open(t)
	for i, u := range []idp.User{
		{Name: "Zoe 100%", UserName: "zoe", Email: "zoe@example.com"}, {Name: "ann", UserName: "a_b", Email: "x@example.org"}, {Name: "Bob", UserName: "axb", Email: `back\slash@example.org`},
	} {
		storetest.User(t, s, func(to *idp.User) { *to = u; to.ID, to.Claims = fmt.Sprint("usr_", i), "{}" })
	}
	for query, want := range map[string]string{
		"": "[ann Bob Zoe 100%]", "%": "[Zoe 100%]", "_": "[ann]", "a_b": "[ann]", `\`: "[Bob]", "EXAMPLE.ORG": "[ann Bob]", "ZOE": "[Zoe 100%]", "nobody": "[]", "100%": "[Zoe 100%]", "%b": "[]",
	} {
		names := []string{}
		for _, u := range must(s.Users(t.Context(), query))(t) {
			names = append(names, u.Name)
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("%q finds %s, want %s", query, got, want)
		}
	}
}

func TestGroups(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	ann, bob := storetest.User(t, s, func(u *idp.User) { u.Name = "ann" }), storetest.User(t, s, func(u *idp.User) { u.Name = "Bob" })
	kids := storetest.Group(t, s, "kids", ann.ID, bob.ID)
	adults := storetest.Group(t, s, "Adults", bob.ID, bob.ID)
	same(t, "groups", must(s.Groups(ctx))(t), []idp.Group{adults, kids})
	same(t, "of Bob", must(s.GroupsOf(ctx, bob.ID))(t), []idp.Group{adults, kids})
	same(t, "members", must(s.Members(ctx, kids.ID))(t), []idp.User{ann, bob})
	same(t, "by name", must(s.GroupByName(ctx, "KIDS"))(t), kids)
	clash := kids
	clash.Name = "ＡＤＵＬＴＳ"
	err := s.Write(ctx, func(tx *store.Tx) error { return tx.UpdateGroup(clash) })
	if e := refused(t, err, idp.Conflict, "group.taken"); e.Field != "name" {
		t.Errorf("field %q", e.Field)
	}
	clash.ID = "grp_new"
	refused(t, s.Write(ctx, func(tx *store.Tx) error { return tx.CreateGroup(clash) }), idp.Conflict, "group.taken")
	kids.Name, kids.Claims, kids.UpdatedAt = "Kids", `{"a":1}`, start+1
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.UpdateGroup(kids) })
	same(t, "changed", must(s.Group(ctx, kids.ID))(t), kids)
	err = s.Write(ctx, func(tx *store.Tx) error { return tx.SetMembers(kids.ID, []string{ann.ID, "usr_none"}) })
	refused(t, err, idp.NotFound, "user.not_found")
	same(t, "members stay", len(must(s.Members(ctx, kids.ID))(t)), 2)
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.SetGroupsOf(bob.ID, []string{adults.ID}) })
	same(t, "members", must(s.Members(ctx, kids.ID))(t), []idp.User{ann})
	err = s.Write(ctx, func(tx *store.Tx) error { return tx.SetGroupsOf(bob.ID, []string{"grp_none"}) })
	refused(t, err, idp.NotFound, "group.not_found")
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(ann.ID, 0) })
	same(t, "members", must(s.Members(ctx, kids.ID))(t), []idp.User{})
	for _, fn := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return tx.DeleteGroup("grp_none") }, func(tx *store.Tx) error { return tx.UpdateGroup(idp.Group{ID: "grp_none", Name: "none"}) },
		func(tx *store.Tx) error { _, err := tx.GroupByName(ctx, "none"); return err },
	} {
		refused(t, s.Write(ctx, fn), idp.NotFound, "group.not_found")
	}
}
