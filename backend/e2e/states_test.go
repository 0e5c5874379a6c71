//go:build tailnet

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"

	"github.com/chromedp/chromedp"
)

// shows waits until the window's side says how it stands, and the word of `hearthkeyd status` for it must be the same one.
func (w *window) shows(state, words string) {
	w.t.Helper()
	w.do("see "+words, chromedp.WaitVisible(fmt.Sprintf(`//nav//span[contains(@class, "inline-flex") and normalize-space()=%q]`, words), chromedp.BySearch))
	t := w.t.(*testing.T)
	line, _, _ := strings.Cut(command(t, w.dir, "status").stdout, "\n")
	if fields := strings.Fields(line); len(fields) != 2 || fields[1] != state {
		t.Errorf("the window says %q, hearthkeyd status %q; want %s", words, line, state)
	}
}

// TestWindowOfEveryState takes the provider through every state that there is on a tailnet. The window follows by itself: nobody loads it again.
func TestWindowOfEveryState(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{})
	w := newWindow(t, c.Env())
	w.introduce()
	c.HoldCertificates() // so that it goes no further
	do[any](t, w.dir, "tailnet", "connect", "--host-name", "id")
	until(t, w.dir, "the name is known", func(s admin.Status) bool { return s.Tunnel.State == idp.TunnelNeedsName })
	do[any](t, w.dir, "tailnet", "pin", c.FQDN("id"))
	w.press("Do this later")
	w.reads("h1", "Overview")
	w.shows(admin.StateStarting, "Starting")

	c.GrantCertificates()
	do[any](t, w.dir, "reach", "check")
	w.shows(admin.StatePublic, "Online, public")
	do[any](t, w.dir, "pause")
	w.shows(admin.StatePaused, "Paused")
	c.SetEdge(false)
	do[any](t, w.dir, "reach", "check")
	w.shows(admin.StateAttention, "Needs attention")
	c.SetEdge(true)
	do[any](t, w.dir, "reach", "check")
	w.shows(admin.StatePaused, "Paused")
	do[any](t, w.dir, "resume")
	w.shows(admin.StatePublic, "Online, public")

	do[any](t, w.dir, "tailnet", "funnel", "off")
	w.shows(admin.StateTailnet, "Tailnet only")
	do[any](t, w.dir, "tailnet", "log-out", "--yes")
	w.shows(admin.StateStopped, "Stopped")
	w.quiet()
}
