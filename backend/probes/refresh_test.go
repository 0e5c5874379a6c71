package probes

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/idp"
)

var _ = add(map[string]func(*probe){
	"RF-03": sameSecond,
	"RF-04": replayAfterRestart,
	"RF-05": refreshOfAnother,
	"RF-06": refreshDisabled,
	"RF-07": refreshOutOfGroup,
	"RF-08": refreshConsentRevoked,
	"RF-09": refreshAfterLogout,
	"RF-12": immortal,
	"RF-13": revokeRace,
	"RF-15": withoutOffline,
})

// sameSecond: the clock stands still through all of it, and still no spent token works beyond its one grace.
func sameSecond(p *probe) {
	p = p.alone()
	app := p.App()
	first := p.tokens(app)
	second := p.works("R1", app.Refresh(first.RefreshToken))
	third := p.works("R2", app.Refresh(second.RefreshToken))
	p.invalidGrant("R1, whose successor was used", app.Refresh(first.RefreshToken))
	p.dead("R3, of a family that was revoked", app, third)
}

// replayAfterRestart: within the grace the successor comes again, also from another process (the issue overrides the row); after it nothing does.
func replayAfterRestart(p *probe) {
	p = p.alone()
	app := p.App()
	first := p.tokens(app)
	second := p.works("R1", app.Refresh(first.RefreshToken))
	p.Restart()
	if again := p.works("R1 within the grace", app.Refresh(first.RefreshToken)); again.RefreshToken != second.RefreshToken {
		p.Error("within the grace another successor comes")
	}
	p.Restart()
	p.Clock.Advance(idp.RefreshGrace)
	p.invalidGrant("R1 after the grace", app.Refresh(first.RefreshToken))
	p.dead("the family", app, second)
}

// refreshOfAnother: the family of a token that another app has is revoked, since somebody has it who should not.
func refreshOfAnother(p *probe) {
	mine, evil := p.App(), p.App()
	t := p.tokens(mine)
	p.invalidGrant("by another app", evil.Refresh(t.RefreshToken))
	p.dead("the family", mine, t)
	public := p.App(func(in *admin.ClientInput) { in.Public = true })
	t = p.tokens(public)
	p.invalidGrant("a public app's, by another", evil.Refresh(t.RefreshToken))
}

func refreshDisabled(p *probe) {
	app := p.App()
	for what, end := range map[string]func(id string) error{
		"disabled": func(id string) error { return p.Admin.SetUserDisabled(context.Background(), id, true) },
		"deleted":  func(id string) error { return p.Admin.DeleteUser(context.Background(), id) },
	} {
		b := p.signedIn()
		t := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
		p.must(end(b.Person.ID))
		p.invalidGrant(what, app.Refresh(t.RefreshToken))
		p.dead(what, app, t)
	}
}

func refreshOutOfGroup(p *probe) {
	ctx, b := context.Background(), p.signedIn()
	in := admin.GroupInput{Name: "RF-07", MemberIDs: []string{b.Person.ID}}
	group, err := p.Admin.CreateGroup(ctx, in)
	p.must(err)
	app := p.App(func(in *admin.ClientInput) { in.Access = admin.Access{GroupIDs: []string{group.ID}} })
	t := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
	t = p.works("as a member", app.Refresh(t.RefreshToken))
	in.MemberIDs = nil
	_, err = p.Admin.UpdateGroup(ctx, group.ID, in)
	p.must(err)
	p.invalidGrant("out of the group", app.Refresh(t.RefreshToken))
	p.dead("out of the group", app, t)
}

func refreshConsentRevoked(p *probe) {
	app, b := p.App(), p.signedIn()
	t := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
	p.must(p.Admin.RevokeConsent(context.Background(), b.Person.ID, app.ID))
	p.invalidGrant("consent revoked", app.Refresh(t.RefreshToken))
	p.dead("consent revoked", app, t)
}

// refreshAfterLogout: an online grant ends with its session; one with offline_access is meant to go on.
func refreshAfterLogout(p *probe) {
	app, b := p.App(func(in *admin.ClientInput) { in.AlwaysRefresh = true }), p.signedIn()
	online := p.works("sign in", app.Redeem(b.Authorize(app)))
	offline := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access", "prompt", "consent")))
	if online.RefreshToken == "" {
		p.Fatal("no refresh token")
	}
	b.EndSession("id_token_hint", online.IDToken)
	p.invalidGrant("after the sign-out", app.Refresh(online.RefreshToken))
	p.dead("after the sign-out", app, online)
	p.works("with offline_access", app.Refresh(offline.RefreshToken))
}

// immortal: rotation moves the idle end and never the absolute one.
func immortal(p *probe) {
	p = p.alone()
	app := p.App()
	idle := p.tokens(app)
	t := p.tokens(app)
	end := p.Clock.Now().Add(idp.RefreshAbsolute)
	for p.Clock.Now().Add(20*idp.Day) < end {
		p.Clock.Advance(20 * idp.Day)
		t = p.works("within the absolute life", app.Refresh(t.RefreshToken))
	}
	p.Clock.Advance(end.Sub(p.Clock.Now()))
	p.invalidGrant("at the absolute end", app.Refresh(t.RefreshToken))
	p.invalidGrant("idle for 180 days", app.Refresh(idle.RefreshToken))
	late := p.tokens(app)
	p.Clock.Advance(idp.RefreshIdle)
	p.invalidGrant("at the idle end", app.Refresh(late.RefreshToken))
}

// revokeRace: once a revocation has answered, nothing that came of the family works.
func revokeRace(p *probe) {
	const races, apps = 500, 5
	all := make([]*backendtest.App, apps) // each app may call 3,000 times a minute
	for i := range all {
		all[i] = p.App()
	}
	b := p.signedIn()
	for i := range races {
		app := all[i%apps]
		t := p.works("sign in", app.Redeem(b.Authorize(app, "scope", "openid offline_access")))
		var work sync.WaitGroup
		var got *backendtest.Tokens
		work.Go(func() { got = app.Refresh(t.RefreshToken) })
		work.Go(func() {
			if res := app.Post("/api/oidc/revoke", url.Values{"token": {t.RefreshToken}}); res.StatusCode != http.StatusOK {
				p.Errorf("revocation answers %d: %s", res.StatusCode, res.Body)
			}
		})
		work.Wait()
		p.dead("what came first", app, t)
		if got.StatusCode == http.StatusOK {
			p.dead("what came of the race", app, got)
		}
		if p.Failed() {
			return
		}
		p.Clock.Advance(time.Second) // so that no limit of this browser's fills up
	}
}

func withoutOffline(p *probe) {
	app := p.App()
	if t := p.works("sign in", app.Redeem(p.signedIn().Authorize(app))); t.RefreshToken != "" {
		p.Error("a refresh token without offline_access")
	}
}
