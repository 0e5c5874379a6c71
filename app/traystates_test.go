//go:build window

package main

import (
	"fmt"
	"testing"

	"hearthkey/backend/admin"
)

// TestTrayOfAnIssuerOfTheInternet: the menu tells that nobody gets in, and pauses sign-in from the internet all the same.
func TestTrayOfAnIssuerOfTheInternet(t *testing.T) {
	p, x, desk := newPlace(t), openScreen(t), openPanel(t)
	p.env = append(p.env, "HEARTHKEY_TEST_DNS=127.0.0.1:1") // nobody answers there, so that nothing can be measured
	app := p.app(t, "--hidden")
	desk.adopt(t)
	c := p.client(t)
	if _, err := c.SetUp(t.Context(), admin.SetUp{Home: "Rowan Lane", Name: "Nora", UserName: "nora"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PinDomain(t.Context(), admin.DomainInput{HostName: "id.home.example", Listen: fmt.Sprintf("127.0.0.1:%d", p.port)}); err != nil {
		t.Fatal(err)
	}
	const open, quit = "Open Hearthkey", "Quit (sign-ins will stop)"
	menu := func(entry string) []string {
		return []string{"(Needs attention: open Hearthkey)", "Copy issuer URL", entry, open, quit}
	}
	desk.waitMenu(t, menu("Pause public sign-in")...)

	for _, way := range []string{"15 minutes", "Until resumed"} {
		desk.click(t, "Pause public sign-in", way)
		desk.waitMenu(t, menu("Resume public sign-in")...) // that nobody gets in matters more than the pause
		if s, err := c.Status(t.Context()); err != nil || !s.Pause.On || (s.Pause.Until != 0) != (way == "15 minutes") {
			t.Errorf("%s: %v, %+v", way, err, s.Pause)
		}
		desk.click(t, "Resume public sign-in")
		desk.waitMenu(t, menu("Pause public sign-in")...)
	}

	desk.click(t, quit)
	app.ends(t, 0)
	x.wait(t, title, false)
}
