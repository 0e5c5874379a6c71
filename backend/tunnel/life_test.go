package tunnel

import (
	"bytes"
	"context"
	"crypto/tls"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/tunnel/tunneltest"
)

const enablePage = "https://login.example.com/f/funnel?node=n1"

func TestInteractiveLogin(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	if s := u.Snapshot(); s.State != idp.TunnelOff || s.HostName != "id" || !s.Funnel {
		t.Errorf("before Start: %+v", s)
	}
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsLogin)
	if !strings.HasPrefix(s.LoginURL, cloud.ControlURL()+"/auth/") || s.DNSName != "" || s.URL != "" || s.Online {
		t.Errorf("needs login: %+v", s)
	}
	res, err := http.Get(s.LoginURL)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("login page: %v %v", res, err)
	}
	_ = res.Body.Close()
	cloud.CompleteLogin(t, s.LoginURL)

	s = wait(t, u, idp.TunnelNeedsName)
	want := idp.Tunnel{
		State: idp.TunnelNeedsName, HostName: "id", DNSName: cloud.FQDN("id"), URL: "https://" + cloud.FQDN("id"), Account: s.Account, Address: s.Address, Online: true, Funnel: true, Node: s.Node,
	}
	if s != want || s.Address == "" || !strings.HasPrefix(s.Account, "user-") {
		t.Errorf("joined: %+v", s)
	}
	notServed(t, cloud)

	h.pin(s.DNSName)
	u.Refresh()
	s = wait(t, u, idp.TunnelOnline)
	if s.PinnedURL != s.URL || s.CertExpiry.Std().Before(time.Now().Add(24*time.Hour)) || s.Problem != "" {
		t.Errorf("online: %+v", s)
	}
	cloud.WaitFor(t, s.DNSName)
	if got := ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL); got.Host != s.DNSName {
		t.Errorf("visitor sees %+v", got)
	}
}

// notServed fails the test if the internet or the tailnet is let in.
func notServed(t *testing.T, cloud *tunneltest.Cloud) {
	t.Helper()
	conn, err := net.Dial("tcp", cloud.EdgeAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := tls.Client(conn, &tls.Config{ServerName: cloud.FQDN("id"), RootCAs: cloud.Roots()}).Handshake(); err == nil {
		t.Error("the internet is served")
	}
}

func TestAuthKey(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-good"})
	h := newHouse(t)
	u := h.configure(t, Config{AuthKey: "tskey-auth-good"})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	wait(t, u, idp.TunnelOnline)
}

// TestLogoutForgetsTheAuthKey: a key that may be used again would bring the node back to the tailnet that the owner left.
func TestLogoutForgetsTheAuthKey(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-good"})
	h := newHouse(t)
	u := h.configure(t, Config{AuthKey: "tskey-auth-good"})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	wait(t, u, idp.TunnelOnline)
	if err := u.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := u.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := waitFor(t, u, "a login that waits, or is done", func(s idp.Tunnel) bool { return s.State == idp.TunnelNeedsLogin || s.State == idp.TunnelOnline })
	if s.State != idp.TunnelNeedsLogin {
		t.Errorf("logged in again by the key of before: %+v", s)
	}
}

func TestAuthKeyFromEnvironment(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-good"})
	t.Setenv("TS_AUTHKEY", "tskey-auth-good")
	h := newHouse(t)
	u := h.configure(t, Config{})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	wait(t, u, idp.TunnelOnline)
}

func TestWrongAuthKey(t *testing.T) {
	tunneltest.Start(t, tunneltest.Options{AuthKey: "tskey-auth-good"})
	h := newHouse(t)
	u := h.configure(t, Config{AuthKey: "tskey-auth-bad"})
	start(t, u)
	s := wait(t, u, idp.TunnelNeedsLogin)
	if want := idp.Text("tunnel.auth_key_refused", "reason", "invalid authkey").String(); s.Problem != want {
		t.Errorf("problem is %q, want %q", s.Problem, want)
	}
}

func TestAuthKeyThatCannotDo(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct {
		key, want, problem string
		tags               []string
	}{
		{key: "tskey-auth-x", want: "tskey-auth-x"},
		{key: "", want: ""},
		{key: "tskey-client-x", problem: "tunnel.auth_key_needs_tags"},
		{key: "tskey-client-x", tags: []string{"tag:id"}, want: "tskey-client-x?ephemeral=false"},
		{key: "tskey-client-x?ephemeral=true&preauthorized=true", tags: []string{"tag:id"}, want: "tskey-client-x?ephemeral=false&preauthorized=true"},
		{key: "tskey-client-x?%zz", tags: []string{"tag:id"}, problem: "tunnel.auth_key_malformed"},
	} {
		got, err := Config{AuthKey: tt.key, Tags: tt.tags}.authKey()
		if got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.key, got, tt.want)
		}
		checkError(t, err, idp.Invalid, tt.problem)
	}
	u := h.configure(t, Config{AuthKey: "tskey-client-x"})
	checkError(t, u.Start(context.Background()), idp.Invalid, "tunnel.auth_key_needs_tags")
	if u.Snapshot().State != idp.TunnelOff {
		t.Errorf("state is %s", u.Snapshot().State)
	}
}

