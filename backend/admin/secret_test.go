package admin

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

func TestSecretInput(t *testing.T) {
	h := newHome(t)
	c := h.client("Photos", Access{Everyone: true}).Client
	for _, s := range []struct {
		name  string
		in    SecretInput
		field string // "" when it is good
	}{
		{"nothing said", SecretInput{}, ""},
		{"a name", SecretInput{Name: " staging ", OthersHours: -1}, ""},
		{"a name of two lines", SecretInput{Name: "a\nb"}, "name"},
		{"ten years", SecretInput{LifeDays: 3650}, ""},
		{"a day more", SecretInput{LifeDays: 3651}, "lifeDays"},
		{"less than nothing", SecretInput{LifeDays: -1}, "lifeDays"},
		{"the others for 90 days", SecretInput{OthersHours: 2160}, ""},
		{"an hour more", SecretInput{OthersHours: 2161}, "othersHours"},
		{"the others as they never are", SecretInput{OthersHours: -2}, "othersHours"},
	} {
		out, err := h.AddSecret(h.ctx, c.ID, s.in)
		if s.field != "" {
			refused(t, err, idp.Invalid, s.field)
			continue
		}
		h.must(err)
		var ends idp.Time
		if s.in.LifeDays > 0 {
			ends = h.now.Add(time.Duration(s.in.LifeDays) * idp.Day)
		}
		if out.Secret.ExpiresAt != ends || out.Secret.Name != strings.TrimSpace(s.in.Name) {
			t.Errorf("%s: made %+v", s.name, out.Secret)
		}
	}
}

func TestEarlierSecretsGoOnForAWhile(t *testing.T) {
	h := newHome(t)
	c := h.client("Photos", Access{Everyone: true}).Client
	short, err := h.AddSecret(h.ctx, c.ID, SecretInput{Name: "short", LifeDays: 1, OthersHours: -1})
	h.must(err)
	third, err := h.AddSecret(h.ctx, c.ID, SecretInput{Name: "third", OthersHours: 48})
	h.must(err)
	d, err := h.Client(h.ctx, c.ID)
	h.must(err)
	for _, s := range d.Secrets {
		want := h.now.Add(48 * time.Hour)
		switch s.ID {
		case third.Secret.ID:
			want = 0
		case short.Secret.ID: // goes on for no longer than it would have
			want = h.now.Add(idp.Day)
		}
		if s.ExpiresAt != want {
			t.Errorf("%q ends at %d, want %d", s.Name, s.ExpiresAt, want)
		}
	}
}

func TestTodoTellsOfSecretsThatEnd(t *testing.T) {
	type secret struct{ endsIn, usedAgo int } // days; -1 for never
	for _, c := range []struct {
		name    string
		secrets []secret
		want    string // the checklist's key, "" for no line
		says    string
	}{
		{"one that does not end", []secret{{-1, 0}}, "", ""},
		{"one that ends in 15 days", []secret{{15, 0}}, "", ""},
		{"one that ends in 13 days", []secret{{13, 0}}, "secret_expiry", "14 March 2026"},
		{"two that end", []secret{{3, 0}, {5, -1}}, "secret_expiry", "6 March 2026"},
		{"a new one that is not used yet", []secret{{3, 0}, {-1, -1}}, "secret_old", "4 March 2026"},
		{"a new one that is in use", []secret{{3, 2}, {-1, 0}}, "", ""},
		{"an old one that nobody uses", []secret{{3, -1}, {-1, -1}}, "", ""},
		{"one that has ended", []secret{{0, 1}}, "secret_none", "Photos"},
		{"none", nil, "secret_none", "Photos"},
		{"one that has ended beside one that has not", []secret{{0, 0}, {-1, -1}}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			app := storetest.Client(t, h.Store, func(c *idp.Client) { c.Name = "Photos" })
			storetest.AllowEveryone(t, h.Store, app.ID)
			for _, s := range c.secrets {
				storetest.Secret(t, h.Store, app.ID, func(row *idp.ClientSecret) {
					if s.endsIn >= 0 {
						row.ExpiresAt = h.now.Add(time.Duration(s.endsIn) * idp.Day)
					}
					if s.usedAgo >= 0 {
						row.LastUsedAt = h.now.Add(-time.Duration(s.usedAgo) * idp.Day)
					}
				})
			}
			var got []Todo
			status, err := h.Status(h.ctx)
			h.must(err)
			for _, todo := range status.Todo {
				if strings.HasPrefix(todo.Key, "secret_") {
					got = append(got, todo)
				}
			}
			if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || got[0].Key != c.want || !strings.Contains(got[0].Title, c.says) || got[0].Link != "apps/"+app.ID) {
				t.Errorf("the checklist says %+v, want %s", got, c.want)
			}
			h.must(h.SetClientDisabled(h.ctx, app.ID, true))
			status, err = h.Status(h.ctx)
			h.must(err)
			if i := slices.IndexFunc(status.Todo, func(todo Todo) bool { return strings.HasPrefix(todo.Key, "secret_") }); i >= 0 {
				t.Errorf("of a disabled app it says %+v", status.Todo[i])
			}
		})
	}
}

func TestAppsForThemselvesNeedNobody(t *testing.T) {
	h := newHome(t)
	nobody := func() bool {
		t.Helper()
		s, err := h.Status(h.ctx)
		h.must(err)
		return slices.ContainsFunc(s.Todo, func(todo Todo) bool { return todo.Key == "app_nobody" })
	}
	made, err := h.CreateClient(h.ctx, ClientInput{Name: "Robot", ClientCredentials: true})
	h.must(err)
	if nobody() {
		t.Error("an app that only acts for itself is said to lack people")
	}
	h.must(h.change(made.Detail, func(in *ClientInput) { in.DeviceGrant = true }))
	if !nobody() {
		t.Error("an app that signs people in by a device is not said to lack them")
	}
}

func TestEndpointsAndLastUse(t *testing.T) {
	h := newHome(t)
	d := h.client("Photos", Access{})
	if d.Endpoints != (Endpoints{}) || d.LastUsed != 0 {
		t.Errorf("before there is an issuer it reads %+v", d)
	}
	_, err := h.StartTrial(h.ctx, 0)
	h.must(err)
	for i, kind := range []string{idp.EventAuthorized, idp.EventAppActed, idp.EventDeviceAllowed} {
		h.now = h.now.Add(time.Hour * time.Duration(i+1))
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			return tx.Record(idp.Event{At: h.now, Kind: kind, Actor: idp.ActorApp, ClientID: d.Client.ID})
		})
		d, err = h.Client(h.ctx, d.Client.ID)
		h.must(err)
		if d.LastUsed != h.now {
			t.Errorf("after %s it was last used at %d, want %d", kind, d.LastUsed, h.now)
		}
	}
	seen := map[string]bool{}
	fields := reflect.ValueOf(d.Endpoints)
	for i := range fields.NumField() {
		address := fields.Field(i).String()
		if !strings.HasPrefix(address, "http://localhost:1411") || seen[address] {
			t.Errorf("%s is %q", fields.Type().Field(i).Name, address)
		}
		seen[address] = true
	}
}
