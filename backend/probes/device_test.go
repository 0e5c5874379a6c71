package probes

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

var _ = add(map[string]func(*probe){
	"DV-01": pollTooFast,
	"DV-03": deviceReplay,
	"DV-05": userCodeGuessing,
	"DV-06": devicePhishing,
	"DV-07": deviceOutOfGroup,
})

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// waiting is a device that shows its code.
type waiting struct {
	Code     string  `json:"device_code"`
	User     string  `json:"user_code"`
	Page     string  `json:"verification_uri"`
	Complete string  `json:"verification_uri_complete"`
	Life     float64 `json:"expires_in"`
	Interval float64 `json:"interval"`
	app      *backendtest.App
	at       netip.Addr
}

// television is an app that signs in on devices.
func (p *probe) television(change ...func(*admin.ClientInput)) *backendtest.App {
	p.Helper()
	return p.App(append([]func(*admin.ClientInput){func(in *admin.ClientInput) { in.DeviceGrant = true }}, change...)...)
}

// device asks from an address, as a device there does.
func (p *probe) device(app *backendtest.App, at netip.Addr) waiting {
	p.Helper()
	req := p.NewRequest(http.MethodPost, "/api/oidc/device/authorize", "scope=openid+profile")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(app.ID, app.Secret)
	res := p.BrowserFrom(at).Do(req)
	if res.StatusCode != http.StatusOK {
		p.Fatalf("the device gets %d: %s", res.StatusCode, res.Body)
	}
	w := waiting{app: app, at: at}
	res.Decode(&w)
	return w
}

func (w waiting) poll() *backendtest.Tokens {
	return w.app.Token("grant_type", deviceGrant, "device_code", w.Code)
}

// typeCode types a code on the page, and answers the page that comes of it.
func (p *probe) typeCode(b *backendtest.Browser, code string) *backendtest.Response {
	p.Helper()
	res := b.PostForm("/device", url.Values{"code": {code}})
	for res.Location() != "" {
		res = b.Get(res.Location())
	}
	return res
}

// confirm says yes with a passkey on the confirmation page.
func (p *probe) confirm(b *backendtest.Browser, page *backendtest.Response) *backendtest.Response {
	p.Helper()
	tx := page.Request.URL.Query().Get("tx")
	var o begun
	res := b.PostJSON("/device/options", map[string]any{"tx": tx})
	res.Decode(&o)
	in := p.answerTo(o, b.Person.Authenticator, signIn)
	in["tx"] = tx
	return b.PostJSON("/device/passkey", in)
}

func pollTooFast(p *probe) {
	p = p.alone()
	w := p.device(p.television(), p.Address())
	if w.Interval != 5 {
		p.Errorf("interval is %v", w.Interval)
	}
	p.oauthError("the first", w.poll(), http.StatusBadRequest, "authorization_pending")
	p.Clock.Advance(time.Second)
	p.oauthError("after a second", w.poll(), http.StatusBadRequest, "slow_down")
	p.Clock.Advance(6 * time.Second)
	p.oauthError("after six, and ten are wanted now", w.poll(), http.StatusBadRequest, "slow_down")
	p.Clock.Advance(15 * time.Second)
	p.oauthError("after fifteen", w.poll(), http.StatusBadRequest, "authorization_pending")
	p.Clock.Advance(5 * time.Minute)
	p.oauthError("at the end", w.poll(), http.StatusBadRequest, "expired_token")
}

func deviceReplay(p *probe) {
	b := p.signedIn()
	w := p.device(p.television(), b.Source)
	p.accepted("confirm", p.confirm(b, p.typeCode(b, w.User)))
	var work sync.WaitGroup
	answers := make([]*backendtest.Tokens, 100)
	for i := range answers {
		work.Go(func() { answers[i] = w.poll() })
	}
	work.Wait()
	var won []*backendtest.Tokens
	for _, t := range answers {
		if t.StatusCode == http.StatusOK {
			won = append(won, t)
		} else {
			p.invalidGrant("another", t)
		}
	}
	if len(won) != 1 {
		p.Fatalf("%d of 100 polls get tokens", len(won))
	}
	p.alive("the one", w.app, won[0])
}

