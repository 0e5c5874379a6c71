package admin

import (
	"encoding/json"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func TestPreviewTellsWhatTheAppWouldSee(t *testing.T) {
	h := newHome(t)
	_, err := h.StartTrial(h.ctx, 0)
	h.must(err)
	u, err := h.CreateUser(h.ctx, UserInput{Name: "Emil & Co", UserName: "emil", Email: "emil@home.example", Claims: `{"room":{"floor":2}}`})
	h.must(err)
	_, err = h.CreateGroup(h.ctx, GroupInput{Name: "family", Claims: `{"quota":5}`, MemberIDs: []string{u.ID}})
	h.must(err)
	h.must(h.SetClaimScope(h.ctx, "quota", "groups"))
	c := h.client("Photos", Access{Everyone: true}).Client
	events := len(h.kinds())

	see := func(scope string) (p Preview, idToken, userInfo map[string]any) {
		t.Helper()
		p, err := h.Preview(h.ctx, PreviewInput{ClientID: c.ID, UserID: u.ID, Scope: scope})
		h.must(err)
		h.must(json.Unmarshal([]byte(p.IDToken), &idToken))
		h.must(json.Unmarshal([]byte(p.UserInfo), &userInfo))
		if !p.Allowed || p.Reason != "" || idToken["iss"] != "http://localhost:1411" || idToken["aud"] != c.ID || idToken["sub"] != u.ID || userInfo["sub"] != u.ID {
			t.Errorf("for %q it tells %+v", scope, p)
		}
		return p, idToken, userInfo
	}
	all, idToken, userInfo := see("")
	for _, claims := range []map[string]any{idToken, userInfo} {
		if claims["name"] != "Emil & Co" || claims["email"] != "emil@home.example" || claims["quota"] != 5.0 || claims["room"].(map[string]any)["floor"] != 2.0 {
			t.Errorf("for all scopes it tells %v", claims)
		}
	}
	if all.Scope != previewScope || !strings.Contains(all.IDToken, "\n  \"name\": \"Emil & Co\"") {
		t.Errorf("it reads %+v", all)
	}
	if _, idToken, userInfo = see("openid  email"); idToken["email"] == nil || idToken["name"] != nil || idToken["room"] != nil || userInfo["quota"] != nil {
		t.Errorf("for email alone it tells %v and %v", idToken, userInfo)
	}
	in := goodClient()
	in.UserInfoOnly, in.Access = true, Access{Everyone: true}
	_, err = h.UpdateClient(h.ctx, c.ID, in)
	h.must(err)
	if _, idToken, userInfo = see(""); idToken["name"] != nil || userInfo["name"] == nil {
		t.Errorf("an app that reads userinfo alone is told %v and %v", idToken, userInfo)
	}
	_, err = h.Preview(h.ctx, PreviewInput{ClientID: c.ID, UserID: u.ID, Scope: "email"})
	refused(t, err, idp.Invalid, "scope")
	if got := len(h.kinds()); got != events+1 {
		t.Errorf("looking was recorded: %d events, before %d", got, events)
	}
}

func TestPreviewSaysWhyNot(t *testing.T) {
	h := newHome(t)
	u := h.user("Emil")
	c := h.client("Photos", Access{UserIDs: []string{u.ID}}).Client
	look := func(want string) {
		t.Helper()
		p, err := h.Preview(h.ctx, PreviewInput{ClientID: c.ID, UserID: u.ID})
		h.must(err)
		if p.Allowed != (want == "") || !strings.Contains(p.Reason, want) || (want == "") != (p.Reason == "") || (p.IDToken == "") == p.Allowed || (p.UserInfo == "") == p.Allowed {
			t.Errorf("with %q expected it says %+v", want, p)
		}
	}
	look("")
	in := goodClient()
	in.Access, in.NetworkRule = Access{UserIDs: []string{u.ID}}, idp.NetworkTailnetOnly
	_, err := h.UpdateClient(h.ctx, c.ID, in)
	h.must(err)
	look("") // in the tailnet
	h.must(h.SetUserDisabled(h.ctx, u.ID, true))
	look("person is disabled")
	h.must(h.SetClientDisabled(h.ctx, c.ID, true))
	look("app is disabled")
	h.must(h.SetUserDisabled(h.ctx, u.ID, false))
	h.must(h.SetClientDisabled(h.ctx, c.ID, false))
	in.Access = Access{}
	_, err = h.UpdateClient(h.ctx, c.ID, in)
	h.must(err)
	look("Nothing lets this person")
	_, err = h.Preview(h.ctx, PreviewInput{ClientID: c.ID, UserID: "usr_x"})
	refused(t, err, idp.NotFound, "")
	_, err = h.Preview(h.ctx, PreviewInput{ClientID: "app_x", UserID: u.ID})
	refused(t, err, idp.NotFound, "")
}
