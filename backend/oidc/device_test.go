package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// television is an app whose devices cannot sign anyone in by themselves.
func (h *home) television(change ...func(*idp.Client)) (idp.Client, string) {
	h.Helper()
	c := idp.Client{Name: "Television", DeviceGrant: true}
	for _, fn := range change {
		fn(&c)
	}
	return h.addApp(c)
}

// device asks for codes as the app's device.
func (h *home) device(c idp.Client, secret string, change ...string) answer {
	h.Helper()
	form := url.Values{"scope": {"openid profile offline_access"}}
	set(form, change)
	if secret == "" {
		form.Set("client_id", c.ID)
		return h.post(oidc.PathDeviceAuthorize, form)
	}
	return h.post(oidc.PathDeviceAuthorize, form, basic(c.ID, secret))
}

// poll asks for the tokens.
func (h *home) poll(c idp.Client, secret, code string) answer {
	h.Helper()
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code}}
	if secret == "" {
		form.Set("client_id", c.ID)
		return h.post(oidc.PathToken, form)
	}
	return h.post(oidc.PathToken, form, basic(c.ID, secret))
}

func (h *home) find(userCode string) *oidc.Device {
	h.Helper()
	d, err := h.provider.FindDevice(context.Background(), userCode)
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// allow confirms a device as Ann, whose passkey is fresh.
func (h *home) allow(userCode string) {
	h.Helper()
	h.session = h.signIn(h.ann)
	reason, err := h.provider.AllowDevice(context.Background(), h.find(userCode), h.session, visitor)
	if err != nil || reason != idp.Allowed {
		h.Fatal(reason, err)
	}
}

func wantError(t testing.TB, name string, err error, code idp.Code, key string) {
	t.Helper()
	e := new(idp.Error)
	if !errors.As(err, &e) || e.Code != code || e.Message.Key != "oidc."+key || !idp.Known(e.Message.Key) {
		t.Errorf("%s: %v, want %s oidc.%s", name, err, code, key)
	}
}

func TestDeviceAuthorize(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	phone, _ := h.television(func(c *idp.Client) { c.Public = true })
	off, offSecret := h.television(func(c *idp.Client) { c.DisabledAt = start })
	for name, a := range map[string]answer{"confidential": h.device(tv, secret), "public": h.device(phone, ""), "unknown scopes": h.device(tv, secret, "scope", "openid address bogus", "resource", "https://x")} {
		a.is(t, http.StatusOK, "")
		if a.header.Get("Cache-Control") != "no-store" || len(a.text("device_code")) != 43 || a.body["expires_in"] != 300.0 || a.body["interval"] != 5.0 {
			t.Errorf("%s: %s", name, a.raw)
		}
		user := a.text("user_code")
		if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(user) {
			t.Errorf("%s: user code %q", name, user)
		}
		if a.text("verification_uri") != h.issuer+"/device" || a.text("verification_uri_complete") != h.issuer+"/device?code="+user[:7] {
			t.Errorf("%s: %s", name, a.raw)
		}
		if d := h.find(user); d.Code.Network != visitor.Network || d.Code.Source != "203.0.113.7" || d.Code.UserAgent != "Go-http-client/1.1" || d.Code.ExpiresAt != start.Add(5*time.Minute) {
			t.Errorf("%s: kept %+v", name, d.Code)
		}
	}
	bad := func(id, secret string) answer {
		return h.post(oidc.PathDeviceAuthorize, url.Values{"scope": {"openid"}}, basic(id, secret))
	}
	h.device(h.app, h.secret).is(t, http.StatusBadRequest, "unauthorized_client")
	h.device(off, offSecret).is(t, http.StatusBadRequest, "unauthorized_client")
	h.device(tv, secret, "scope", "profile").is(t, http.StatusBadRequest, "invalid_scope")
	h.device(tv, secret, "-scope", "").is(t, http.StatusBadRequest, "invalid_scope")
	h.device(tv, "").is(t, http.StatusUnauthorized, "invalid_client")
	bad(tv.ID, "bad").is(t, http.StatusUnauthorized, "invalid_client")
	bad("app_nope", "bad").is(t, http.StatusUnauthorized, "invalid_client")
	h.post(oidc.PathDeviceAuthorize, url.Values{"scope": {"openid", "openid"}}, basic(tv.ID, secret)).is(t, http.StatusBadRequest, "invalid_request")
	h.get(oidc.PathDeviceAuthorize).is(t, http.StatusMethodNotAllowed, "invalid_request")
}

func TestFindDevice(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	user := h.device(tv, secret).text("user_code")
	ctx := idp.WithVisitor(context.Background(), visitor)
	for _, typed := range []string{user, strings.ToLower(user), strings.ReplaceAll(user, "-", ""), " " + strings.ReplaceAll(user, "-", " ") + " ", user[:2] + "." + user[2:]} {
		if d, err := h.provider.FindDevice(ctx, typed); err != nil || d.Client.ID != tv.ID {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", "----", user[:8], user + "B", "AAAA-AAAA", "BBBB-BBBB", user[:8] + "\x00", strings.Repeat(user, 1000), strings.ToLower(user)[:8] + "é"} {
		if typed == user {
			continue
		}
		_, err := h.provider.FindDevice(ctx, typed)
		wantError(t, typed, err, idp.NotFound, "device_unknown")
	}
	h.write(func(tx *store.Tx) error { tv.DeviceGrant = false; return tx.UpdateClient(tv) })
	_, err := h.provider.FindDevice(ctx, user)
	wantError(t, "switched off", err, idp.NotFound, "device_unknown")
	h.write(func(tx *store.Tx) error { tv.DeviceGrant = true; return tx.UpdateClient(tv) })
	h.pass(5*time.Minute - time.Millisecond)
	h.find(user)
	h.pass(time.Millisecond)
	_, err = h.provider.FindDevice(ctx, user)
	wantError(t, "late", err, idp.Expired, "device_over")
}

// TestDeviceGuessing counts wrong codes by who types them, and then tells nothing of right ones either (DV-05).
func TestDeviceGuessing(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	user := h.device(tv, secret).text("user_code")
	wrong, full := 0, false
	h.wrongCode = func(v idp.Visitor, missed bool) bool {
		if v != visitor {
			t.Errorf("counted for %v", v)
		}
		if missed {
			wrong++
		}
		return full
	}
	ctx := idp.WithVisitor(context.Background(), visitor)
	find := func(code string) error { _, err := h.provider.FindDevice(ctx, code); return err }
	if err := find(user); err != nil || wrong != 0 {
		t.Errorf("%v, %d wrong", err, wrong)
	}
	wantError(t, "wrong", find("BBBB-BBBB"), idp.NotFound, "device_unknown")
	full = true
	wantError(t, "wrong, too many", find("BBBB-BBBB"), idp.Unavailable, "device_guessing")
	wantError(t, "right, too many", find(user), idp.Unavailable, "device_guessing")
	if wrong != 1 {
		t.Errorf("%d wrong codes were counted, want 1", wrong)
	}
}

func TestNear(t *testing.T) {
	at := func(n idp.Network, source string) idp.Visitor {
		a, _ := netip.ParseAddr(source)
		return idp.Visitor{Network: n, Source: a}
	}
	public, tailnet, local := idp.NetworkPublic, idp.NetworkTailnet, idp.NetworkLocal
	for _, tt := range []struct {
		device, browser idp.Visitor
		near            bool
	}{
		{at(public, "203.0.113.7"), at(public, "203.0.113.7"), true},
		{at(public, "203.0.113.7"), at(public, "203.0.113.8"), false},
		{at(public, "2001:db8:1:2::1"), at(public, "2001:db8:1:2::ffff"), true}, // one household has a /64
		{at(public, "2001:db8:1:2::1"), at(public, "2001:db8:1:3::1"), false},
		{at(tailnet, "100.64.0.1"), at(tailnet, "100.64.0.2"), true},
		{at(tailnet, "100.64.0.1"), at(public, "203.0.113.7"), false},
		{at(public, "203.0.113.7"), at(tailnet, "100.64.0.1"), false},
		{at(local, "127.0.0.1"), at(local, "127.0.0.1"), true},
		{at(local, "127.0.0.1"), at(public, "127.0.0.1"), false},
		{at(public, ""), at(public, ""), false}, // unknown is nowhere, not the same place
		{at("", "203.0.113.7"), at(public, "203.0.113.7"), false},
	} {
		d := oidc.Device{Code: idp.DeviceCode{Network: tt.device.Network, Source: tt.device.Source.String()}}
		if got := d.Near(tt.browser); got != tt.near {
			t.Errorf("%v and %v: %v", tt.device, tt.browser, got)
		}
		d.Client.DeviceAnywhere = true
		if !d.Near(tt.browser) {
			t.Errorf("%v and %v, anywhere: not near", tt.device, tt.browser)
		}
	}
}

func TestDeviceFlow(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	phone, _ := h.television(func(c *idp.Client) { c.Public = true })
	for _, app := range []struct {
		idp.Client
		secret string
	}{{tv, secret}, {phone, ""}} {
		codes := h.device(app.Client, app.secret)
		device := codes.text("device_code")
		h.poll(app.Client, app.secret, device).is(t, http.StatusBadRequest, "authorization_pending")
		h.pass(time.Second)
		h.allow(codes.text("user_code"))
		if h.last() != idp.EventDeviceAllowed {
			t.Errorf("event %q", h.last())
		}
		a := h.poll(app.Client, app.secret, device) // at once, though the interval is not over: there is nothing to wait for
		a.is(t, http.StatusOK, "")
		if h.last() != idp.EventTokensIssued+" device" || a.text("scope") != "openid profile offline_access" || a.text("refresh_token") == "" {
			t.Errorf("%s: %s after %s", app.Name, a.raw, h.last())
		}
		claims, _ := h.payload(a.text("id_token"))
		if claims["acr"] != idp.ACRDevice || !reflect.DeepEqual(claims["amr"], []any{"hwk", "user", "mca"}) || claims["sid"] != h.session.ID || claims["sub"] != h.ann.ID || claims["aud"] != app.ID {
			t.Errorf("%s: %v", app.Name, claims)
		}
		h.userInfo(a.text("access_token")).is(t, http.StatusOK, "")
		have, err := h.store.Consent(context.Background(), h.ann.ID, app.ID)
		if err != nil || have.Scope != "openid profile offline_access" {
			t.Errorf("consent %+v, %v", have, err)
		}
		h.poll(app.Client, app.secret, device).is(t, http.StatusBadRequest, "invalid_grant")
		h.userInfo(a.text("access_token")).is(t, http.StatusOK, "") // a poll too many is no theft
		_, err = h.provider.FindDevice(context.Background(), codes.text("user_code"))
		wantError(t, "answered", err, idp.Expired, "device_over")
	}
}

// TestDevicePolls is RFC 8628 §3.5, by the clock that the test moves (DV-01).
func TestDevicePolls(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	other, otherSecret := h.television()
	code := h.device(tv, secret).text("device_code")
	for i, tt := range []struct {
		wait time.Duration
		want string
	}{
		{0, "authorization_pending"}, {5 * time.Second, "authorization_pending"}, {4500 * time.Millisecond, "authorization_pending"}, // the way here takes its time
		{4499 * time.Millisecond, "slow_down"}, {9499 * time.Millisecond, "slow_down"}, {14500 * time.Millisecond, "authorization_pending"}, {time.Second, "slow_down"}, {20 * time.Second, "authorization_pending"},
	} {
		h.pass(tt.wait)
		if a := h.poll(tv, secret, code); a.status != http.StatusBadRequest || a.text("error") != tt.want || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("poll %d: %d %s, want %s", i, a.status, a.raw, tt.want)
		}
	}
	h.poll(other, otherSecret, code).is(t, http.StatusBadRequest, "invalid_grant")
	h.poll(h.app, h.secret, code).is(t, http.StatusBadRequest, "unauthorized_client")
	h.poll(tv, "", code).is(t, http.StatusUnauthorized, "invalid_client")
	h.poll(tv, secret, "nope").is(t, http.StatusBadRequest, "invalid_grant")
	h.poll(tv, secret, "").is(t, http.StatusBadRequest, "invalid_request")
	h.pass(5 * time.Minute)
	h.poll(tv, secret, code).is(t, http.StatusBadRequest, "expired_token")
}

// TestDeviceFlood: a device that asks without end is written down a bounded number of times.
func TestDeviceFlood(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	code := h.device(tv, secret).text("device_code")
	row := func() idp.DeviceCode {
		d, err := h.store.DeviceCode(context.Background(), idp.Hash(code))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for range 100 {
		h.pass(time.Second)
		h.poll(tv, secret, code)
	}
	before := row()
	h.pass(time.Second)
	h.poll(tv, secret, code).is(t, http.StatusBadRequest, "slow_down")
	if after := row(); after.PolledAt != before.PolledAt || after.Interval != 300 {
		t.Errorf("written again: %+v", after)
	}
}

func TestDeviceEnds(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	ctx := context.Background()
	disable := func() { h.write(func(tx *store.Tx) error { h.ann.DisabledAt = h.now(); return tx.UpdateUser(h.ann) }) }
	enable := func() { h.write(func(tx *store.Tx) error { h.ann.DisabledAt = 0; return tx.UpdateUser(h.ann) }) }
	for _, tt := range []struct {
		name  string
		do    func(user string)
		want  string // of the poll
		event string
	}{
		{"denied", func(user string) {
			if err := h.provider.DenyDevice(ctx, h.find(user), h.session, visitor); err != nil {
				t.Error(err)
			}
		}, "access_denied", idp.EventDeviceDenied},
		{"no access", func(user string) { // DV-07
			bob := h.addUser("bob", "{}")
			h.write(func(tx *store.Tx) error {
				return tx.SetAccess(tv.ID, []idp.Access{{ClientID: tv.ID, Kind: idp.AccessUser, Subject: h.ann.ID}})
			})
			if reason, err := h.provider.AllowDevice(ctx, h.find(user), h.signIn(bob), visitor); err != nil || reason != idp.NoAccess {
				t.Error(reason, err)
			}
		}, "access_denied", idp.EventAccessDenied + " no_access"},
		{"disabled at the redemption", func(user string) { h.allow(user); disable() }, "access_denied", idp.EventAccessDenied + " user_disabled"},
		{"session revoked before the redemption", func(user string) {
			enable()
			h.allow(user)
			h.write(func(tx *store.Tx) error { _, err := tx.EndSession(h.session.ID, idp.EndRevoked, h.now()); return err })
		}, "access_denied", idp.EventAccessDenied + " session_revoked"},
		{"answered too late", func(user string) { h.allow(user); h.pass(5 * time.Minute) }, "expired_token", idp.EventDeviceAllowed},
		{"guessed at", func(user string) {
			d := h.find(user)
			for want := idp.DeviceTries - 1; want >= 0; want-- {
				if left, err := h.provider.MissDevice(ctx, d); err != nil || left != want {
					t.Errorf("%d left, %v, want %d", left, err, want)
				}
			}
			n := len(h.events())
			if left, err := h.provider.MissDevice(ctx, d); err != nil || left != 0 || len(h.events()) != n {
				t.Errorf("a try too many: %d left, %v", left, err)
			}
		}, "access_denied", idp.EventDeviceDenied + " too_many_tries"},
		{"switched off", func(user string) {
			h.allow(user)
			h.write(func(tx *store.Tx) error { tv.DeviceGrant = false; return tx.UpdateClient(tv) })
		}, "unauthorized_client", idp.EventDeviceAllowed},
	} {
		codes := h.device(tv, secret)
		h.pass(time.Second)
		tt.do(codes.text("user_code"))
		if a := h.poll(tv, secret, codes.text("device_code")); a.status != http.StatusBadRequest || a.text("error") != tt.want {
			t.Errorf("%s: %d %s", tt.name, a.status, a.raw)
		}
		if h.last() != tt.event {
			t.Errorf("%s: event %q, want %q", tt.name, h.last(), tt.event)
		}
	}
}

// TestConfirmation is what AllowDevice holds on to by itself, whatever the page checked.
func TestConfirmation(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	ctx := context.Background()
	stale := h.session
	h.pass(time.Second)
	user := h.device(tv, secret).text("user_code")
	allow := func(s idp.Session, v idp.Visitor) error {
		reason, err := h.provider.AllowDevice(ctx, &oidc.Device{Client: tv, Code: h.find(user).Code}, s, v)
		if reason != idp.Allowed {
			t.Error(reason)
		}
		return err
	}
	elsewhere := idp.Visitor{Network: idp.NetworkPublic, Source: netip.MustParseAddr("198.51.100.1")}
	wantError(t, "no fresh passkey", allow(stale, visitor), idp.Denied, "device_passkey")
	enrolled := h.signIn(h.ann)
	h.write(func(tx *store.Tx) error {
		s := enrolled
		s.ID, s.ACR = "ses_enrolled", idp.ACREnrol
		return tx.CreateSession(s)
	})
	enrolled.ID = "ses_enrolled"
	wantError(t, "a passkey that an invite has just made", allow(enrolled, visitor), idp.Denied, "device_passkey")
	fresh := h.signIn(h.ann)
	wantError(t, "elsewhere", allow(fresh, elsewhere), idp.Denied, "device_far")
	lie := fresh
	lie.UserID = h.addUser("eve", "{}").ID
	if reason, err := h.provider.AllowDevice(ctx, h.find(user), lie, visitor); err != nil || reason != idp.SessionOver {
		t.Errorf("somebody else's session: %v, %v", reason, err)
	}
	h.write(func(tx *store.Tx) error { tv.NetworkRule = idp.NetworkTailnetOnly; return tx.UpdateClient(tv) })
	tailnetDevice := h.find(user)
	if reason, err := h.provider.AllowDevice(ctx, tailnetDevice, fresh, visitor); err != nil || reason != idp.NotOnTailnet {
		t.Errorf("outside the tailnet: %v, %v", reason, err)
	}
	h.write(func(tx *store.Tx) error { tv.NetworkRule = idp.NetworkAnywhere; return tx.UpdateClient(tv) })
	user = h.device(tv, secret).text("user_code")
	d := h.find(user)
	if err := allow(fresh, visitor); err != nil {
		t.Error(err)
	}
	_, err := h.provider.AllowDevice(ctx, d, fresh, visitor)
	wantError(t, "allowed twice", err, idp.Expired, "device_over")
	wantError(t, "denied afterwards", h.provider.DenyDevice(ctx, d, fresh, visitor), idp.Expired, "device_over")
	user = h.device(tv, secret).text("user_code")
	d = h.find(user)
	h.write(func(tx *store.Tx) error { tv.DeviceGrant = false; return tx.UpdateClient(tv) })
	_, err = h.provider.AllowDevice(ctx, d, fresh, visitor)
	wantError(t, "switched off", err, idp.NotFound, "device_unknown")
}

// TestDeviceRace redeems one code a hundred times at once: one gets tokens (DV-03).
func TestDeviceRace(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	for range 3 {
		codes := h.device(tv, secret)
		h.allow(codes.text("user_code"))
		answers := make([]answer, 100)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = h.poll(tv, secret, codes.text("device_code")) })
		}
		wg.Wait()
		won := 0
		for _, a := range answers {
			if a.status == http.StatusOK {
				won++
				h.userInfo(a.text("access_token")).is(t, http.StatusOK, "")
			} else {
				a.is(t, http.StatusBadRequest, "invalid_grant")
			}
		}
		if won != 1 {
			t.Errorf("%d polls got tokens", won)
		}
	}
}

// TestAnswerRace lets and denies a device at once: one answer counts, and the device gets that one.
func TestAnswerRace(t *testing.T) {
	h := newHome(t)
	tv, secret := h.television()
	for range 10 {
		codes := h.device(tv, secret)
		d := h.find(codes.text("user_code"))
		session := h.signIn(h.ann)
		var wg sync.WaitGroup
		var allowed, refused error
		wg.Go(func() { _, allowed = h.provider.AllowDevice(context.Background(), d, session, visitor) })
		wg.Go(func() { refused = h.provider.DenyDevice(context.Background(), d, session, visitor) })
		wg.Wait()
		a := h.poll(tv, secret, codes.text("device_code"))
		if (allowed == nil) == (refused == nil) || (allowed == nil) != (a.status == http.StatusOK) {
			t.Errorf("allowed %v, denied %v, and the device got %s", allowed, refused, a.raw)
		}
	}
}