// userCodeGuessing: a source tries a few codes a minute, and all together a bounded number; one device's code stands five wrong answers.
func userCodeGuessing(p *probe) {
	p = p.alone()
	b := p.signedIn()
	w := p.device(p.television(), b.Source)
	if letters := strings.ReplaceAll(w.User, "-", ""); len(letters) != 8 || strings.Trim(letters, "BCDFGHJKLMNPQRSTVWXZ") != "" || w.Life > 600 {
		p.Errorf("the code %q lives for %v s", w.User, w.Life)
	}
	tried := 0
	for range 60 {
		if res := p.typeCode(b, "BBBB-BBBB"); res.StatusCode == http.StatusTooManyRequests {
			break
		}
		tried++
	}
	if tried > 20 {
		p.Errorf("one source tries %d codes at once", tried)
	}

	p = p.alone()
	w = p.device(p.television(), p.Address())
	other := func(c byte) string { // the last letter turned
		const letters = "BCDFGHJKLMNPQRSTVWXZ"
		return string(letters[(strings.IndexByte(letters, c)+1)%len(letters)])
	}
	near := w.User[:8] + other(w.User[8])
	for range 5 {
		p.typeCode(p.signedIn(), near)
	}
	if res := p.typeCode(p.signedIn(), w.User); strings.Contains(res.Body, "/device/passkey") {
		p.Errorf("after five wrong answers the right one is still taken")
	}
	p.oauthError("the device", w.poll(), http.StatusBadRequest, "access_denied", "expired_token")
}

// devicePhishing: a link confirms nothing. Somebody in another place who was sent one is refused; and whoever has it still needs what stands on the device, and a passkey.
func devicePhishing(p *probe) {
	b := p.signedIn()
	w := p.device(p.television(), b.Source)
	page := b.Get(w.Complete)
	if strings.Contains(w.Complete, w.User) || strings.Contains(page.Body, w.User) {
		p.Errorf("the link %s brings the whole code", w.Complete)
	}
	if page.StatusCode != http.StatusOK || page.Location() != "" {
		p.Errorf("the link answers %d and leads to %q", page.StatusCode, page.Location())
	}
	p.oauthError("after the link was opened", w.poll(), http.StatusBadRequest, "authorization_pending")

	asked := p.typeCode(b, w.User)
	for _, want := range []string{w.app.Input.Name, w.at.String()} {
		if !strings.Contains(asked.Body, want) {
			p.Errorf("the confirmation does not say %q:\n%s", want, asked.Body)
		}
	}
	tx := asked.Request.URL.Query().Get("tx")
	b.PostForm("/device/answer", url.Values{"tx": {tx}, "decision": {"allow"}}) // without a passkey
	stranger := p.signedIn()
	p.confirmForeign(stranger, tx)
	if t := w.poll(); t.StatusCode == http.StatusOK {
		p.Error("a yes without a passkey on that very page lets the device in")
	}

	far := p.signedIn()
	v := p.device(p.television(), p.Address())
	if res := p.typeCode(far, v.User); strings.Contains(res.Body, "/device/passkey") {
		p.Errorf("somebody in another place is asked to confirm:\n%s", res.Body)
	}
	anywhere := p.device(p.television(func(in *admin.ClientInput) { in.DeviceAnywhere = true }), p.Address())
	p.accepted("where the owner allows it", p.confirm(far, p.typeCode(far, anywhere.User)))
	t := p.works("the device", anywhere.poll())
	if acr := t.Claims()["acr"]; acr != idp.ACRDevice {
		p.Errorf("acr is %v", acr)
	}
}

// confirmForeign answers another browser's confirmation.
func (p *probe) confirmForeign(b *backendtest.Browser, tx string) {
	p.Helper()
	in := p.answerTo(p.begin(b, signIn), b.Person.Authenticator, signIn)
	in["tx"] = tx
	if res := b.PostJSON("/device/passkey", in); res.StatusCode == http.StatusOK && !strings.Contains(res.Body, "/device") {
		p.Errorf("another browser's passkey answers %d %s", res.StatusCode, res.Body)
	}
}

func deviceOutOfGroup(p *probe) {
	p = p.alone()
	ctx := context.Background()
	b := p.signedIn()
	group, err := p.Admin.CreateGroup(ctx, admin.GroupInput{Name: "DV-07"})
	p.must(err)
	app := p.television(func(in *admin.ClientInput) { in.Access = admin.Access{GroupIDs: []string{group.ID}} })
	w := p.device(app, b.Source)
	page := p.typeCode(b, w.User)
	if strings.Contains(page.Body, "/device/passkey") {
		p.confirm(b, page)
	}
	p.oauthError("of somebody outside the group", w.poll(), http.StatusBadRequest, "access_denied")

	in := admin.GroupInput{Name: "DV-07", MemberIDs: []string{b.Person.ID}}
	_, err = p.Admin.UpdateGroup(ctx, group.ID, in)
	p.must(err)
	w = p.device(app, b.Source)
	p.accepted("a member", p.confirm(b, p.typeCode(b, w.User)))
	in.MemberIDs = nil
	_, err = p.Admin.UpdateGroup(ctx, group.ID, in)
	p.must(err)
	if t := w.poll(); t.StatusCode == http.StatusOK {
		p.Error("out of the group again, and the device gets tokens")
	}
}
