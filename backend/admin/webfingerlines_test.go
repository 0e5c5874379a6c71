package admin

import (
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

func TestWebFingerLines(t *testing.T) {
	h := newHome(t)
	_, err := h.WebFingerLines(h.ctx, "example.com")
	refused(t, err, idp.Unavailable, "") // a trial
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error { return tx.SetPin(idp.OnDomain("id.example.net", h.now)) }))
	_, err = h.WebFingerLines(h.ctx, "example.com")
	refused(t, err, idp.NotFound, "")
	_, err = h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com"})
	h.must(err)
	list, err := h.WebFingerLines(h.ctx, "example.com")
	h.must(err)
	seen := map[string]bool{}
	for _, l := range list {
		text := ""
		for _, f := range l.Files {
			if f.Where == "" || strings.Contains(f.Where, "wflines.") || strings.Contains(f.Where, "{") {
				t.Errorf("%s: where %q", l.Host, f.Where)
			}
			text += f.Text
		}
		if l.Name == "" || l.Said == "" || strings.Contains(l.Said, "wflines.") || len(l.Files) == 0 || !strings.Contains(text, "https://") || strings.ContainsAny(text, "\r\x00") || strings.Contains(text, "SETTINGS") {
			t.Errorf("%+v", l)
		}
		seen[l.Host] = true
	}
	for _, host := range strings.Fields("caddy nginx apache traefik worker pages netlify vercel github wordpress file proxy redirect") {
		if !seen[host] {
			t.Errorf("no lines for %s", host)
		}
	}
}