func checkError(t *testing.T, err error, code idp.Code, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Errorf("unexpected error %v", err)
		}
		return
	}
	if idp.CodeOf(err) != code || !says(err.Error(), key) {
		t.Errorf("error is %v, want %s", err, key)
	}
}

func TestCapabilitiesGrantedWhileWaiting(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{NoHTTPS: true, NoFunnel: true, EnableURL: enablePage})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	s := waitFor(t, u, "told the page", func(s idp.Tunnel) bool { return s.State == idp.TunnelNeedsHTTPS && s.EnableURL == enablePage })
	if s.Problem == "" {
		t.Error("nothing says what to do")
	}
	cloud.Allow(t, "id", true, false)
	s = waitFor(t, u, "told the page", func(s idp.Tunnel) bool { return s.State == idp.TunnelNeedsFunnel && s.EnableURL == enablePage })
	if s.Problem == "" {
		t.Error("nothing says what to do")
	}
	notServed(t, cloud)
	cloud.Allow(t, "id", true, true)
	if s = wait(t, u, idp.TunnelOnline); s.EnableURL != "" || s.Problem != "" {
		t.Errorf("online: %+v", s)
	}
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
}

func TestPageWhenControlNamesNone(t *testing.T) {
	tunneltest.Start(t, tunneltest.Options{NoFunnel: true})
	u := newHouse(t).configure(t, Config{Funnel: true})
	start(t, u)
	if s := wait(t, u, idp.TunnelNeedsFunnel); s.EnableURL != funnelPage {
		t.Errorf("page is %q", s.EnableURL)
	}
}

func TestTailnetOnly(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{NoFunnel: true})
	h := online(t, cloud, Config{Funnel: false})
	member, _ := cloud.Member(t, "alice-laptop")
	url := "https://" + cloud.FQDN("id")
	if v := ask(t, member, url).Visitor; v.Network != idp.NetworkTailnet {
		t.Errorf("member is %+v", v)
	}
	notServed(t, cloud)

	cloud.Allow(t, "id", true, true)
	h.SetFunnel(true)
	waitFor(t, h.Tunnel, "on Funnel", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline && s.Funnel })
	cloud.WaitFor(t, cloud.FQDN("id"))
	if v := ask(t, cloud.Visitor(from("203.0.113.7:1")), url).Visitor; v.Network != idp.NetworkPublic {
		t.Errorf("visitor is %+v", v)
	}

	h.SetFunnel(false)
	waitFor(t, h.Tunnel, "off Funnel", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline && !s.Funnel })
	notServed(t, cloud)
	ask(t, member, url)
}

func TestOtherNameIsNotServed(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("login"))
	start(t, u)
	s := wait(t, u, idp.TunnelNameMismatch)
	if s.DNSName != cloud.FQDN("id") || s.PinnedURL != "https://"+cloud.FQDN("login") || !strings.Contains(s.Problem, cloud.FQDN("login")) || s.CertExpiry != 0 {
		t.Errorf("mismatch: %+v", s)
	}
	notServed(t, cloud)
	if _, err := os.Stat(filepath.Join(u.cfg.Dir, "certs")); err == nil {
		t.Error("a certificate was fetched for a name that is not pinned")
	}
}

func TestRenameStopsServing(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{Funnel: true})
	url := "https://" + cloud.FQDN("id")
	cloud.Rename(t, "id", "id-1")
	s := wait(t, h.Tunnel, idp.TunnelNameMismatch)
	if s.DNSName != cloud.FQDN("id-1") || s.PinnedURL != url {
		t.Errorf("renamed: %+v", s)
	}
	notServed(t, cloud)
	cloud.Rename(t, "id-1", "id")
	wait(t, h.Tunnel, idp.TunnelOnline)
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), url)
}

