package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const (
	slower    = 1.3  // the large database's times against the empty one's
	perCommit = 2000 // rows
)

// large compares the token endpoint on the database as it is with the same one beside many people and tokens.
func (r *runner) large(ctx context.Context) error {
	if r.users == 0 {
		return nil
	}
	before, err := r.median(8)
	if err != nil {
		return err
	}
	if err := r.d.stop(); err != nil {
		return err
	}
	began := time.Now()
	if err := r.fill(ctx); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	fmt.Fprintf(os.Stderr, "%d people and %d tokens: %s\n", r.users, r.tokens, since(began))
	if r.d, err = start(r.binary, r.dir, r.port); err != nil {
		return err
	}
	r.d.idle(ctx)
	after, err := r.median(8)
	if err != nil {
		return err
	}
	fmt.Printf("\nwith %d people and %d tokens the database takes %.0f MiB\n", r.users, r.tokens, float64(size(r.dir))/(1<<20))
	for i, b := range before {
		printValue(os.Stdout, fmt.Sprintf("%s at 8 workers, p50 %.3f ms, before %.3f ms", b.what, ms(after[i].p50), ms(b.p50)), float64(after[i].p50)/float64(b.p50), slower, "times")
	}
	return nil
}

// median measures the rows that are compared; the first round warms up.
func (r *runner) median(workers int) (rows []row, err error) {
	for range 2 {
		if rows, _, err = r.w.flows(r.d, idp.ES256, workers, r.n, 0); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// fill writes people with a session and a grant each, and the tokens of those, beside what is there. No daemon runs meanwhile.
func (r *runner) fill(ctx context.Context) error {
	s, err := store.Open(ctx, filepath.Join(r.dir, store.FileName))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	apps := slices.Concat(r.w.apps[idp.RS256], r.w.apps[idp.ES256])
	now := idp.Time(time.Now().UnixMilli())
	each := r.tokens / r.users
	for from := 0; from < r.users; from += perCommit / each {
		err := s.Write(ctx, func(tx *store.Tx) error {
			for i := from; i < min(r.users, from+perCommit/each); i++ {
				if err := person(tx, i, apps[i%len(apps)].id, each, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// person keeps one person as signing in leaves them: half of the tokens are access tokens, half refresh tokens.
func person(tx *store.Tx, i int, clientID string, tokens int, now idp.Time) error {
	name := fmt.Sprintf("many%d", i)
	u := idp.User{ID: idp.NewID(idp.PrefixUser), UserName: name, Name: name, Email: name + "@example.com", Claims: "{}", CreatedAt: now, UpdatedAt: now}
	b := idp.Browser{ID: idp.NewID(idp.PrefixBrowser), UserAgent: "Bench/1", CreatedAt: now, SeenAt: now}
	v := idp.Session{ID: idp.NewID(idp.PrefixSession), BrowserID: b.ID, UserID: u.ID, CreatedAt: now, AuthTime: now, SeenAt: now, ACR: idp.ACRPasskey, AMR: "hwk user mfa", Network: idp.NetworkLocal, Source: "127.0.0.1"}
	b.SessionID = v.ID
	g := idp.Grant{ID: idp.NewID(idp.PrefixGrant), UserID: u.ID, ClientID: clientID, SessionID: v.ID, Scope: scope, Network: v.Network, Source: v.Source, ACR: v.ACR, AMR: v.AMR, AuthTime: now, CreatedAt: now}
	for _, write := range []func() error{
		func() error { return tx.CreateUser(u) },
		func() error { return tx.CreateBrowser(b, idp.Hash(b.ID)) },
		func() error { return tx.CreateSession(v) },
		func() error { return tx.CreateGrant(g) },
		func() error {
			return tx.SaveConsent(idp.Consent{UserID: u.ID, ClientID: clientID, Scope: scope, GrantedAt: now})
		},
	} {
		if err := write(); err != nil {
			return err
		}
	}
	for k := range tokens {
		var err error
		if hash := idp.Hash(idp.NewSecret()); k%2 == 0 {
			err = tx.AddAccessToken(idp.AccessToken{Hash: hash, GrantID: g.ID, ClientID: clientID, Scope: scope, CreatedAt: now, ExpiresAt: now.Add(idp.AccessLife)})
		} else {
			err = tx.AddRefreshToken(idp.RefreshToken{Hash: hash, GrantID: g.ID, ClientID: clientID, Scope: scope, CreatedAt: now, ExpiresAt: now.Add(idp.RefreshIdle), AbsoluteAt: now.Add(idp.RefreshAbsolute)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
