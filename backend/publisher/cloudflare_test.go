package publisher

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

const (
	oldScript = "export default { fetch() { return new Response('old') } }\n"
	newScript = "export default { fetch() { return new Response('new') } }\n"
	pattern   = "example.com/.well-known/webfinger*"
	worker    = "hearthkey-webfinger-example-com"
)

func TestCloudflare(t *testing.T) {
	c := newCloudflareServer(t)
	target := mustOpen(t, c.config("example.com"))
	if list := target.Changes(); len(list) != 2 || !strings.Contains(list[0], worker) || !strings.Contains(list[1], pattern) {
		t.Errorf("changes: %q", list)
	}
	test, err := target.Test(t.Context())
	if err != nil || !strings.Contains(test.Said, "example.com") || c.state() != "" {
		t.Fatalf("%+v %v, left %q", test, err, c.state())
	}
	before, err := target.Read(t.Context())
	if err != nil || before.There || before.Script != "" {
		t.Fatalf("before: %+v %v", before, err)
	}
	if err := target.Write(t.Context(), Material{Script: oldScript}); err != nil {
		t.Fatal(err)
	}
	c.holds(t, worker, oldScript, "esm")
	first, err := target.Read(t.Context())
	if err != nil || !first.There || first.Script != oldScript {
		t.Fatalf("first: %+v %v", first, err)
	}
	if err := target.Write(t.Context(), Material{Script: newScript}); err != nil {
		t.Fatal(err)
	}
	c.holds(t, worker, newScript, "esm")
	if test, err := target.Test(t.Context()); err != nil || !strings.Contains(test.Said, "replaces") {
		t.Errorf("%+v %v", test, err)
	}
	if err := target.Restore(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	c.holds(t, worker, oldScript, "esm")
	for range 2 { // the second finds nothing to take away
		if err := target.Restore(t.Context(), before); err != nil || c.state() != "" {
			t.Fatalf("%v, left %q", err, c.state())
		}
	}
	if err := target.Write(t.Context(), Material{Script: "addEventListener('fetch', e => e.respondWith(new Response('old kind')))"}); err != nil {
		t.Fatal(err)
	}
	c.holds(t, worker, "addEventListener('fetch', e => e.respondWith(new Response('old kind')))", "classic")
	if s, err := target.Read(t.Context()); err != nil || !strings.HasPrefix(s.Script, "addEventListener") {
		t.Errorf("%+v %v", s, err)
	}
}

// TestCloudflareSubdomain: the zone is found above the domain, and only its own route is made.
func TestCloudflareSubdomain(t *testing.T) {
	c := newCloudflareServer(t)
	for _, zone := range []string{"", "example.com"} {
		config := c.config("id.home.example.com")
		config.Settings.Zone = zone
		target := mustOpen(t, config)
		if err := target.Write(t.Context(), Material{Script: newScript}); err != nil {
			t.Fatal(err)
		}
		if c.routes[0].Pattern != "id.home.example.com/.well-known/webfinger*" || c.routes[0].Script != "hearthkey-webfinger-id-home-example-com" {
			t.Errorf("%+v", c.routes)
		}
		if err := target.Restore(t.Context(), Snapshot{}); err != nil || c.state() != "" {
			t.Fatalf("%v, left %q", err, c.state())
		}
	}
	config := c.config("example.com")
	config.Settings.Zone = "example.org"
	if _, err := Open(t.Context(), config); err == nil {
		t.Error("a zone that does not hold the domain was taken")
	} else {
		failed(t, err, idp.Invalid, "zone", "cloudflare.zone_other")
	}
}

// TestCloudflareOthers: what somebody else has put there stays, and is named.
func TestCloudflareOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		route cfRoute
		key   string
	}{
		"same":       {cfRoute{Pattern: pattern, Script: "mastodon"}, "taken"},
		"scheme":     {cfRoute{Pattern: "https://example.com/.well-known/webfinger*", Script: "mastodon"}, "taken"},
		"wild":       {cfRoute{Pattern: "*example.com/.well-known/webfinger*", Script: "mastodon"}, "taken"},
		"off":        {cfRoute{Pattern: pattern}, "taken_off"},
		"wider":      {cfRoute{Pattern: "example.com/*", Script: "site"}, ""},
		"elsewhere":  {cfRoute{Pattern: "www.example.com/.well-known/webfinger*", Script: "mastodon"}, ""},
		"other path": {cfRoute{Pattern: "example.com/.well-known/matrix/*", Script: "matrix"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloudflareServer(t)
			tt.route.ID = "theirs"
			c.routes, c.scripts = []cfRoute{tt.route}, map[string]cfScript{"mastodon": {text: "theirs"}}
			target, before := mustOpen(t, c.config("example.com")), c.state()
			_, err := target.Test(t.Context())
			written := target.Write(t.Context(), Material{Script: newScript})
			if tt.key == "" {
				if err != nil || written != nil || len(c.routes) != 2 {
					t.Errorf("%v %v", err, written)
				}
			} else {
				failed(t, err, idp.Conflict, "", "cloudflare."+tt.key)
				failed(t, written, idp.Conflict, "", "cloudflare."+tt.key)
			}
			if err := target.Restore(t.Context(), Snapshot{}); err != nil || c.state() != before {
				t.Errorf("%v, left %q of %q", err, c.state(), before)
			}
		})
	}
}

