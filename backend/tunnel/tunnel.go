package tunnel

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"tailscale.com/envknob"
	"tailscale.com/ipn"
)

// Tunnel is the way to the tailnet and the internet. Its methods may be called from any goroutine.
type Tunnel struct {
	cfg    Config
	state  *sealedState
	board  board
	funnel atomic.Bool
	node   atomic.Pointer[node]         // the run's, for those who go out through it; nil while there is none
	own    atomic.Pointer[[]netip.Addr] // the node's addresses, once it has said

	mu  sync.Mutex // held while starting and stopping
	run *run       // nil while off
}

// New makes a Tunnel that is off.
func New(cfg Config) *Tunnel {
	t := &Tunnel{cfg: cfg.withDefaults()}
	t.state = newSealedState(t.cfg.Store, t.cfg.Vault)
	t.funnel.Store(cfg.Funnel)
	t.publishOff()
	return t
}

// Start begins to connect and returns; Subscribe tells how far it is. ctx bounds Start itself, the tunnel runs until Stop. Starting twice is no error.
// Its errors are idp.Error: unavailable for a folder or a kept state that cannot be used, invalid for an auth key that can never do.
func (t *Tunnel) Start(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.startLocked(ctx)
}

func (t *Tunnel) startLocked(ctx context.Context) error {
	if t.run != nil {
		return nil
	}
	authKey, err := t.cfg.authKey()
	if err != nil {
		return err
	}
	if err := makeFolder(t.cfg.Dir); err != nil {
		return idp.Fail(idp.Unavailable, "tunnel.folder", "path", t.cfg.Dir).Because(err)
	}
	if err := t.state.probe(ctx); err != nil {
		return err
	}
	if t.cfg.NoLogs {
		envknob.SetNoLogsNoSupport()
	}
	member, err := t.state.member()
	if err != nil {
		return err
	}
	t.run = newRun(t, authKey, member)
	go t.run.loop()
	return nil
}

// Stop closes the listeners and the node, and returns when both are gone. The node stays a member of its tailnet. Stopping twice is no error.
func (t *Tunnel) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopLocked()
}

func (t *Tunnel) stopLocked() {
	if t.run != nil {
		t.run.end()
		t.run = nil
	}
	t.publishOff()
}

// Snapshot is the state as it was last published.
func (t *Tunnel) Snapshot() idp.Tunnel { return t.board.read() }

// Subscribe gives the present snapshot at once and each newer one as it comes, until ctx ends and the channel closes. A slow reader misses snapshots
// between, never the newest.
func (t *Tunnel) Subscribe(ctx context.Context) <-chan idp.Tunnel { return t.board.subscribe(ctx) }

// Refresh judges anew, as after the host name was pinned: a node that carries that name opens its listeners.
func (t *Tunnel) Refresh() { t.tell((*run).refresh) }

// SetFunnel switches serving the internet on and off; the tailnet is served either way.
func (t *Tunnel) SetFunnel(on bool) {
	t.funnel.Store(on)
	t.mu.Lock()
	off := t.run == nil
	t.mu.Unlock()
	if off {
		t.publishOff()
		return
	}
	t.Refresh()
}

// Login asks for a new login page, which then stands in the snapshot's LoginURL; it starts the tunnel if that is off. A node whose key has not expired goes on
// serving until somebody completes the login.
func (t *Tunnel) Login(ctx context.Context) error {
	t.mu.Lock()
	started := t.run != nil
	err := t.startLocked(ctx)
	t.mu.Unlock()
	if err == nil && started {
		t.tell((*run).login)
	}
	return err
}

// Logout takes the node off its tailnet, deletes its keys and certificates here, and leaves the tunnel off. The machine key stays, sealed as before: by it
// the tailnet, which lists the machine until an admin removes it, knows who comes back, and gives it the same name. Where the tunnel is off already, or
// control cannot be reached within ten seconds, the keys are deleted all the same.
func (t *Tunnel) Logout(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.run != nil {
		t.run.logout(ctx)
	}
	t.stopLocked()
	t.cfg.AuthKey = "" // the next login is the owner's own, and perhaps to another tailnet
	if err := t.cfg.Store.Write(ctx, func(tx *store.Tx) error { return tx.ClearTailnetState(string(ipn.MachineKeyStateKey)) }); err != nil {
		return err
	}
	t.state.forget()
	if err := os.RemoveAll(t.cfg.Dir); err != nil {
		return idp.Fail(idp.Unavailable, "tunnel.folder", "path", t.cfg.Dir).Because(err)
	}
	return nil
}

// tell lets the owner do something, if there is one.
func (t *Tunnel) tell(what func(*run)) {
	t.mu.Lock()
	r := t.run
	t.mu.Unlock()
	if r != nil {
		r.call(func() { what(r) })
	}
}

// tags are those that the node asks for, with spaces between.
func (t *Tunnel) tags() string { return strings.Join(t.cfg.Tags, " ") }

func (t *Tunnel) publishOff() {
	s := idp.Tunnel{State: idp.TunnelOff, HostName: t.cfg.Hostname, AskedTags: t.tags(), Funnel: t.funnel.Load()}
	s.PinnedURL = urlOf(t.cfg.Pinned())
	t.board.publish(s)
}

// makeFolder makes dir for its owner alone: the node keeps the certificate's key there as it is.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}
