package admin

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// public makes the home one that the internet reaches, with Nora as its owner.
func (h *home) public() idp.User {
	h.t.Helper()
	owner, err := h.SetUp(h.ctx, SetUp{Home: "Lindqvist home", Name: "Nora", UserName: "nora"})
	h.must(err)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		return tx.SetPin(idp.OnTailnet(idp.ModeFunnel, "id.otter-finch.ts.net", h.now))
	}))
	return owner
}

// tell records that Tailscale was told of a person.
func (h *home) tell(s SignUp, userID string) {
	h.t.Helper()
	h.happens(idp.Event{Kind: idp.EventTokensIssued, Actor: idp.ActorApp, UserID: userID, ClientID: s.ClientID})
}

// happens records an event, a second after the last.
func (h *home) happens(e idp.Event) {
	h.t.Helper()
	h.now = h.now.Add(time.Second)
	e.At = h.now
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.Record(e) }))
}

// turnedDown says that err is one that the owner can mend, about that field.
func turnedDown(t *testing.T, err error, field, words string) {
	t.Helper()
	var fail *idp.Error
	if !errors.As(err, &fail) || fail.Field != field || !strings.Contains(fail.Error(), words) {
		t.Errorf("got %v, want a refusal on %q with %q", err, field, words)
	}
}

func (h *home) signUp(email string) SignUp {
	h.t.Helper()
	s, err := h.StartSignUp(h.ctx, SignUpInput{Email: email})
	h.must(err)
	return s
}

func TestStartSignUpMakesWhatTailscaleLooksFor(t *testing.T) {
	h := newHome(t)
	owner := h.public()
	s := h.signUp("Nora@Lindqvist.example")
	u, err := h.User(h.ctx, owner.ID)
	h.must(err)
	if u.User.Email != "Nora@Lindqvist.example" || !u.User.EmailVerified || s.UserID != owner.ID || s.Domain != "lindqvist.example" {
		t.Errorf("the user is %+v for %+v", u.User, s.SignUp)
	}
	d, err := h.Client(h.ctx, s.ClientID)
	h.must(err)
	c := d.Client
	if c.RequirePKCE || c.RequirePAR || c.Public || c.IDTokenAlgorithm != idp.RS256 || !slices.Equal(c.RedirectURIs, []string{"https://login.tailscale.com/a/oauth_response"}) {
		t.Errorf("the app is %+v", c)
	}
	if d.Access.Everyone || len(d.Access.GroupIDs) > 0 || !slices.Equal(d.Access.UserIDs, []string{owner.ID}) {
		t.Errorf("who may join is %+v, and should be who signs up alone", d.Access)
	}
	w, err := h.WebFingerDomain(h.ctx, "lindqvist.example")
	h.must(err)
	if w.Scope != idp.WebFingerWhole {
		t.Errorf("the domain answers for %q", w.Scope)
	}
	status, err := h.Status(h.ctx)
	h.must(err)
	if !slices.ContainsFunc(status.Todo, func(d Todo) bool { return d.Key == "sign_up" && d.Link == "webfinger/tailscale" }) {
		t.Error("the checklist does not say that the sign-up is not finished")
	}
	if slices.ContainsFunc(status.Todo, func(d Todo) bool { return d.Key == "secret_none" }) {
		t.Error("the checklist asks for a secret that the guide is about to make")
	}
	again := h.signUp("Nora@Lindqvist.example")
	if again.SignUp != s.SignUp {
		t.Errorf("beginning again made %+v of %+v", again.SignUp, s.SignUp)
	}
}

func TestStartSignUpRefuses(t *testing.T) {
	h := newHome(t)
	_, err := h.StartSignUp(h.ctx, SignUpInput{Email: "nora@lindqvist.example"})
	turnedDown(t, err, "", "no address yet")
	h.public()
	for _, tt := range []struct{ email, words string }{
		{"", "with which you want"}, {"nora", "no e-mail address"}, {"nora@gmail.com", "domain of your own"}, {"nora@localhost", "with which you want"},
		{"nora@id.tail1.ts.net", "cannot look at"}, {"nora@home.local", "cannot look at"}, {"nora@192.0.2.1", "with which you want"},
	} {
		_, err := h.StartSignUp(h.ctx, SignUpInput{Email: tt.email})
		turnedDown(t, err, "email", tt.words)
	}
	for _, pin := range []idp.Pin{idp.Trial("1411", h.now), idp.OnTailnet(idp.ModeTailnet, "id.otter-finch.ts.net", h.now)} {
		h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(pin) }))
		if _, err := h.StartSignUp(h.ctx, SignUpInput{Email: "nora@lindqvist.example"}); idp.CodeOf(err) != idp.Conflict {
			t.Errorf("with the issuer %s: %v", pin.Issuer, err)
		}
	}
	if clients, _ := h.Clients(h.ctx, ""); len(clients) > 0 {
		t.Errorf("what was refused left %d apps", len(clients))
	}
}

