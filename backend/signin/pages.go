package signin

import (
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/passkey"
	"hearthkey/backend/store"
)

// stepUpLife is how long a fresh passkey allows changing one's own account.
const stepUpLife = 5 * time.Minute

// Config is what the pages need. Home answers the installation's name; Files holds pages/*.html, style.css, app.js and favicon.svg (frontend.Public).
type Config struct {
	Store   *store.Store
	Clock   idp.Clock
	Pin     idp.Pin
	Home    func() string
	Passkey *passkey.Relying
	OIDC    *oidc.Provider
	Log     *slog.Logger
	Files   fs.FS
	Former  func() []string // former hosts that were found to lead here; nil for none
}

// Pages answers the first-party side of one pinned issuer. Its handlers return what they could not answer; ErrorPage shows it.
type Pages struct {
	store     *store.Store
	clock     idp.Clock
	pin       idp.Pin
	home      func() string
	passkey   *passkey.Relying
	oidc      *oidc.Provider
	log       *slog.Logger
	templates map[string]*template.Template
	assets    map[string]asset
	names     assetNames
	pendings  *pendings
	formers   func() []string
}

// New reads the templates and assets, and fails on any that is missing or wrong.
func New(c Config) (*Pages, error) {
	p := &Pages{store: c.Store, clock: c.Clock, pin: c.Pin, home: c.Home, passkey: c.Passkey, oidc: c.OIDC, log: c.Log, pendings: newPendings(c.Clock), formers: c.Former}
	if p.formers == nil {
		p.formers = func() []string { return nil }
	}
	var err error
	if p.templates, err = loadTemplates(c.Files); err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	if p.assets, p.names, err = loadAssets(c.Files); err != nil {
		return nil, fmt.Errorf("read the pages' assets: %w", err)
	}
	return p, nil
}

// owner is whom pages tell people to ask: the owner's first name.
func (p *Pages) owner(ctx context.Context) string {
	u, err := p.store.Owner(ctx)
	if err != nil {
		return idp.Text("page.the_owner").String()
	}
	return firstName(u)
}

func firstName(u idp.User) string {
	if u.GivenName != "" {
		return u.GivenName
	}
	if first := strings.Fields(u.Name); len(first) > 0 {
		return first[0]
	}
	return u.UserName
}

func fullName(u idp.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.UserName
}
