package probes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
)

var _ = add(map[string]func(*probe){
	"WA-01": func(p *probe) { lies(p, func(a *passkeytest.Authenticator) { a.UserVerified = false }) },
	"WA-02": func(p *probe) { lies(p, func(a *passkeytest.Authenticator) { a.UserPresent = false }) },
	"WA-04": challenges,
	"WA-05": staleChallenge,
	"WA-06": typeSwap,
	"WA-07": origins,
	"WA-09": func(p *probe) {
		lies(p, func(a *passkeytest.Authenticator) { a.CrossOrigin = true })
		lies(p, func(a *passkeytest.Authenticator) { a.CrossOrigin, a.TopOrigin = true, "https://evil.example" })
	},
	"WA-10": unknownCredential,
	"WA-11": userHandles,
	"WA-12": identifiers,
	"WA-14": collision,
	"WA-15": algorithms,
	"WA-16": weakStepUp,
	"WA-17": inviteReplay,
	"WA-18": backupFlags,
	"WA-21": lastPasskey,
	"WA-25": disabledPasskey,
})

// ceremony is one use of an authenticator at a door of the provider's, which tests bend.
type ceremony struct {
	begin, finish string
	create        bool
	origin        string // "" for the issuer
}

var signIn = ceremony{begin: "/sign-in/options", finish: "/sign-in/passkey"}

// use begins a ceremony in the browser, has the authenticator answer and posts that. within changes what is posted, if given.
func (p *probe) use(b *backendtest.Browser, a *passkeytest.Authenticator, c ceremony, within ...func(map[string]any)) *backendtest.Response {
	p.Helper()
	return b.PostJSON(c.finish, p.answerTo(p.begin(b, c), a, c, within...))
}

// begun is what the provider says of a ceremony.
type begun struct {
	Ceremony  string          `json:"ceremony"`
	PublicKey json.RawMessage `json:"publicKey"`
}

func (p *probe) begin(b *backendtest.Browser, c ceremony) (out begun) {
	p.Helper()
	res := b.PostJSON(c.begin, map[string]any{})
	if res.StatusCode != http.StatusOK {
		p.Fatalf("%s answers %d: %s", c.begin, res.StatusCode, res.Body)
	}
	res.Decode(&out)
	return out
}

func (p *probe) answerTo(o begun, a *passkeytest.Authenticator, c ceremony, within ...func(map[string]any)) map[string]any {
	p.Helper()
	with, origin := a.Get, c.origin
	if c.create {
		with = a.Create
	}
	if origin == "" {
		origin = p.Issuer
	}
	raw, err := with(o.PublicKey, origin)
	p.must(err)
	var response map[string]any
	p.must(json.Unmarshal(raw, &response))
	for _, change := range within {
		change(response)
	}
	return map[string]any{"ceremony": o.Ceremony, "response": response}
}

// refused: a client error with the same generic words as any other, and nobody is signed in.
func (p *probe) refused(what string, b *backendtest.Browser, res *backendtest.Response) {
	p.Helper()
	if res.StatusCode < 400 || res.StatusCode > 499 {
		p.Errorf("%s: %d %s", what, res.StatusCode, res.Body)
	}
	if account := b.Get("/account"); account.StatusCode == http.StatusOK && strings.Contains(account.Body, `action="/sign-out"`) {
		p.Errorf("%s: somebody is signed in", what)
	}
}

// accepted: this was a good ceremony, so that a refusal beside it is for what was bent.
func (p *probe) accepted(what string, res *backendtest.Response) {
	p.Helper()
	if res.StatusCode != http.StatusOK {
		p.Fatalf("%s: %d %s", what, res.StatusCode, res.Body)
	}
}

// enrolment is the door of a new invite for somebody.
func (p *probe) enrolment(u idp.User) ceremony {
	p.Helper()
	invite, err := p.Admin.Invite(context.Background(), u.ID)
	p.must(err)
	path := strings.TrimPrefix(invite.URL, p.Issuer)
	return ceremony{begin: path + "/options", finish: path + "/passkey", create: true}
}

// lies signs in and enrols with an authenticator that was made to lie: both are refused, and both work when it is honest.
func lies(p *probe, lie func(*passkeytest.Authenticator)) {
	who := p.Person()
	honest := who.Authenticator.Clone()
	liar := honest.Clone()
	lie(liar)
	b := p.Browser()
	p.refused("sign-in", b, p.use(b, liar, signIn))
	p.accepted("honest sign-in", p.use(p.Browser(), honest, signIn))

	liar = passkeytest.New(passkeytest.ES256)
	lie(liar)
	door := p.enrolment(who.User)
	b = p.Browser()
	p.refused("enrolment", b, p.use(b, liar, door))
	p.accepted("honest enrolment", p.use(p.Browser(), passkeytest.New(passkeytest.ES256), door))
}

