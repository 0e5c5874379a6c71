package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend"
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/vault"

	"golang.org/x/term"
)

// stopWait is how long running requests may take to end.
const stopWait = 10 * time.Second

// serveFlags say how a fresh data directory is set up, and where the key goes.
type serveFlags struct {
	port    int
	key     string
	owner   admin.SetUp
	noTrial bool
}

func (c *call) serveFlags() *serveFlags {
	f := &serveFlags{}
	name := "owner"
	if u, err := user.Current(); err == nil && u.Username != "" && u.Username != "root" {
		name = u.Username
	}
	port, err := strconv.Atoi(env("HEARTHKEY_PORT", strconv.Itoa(backend.DefaultPort)))
	if err != nil {
		port = -1
	}
	c.flags.IntVar(&f.port, "port", port, "`port` on localhost of a trial that is not pinned yet")
	c.flags.StringVar(&f.key, "key", env("HEARTHKEY_KEY", ""), "where to keep a new key: keychain, passphrase or file (default: file)")
	c.flags.StringVar(&f.owner.Home, "home", "Home", "`name` of a home that is not set up yet")
	c.flags.StringVar(&f.owner.Name, "owner-name", "Owner", "`name` of its owner")
	c.flags.StringVar(&f.owner.UserName, "owner-username", name, "user `name` of its owner")
	c.flags.StringVar(&f.owner.Email, "owner-email", "", "e-mail `address` of its owner")
	c.flags.BoolVar(&f.noTrial, "no-trial", false, "pin nothing on fresh data: wait for tailnet connect and tailnet pin")
	return f
}

func serve(c *call) error {
	f := c.serveFlags()
	if err := c.parse(0, 0); err != nil {
		return done(err)
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	log := c.log(slog.LevelInfo)
	slog.SetDefault(log)
	b, err := backend.Open(c.ctx, backend.Options{Dir: dir, Version: version, Port: f.port, KeyKind: vault.Kind(f.key), Passphrase: c.passphrase, Log: log})
	if err != nil {
		return err
	}
	collectSeldom()
	err = c.serveUntilStopped(b, f)
	stop, cancel := context.WithTimeout(context.Background(), stopWait)
	defer cancel()
	return errors.Join(err, b.Stop(stop))
}

func (c *call) serveUntilStopped(b *backend.Backend, f *serveFlags) error {
	if err := b.Start(c.ctx); err != nil {
		return err
	}
	s, fresh, err := c.firstRun(b.Admin(), f)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "Hearthkey %s serves the data in %s\n", version, b.Dir())
	if s.KeyWarning != "" {
		fmt.Fprintf(c.stdout, "Warning: %s\n", s.KeyWarning)
	}
	if s.Pin.Mode == idp.ModeNone {
		fmt.Fprintln(c.stdout, "No issuer yet: join a tailnet with hearthkeyd tailnet connect --host-name NAME.")
	} else if err := c.announce(b.Admin(), s, fresh); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "Ready.")
	<-c.ctx.Done()
	return nil
}

// announce prints the issuer and, on fresh data, the owner's invite alone on a line. Later starts print no link: their output is often kept.
func (c *call) announce(api admin.API, s admin.Status, fresh bool) error {
	fmt.Fprintf(c.stdout, "Issuer: %s\n", s.Pin.Issuer)
	if s.OwnerReady || s.Owner == nil {
		return nil
	}
	if !fresh {
		fmt.Fprintf(c.stdout, "%s has no passkey yet. hearthkeyd invite makes a link for it.\n", s.Owner.Name)
		return nil
	}
	link, err := api.Invite(c.ctx, s.Owner.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s has no passkey yet. Open this link in a browser to make one; it works once, for %s:\n%s\n", s.Owner.Name, link.Invite.ExpiresAt.Sub(link.Invite.CreatedAt), link.URL)
	return nil
}

// firstRun sets fresh data up: an owner, and a trial unless told otherwise. fresh says that one of them was missing.
func (c *call) firstRun(api admin.API, f *serveFlags) (s admin.Status, fresh bool, err error) {
	if s, err = api.Status(c.ctx); err != nil {
		return s, false, err
	}
	if s.Owner == nil {
		fresh = true
		if _, err = api.SetUp(c.ctx, f.owner); err != nil {
			return s, fresh, err
		}
	}
	if s.Pin.Mode == idp.ModeNone && !f.noTrial {
		s, err = api.StartTrial(c.ctx, f.port)
		return s, true, err
	}
	s, err = api.Status(c.ctx)
	return s, fresh, err
}

// passphrase takes HEARTHKEY_PASSPHRASE, else asks at the terminal.
func (c *call) passphrase() (string, error) {
	if p := os.Getenv("HEARTHKEY_PASSPHRASE"); p != "" {
		return p, nil
	}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return "", nil
	}
	fmt.Fprint(c.stderr, "Passphrase: ")
	raw, err := term.ReadPassword(fd)
	fmt.Fprintln(c.stderr)
	return strings.TrimSpace(string(raw)), err
}
