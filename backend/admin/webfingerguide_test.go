package admin

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// TestWebFingerGuide takes a domain without a website from the questions to its records.
func TestWebFingerGuide(t *testing.T) {
	h := newHome(t)
	before := h.Store.Change()
	var asked []string
	servers, addresses := []string{"ns-1.a.gandi.net"}, ""
	h.Records = func(_ context.Context, domain string) ([]string, []netip.Addr, error) {
		asked = append(asked, domain)
		var list []netip.Addr
		for a := range strings.FieldsSeq(addresses) {
			list = append(list, netip.MustParseAddr(a))
		}
		return servers, list, nil
	}
	guide := func(cloudflare, freeHost string) WebFingerGuide {
		t.Helper()
		g, err := h.WebFingerGuide(h.ctx, WebFingerGuideInput{Domain: "EXAMPLE.com", Cloudflare: cloudflare, FreeHost: freeHost})
		h.must(err)
		if g.Domain != "example.com" || !g.Looked || g.Problem != "" || (g.Ask == "") != (g.Host != "") || (g.Host != "") != (len(g.Steps) > 0) {
			t.Errorf("%+v", g)
		}
		for _, step := range g.Steps {
			if step == "" || strings.Contains(step, "wflines.") || strings.Contains(step, "{") {
				t.Errorf("step %q", step)
			}
		}
		return g
	}
	if g := guide("", ""); g.Ask != "cloudflare" || g.DNS != "Gandi" || g.Ready || strings.Join(g.Servers, " ") != "ns-1.a.gandi.net" {
		t.Errorf("%+v", g)
	}
	if g := guide("no", ""); g.Ask != "freeHost" || len(g.Records) != 0 {
		t.Errorf("%+v", g)
	}
	if g := guide("no", "no"); g.Host != "file" || g.Ready || len(g.Records) != 0 {
		t.Errorf("without records nothing is ready: %+v", g)
	}

	addresses = "185.199.108.153 203.0.113.9"
	g := guide("no", "yes")
	if g.Host != "github" || g.Ready || len(g.Records) != 8 || strings.Join(g.Extra, " ") != "203.0.113.9" || strings.Join(g.Addresses, " ") != addresses {
		t.Errorf("%+v", g)
	}
	var all []string
	for _, r := range g.Records {
		if r.Name != "example.com" || r.Seen != (r.Value == "185.199.108.153") || r.Type != map[bool]string{true: "AAAA", false: "A"}[strings.Contains(r.Value, ":")] {
			t.Errorf("%+v", r)
		}
		all = append(all, r.Value)
	}
	if addresses = strings.Join(all[1:], " "); guide("no", "yes").Ready {
		t.Error("ready before the last record is there")
	}
	if addresses = strings.Join(all, " "); !guide("no", "yes").Ready {
		t.Error("not ready with all records")
	}
	if addresses += " 203.0.113.9"; guide("no", "yes").Ready {
		t.Error("ready with an address that leads elsewhere")
	}

	servers, addresses = []string{"amy.ns.cloudflare.com"}, "104.16.1.1"
	if g := guide("", ""); g.Host != "worker" || !g.Ready || g.DNS != "Cloudflare" || len(g.Records) != 1 || g.Records[0].Type != "AAAA" || g.Records[0].Value != "100::" {
		t.Errorf("%+v", g)
	}
	for _, name := range asked {
		if name != "example.com" {
			t.Errorf("asked for %s", name)
		}
	}
	if h.Store.Change() != before {
		t.Error("something was changed")
	}
}

// TestWebFingerGuideInTheDark: without name servers the questions stay, and nothing counts as there.
func TestWebFingerGuideInTheDark(t *testing.T) {
	h := newHome(t)
	for name, records := range map[string]func(context.Context, string) ([]string, []netip.Addr, error){
		"nobody to ask": nil,
		"no answer":     func(context.Context, string) ([]string, []netip.Addr, error) { return nil, nil, errors.New("silence") },
	} {
		h.Records = records
		g, err := h.WebFingerGuide(h.ctx, WebFingerGuideInput{Domain: "example.com", Cloudflare: "yes"})
		h.must(err)
		if g.Looked || g.Problem == "" || strings.Contains(g.Problem, "wflines.") || g.Ready || g.Host != "worker" || len(g.Records) != 1 || g.Records[0].Seen {
			t.Errorf("%s: %+v", name, g)
		}
		if g.Servers == nil || g.Addresses == nil || g.Extra == nil { // pages count them
			t.Errorf("%s: lists that are none: %+v", name, g)
		}
	}
	h.Records = func(ctx context.Context, _ string) ([]string, []netip.Addr, error) { return nil, nil, ctx.Err() }
	gone, leave := context.WithCancel(h.ctx)
	leave()
	if _, err := h.WebFingerGuide(gone, WebFingerGuideInput{Domain: "example.com"}); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever asked has left: %v", err)
	}
	for _, domain := range []string{"", "example", "a b.example", "192.0.2.1"} {
		_, err := h.WebFingerGuide(h.ctx, WebFingerGuideInput{Domain: domain})
		refused(t, err, idp.Invalid, "domain")
	}
}