// challenges: an answer counts for the ceremony it was made for, once.
func challenges(p *probe) {
	who := p.Person()
	a := who.Authenticator
	b := p.Browser()
	one, two := p.begin(b, signIn), p.begin(b, signIn)
	crossed := p.answerTo(one, a, signIn)
	crossed["ceremony"] = two.Ceremony
	p.refused("the challenge of another ceremony", b, b.PostJSON(signIn.finish, crossed))
	for what, id := range map[string]any{"none": "", "unknown": "tx_unknown", "missing": nil} {
		in := p.answerTo(p.begin(b, signIn), a, signIn)
		in["ceremony"] = id
		p.refused("a ceremony that is "+what, b, b.PostJSON(signIn.finish, in))
	}
	for _, challenge := range []string{base64.RawURLEncoding.EncodeToString([]byte("short")), base64.RawURLEncoding.EncodeToString(make([]byte, 32))} {
		liar := a.Clone()
		liar.FakeChallenge = challenge
		p.refused("a challenge of its own", b, p.use(b, liar, signIn))
	}
	enrol := p.enrolment(who.User)
	in := p.answerTo(p.begin(b, enrol), a, signIn)
	p.refused("the challenge of an enrolment", b, b.PostJSON(signIn.finish, in))

	good := p.answerTo(p.begin(b, signIn), a, signIn)
	p.accepted("the own challenge", b.PostJSON(signIn.finish, good))
	other := p.Browser()
	p.refused("the same answer again", other, other.PostJSON(signIn.finish, good))
}

func staleChallenge(p *probe) {
	p = p.alone()
	who := p.Person()
	b := p.Browser()
	in := p.answerTo(p.begin(b, signIn), who.Authenticator, signIn)
	p.Clock.Advance(5 * time.Minute)
	p.refused("after five minutes", b, b.PostJSON(signIn.finish, in))
	in = p.answerTo(p.begin(b, signIn), who.Authenticator, signIn)
	p.Clock.Advance(8 * time.Hour)
	p.refused("after a night's sleep", b, b.PostJSON(signIn.finish, in))
	in = p.answerTo(p.begin(b, signIn), who.Authenticator, signIn)
	p.Clock.Advance(5*time.Minute - time.Second)
	p.accepted("in time", b.PostJSON(signIn.finish, in))
}

func typeSwap(p *probe) {
	who := p.Person()
	b := p.Browser()
	liar := who.Authenticator.Clone()
	liar.FakeType = "webauthn.create"
	p.refused("create at the sign-in", b, p.use(b, liar, signIn))
	liar = passkeytest.New(passkeytest.ES256)
	liar.FakeType = "webauthn.get"
	p.refused("get at the enrolment", b, p.use(b, liar, p.enrolment(who.User)))
}

func origins(p *probe) {
	who := p.Person()
	b := p.Browser()
	for _, origin := range []string{
		"http://localhost", "https" + strings.TrimPrefix(p.Issuer, "http"), p.Issuer + "/", p.Issuer + ".evil.example", "http://localhost.evil.example", "http://xlocalhost:1411", "http://evil.localhost:1411", "null", "file://", strings.ToUpper(p.Issuer), "http://127.0.0.1:1411", "android:apk-key-hash:x",
	} {
		bent := signIn
		bent.origin = origin
		p.refused(origin, b, p.use(b, who.Authenticator, bent))
	}
	p.accepted(p.Issuer, p.use(b, who.Authenticator, signIn))
}

// unknownCredential: one that is not known, a bad signature and a disabled person's get the same answer. Their times are compared by the bench.
func unknownCredential(p *probe) {
	who, off := p.Person(), p.Person()
	stranger := passkeytest.New(passkeytest.ES256)
	stranger.UserHandle = []byte(who.ID)
	bent := who.Authenticator.Clone()
	bent.BadSignature = true
	p.must(p.Admin.SetUserDisabled(context.Background(), off.ID, true))
	var first *backendtest.Response
	for what, a := range map[string]*passkeytest.Authenticator{"unknown": stranger, "bad signature": bent, "disabled": off.Authenticator} {
		b := p.Browser()
		res := p.use(b, a, signIn)
		p.refused(what, b, res)
		if first == nil {
			first = res
		}
		if res.StatusCode != first.StatusCode || res.Body != first.Body {
			p.Errorf("%s: %d %s, and another gets %d %s", what, res.StatusCode, res.Body, first.StatusCode, first.Body)
		}
	}
}