func TestWhoGetsTheAddress(t *testing.T) {
	for _, tt := range []struct {
		person, name string
		owner        bool
	}{{"owner", "nora", true}, {"new", "me", false}} {
		t.Run(tt.person, func(t *testing.T) {
			h := newHome(t)
			owner := h.public()
			_, err := h.UpdateUser(h.ctx, owner.ID, UserInput{Name: "Nora", UserName: "nora", Email: "nora@elsewhere.example"})
			h.must(err)
			_, err = h.StartSignUp(h.ctx, SignUpInput{Email: "me@lindqvist.example"})
			turnedDown(t, err, "person", "in place of nora@elsewhere.example")
			s, err := h.StartSignUp(h.ctx, SignUpInput{Email: "me@lindqvist.example", Person: tt.person})
			h.must(err)
			u, err := h.User(h.ctx, s.UserID)
			h.must(err)
			if (s.UserID == owner.ID) != tt.owner || u.User.Email != "me@lindqvist.example" || u.User.UserName != tt.name {
				t.Errorf("the address went to %+v", u.User)
			}
		})
	}
	h := newHome(t)
	h.public()
	emil, err := h.CreateUser(h.ctx, UserInput{Name: "Emil", UserName: "emil", Email: "emil@lindqvist.example"})
	h.must(err)
	if s := h.signUp("Emil@lindqvist.example"); s.UserID != emil.ID {
		t.Error("the person who has the address was passed over")
	}
	u, err := h.User(h.ctx, emil.ID)
	h.must(err)
	if u.User.Email != "Emil@lindqvist.example" {
		t.Errorf("Tailscale would be told %s", u.User.Email)
	}
}

func TestSignUpUsesAnAppThatIsThere(t *testing.T) {
	h := newHome(t)
	h.public()
	before, err := h.CreateClient(h.ctx, ClientInput{Name: "My tailnet", RedirectURIs: []string{tailscaleRedirect}, RequirePKCE: true, IDTokenAlgorithm: idp.EdDSA, NetworkRule: idp.NetworkTailnetOnly})
	h.must(err)
	s := h.signUp("nora@lindqvist.example")
	d, err := h.Client(h.ctx, s.ClientID)
	h.must(err)
	c := d.Client
	if c.ID != before.Detail.Client.ID || c.Name != "My tailnet" || c.RequirePKCE || c.IDTokenAlgorithm != idp.RS256 || c.NetworkRule != idp.NetworkAnywhere || d.People != 1 {
		t.Errorf("the app is %+v, for %d people", c, d.People)
	}
	in := InputOf(d)
	in.RequirePKCE = true
	_, err = h.UpdateClient(h.ctx, c.ID, in)
	h.must(err)
	now, err := h.SignUp(h.ctx)
	h.must(err)
	if !slices.ContainsFunc(now.Made, func(l Todo) bool { return l.Level == "danger" && l.Link == "apps/"+c.ID }) {
		t.Errorf("nothing says that Tailscale sends no PKCE: %+v", now.Made)
	}
}

func TestWhoMayJoin(t *testing.T) {
	h := newHome(t)
	owner := h.public()
	emil, err := h.CreateUser(h.ctx, UserInput{Name: "Emil", UserName: "emil", Email: "emil@LINDQVIST.example"})
	h.must(err)
	ida, err := h.CreateUser(h.ctx, UserInput{Name: "Ida", UserName: "ida", Email: "ida@elsewhere.example"})
	h.must(err)
	bare := h.user("Ruth")
	s := h.signUp("nora@lindqvist.example")
	said := map[string]SignUpPerson{}
	for _, p := range s.People {
		said[p.UserID] = p
	}
	for id, words := range map[string]string{owner.ID: "", emil.ID: "", ida.ID: "another domain", bare.ID: "no e-mail address"} {
		if got := said[id].Said; (words == "") != (got == "") || !strings.Contains(got, words) {
			t.Errorf("of %s it is said %q, want %q", said[id].Name, got, words)
		}
	}
	if s.People[0].UserID != owner.ID || !said[owner.ID].Allowed || said[emil.ID].Allowed {
		t.Errorf("by default it is not who signs up alone: %+v", s.People)
	}
	_, err = h.SetSignUpPeople(h.ctx, []string{emil.ID, ida.ID})
	turnedDown(t, err, "people", "Ida")
	s, err = h.SetSignUpPeople(h.ctx, []string{emil.ID})
	h.must(err)
	d, err := h.Client(h.ctx, s.ClientID)
	h.must(err)
	if d.People != 2 {
		t.Errorf("%d people may join", d.People)
	}
	s, err = h.SetSignUpPeople(h.ctx, nil)
	h.must(err)
	if d, err = h.Client(h.ctx, s.ClientID); err != nil || d.People != 1 || !slices.Equal(d.Access.UserIDs, []string{owner.ID}) {
		t.Errorf("who signs up was taken out too: %+v", d.Access)
	}
}

