package admin

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/publisher"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// publishing is a home with a vault and a domain.
func publishing(t *testing.T) *home {
	t.Helper()
	h := newHome(t)
	v, err := vault.Open(h.ctx, vault.Options{Dir: h.DataDir, Kind: vault.KindFile})
	h.must(err)
	h.Vault, h.Outgoing = func() *vault.Vault { return v }, outgoing.New(outgoing.Config{})
	_, err = h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.com"})
	h.must(err)
	return h
}

func TestFolderPublisher(t *testing.T) {
	h := publishing(t)
	root := t.TempDir()
	in := PublisherInput{Publisher: idp.Publisher{Kind: idp.PublisherFolder, Root: " " + root + " ", URL: "https://left.example.com", User: "left"}}
	test, err := h.TestPublisher(h.ctx, "example.com", in)
	h.must(err)
	if !test.OK || test.Said == "" || test.HostKey != "" || test.Pinned || len(test.Changes) != 1 || !strings.Contains(test.Changes[0], root) {
		t.Errorf("tested %+v", test)
	}
	if _, err := h.openTarget(h.ctx, idp.WebFingerDomain{Domain: "example.com"}); idp.CodeOf(err) != idp.Conflict {
		t.Errorf("opened before one was chosen: %v", err)
	}
	for range 2 { // the second changes nothing, and is no event
		d, err := h.SetPublisher(h.ctx, "example.com", in)
		h.must(err)
		if d.Settings != (idp.Publisher{Kind: idp.PublisherFolder, Root: root}) || d.HasCredentials || len(d.Account) != 1 {
			t.Errorf("set %+v", d)
		}
	}
	kept, err := h.Store.WebFingerDomain(h.ctx, "example.com")
	h.must(err)
	target, err := h.openTarget(h.ctx, kept)
	h.must(err)
	h.must(target.Write(h.ctx, publisher.Material{Document: []byte("{}")}))
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(publisher.Path))); err != nil {
		t.Error(err)
	}
	if got := h.kinds(); strings.Join(got[len(got)-2:], " ") != idp.EventWebFingerAdded+" "+idp.EventPublisherSet {
		t.Errorf("recorded %v", got)
	}
	in.Root = "relative"
	_, err = h.SetPublisher(h.ctx, "example.com", in)
	refused(t, err, idp.Invalid, "root")
	_, err = h.TestPublisher(h.ctx, "example.com", in)
	refused(t, err, idp.Invalid, "root")
	in.Root = filepath.Join(root, "gone")
	_, err = h.TestPublisher(h.ctx, "example.com", in)
	refused(t, err, idp.Invalid, "root")
	_, err = h.TestPublisher(h.ctx, "example.org", in)
	refused(t, err, idp.NotFound, "")
	_, err = h.SetPublisher(h.ctx, "example.org", in)
	refused(t, err, idp.NotFound, "")
}

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVjSP2yolSGIPPvWFkDEmHGg6ZsD9n7W7lB7OqTsMqO"

