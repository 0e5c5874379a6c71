// Package backendtest is a whole provider for tests: the backend on a data directory of its own, answering on a free port of localhost, by a clock that tests move. People in it have software authenticators and sign in over HTTP as the pages' script does.
//
//	p := backendtest.Start(t)
//	app, emil := p.App(), p.Person()
//	b := emil.Browser(p)
//	answer := b.Authorize(app, "scope", "openid email") // the sign-in page, the passkey, the consent page
//	tokens := app.Redeem(answer)
//	p.Clock.Advance(time.Hour)
//	refused := app.UserInfo(tokens.AccessToken)
//
// One provider serves any number of subtests, also parallel ones: p.For(t) is the same provider, whose failures are those of the subtest. Whoever moves the clock, restarts it or changes what others see takes one of their own.
//
// Each browser and each app has its own address in 127.0.0.0/8, so that the limits, which are on, hold up only whom a test wants them to.
package backendtest