func TestSignUpSecrets(t *testing.T) {
	h := newHome(t)
	h.public()
	if _, err := h.SignUpSecret(h.ctx); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("a secret before there is an app: %v", err)
	}
	s := h.signUp("nora@lindqvist.example")
	_, err := h.SignUpSecret(h.ctx)
	h.must(err)
	second, err := h.SignUpSecret(h.ctx)
	h.must(err)
	d, err := h.Client(h.ctx, s.ClientID)
	h.must(err)
	if len(d.Secrets) != 1 || d.Secrets[0].ID != second.Secret.ID {
		t.Errorf("the first secret, which nobody used, goes on: %+v", d.Secrets)
	}
	h.now = h.now.Add(time.Hour)
	_, err = h.SignUpSecret(h.ctx)
	h.must(err)
	if d, err = h.Client(h.ctx, s.ClientID); err != nil || len(d.Secrets) != 2 {
		t.Errorf("a secret that may have been handed on was ended: %+v", d.Secrets)
	}
	h.tell(s, s.UserID)
	_, err = h.SignUpSecret(h.ctx)
	h.must(err)
	if d, err = h.Client(h.ctx, s.ClientID); err != nil || len(d.Secrets) != 3 {
		t.Errorf("the secret that Tailscale has was ended: %+v", d.Secrets)
	}
}

func TestItWorked(t *testing.T) {
	h := newHome(t)
	emil := idp.User{}
	h.public()
	s := h.signUp("nora@lindqvist.example")
	see := func() SignUp {
		t.Helper()
		now, err := h.SignUp(h.ctx)
		h.must(err)
		return now
	}
	h.happens(idp.Event{Kind: idp.EventAuthorized, UserID: s.UserID, ClientID: s.ClientID})
	if now := see(); now.SignedInAt != 0 || now.Trouble != "" {
		t.Errorf("before Tailscale fetched anything: %d, %q", now.SignedInAt, now.Trouble)
	}
	h.now = h.now.Add(time.Minute)
	if now := see(); !strings.Contains(now.Trouble, "not pasted whole") {
		t.Errorf("a minute later it is said %q", now.Trouble)
	}
	emil = h.user("Emil")
	h.tell(s, emil.ID)
	if now := see(); now.SignedInAt != 0 {
		t.Error("somebody else's sign-in counts as the owner's")
	}
	h.tell(s, s.UserID)
	first := h.now
	if now := see(); now.SignedInAt != first || now.SignedOut || now.VerifiedAt != 0 || now.Trouble != "" {
		t.Errorf("after the first sign-in: %+v", now)
	}
	h.tell(s, s.UserID)
	if now := see(); now.VerifiedAt != 0 {
		t.Error("a second sign-in without a sign-out proves nothing")
	}
	h.now = h.now.Add(time.Second)
	now, err := h.EndSignUpSessions(h.ctx)
	h.must(err)
	if !now.SignedOut || now.VerifiedAt != 0 {
		t.Errorf("after the sign-out: %+v", now)
	}
	h.tell(s, s.UserID)
	verified := h.now
	h.happens(idp.Event{Kind: idp.EventSignedOut, UserID: s.UserID})
	if now := see(); now.VerifiedAt != verified || now.SignedInAt != first {
		t.Errorf("a later sign-out takes the proof back: %+v", now)
	}
	h.happens(idp.Event{Kind: idp.EventAccessDenied, UserID: emil.ID, ClientID: s.ClientID, Detail: map[string]string{"user": "Emil", "app": "Tailscale"}})
	if now := see(); !strings.Contains(now.Trouble, "Emil") {
		t.Errorf("that Emil was turned away is not said: %q", now.Trouble)
	}
}