func TestRestartOnSealedState(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	cloud.CompleteLogin(t, waitFor(t, u, "told a login page", func(s idp.Tunnel) bool { return s.LoginURL != "" }).LoginURL)
	ends := wait(t, u, idp.TunnelOnline).CertExpiry
	u.Stop()
	if s := u.Snapshot(); s.State != idp.TunnelOff || s.Online {
		t.Errorf("stopped: %+v", s)
	}
	checkNothingInClear(t, h)

	// another process: only the database, the key file and the folder are left
	u = h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	seen := make(chan idp.Tunnel, 100)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for s := range u.Subscribe(ctx) {
			seen <- s
		}
	}()
	start(t, u)
	if s := wait(t, u, idp.TunnelOnline); s.CertExpiry != ends {
		t.Errorf("another certificate was fetched: ends %v, before %v", s.CertExpiry.Std(), ends.Std())
	}
	for s := range seen {
		if s.LoginURL != "" {
			t.Errorf("asks for a second login: %+v", s)
		}
		if s.State == idp.TunnelOnline {
			break
		}
	}
	if nodes := cloud.Nodes(); len(nodes) != 2 {
		t.Errorf("the tailnet has %v, want the edge and one id", nodes)
	}
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), "https://"+cloud.FQDN("id"))
}

