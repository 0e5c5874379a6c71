package admin

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// WebFingerLines are what to put onto each kind of web server by hand, so that it answers for a domain.
func (a *Admin) WebFingerLines(ctx context.Context, domain string) (out []WebFingerLines, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		pin, err := r.Pin(ctx)
		if err != nil {
			return err
		}
		if !pin.Secure() {
			return idp.Fail(idp.Unavailable, "webfinger.trial")
		}
		d, err := r.WebFingerDomain(ctx, domain)
		if err != nil {
			return err
		}
		out = linesShown(webfinger.Lines(d, pin.Issuer))
		return nil
	})
	return out, err
}

// linesShown writes the sentences of lines out.
func linesShown(list []webfinger.HostLines) []WebFingerLines {
	out := []WebFingerLines{}
	for _, l := range list {
		said, files := []string{}, []WebFingerFile{}
		for _, m := range l.Said {
			said = append(said, m.String())
		}
		for _, f := range l.Files {
			files = append(files, WebFingerFile{Where: f.Where.String(), Name: f.Name, Text: f.Text})
		}
		out = append(out, WebFingerLines{Host: l.Host, Name: l.Name, Said: strings.Join(said, " "), Files: files})
	}
	return out
}