// TestPublisherCredentials: they are kept sealed, for the place and the user that they were typed for, and told to nobody.
func TestPublisherCredentials(t *testing.T) {
	h := publishing(t)
	const secret = "correct horse battery"
	p := idp.Publisher{Kind: idp.PublisherSFTP, Host: "web.example.com", User: "web", Auth: "password", HostKey: hostKey + " root@web", Root: "public_html"}
	set := func(p idp.Publisher, secret string) (WebFingerDetail, error) {
		return h.SetPublisher(h.ctx, "example.com", PublisherInput{Publisher: p, Secret: secret})
	}
	kept := func() string {
		t.Helper()
		d, err := h.Store.WebFingerDomain(h.ctx, "example.com")
		h.must(err)
		c, err := h.keptCredentials(h.ctx, "example.com", d.Publisher)
		h.must(err)
		return c.Secret
	}
	_, err := set(p, "")
	refused(t, err, idp.Invalid, "secret")
	d, err := set(p, secret)
	h.must(err)
	if !d.HasCredentials || kept() != secret || d.Settings.HostKey != hostKey {
		t.Errorf("kept %q, %+v", kept(), d)
	}
	raw, err := h.Store.PublisherCredentials(h.ctx, "example.com")
	h.must(err)
	page, err := h.Activity(h.ctx, ActivityQuery{})
	h.must(err)
	for name, v := range map[string]any{"detail": d, "activity": page, "sealed": string(raw)} {
		if b, err := json.Marshal(v); err != nil || bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s tells the secret (%v)", name, err)
		}
	}
	p.Root = "www" // the same server and user
	d, err = set(p, "")
	h.must(err)
	if d.Settings.Root != "www" || kept() != secret {
		t.Errorf("kept %q, %+v", kept(), d.Settings)
	}
	for field, change := range map[string]func(*idp.Publisher){
		"host": func(p *idp.Publisher) { p.Host = "evil.example.com" }, "port": func(p *idp.Publisher) { p.Host += ":2222" }, "user": func(p *idp.Publisher) { p.User = "root" },
		"host key": func(p *idp.Publisher) {
			p.HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAq7Pi4SCjBwqKZ7iJYxrOGvLo1QdPpWfZh2sqFmwnLz"
		},
		"way of signing in": func(p *idp.Publisher) { p.Auth = "key" },
	} {
		other := p
		change(&other)
		if _, err := set(other, ""); idp.CodeOf(err) != idp.Invalid {
			t.Errorf("another %s took the kept credentials: %v", field, err)
		}
		if c, err := h.keptCredentials(h.ctx, "example.com", other); err != nil || c.Secret != "" {
			t.Errorf("another %s was given %+v (%v)", field, c, err)
		}
	}
	d, err = set(idp.Publisher{Kind: idp.PublisherFolder, Root: t.TempDir()}, "")
	h.must(err)
	if d.HasCredentials {
		t.Error("the credentials stayed with a publisher that has none")
	}
}

// TestPublisherCredentialsAreBound changes the settings behind the back of SetPublisher, and moves the sealed credentials to another domain.
func TestPublisherCredentialsAreBound(t *testing.T) {
	h := publishing(t)
	p := idp.Publisher{Kind: idp.PublisherSFTP, Host: "web.example.com", User: "web", Auth: "password", HostKey: hostKey}
	_, err := h.SetPublisher(h.ctx, "example.com", PublisherInput{Publisher: p, Secret: "correct horse"})
	h.must(err)
	raw, err := h.Store.PublisherCredentials(h.ctx, "example.com")
	h.must(err)
	_, err = h.AddWebFingerDomain(h.ctx, WebFingerInput{Domain: "example.org"})
	h.must(err)
	h.must(h.Store.Write(h.ctx, func(tx *store.Tx) error {
		d, err := tx.WebFingerDomain(h.ctx, "example.com")
		h.must(err)
		d.Publisher.Host = "evil.example.com"
		h.must(tx.UpdateWebFingerDomain(d))
		return tx.SetPublisherCredentials("example.org", raw)
	}))
	p.Host = "evil.example.com"
	if c, err := h.keptCredentials(h.ctx, "example.com", p); err != nil || c.Secret != "" {
		t.Errorf("given to another host: %+v %v", c, err)
	}
	_, err = h.keptCredentials(h.ctx, "example.org", p)
	refused(t, err, idp.Unavailable, "")
}

// TestPublisherWithoutKey is the command line while no Hearthkey runs.
func TestPublisherWithoutKey(t *testing.T) {
	h := publishing(t)
	h.Vault = func() *vault.Vault { return nil }
	p := idp.Publisher{Kind: idp.PublisherSFTP, Host: "web.example.com", User: "web", Auth: "password", HostKey: hostKey}
	_, err := h.SetPublisher(h.ctx, "example.com", PublisherInput{Publisher: p, Secret: "correct horse"})
	refused(t, err, idp.Unavailable, "")
	d, err := h.WebFingerDomain(h.ctx, "example.com")
	h.must(err)
	if d.Settings.Kind != idp.PublisherNone || d.HasCredentials {
		t.Errorf("kept %+v", d)
	}
}