func userHandles(p *probe) {
	ann, ben := p.Person(), p.Person()
	b := p.Browser()
	liar := ann.Authenticator.Clone()
	liar.UserHandle = []byte(ben.ID)
	p.refused("another's handle", b, p.use(b, liar, signIn))
	liar.UserHandle = nil
	p.refused("no handle", b, p.use(b, liar, signIn))
	liar.UserHandle = []byte{}
	p.refused("an empty handle", b, p.use(b, liar, signIn))
}

func identifiers(p *probe) {
	ann, ben := p.Person(), p.Person()
	b := p.Browser()
	for what, bend := range map[string]func(*passkeytest.Authenticator){
		"id of another":    func(a *passkeytest.Authenticator) { a.FakeID = encode(ben.Authenticator.CredentialID) },
		"rawId of another": func(a *passkeytest.Authenticator) { a.FakeRawID = encode(ben.Authenticator.CredentialID) },
		"both of another": func(a *passkeytest.Authenticator) {
			a.FakeID, a.FakeRawID = encode(ben.Authenticator.CredentialID), encode(ben.Authenticator.CredentialID)
		},
		"id with padding": func(a *passkeytest.Authenticator) { a.FakeID = encode(a.CredentialID) + "=" },
	} {
		liar := ann.Authenticator.Clone()
		bend(liar)
		p.refused(what, b, p.use(b, liar, signIn))
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// collision: a credential's ID belongs to one person, whoever comes at the same time.
func collision(p *probe) {
	ann, ben := p.Person(), p.Person()
	thief := passkeytest.New(passkeytest.ES256)
	thief.Hostile, thief.CredentialID = true, ann.Authenticator.CredentialID
	b := p.Browser()
	p.refused("the ID of another's passkey", b, p.use(b, thief, p.enrolment(ben.User)))
	p.accepted("the first one's sign-in", p.use(p.Browser(), ann.Authenticator, signIn))

	shared := passkeytest.New(passkeytest.ES256)
	shared.Hostile = true
	var work sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for _, who := range []*backendtest.Person{ann, ben} {
		b, door, a := p.Browser(), p.enrolment(who.User), shared.Clone()
		in := p.answerTo(p.begin(b, door), a, door)
		work.Go(func() {
			if res := b.PostJSON(door.finish, in); res.StatusCode == http.StatusOK {
				mu.Lock()
				made++
				mu.Unlock()
			}
		})
	}
	work.Wait()
	if made != 1 {
		p.Errorf("one ID made %d passkeys", made)
	}
}

func algorithms(p *probe) {
	who := p.Person()
	b := p.Browser()
	for _, claimed := range []int64{-65535, -37, -36, -35, 0x7fff} {
		liar := passkeytest.New(passkeytest.RS256)
		liar.Hostile, liar.FakeAlgorithm = true, claimed
		p.refused("RSA as another algorithm", b, p.use(b, liar, p.enrolment(who.User)))
	}
	for _, alg := range []int64{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
		p.PersonWith(alg).Browser(p.Provider).SignIn()
	}
}

// weakStepUp: a session that is old, or was begun by an enrolment alone, adds no passkey.
func weakStepUp(p *probe) {
	p = p.alone()
	add := ceremony{begin: "/account/passkeys/options", finish: "/account/passkeys", create: true}
	b := p.signedIn()
	p.accepted("fresh", p.use(b, passkeytest.New(passkeytest.ES256), add))
	p.Clock.Advance(5*time.Minute + time.Second)
	if res := b.PostJSON(add.begin, map[string]any{}); res.StatusCode == http.StatusOK {
		p.Errorf("a session of five minutes ago may add a passkey: %s", res.Body)
	}
	recovered := p.Person()
	link := p.Browser()
	p.accepted("enrolment by a link", p.use(link, passkeytest.New(passkeytest.ES256), p.enrolment(recovered.User)))
	if res := link.PostJSON(add.begin, map[string]any{}); res.StatusCode == http.StatusOK {
		p.Errorf("a session begun by a link may add a passkey: %s", res.Body)
	}
}

func inviteReplay(p *probe) {
	p = p.alone()
	ctx := context.Background()
	who, other := p.Person(), p.Person()
	count := func(id string) int {
		d, err := p.Admin.User(ctx, id)
		p.must(err)
		return len(d.Passkeys)
	}
	race := func() {
		door, before := p.enrolment(who.User), count(who.ID)
		var work sync.WaitGroup
		var mu sync.Mutex
		made := 0
		browsers, answers := make([]*backendtest.Browser, 50), make([]map[string]any, 50)
		for i := range browsers {
			browsers[i] = p.Browser()
			answers[i] = p.answerTo(p.begin(browsers[i], door), passkeytest.New(passkeytest.ES256), door)
		}
		for i, b := range browsers {
			work.Go(func() {
				res := b.PostJSON(door.finish, answers[i])
				mu.Lock()
				defer mu.Unlock()
				if res.StatusCode == http.StatusOK {
					made++
				} else if res.StatusCode < 400 || res.StatusCode > 499 {
					p.Errorf("the link answers %d: %s", res.StatusCode, res.Body)
				}
			})
		}
		work.Wait()
		if made != 1 || count(who.ID) != before+1 {
			p.Errorf("50 uses of a link at once: %d say yes, and %d passkeys were made", made, count(who.ID)-before)
		}
	}
	race()
	gone := func(what string, door ceremony) {
		p.Helper()
		b := p.Browser()
		if res := b.PostJSON(door.begin, map[string]any{}); res.StatusCode < 400 || res.StatusCode > 499 {
			p.Errorf("%s: %d %s", what, res.StatusCode, res.Body)
		}
	}
	used := p.enrolment(who.User)
	p.accepted("first use", p.use(p.Browser(), passkeytest.New(passkeytest.ES256), used))
	gone("used", used)

	b, door := p.Browser(), p.enrolment(who.User)
	in := p.answerTo(p.begin(b, door), passkeytest.New(passkeytest.ES256), door)
	p.must(p.Admin.RevokeInvites(ctx, who.ID))
	p.refused("revoked between the two steps", b, b.PostJSON(door.finish, in))
	gone("revoked", door)

	door = p.enrolment(who.User)
	elsewhere := p.enrolment(other.User)
	in = p.answerTo(p.begin(b, door), passkeytest.New(passkeytest.ES256), door)
	p.refused("the ceremony of one link at another", b, b.PostJSON(elsewhere.finish, in))

	door = p.enrolment(who.User)
	p.Clock.Advance(24 * time.Hour)
	gone("expired", door)
}

// backupFlags: what a passkey was made as it stays (WebAuthn §7.2, steps 18-19).
func backupFlags(p *probe) {
	who := p.Person()
	b := p.Browser()
	liar := who.Authenticator.Clone()
	liar.BackupEligible, liar.BackedUp = false, true
	p.refused("backed up and not eligible", b, p.use(b, liar, signIn))
	liar.BackedUp = false
	res := p.use(b, liar, signIn)
	p.refused("eligible no more", b, res)
	if !strings.Contains(res.Body, "passkey") {
		p.Errorf("the person is not told what to do: %s", res.Body)
	}
	bound := passkeytest.New(passkeytest.ES256)
	bound.BackupEligible, bound.BackedUp = false, false
	p.accepted("a device-bound passkey", p.use(p.Browser(), bound, p.enrolment(who.User)))
	bound.BackupEligible = true
	p.refused("eligible from now on", b, p.use(b, bound, signIn))
}

// lastPasskey: nobody is left without one but by the owner, in the window.
func lastPasskey(p *probe) {
	b := p.signedIn()
	d, err := p.Admin.User(context.Background(), b.Person.ID)
	p.must(err)
	id := d.Passkeys[0].Passkey.ID
	for _, path := range []string{"/account/passkeys/" + id, "/account/passkeys/" + id + "/remove", "/account/passkeys/remove"} {
		for _, method := range []string{http.MethodDelete, http.MethodPost} {
			req := p.NewRequest(method, path, "id="+id)
			req.Header.Set("Origin", p.Issuer)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if res := b.Do(req); res.StatusCode < 400 || res.StatusCode > 499 {
				p.Errorf("%s %s answers %d", method, path, res.StatusCode)
			}
		}
	}
	p.accepted("the only passkey still works", p.use(p.Browser(), b.Person.Authenticator, signIn))
}

func disabledPasskey(p *probe) {
	who := p.Person()
	b := p.Browser()
	in := p.answerTo(p.begin(b, signIn), who.Authenticator, signIn)
	p.must(p.Admin.SetUserDisabled(context.Background(), who.ID, true))
	p.refused("disabled between the two steps", b, b.PostJSON(signIn.finish, in))
	p.refused("disabled", b, p.use(b, who.Authenticator, signIn))
	p.must(p.Admin.SetUserDisabled(context.Background(), who.ID, false))
	p.accepted("enabled again", p.use(b, who.Authenticator, signIn))
}
