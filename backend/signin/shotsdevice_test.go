//go:build e2e

package signin

import (
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store/storetest"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// devices takes the pages of a device that is signed in from here, and those that belong to an app's rules.
func (c *camera) devices() {
	c.Helper()
	c.open("/device")
	c.see("#code")
	c.shot("device")
	c.enterCode("wdjb mjht")
	c.see(".bad")
	c.shot("device-wrong")
	tv := c.television("")
	c.open(tv.Complete)
	c.see("#code")
	c.shot("device-rest")
	c.enterCode(tv.User[7:])
	c.see("#go")
	c.shot("device-ask")
	c.click("#go")
	c.see(".portrait")
	c.shot("device-done")

	far := c.television("public 203.0.113.7")
	c.open("/device")
	c.enterCode(far.User)
	c.see("button[value=deny]")
	c.shot("device-far")
	c.click("button[value=deny]")
	c.see(".portrait")
	c.shot("device-denied")
	c.open("/device/confirm?tx=tx_gone")
	c.shot("device-over")

	inside := storetest.Client(c.T, c.store, func(a *idp.Client) {
		a.Name, a.NetworkRule, a.RedirectURIs = "Paperless", idp.NetworkTailnetOnly, []string{"https://paper.lindqvist.example/cb"}
	})
	storetest.AllowEveryone(c.T, c.store, inside.ID)
	c.setPlace("public 203.0.113.7")
	c.open(c.authorizeURL("client_id", inside.ID, "redirect_uri", inside.RedirectURIs[0]))
	c.see(`a[href*="/authorize/continue"]`)
	c.shot("no-access-tailnet")
	c.setPlace("")

	c.open(c.authorizeURL("prompt", "select_account login"))
	c.click(".pick button")
	c.see(".who")
	c.shot("sign-in-chosen")
	c.clock.Advance(6 * time.Minute)
	c.open("/account")
	c.see(".with")
	c.shot("account-apps")
}

// setPlace says where the browser's requests come from.
func (c *camera) setPlace(place string) {
	c.Helper()
	c.do(network.Enable(), network.SetExtraHTTPHeaders(network.Headers{"Test-Place": place}))
}

func (c *camera) enterCode(code string) {
	c.Helper()
	c.do(chromedp.SendKeys("#code", code, chromedp.ByQuery))
	c.click("button[form=enter]")
}
