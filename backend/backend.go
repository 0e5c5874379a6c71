package backend

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"hearthkey/backend/admin"
	"hearthkey/backend/awake"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/reach"
	"hearthkey/backend/store"
	"hearthkey/backend/tunnel"
	"hearthkey/backend/vault"
)

// DefaultPort is the trial's port on localhost.
const DefaultPort = 1411

// Options say where the data lies and how this process differs from others. The zero value is a desktop without a keychain.
type Options struct {
	Dir        string                 // data directory; DefaultDir when empty
	Version    string                 // shown in Status
	Port       int                    // port of a trial that is not pinned yet; DefaultPort when 0
	KeyKind    vault.Kind             // where to keep a new key; "" chooses
	Keychain   bool                   // the choice may be the OS keychain
	Passphrase func() (string, error) // asks for the passphrase; nil when nobody can be asked
	Clock      idp.Clock              // idp.SystemClock when nil
	Log        *slog.Logger           // slog.Default when nil

	Internet reach.Internet // how the public name is looked at from outside; the real internet when zero

	Visitor func(netip.Addr) idp.Visitor // who comes to the trial from an address; nil is a program on this machine. Tests have visitors from elsewhere by it
}

// Backend is the whole provider in one process. Open it, then Start it.
type Backend struct {
	opts    Options
	lock    *os.File
	store   *store.Store
	admin   *admin.Admin
	vault   *vault.Vault
	keys    *oidc.Keys // nil before Start
	control *control.Server
	tunnel  *tunnel.Tunnel
	watch   *reach.Watch
	show    func()
	pause   pause
	awake   *awake.Keeper
	waking  sync.Mutex // held while the wish to keep awake is carried out

	ctx    context.Context // ends with Stop
	cancel context.CancelFunc
	work   sync.WaitGroup

	joining sync.Mutex // held while a tunnel is started, exchanged or logged out, so that there is never a second node on its folder; taken before mu

	mu       sync.Mutex // held while the public side or the tunnel is being changed
	started  bool
	formers  map[string]idp.Reach // how each former host was last found
	provider *provider            // nil until an issuer is pinned
	problems map[problem]string   // why the pinned issuer is not served as it should be
	entrance *entrance            // nil unless the owner's proxy is served
}

// Open takes the data directory and opens the database in it, so that the owner's operations work; nothing is served yet.
// idp.Conflict when another process has the directory; idp.Unavailable when the directory or the database cannot be used.
func Open(ctx context.Context, o Options) (*Backend, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := prepareDir(o.Dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, filepath.Join(o.Dir, store.FileName))
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	b := &Backend{problems: map[problem]string{}, pause: pause{changed: make(chan struct{}, 1)}, formers: map[string]idp.Reach{}, opts: o, lock: lock, store: db, awake: awake.New(awake.Config{})}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.watch = b.newWatch()
	b.admin = admin.New(admin.Config{
		Store: db, Clock: o.Clock, Version: o.Version, DataDir: o.Dir, Reach: b.reach(), KeyStorage: b.keyStorage, StartedAt: o.Clock(), Vault: func() *vault.Vault { return b.vault },
		Outgoing: b.newCaller(), Outside: b.newOutsider(), Records: b.records, Background: func(do func(context.Context)) { b.background(func() { do(b.ctx) }) },
	})
	return b, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		o.Clock = idp.SystemClock
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Port == 0 {
		o.Port = DefaultPort
	}
	if len(o.Internet.Servers) == 0 {
		o.Internet = reach.FromEnvironment()
	}
	if o.Dir != "" {
		return o, nil
	}
	dir, err := DefaultDir()
	o.Dir = dir
	return o, err
}

// Admin is what the owner can do.
func (b *Backend) Admin() admin.API { return b.admin }

// Dir is the data directory.
func (b *Backend) Dir() string { return b.opts.Dir }

// OnShow says what a second launch of the desktop app does to this one. Call it before Start; a process without a window does not, and such a launch becomes its window.
func (b *Backend) OnShow(show func()) { b.show = show }

// Start opens the vault and the keys in it, serves the pinned issuer if there is one, joins the tailnet if the owner wished so, and serves the control socket. It returns as soon as a local issuer answers; the tailnet comes up beside it.
// A missing or wrong key, and a taken port, are idp.Error with nothing changed.
func (b *Backend) Start(ctx context.Context) error {
	sealed, err := b.store.HasSealed(ctx)
	if err != nil {
		return err
	}
	b.vault, err = vault.Open(ctx, vault.Options{Dir: b.opts.Dir, Kind: b.opts.KeyKind, Keychain: b.opts.Keychain, Passphrase: b.opts.Passphrase, HasWrappedData: sealed})
	if err != nil {
		return err
	}
	keys, err := oidc.OpenKeys(ctx, oidc.KeysConfig{Store: b.store, Vault: b.vault, Clock: b.opts.Clock, Log: b.opts.Log})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.started, b.keys = true, keys
	b.mu.Unlock()
	if err := b.readPause(ctx); err != nil {
		return err
	}
	if err := b.serve(ctx); err != nil {
		return err
	}
	if b.control, err = control.Serve(b.ctx, b.opts.Dir, b.admin, b.opts.Log); err != nil {
		return err
	}
	b.control.OnShow(b.show)
	if err := b.startTunnel(ctx); err != nil {
		return err
	}
	b.background(func() { b.watch.Run(b.ctx) })
	if p, err := b.current(); err == nil && p.pin.Mode == idp.ModeTrial {
		if err := b.watch.Look(ctx); err != nil {
			return err
		}
	}
	b.background(b.herald)
	b.upkeep()
	b.tellLogouts()
	err = b.store.Write(ctx, func(tx *store.Tx) error {
		return tx.Record(idp.Event{At: b.opts.Clock(), Kind: idp.EventStarted, Actor: idp.ActorSystem})
	})
	if err != nil { // on a full disk what needs no writing goes on
		b.opts.Log.Warn("note the start in the activity log", "error", err)
	}
	return nil
}

// Stop ends serving, lets running requests and writes finish, and gives the data directory back. ctx bounds the wait for requests.
func (b *Backend) Stop(ctx context.Context) error {
	b.cancel()
	var errs []error
	if b.control != nil {
		errs = append(errs, b.control.Close())
	}
	b.joining.Lock()
	b.mu.Lock()
	p, t := b.provider, b.tunnel
	b.started, b.provider, b.tunnel = false, nil, nil
	b.mu.Unlock()
	b.joining.Unlock()
	if p != nil {
		errs = append(errs, p.server.Shutdown(ctx))
	}
	if t != nil {
		t.Stop()
	}
	b.work.Wait()
	b.awake.Stop()
	errs = append(errs, b.store.Close(), b.lock.Close())
	return errors.Join(errs...)
}

// keyStorage is where the vault's key lives, and the sentence that goes with an unsafe place. Both are "" before Start.
func (b *Backend) keyStorage() (kind, warning string) {
	if b.vault == nil {
		return "", ""
	}
	return string(b.vault.Kind()), b.vault.Warning()
}
