package admin

import (
	"context"
	"errors"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// inTailnet is a home whose node sees Emil's and a stranger's login; Nora and Emil are users, Emil with his e-mail address.
func inTailnet(t *testing.T) (h *home, nora, emil idp.User) {
	h = newHome(t)
	seen := []idp.TailnetPerson{{TailscaleID: 7, Login: "EMIL@example.com", Name: "Emil", Nodes: []string{"laptop"}}, {TailscaleID: 9007199254740993, Login: "stranger@github", Nodes: []string{}}}
	h.Reach.People = func(context.Context) ([]idp.TailnetPerson, error) { return seen, nil }
	nora = h.user("Nora")
	emil, err := h.CreateUser(h.ctx, UserInput{Name: "Emil", UserName: "emil", Email: "emil@example.com"})
	h.must(err)
	return h, nora, emil
}

func (h *home) people() map[string]TailnetPerson {
	h.t.Helper()
	out, err := h.TailnetPeople(h.ctx)
	h.must(err)
	by := map[string]TailnetPerson{}
	for _, p := range out.People {
		by[p.ID] = p
	}
	return by
}

// TestTailnetPeople: a login is suggested to the user with that verified address, and is somebody's only once the owner says so.
func TestTailnetPeople(t *testing.T) {
	h, nora, emil := inTailnet(t)
	p := h.people()
	if got := p["7"]; got.SuggestedID != emil.ID || got.UserID != "" || !got.Seen {
		t.Errorf("suggested %+v", got)
	}
	if got := p["9007199254740993"]; got.SuggestedID != "" || got.UserID != "" { // a number beyond what JavaScript can count
		t.Errorf("the stranger %+v", got)
	}
	h.must(h.LinkTailnetLogin(h.ctx, emil.ID, "7"))
	h.refuses(h.LinkTailnetLogin(h.ctx, nora.ID, "7"), idp.Conflict, "tailnet.linked")
	h.refuses(h.LinkTailnetLogin(h.ctx, nora.ID, "8"), idp.NotFound, "tailnet.not_seen")
	h.refuses(h.LinkTailnetLogin(h.ctx, "usr_none", "9007199254740993"), idp.NotFound, "user.not_found")
	if got := h.people()["7"]; got.UserID != emil.ID || got.SuggestedID != "" {
		t.Errorf("linked %+v", got)
	}
	h.Reach.People = func(context.Context) ([]idp.TailnetPerson, error) {
		return nil, idp.Fail(idp.Unavailable, "tunnel.not_joined")
	}
	if out, err := h.TailnetPeople(h.ctx); err != nil || out.Problem == "" || len(out.People) != 1 || out.People[0].Seen || out.People[0].UserName != "Emil" {
		t.Errorf("outside the tailnet: %+v, %v", out, err)
	}
	h.must(h.UnlinkTailnetLogin(h.ctx, "7"))
	h.refuses(h.UnlinkTailnetLogin(h.ctx, "7"), idp.NotFound, "tailnet.not_linked")
	h.refuses(h.UnlinkTailnetLogin(h.ctx, "seven"), idp.NotFound, "tailnet.not_linked")
	for kind, want := range map[string]int{idp.EventTailnetLinked: 1, idp.EventTailnetUnlinked: 1} {
		page, err := h.Activity(h.ctx, ActivityQuery{Kind: kind})
		h.must(err)
		if len(page.Rows) != want || page.Rows[0].Event.Detail["login"] != "EMIL@example.com" || page.Rows[0].Event.UserID != emil.ID {
			t.Errorf("%s: %+v", kind, page.Rows)
		}
	}
}

// refuses checks for an error of the owner's kind.
func (h *home) refuses(err error, code idp.Code, key string) {
	h.t.Helper()
	var known *idp.Error
	if !errors.As(err, &known) || known.Code != code || known.Message.Key != key {
		h.t.Errorf("%v, want %s %s", err, code, key)
	}
}

// TestTailnetSettingsWantAnAnswer: an app takes a login for more than a hint only after the owner's no; what is on already stays as it is.
func TestTailnetSettingsWantAnAnswer(t *testing.T) {
	h, _, _ := inTailnet(t)
	d := h.client("Forgejo", Access{Everyone: true})
	set := func(hint, enrol, click bool) error {
		in := InputOf(d)
		in.TailnetHint, in.TailnetEnrol, in.TailnetSignIn = hint, enrol, click
		_, err := h.UpdateClient(h.ctx, d.Client.ID, in)
		return err
	}
	h.must(set(true, false, false))
	h.refuses(set(true, true, false), idp.Invalid, "tailnet.unanswered")
	h.refuses(set(true, false, true), idp.Invalid, "tailnet.unanswered")
	_, err := h.CreateClient(h.ctx, ClientInput{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}, TailnetSignIn: true})
	h.refuses(err, idp.Invalid, "tailnet.unanswered")
	_, err = h.SetCarrier(h.ctx, store.CarrierYes)
	h.must(err)
	h.refuses(set(true, false, true), idp.Invalid, "tailnet.circle")
	_, err = h.SetCarrier(h.ctx, store.CarrierNo)
	h.must(err)
	h.must(set(true, true, true))
	_, err = h.SetCarrier(h.ctx, store.CarrierYes)
	h.must(err)
	h.must(set(false, true, true)) // other settings can be changed meanwhile
}

