//go:build tailnet

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// window is the owner's window on a fresh data directory, shown in a browser by the app's test bridge.
type window struct {
	*browser
	dir    string
	bridge struct{ URL, Token string }
}

// newWindow starts the app with its test bridge, which make builds, and loads the page.
func newWindow(t *testing.T, env []string) *window {
	t.Helper()
	program := os.Getenv("HEARTHKEY_BRIDGE")
	if program == "" {
		t.Fatal("HEARTHKEY_BRIDGE names no program; run make tailnet")
	}
	w := &window{dir: filepath.Join(t.TempDir(), "data")}
	cmd := exec.Command(program, "--bridge")
	cmd.Env = append(append(os.Environ(), env...), "HEARTHKEY_DATA="+w.dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the app ended: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(line, &w.bridge); err != nil {
		t.Fatalf("the app printed %q: %v", line, err)
	}
	w.browser = newBrowser(t)
	w.do("widen", chromedp.EmulateViewport(1180, 760))
	w.open(w.bridge.URL + "?token=" + w.bridge.Token)
	return w
}

// press clicks the button that reads so.
func (w *window) press(text string) {
	w.t.Helper()
	button := fmt.Sprintf(`//button[normalize-space()=%q and not(@disabled)]`, text)
	w.do("press "+text, chromedp.WaitVisible(button, chromedp.BySearch), chromedp.Click(button, chromedp.BySearch))
}

// choose clicks what the label of a radio card or switch reads.
func (w *window) choose(text string) {
	w.t.Helper()
	card := fmt.Sprintf(`//*[normalize-space(text())=%q]`, text)
	w.do("choose "+text, chromedp.WaitVisible(card, chromedp.BySearch), chromedp.Click(card, chromedp.BySearch))
}

// reads waits for an element of these words.
func (w *window) reads(element, text string) {
	w.t.Helper()
	w.do("read "+text, chromedp.WaitVisible(fmt.Sprintf(`//%s[normalize-space()=%q]`, element, text), chromedp.BySearch))
}

// fill types into the field of a label, in place of what stands there.
func (w *window) fill(label, value string) {
	w.t.Helper()
	field := fmt.Sprintf(`//input[@id=//label[normalize-space()=%q]/@for]`, label)
	w.do("fill "+label, chromedp.WaitVisible(field, chromedp.BySearch), chromedp.Focus(field, chromedp.BySearch), chromedp.Evaluate("document.activeElement.select()", nil), input.InsertText(value))
}

// opened waits until the window has opened an address that begins so in the system's browser, and answers it.
func (w *window) opened(prefix string) string {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		req, err := http.NewRequest(http.MethodGet, w.bridge.URL+"desk", nil)
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("X-Bridge-Token", w.bridge.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			w.t.Fatal(err)
		}
		var desk struct{ Opened []string }
		err = json.NewDecoder(res.Body).Decode(&desk)
		_ = res.Body.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		if i := slices.IndexFunc(desk.Opened, func(url string) bool { return strings.HasPrefix(url, prefix) }); i >= 0 {
			return desk.Opened[i]
		}
		time.Sleep(20 * time.Millisecond) // the stand-in for the desktop tells nobody
	}
	w.t.Fatalf("the window opened nothing like %s\n%s", prefix, w.where())
	return ""
}

// introduce is the first page of the set-up.
func (w *window) introduce() {
	w.t.Helper()
	w.fill("Your name", "Nora Lindqvist")
	w.fill("Name of your home", "Lindqvist home")
	w.press("Continue")
}

// join connects under the name id, logs in on the page that opened, and confirms the name.
func (w *window) join(c *tunneltest.Cloud) {
	w.t.Helper()
	w.fill("Host name", "id")
	w.press("Connect")
	c.CompleteLogin(w.t, w.opened(c.ControlURL()))
	w.press("Use " + c.FQDN("id"))
}

// passkey makes the owner's passkey in a browser of the internet, from the page that asks for it.
func (w *window) passkey(c *tunneltest.Cloud) {
	w.t.Helper()
	w.reads("h1", "Make your passkey")
	until(w.t.(*testing.T), w.dir, "it serves the internet", func(s admin.Status) bool { return s.State == admin.StatePublic })
	c.WaitFor(w.t, c.FQDN("id"))
	w.press("Open in my browser")
	newBrowser(w.t, c.ChromiumFlags(c.FQDN("id"))...).enrol(w.opened("https://" + c.FQDN("id") + "/invite/"))
}

// TestFirstRunToFunnel goes from a fresh installation to an owner with a passkey at the Funnel address, in the window alone.
func TestFirstRunToFunnel(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	w := newWindow(t, c.Env())
	w.introduce()
	w.press("Continue with Tailscale")
	w.join(c)
	w.passkey(c)
	w.reads("h1", "Hearthkey is ready")
	w.press("Go to Overview")
	w.reads("h1", "Overview")
	w.quiet()

	// Logged out of the tailnet, it comes back under the same name, and the passkey with it.
	w.open(w.bridge.URL + "?token=" + w.bridge.Token + "#/settings")
	w.press("Log out")
	const dialog = `//*[@role="alertdialog" or @role="dialog"]`
	w.do("confirm", chromedp.Click(dialog+`//button[normalize-space()="Log out"]`, chromedp.BySearch))
	w.do("see the question go", chromedp.WaitNotPresent(dialog, chromedp.BySearch))
	w.press("Connect again")
	w.press("Connect")
	c.CompleteLogin(t, until(t, w.dir, "a login page is named", func(s admin.Status) bool { return s.Tunnel.LoginURL != "" }).Tunnel.LoginURL)
	s := until(t, w.dir, "it serves the internet again", func(s admin.Status) bool { return s.State == admin.StatePublic })
	if s.Pin.RPID != c.FQDN("id") || !s.OwnerReady {
		t.Errorf("after connecting again the status is %+v", s)
	}
}

// TestLeavingTheTrial: people and apps stay, the trial's passkey counts no more, and the owner makes a new one at once.
func TestLeavingTheTrial(t *testing.T) {
	c := tunneltest.Start(t, tunneltest.Options{Login: true})
	w := newWindow(t, append(c.Env(), "HEARTHKEY_PORT="+freePort(t)))
	w.introduce()
	w.choose("A local trial")
	w.press("Start the trial")
	w.press("Open in my browser")
	trial := until(t, w.dir, "the trial is pinned", func(s admin.Status) bool { return s.Pin.Mode == idp.ModeTrial })
	newBrowser(t).enrol(w.opened(trial.Pin.Issuer + "/invite/"))
	w.reads("h1", "Hearthkey is ready")
	do[app](t, w.dir, "app", "add", "--name", "Photos", "--redirect-uri", "https://photos.example/cb", "--everyone")
	w.press("Go to Overview")

	w.open(w.bridge.URL + "?token=" + w.bridge.Token + "#/settings")
	w.press("Leave the trial")
	w.press("Continue with Tailscale")
	w.join(c)
	w.passkey(c)
	w.reads("h1", "Hearthkey is ready")
	s := until(t, w.dir, "the owner is ready", func(s admin.Status) bool { return s.OwnerReady })
	if s.Pin.Issuer != "https://"+c.FQDN("id") || s.Clients != 1 || s.Passkeys != 2 || s.TrialOnly != 1 {
		t.Errorf("after the trial the status is %+v", s)
	}
	w.quiet()
}