func TestEndSignUpSessionsEndsThem(t *testing.T) {
	h := newHome(t)
	h.public()
	s := h.signUp("nora@lindqvist.example")
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		if err := tx.CreateBrowser(idp.Browser{ID: "brw_1", CreatedAt: h.now}, []byte("hash")); err != nil {
			return err
		}
		return tx.CreateSession(idp.Session{ID: "ses_1", BrowserID: "brw_1", UserID: s.UserID, CreatedAt: h.now, AuthTime: h.now, SeenAt: h.now})
	}))
	_, err := h.EndSignUpSessions(h.ctx)
	h.must(err)
	h.must(h.Store.View(h.ctx, func(r store.Reads) error {
		session, err := r.Session(h.ctx, "ses_1")
		if session.EndedAt == 0 || session.EndReason != idp.EndSignedOut {
			t.Errorf("the session is %+v", session)
		}
		return err
	}))
}

// TestWhatATailnetHangsOnIsGuarded changes and deletes each of them before Tailscale knows who signed up, after, and once the owner has let go.
func TestWhatATailnetHangsOnIsGuarded(t *testing.T) {
	h := newHome(t)
	h.public()
	emil, err := h.CreateUser(h.ctx, UserInput{Name: "Emil", UserName: "emil", Email: "emil@lindqvist.example"})
	h.must(err)
	h.signUp("emil@lindqvist.example")
	_, err = h.UpdateUser(h.ctx, emil.ID, UserInput{Name: "Emil", UserName: "emil", Email: "e@lindqvist.example"})
	h.must(err)
	s := h.signUp("e@lindqvist.example")
	h.tell(s, emil.ID)

	_, err = h.UpdateUser(h.ctx, emil.ID, UserInput{Name: "Emil", UserName: "emil", Email: "emil@lindqvist.example"})
	turnedDown(t, err, "email", "Owner of its tailnet lindqvist.example")
	_, err = h.UpdateUser(h.ctx, emil.ID, UserInput{Name: "Emil L", UserName: "emil", Email: "e@lindqvist.example"})
	h.must(err)
	turnedDown(t, h.DeleteUser(h.ctx, emil.ID), "", "Owner of the tailnet")
	turnedDown(t, h.DeleteClient(h.ctx, s.ClientID), "", "hearthkeyd tailscale forget lindqvist.example")
	turnedDown(t, h.RemoveWebFingerDomain(h.ctx, s.Domain), "", "Forget the tailnet first")
	_, err = h.StartSignUp(h.ctx, SignUpInput{Email: "nora@other.example", Person: "owner"})
	turnedDown(t, err, "email", "Tailscale knows the tailnet lindqvist.example")

	turnedDown(t, h.ForgetSignUp(h.ctx, "other.example"), "typed", "lindqvist.example")
	h.must(h.ForgetSignUp(h.ctx, " lindqvist.example "))
	_, err = h.UpdateUser(h.ctx, emil.ID, UserInput{Name: "Emil", UserName: "emil", Email: "emil@lindqvist.example"})
	h.must(err)
	h.must(h.DeleteClient(h.ctx, s.ClientID))
	h.must(h.RemoveWebFingerDomain(h.ctx, s.Domain))
	h.must(h.DeleteUser(h.ctx, emil.ID))
	if err := h.ForgetSignUp(h.ctx, ""); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("forgetting nothing: %v", err)
	}
}

// TestSecretOfTailscaleIsGuarded ends it before another one is used in its place, and after.
func TestSecretOfTailscaleIsGuarded(t *testing.T) {
	h := newHome(t)
	h.public()
	s := h.signUp("nora@lindqvist.example")
	use := func(id string) {
		t.Helper()
		h.now = h.now.Add(2 * time.Hour)
		h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.TouchClientSecret(id, h.now) }))
	}
	first, err := h.SignUpSecret(h.ctx)
	h.must(err)
	use(first.Secret.ID)
	h.tell(s, s.UserID)
	turnedDown(t, h.RemoveSecret(h.ctx, first.Secret.ID), "", "only through its support")
	for _, hours := range []int{0, 24} {
		_, err := h.AddSecret(h.ctx, s.ClientID, SecretInput{OthersHours: hours})
		turnedDown(t, err, "", "only through its support")
	}
	second, err := h.AddSecret(h.ctx, s.ClientID, SecretInput{OthersHours: -1})
	h.must(err)
	turnedDown(t, h.RemoveSecret(h.ctx, first.Secret.ID), "", "only through its support")
	use(second.Secret.ID)
	h.must(h.RemoveSecret(h.ctx, first.Secret.ID))
	h.must(h.ForgetSignUp(h.ctx, s.Domain))
	h.must(h.RemoveSecret(h.ctx, second.Secret.ID))
}