// TestClicksEnd: what a click began ends for good when the app stops taking clicks, the login is unlinked, the person disabled, or a circle told of.
func TestClicksEnd(t *testing.T) {
	for name, end := range map[string]func(*home, ClientDetail, idp.User) error{
		"not marked": func(h *home, d ClientDetail, _ idp.User) error {
			in := InputOf(d)
			in.TailnetSignIn = false
			_, err := h.UpdateClient(h.ctx, d.Client.ID, in)
			return err
		},
		"unlinked":   func(h *home, _ ClientDetail, _ idp.User) error { return h.UnlinkTailnetLogin(h.ctx, "7") },
		"disabled":   func(h *home, _ ClientDetail, u idp.User) error { return h.SetUserDisabled(h.ctx, u.ID, true) },
		"logged out": func(h *home, _ ClientDetail, _ idp.User) error { return h.LogOutTailnet(h.ctx) },
		"circle": func(h *home, _ ClientDetail, _ idp.User) error {
			_, err := h.SetCarrier(h.ctx, store.CarrierYes)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, nora, emil := inTailnet(t)
			_, err := h.SetCarrier(h.ctx, store.CarrierNo)
			h.must(err)
			h.must(h.LinkTailnetLogin(h.ctx, emil.ID, "7"))
			d, err := h.CreateClient(h.ctx, ClientInput{Name: "Forgejo", RedirectURIs: []string{"https://app.example/cb"}, TailnetSignIn: true, Access: Access{Everyone: true}})
			h.must(err)
			h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
				b := idp.Browser{ID: "brw_1", CreatedAt: h.now, SeenAt: h.now}
				if err := tx.CreateBrowser(b, idp.Hash("x")); err != nil {
					return err
				}
				for id, s := range map[string]idp.Session{
					"ses_click":   {UserID: emil.ID, ACR: idp.ACRTailnet, ClientID: d.Detail.Client.ID, TailscaleID: 7},
					"ses_passkey": {UserID: nora.ID, ACR: idp.ACRPasskey},
				} {
					s.ID, s.BrowserID, s.CreatedAt, s.AuthTime, s.SeenAt = id, b.ID, h.now, h.now, h.now
					if err := tx.CreateSession(s); err != nil {
						return err
					}
				}
				return nil
			}))
			h.must(end(h, d.Detail, emil))
			for id, want := range map[string]string{"ses_click": idp.EndRevoked, "ses_passkey": ""} {
				s, err := h.Store.Session(h.ctx, id)
				h.must(err)
				if s.EndReason != want {
					t.Errorf("%s ended %q, want %q", id, s.EndReason, want)
				}
			}
		})
	}
}
