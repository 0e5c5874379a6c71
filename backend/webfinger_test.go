package backend_test

import (
	"net/http/httputil"
	"slices"
	"sync/atomic"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// TestDomainByProxy looks from outside at a domain whose web server passes WebFinger on to the issuer, and tells the owner when it does not any more.
func TestDomainByProxy(t *testing.T) {
	p, f := behindProxy(t)
	var path atomic.Value
	path.Store("")
	f.rewrite.Store(func(r *httputil.ProxyRequest) {
		rightly(r)
		if r.In.Host != "mail.example.com" {
			return
		}
		r.Out.Host = f.hostName()
		r.Out.Header.Set("X-Forwarded-Host", f.hostName())
		if path := path.Load().(string); path != "" {
			r.Out.URL.Path = path
		}
	})
	if _, err := p.Admin.AddWebFingerDomain(t.Context(), admin.WebFingerInput{Domain: "mail.example.com"}); err != nil {
		t.Fatal(err)
	}
	check := func(verdict string) admin.WebFingerCheck {
		t.Helper()
		d, err := p.Admin.CheckWebFinger(t.Context(), "mail.example.com")
		if err != nil || d.Check.Verdict != verdict {
			t.Fatalf("%+v %v", d.Check, err)
		}
		return d.Check
	}
	if c := check("ok"); c.Href != p.Issuer {
		t.Errorf("names %s", c.Href)
	}
	path.Store("/nothing")
	check("danger")
	if c := check("danger"); !c.Drifted {
		t.Errorf("twice out of order: %+v", c)
	}
	s, err := p.Admin.Status(t.Context())
	if err != nil || s.WebFinger.Key == "" || !slices.ContainsFunc(s.Todo, func(t admin.Todo) bool { return t.Key == "webfinger_drift" && t.Link == "webfinger/mail.example.com" }) {
		t.Errorf("told %+v %+v %v", s.WebFinger, s.Todo, err)
	}
	if events := p.Events(idp.EventWebFingerDrifted); len(events) != 1 || events[0].Detail["domain"] != "mail.example.com" {
		t.Errorf("noted %+v", events)
	}
	path.Store("")
	check("ok")
	if events := p.Events(idp.EventWebFingerMended); len(events) != 1 {
		t.Errorf("noted %+v", events)
	}
}
