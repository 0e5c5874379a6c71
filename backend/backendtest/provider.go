package backendtest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearthkey/backend"
	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
	"hearthkey/backend/vault"
)

// stopTime is how long requests under way may go on when a provider stops.
const stopTime = 10 * time.Second

// Provider is a running provider, as one test sees it: what goes wrong fails that test.
type Provider struct {
	testing.TB
	*process
}

// process is what all views of a provider share.
type process struct {
	Admin  admin.API        // what its owner can do; another one after Open
	Clock  *storetest.Clock // the time in it; it stands until it is moved
	Issuer string           // http://localhost:PORT
	Port   int
	Dir    string // its data directory

	Through func(*http.Transport) // how browsers get to an issuer that is not on localhost; nil for the trial

	backend *backend.Backend
	options backend.Options
	log     logged
	owner   idp.User
	made    atomic.Int64 // people and apps, for their names
	sources atomic.Int64 // addresses that were given out
	places  sync.Map     // idp.Visitor by the netip.Addr that comes from elsewhere than this machine
}

// Start makes a provider with an owner, Nora Lindqvist, and stops it when the test ends. The functions change the options that it opens with.
func Start(t testing.TB, change ...func(*backend.Options)) *Provider {
	t.Helper()
	clock := storetest.NewClock()
	clock.Set(beginning)
	p := &Provider{t, &process{Clock: clock, Dir: newDir(t)}}
	p.options = backend.Options{Dir: p.Dir, Version: "test", KeyKind: vault.KindFile, Clock: clock.Now, Log: slog.New(slog.NewTextHandler(&p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	p.options.Visitor = p.visitor
	for _, c := range change {
		c(&p.options)
	}
	p.Open()
	t.Cleanup(p.Stop)
	var err error
	p.owner, err = p.Admin.SetUp(context.Background(), admin.SetUp{Home: "Lindqvist home", Name: "Nora Lindqvist", UserName: "nora", Email: "nora@home.example"})
	p.must(err)
	p.startTrial()
	return p
}

// startTrial pins localhost on a port that nobody has. Ports below 32768 are none that the system gives to connections in between.
func (p *Provider) startTrial() {
	p.Helper()
	var err error
	for range 50 {
		p.Port = 20_000 + rand.IntN(12_000)
		if _, err = p.Admin.StartTrial(context.Background(), p.Port); idp.CodeOf(err) != idp.Conflict {
			break
		}
	}
	p.must(err)
	p.Issuer = idp.Trial(strconv.Itoa(p.Port), p.Clock.Now()).Issuer
}

// For is the same provider for another test, such as a subtest.
func (p *Provider) For(t testing.TB) *Provider { return &Provider{t, p.process} }

// Stop ends it. Its data stay until the test ends, and Open starts it on them again.
func (p *Provider) Stop() {
	p.Helper()
	if p.backend == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := p.backend.Stop(ctx); err != nil {
		p.Errorf("stop the provider: %v", err)
	}
	p.backend = nil
}

// Open starts it on its data, after Stop.
func (p *Provider) Open() {
	p.Helper()
	ctx := context.Background()
	b, err := backend.Open(ctx, p.options)
	p.must(err)
	p.backend, p.Admin = b, b.Admin()
	p.must(b.Start(ctx))
}

// Restart stops it and starts it on the same data. The memory of requests in flight is gone, as after any restart.
func (p *Provider) Restart() {
	p.Helper()
	p.Stop()
	p.Open()
}

// Database is the path of its database file.
func (p *Provider) Database() string { return filepath.Join(p.Dir, store.FileName) }

// Logged is all that it has logged so far, of every level.
func (p *Provider) Logged() string { return p.log.String() }

// Events are the activity of a kind, newest first, at most 200.
func (p *Provider) Events(kind string) []idp.Event {
	p.Helper()
	page, err := p.Admin.Activity(context.Background(), admin.ActivityQuery{Kind: kind, Limit: 200})
	p.must(err)
	var out []idp.Event
	for _, row := range page.Rows {
		out = append(out, row.Event)
	}
	return out
}

func (p *Provider) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}