// TestSignUpOnAListOfAccounts has the domain answer for others alone: Tailscale would not find who signs up, however well the look from outside goes.
func TestSignUpOnAListOfAccounts(t *testing.T) {
	h := newHome(t)
	h.public()
	for account, listed := range map[string]bool{"emil": false, "NORA": true} {
		in := WebFingerInput{Domain: "lindqvist.example", Scope: idp.WebFingerAccounts, Accounts: []string{account}}
		if _, err := h.SetWebFingerDomain(h.ctx, in); err != nil {
			_, err = h.AddWebFingerDomain(h.ctx, in)
			h.must(err)
		}
		s := h.signUp("nora@lindqvist.example")
		if slices.ContainsFunc(s.Made, func(d Todo) bool { return d.Key == "signup.made_unlisted" && d.Level == "danger" }) == listed {
			t.Errorf("on a list of %s: %+v", account, s.Made)
		}
	}
}

// TestSetUpKeepsTheAddress: an owner without a passkey may correct what was set up, but not away from what Tailscale knows.
func TestSetUpKeepsTheAddress(t *testing.T) {
	h := newHome(t)
	owner := h.public()
	s := h.signUp("nora@lindqvist.example")
	h.tell(s, owner.ID)
	_, err := h.SetUp(h.ctx, SetUp{Home: "Lindqvist home", Name: "Nora", UserName: "nora", Email: "nora@other.example"})
	turnedDown(t, err, "email", "Owner of its tailnet lindqvist.example")
}

func TestLockOutChecklist(t *testing.T) {
	h := newHome(t)
	h.public()
	s := h.signUp("nora@lindqvist.example")
	level := func(key string) string {
		t.Helper()
		now, err := h.SignUp(h.ctx)
		h.must(err)
		for _, l := range now.Checklist {
			if l.Key == "signup."+key {
				return l.Level
			}
		}
		return ""
	}
	for _, tt := range []struct {
		key, level string
		change     func()
	}{
		{"lock_unsaid", "warn", func() {}},
		{"lock_secret_none", "danger", func() {}},
		{"lock_passkey", "warn", func() {}},
		{"lock_admin", "warn", func() {}},
		{"lock_issuer", "todo", func() {}},
		{"lock_apart", "ok", func() { _, _ = h.SetCarrier(h.ctx, store.CarrierNo) }},
		{"lock_circle_lasts", "warn", func() { _, _ = h.SetCarrier(h.ctx, store.CarrierYes) }},
		{"lock_circle", "danger", func() { h.tunnel.KeyExpiry = h.now.Add(idp.Day) }},
		{"lock_admin_there", "ok", func() { _, _ = h.SetPasskeyAdmin(h.ctx, true) }},
		{"lock_secret_ends", "danger", func() {
			_, err := h.AddSecret(h.ctx, s.ClientID, SecretInput{LifeDays: 30})
			h.must(err)
		}},
		{"lock_secret_lasts", "ok", func() { _, err := h.SignUpSecret(h.ctx); h.must(err) }},
		{"lock_domain", "ok", func() {
			h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(idp.OnDomain("id.lindqvist.example", h.now)) }))
		}},
	} {
		if tt.change(); level(tt.key) != tt.level {
			t.Errorf("%s is %q, want %q", tt.key, level(tt.key), tt.level)
		}
	}
}

// TestFieldsOfTheForm holds the words and values to what Tailscale's form wants, in its order.
func TestFieldsOfTheForm(t *testing.T) {
	h := newHome(t)
	h.public()
	s := h.signUp("nora@lindqvist.example")
	var keys []string
	value := map[string]string{}
	for _, f := range s.Fields {
		keys = append(keys, f.Key)
		value[f.Key] = f.Value
		if f.Said == "" || f.Name == "" {
			t.Errorf("the field %s says nothing", f.Key)
		}
	}
	if !slices.Equal(keys, []string{"email", "type", "issuer", "client_id", "secret", "prompts", "submit"}) {
		t.Errorf("the order is %v", keys)
	}
	if value["email"] != "nora@lindqvist.example" || value["issuer"] != "https://id.otter-finch.ts.net" || value["client_id"] != s.ClientID || value["prompts"] != "consent" || value["secret"] != "" {
		t.Errorf("the values are %v", value)
	}
	for _, want := range []string{"https://id.otter-finch.ts.net", s.ClientID, "https://lindqvist.example/.well-known/webfinger?resource=acct:nora@lindqvist.example"} {
		if !strings.Contains(s.Support, want) {
			t.Errorf("the letter to support lacks %s", want)
		}
	}
	if card := strings.Join(s.Card, "\n"); !strings.Contains(card, `Do not press "Sign in with a passkey"`) || !strings.Contains(card, "id.otter-finch.ts.net") {
		t.Errorf("the card says\n%s", card)
	}
}