// checkNothingInClear looks for private keys, as Tailscale and PEM write them, in the database and in the node's folder.
func checkNothingInClear(t *testing.T, h *house) {
	t.Helper()
	secret := [][]byte{[]byte("privkey:"), []byte("PRIVATE KEY"), []byte("PrivateNodeKey")}
	if sealed, err := h.store.TailnetState(t.Context(), "_machinekey"); err != nil || len(sealed) == 0 {
		t.Fatalf("no machine key was kept: %v", err)
	}
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		inCerts := strings.Contains(path, string(filepath.Separator)+"certs")
		switch {
		case d.IsDir():
			if path != h.dir && info.Mode().Perm() != 0o700 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		case inCerts && !strings.HasSuffix(path, ".crt") && info.Mode().Perm() != 0o600:
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, s := range secret {
			if !inCerts && bytes.Contains(content, s) {
				t.Errorf("%s holds %q in clear", path, s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStateUnderAnotherKeyIsNotReplaced(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{})
	h.Stop()
	before, err := h.store.TailnetState(t.Context(), "_machinekey")
	if err != nil {
		t.Fatal(err)
	}
	h.vault = newHouse(t).vault
	u := h.configure(t, Config{})
	if err := u.Start(t.Context()); idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("start with another key: %v", err)
	}
	if after, err := h.store.TailnetState(t.Context(), "_machinekey"); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the state was replaced: %v", err)
	}
}

func TestLogoutCleans(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	cloud.CompleteLogin(t, waitFor(t, u, "told a login page", func(s idp.Tunnel) bool { return s.LoginURL != "" }).LoginURL)
	wait(t, u, idp.TunnelOnline)
	if err := u.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := u.Snapshot(); s.State != idp.TunnelOff || s.PinnedURL == "" || s.DNSName != "" || s.CertExpiry != 0 {
		t.Errorf("logged out: %+v", s)
	}
	if _, err := os.Stat(u.cfg.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	onlyMachineKey(t, h)

	if err := u.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := waitFor(t, u, "told a login page again", func(s idp.Tunnel) bool { return s.LoginURL != "" })
	cloud.CompleteLogin(t, s.LoginURL)
	wait(t, u, idp.TunnelOnline)
}

// onlyMachineKey fails the test unless the machine key is all that is left of the node's state.
func onlyMachineKey(t *testing.T, h *house) {
	t.Helper()
	if _, err := h.store.TailnetState(t.Context(), "_machinekey"); err != nil {
		t.Errorf("the machine key, by which the tailnet knows this machine again: %v", err)
	}
	for _, key := range []string{"_profiles", "_current-profile"} {
		if _, err := h.store.TailnetState(t.Context(), key); idp.CodeOf(err) != idp.NotFound {
			t.Errorf("%s is left: %v", key, err)
		}
	}
}

func TestLogoutWhileOff(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := online(t, cloud, Config{})
	h.Stop()
	if err := h.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	onlyMachineKey(t, h)
	h.Stop()
}

func TestKeyExpiry(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	cloud.CompleteLogin(t, waitFor(t, u, "told a login page", func(s idp.Tunnel) bool { return s.LoginURL != "" }).LoginURL)
	wait(t, u, idp.TunnelOnline)
	cloud.WaitFor(t, cloud.FQDN("id"))

	soon := time.Now().Add(30 * time.Hour).Truncate(time.Second)
	cloud.ExpireKey(t, "id", soon)
	waitFor(t, u, "told when the key ends", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline && s.KeyExpiry == idp.At(soon) })

	cloud.ExpireKey(t, "id", time.Now().Add(-time.Minute))
	s := waitFor(t, u, "told to log in again", func(s idp.Tunnel) bool { return s.State == idp.TunnelKeyExpired && s.LoginURL != "" })
	if s.Problem != idp.Text("tunnel.key_expired").String() || s.Online {
		t.Errorf("expired: %+v", s)
	}
	cloud.ExpireKey(t, "id", time.Now().Add(180*24*time.Hour)) // of the new key; the control server copies the old one's end
	cloud.CompleteLogin(t, s.LoginURL)
	if s = wait(t, u, idp.TunnelOnline); s.LoginURL != "" {
		t.Errorf("online again: %+v", s)
	}
	cloud.WaitFor(t, cloud.FQDN("id"))
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
}

func TestKeyEndedWhileOff(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	cloud.CompleteLogin(t, waitFor(t, u, "told a login page", func(s idp.Tunnel) bool { return s.LoginURL != "" }).LoginURL)
	wait(t, u, idp.TunnelOnline)
	u.Stop()
	cloud.ExpireKey(t, "id", time.Now().Add(-time.Minute))
	start(t, u)
	s := waitFor(t, u, "told to log in again", func(s idp.Tunnel) bool { return s.LoginURL != "" })
	if s.State != idp.TunnelNeedsLogin && s.State != idp.TunnelKeyExpired {
		t.Errorf("state is %s", s.State)
	}
	cloud.ExpireKey(t, "id", time.Now().Add(180*24*time.Hour))
	cloud.CompleteLogin(t, s.LoginURL)
	wait(t, u, idp.TunnelOnline)
}

func TestLoginAgainWhileServing(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{Login: true})
	h := newHouse(t)
	u := h.configure(t, Config{Funnel: true})
	h.pin(cloud.FQDN("id"))
	start(t, u)
	first := waitFor(t, u, "told a login page", func(s idp.Tunnel) bool { return s.LoginURL != "" }).LoginURL
	cloud.CompleteLogin(t, first)
	wait(t, u, idp.TunnelOnline)
	cloud.WaitFor(t, cloud.FQDN("id"))
	if err := u.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := waitFor(t, u, "told another login page", func(s idp.Tunnel) bool { return s.LoginURL != "" })
	if s.State != idp.TunnelOnline || s.LoginURL == first {
		t.Errorf("logging in again: %+v", s)
	}
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
	cloud.CompleteLogin(t, s.LoginURL)
	waitFor(t, u, "online without a login page", func(s idp.Tunnel) bool { return s.State == idp.TunnelOnline && s.LoginURL == "" })
	cloud.WaitFor(t, cloud.FQDN("id"))
	impatient(t, cloud, s.URL)
	ask(t, cloud.Visitor(from("203.0.113.7:1")), s.URL)
}

// impatient visits as a person does who loads the page again: with a new key the node's peers begin anew, and what they had under way may stall.
func impatient(t *testing.T, cloud *tunneltest.Cloud, url string) {
	t.Helper()
	var err error
	for range 10 {
		var res *http.Response
		client := cloud.Visitor(from("203.0.113.7:1"))
		client.Timeout = 5 * time.Second
		if res, err = client.Get(url); err == nil {
			_ = res.Body.Close()
			return
		}
	}
	t.Fatal(err)
}

func TestStartAndStopAgain(t *testing.T) {
	cloud := tunneltest.Start(t, tunneltest.Options{})
	h := newHouse(t)
	u := h.configure(t, Config{})
	u.Stop() // never started
	u.Refresh()
	h.pin(cloud.FQDN("id"))
	for range 3 {
		start(t, u)
		start(t, u)
		u.Stop() // at any moment
	}
	start(t, u)
	wait(t, u, idp.TunnelOnline)
	u.Stop()
	u.Stop()
}

func TestUnusableFolder(t *testing.T) {
	h := newHouse(t)
	u := h.configure(t, Config{})
	if err := os.WriteFile(u.cfg.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checkError(t, u.Start(t.Context()), idp.Unavailable, "tunnel.folder")
}