// TestCloudflareRefusals: each refusal that Cloudflare documents says what to do, keeps what is there and leaves nothing half done.
func TestCloudflareRefusals(t *testing.T) {
	all := []string{cfZoneRead, cfRoutesEdit, cfScriptsEdit}
	for name, tt := range map[string]struct {
		change func(c *cloudflareServer)
		code   idp.Code
		field  string
		key    string
	}{
		"unknown token": {func(c *cloudflareServer) { delete(c.tokens, cfToken) }, idp.Invalid, "secret", "token"},
		"broken token":  {func(c *cloudflareServer) { c.fail("/zones", 400, 6003, "Invalid request headers") }, idp.Invalid, "secret", "token"},
		"no zone":       {func(c *cloudflareServer) { c.tokens[cfToken] = all[1:] }, idp.Invalid, "secret", "no_zone"},
		"no routes":     {func(c *cloudflareServer) { c.tokens[cfToken] = []string{cfZoneRead, cfScriptsEdit} }, idp.Invalid, "secret", "routes"},
		"no scripts":    {func(c *cloudflareServer) { c.tokens[cfToken] = all[:2] }, idp.Invalid, "secret", "scripts"},
		"read only":     {func(c *cloudflareServer) { c.tokens[cfToken] = []string{cfZoneRead, cfRoutesRead, cfScriptsRead} }, idp.Invalid, "secret", "routes"},
		"pending":       {func(c *cloudflareServer) { c.status = "pending" }, idp.Unavailable, "", "pending"},
		"paused":        {func(c *cloudflareServer) { c.paused = true }, idp.Unavailable, "", "paused"},
		"busy":          {func(c *cloudflareServer) { c.fail("/zones", 429, 10429, "rate limited") }, idp.Unavailable, "", "busy"},
		"down":          {func(c *cloudflareServer) { c.broken = http.StatusBadGateway }, idp.Unavailable, "", "down"},
		"sent away":     {func(c *cloudflareServer) { c.broken = http.StatusFound }, idp.Unavailable, "", "down"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloudflareServer(t)
			tt.change(c)
			target := mustOpen(t, c.config("example.com"))
			_, err := target.Test(t.Context())
			failed(t, err, tt.code, tt.field, "cloudflare."+tt.key)
			if c.state() != "" {
				t.Errorf("left %q", c.state())
			}
		})
	}
	for name, tt := range map[string]struct {
		path, key string
		status    int
		number    int64
		code      idp.Code
	}{
		"script wrong": {"PUT /scripts/", "script_refused", 400, 10021, idp.Unavailable},
		"too many":     {"PUT /scripts/", "many", 403, 10037, idp.Unavailable},
		"meanwhile":    {"POST /routes", "raced", 409, 10020, idp.Conflict},
		"other":        {"POST /routes", "refused", 400, 10022, idp.Unavailable},
		"denied":       {"POST /routes", "routes", 403, 10000, idp.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloudflareServer(t)
			c.fail(tt.path, tt.status, tt.number, "said\x1b[31m so\nand so")
			target := mustOpen(t, c.config("example.com"))
			err := target.Write(t.Context(), Material{Script: newScript})
			field := ""
			if tt.code == idp.Invalid {
				field = "secret"
			}
			failed(t, err, tt.code, field, "cloudflare."+tt.key)
			if c.state() != "" || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("left %q, said %q", c.state(), err)
			}
		})
	}
	c := newCloudflareServer(t)
	config := c.config("example.com")
	config.Credentials.Secret = ""
	_, err := Open(t.Context(), config)
	failed(t, err, idp.Invalid, "secret", "cloudflare.no_token")
}

// TestCloudflareKeepsTheToken: it goes to the API alone, and neither an error nor its cause holds it.
func TestCloudflareKeepsTheToken(t *testing.T) {
	c := newCloudflareServer(t)
	c.broken = http.StatusTemporaryRedirect
	_, err := mustOpen(t, c.config("example.com")).Read(t.Context())
	if c.elsewhere != 0 {
		t.Error("a redirect was followed")
	}
	c.broken = 0
	delete(c.tokens, cfToken)
	_, denied := mustOpen(t, c.config("example.com")).Read(t.Context())
	for _, err := range []error{err, denied} {
		for ; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(err.Error(), cfToken) {
				t.Errorf("%T holds the token", err)
			}
		}
	}
	if len(c.told) != 0 {
		t.Errorf("told of this machine: %v", c.told)
	}
	_, err = cloudflareCalls{}.RoundTrip(&http.Request{URL: mustParse(t, "https://api.cloudflare.com.example.org/client/v4/zones")})
	if err == nil {
		t.Error("another host was called")
	}
}

func TestCloudflareEndless(t *testing.T) {
	c := newCloudflareServer(t)
	c.endless = true
	if _, err := mustOpen(t, c.config("example.com")).Read(t.Context()); idp.CodeOf(err) != idp.Unavailable {
		t.Errorf("an endless answer: %v", err)
	}
	b, err := io.ReadAll(&shortBody{io.NopCloser(strings.NewReader("0123456789")), 10})
	if err != nil || len(b) != 10 {
		t.Errorf("%q %v", b, err)
	}
}

func TestScriptName(t *testing.T) {
	seen := map[string]string{}
	for _, domain := range []string{"example.com", "a-b.c", "a.b.c", "a--b.c", "xn--bcher-kva.example", strings.Repeat("a", 60) + ".example", strings.Repeat("a", 61) + ".example"} {
		name := scriptName(domain)
		if other := seen[name]; other != "" || len(name) > scriptLength {
			t.Errorf("%s: %s, as for %q", domain, name, other)
		}
		seen[name] = domain
	}
}
