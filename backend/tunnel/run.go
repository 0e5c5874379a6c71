package tunnel

import (
	"context"
	"sync"
	"time"

	"hearthkey/backend/idp"

	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
)

// run is the owner of the node from Start to Stop. Its fields belong to the goroutine of loop; everyone else sends it a call.
type run struct {
	t      *Tunnel
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}
	calls  chan func()
	wake   *time.Timer    // the end of the shortest backoff
	doing  sync.WaitGroup // goroutines that work for this run
	over   bool           // logged out: nothing more may be asked of the node

	authKey string
	start   backoff
	node    *node // nil before it started
	last    *ipnstate.Status
	offline bool
	ran     bool

	refusal    string
	keyRefused bool
	asked      bool // for a login page, since the node last ran

	feature   string // the feature that control is asked about
	enableURL string

	keys     keyring
	fetching bool
	cert     backoff

	settled bool
	doors   map[entrance]*door
	listen  backoff
}

func newRun(t *Tunnel, authKey string) *run {
	r := &run{
		t: t, authKey: authKey, doors: map[entrance]*door{},
		ended: make(chan struct{}), calls: make(chan func(), 64), wake: time.NewTimer(time.Hour),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

func (r *run) loop() {
	defer close(r.ended)
	defer r.closeNode()
	defer r.cancel()
	check := time.NewTicker(certCheck)
	defer check.Stop()
	for !r.over {
		r.reconcile()
		select {
		case <-r.ctx.Done():
			return
		case e := <-r.events():
			r.hear(e)
		case f := <-r.calls:
			f()
		case <-check.C:
			r.renew()
		case <-r.wake.C:
		}
	}
}

// end stops the run and waits for everything that works for it.
func (r *run) end() {
	r.cancel()
	<-r.ended
	r.doing.Wait()
}

// call hands f to the loop, unless that has ended.
func (r *run) call(f func()) {
	select {
	case r.calls <- f:
	case <-r.ctx.Done():
	}
}

// work runs f beside the loop; what it returns, the loop calls.
func (r *run) work(f func() func()) {
	r.doing.Go(func() { r.call(f()) })
}

// logout is done when it returns. It ends the loop, since the node has forgotten which control server it belongs to.
func (r *run) logout(ctx context.Context) {
	done := make(chan struct{})
	r.call(func() {
		defer close(done)
		r.over = true
		if r.node == nil {
			return
		}
		if err := r.node.logout(ctx); err != nil {
			r.t.cfg.Logger.Warn("the tailnet was not told of the logout; an admin can remove the node", "err", err)
		}
	})
	select {
	case <-done:
	case <-r.ended:
	}
}

// refresh forgets waiting times, so that what the owner has just mended is tried at once.
func (r *run) refresh() {
	r.start.until, r.cert.until, r.listen.until = time.Time{}, time.Time{}, time.Time{}
}

func (r *run) events() <-chan ipn.Notify {
	if r.node == nil {
		return nil
	}
	return r.node.events
}

// hear takes from an event what a status does not say.
func (r *run) hear(e ipn.Notify) {
	if e.Health != nil {
		r.offline = offline(e.Health)
	}
	if e.LoginFinished != nil {
		r.refusal, r.keyRefused = "", false
	}
	if e.ErrMessage != nil && *e.ErrMessage != "" {
		r.refused(*e.ErrMessage)
	}
}

// refused keeps control's answer for the owner. A node that was started with an auth key offers no login page, so one whose key was refused is started
// again without.
func (r *run) refused(reason string) {
	r.t.cfg.Logger.Warn("the tailnet refuses this node", "reason", reason)
	r.refusal = reason
	if r.authKey != "" && !r.ran {
		r.authKey, r.keyRefused = "", true
		r.closeNode()
	}
}

// reconcile brings what is into line with what should be, and publishes. A step may change the facts at once, so they are judged until none does.
func (r *run) reconcile() {
	r.ensureNode()
	for range 4 {
		s, next := judge(r.facts())
		if !r.take(next) {
			r.t.board.publish(s)
			break
		}
	}
	r.wake.Reset(r.nextTry())
}

func (r *run) facts() facts {
	f := facts{
		now: r.t.cfg.Clock(), hostName: r.t.cfg.Hostname, pinned: fqdn(r.t.cfg.Pinned()), funnel: r.t.funnel.Load(),
		offline: r.offline, refusal: r.refusal, keyRefused: r.keyRefused, enableURL: r.enableURL,
		startProblem: r.start.problem, certProblem: r.cert.problem, listenProblem: r.listen.problem,
	}
	if c := r.keys.held(f.pinned); c != nil {
		f.certEnds = idp.At(c.expiry())
	}
	if r.node == nil {
		return f
	}
	if st, err := r.node.status(r.ctx); err == nil {
		r.last = st
		r.t.own.Store(&st.TailscaleIPs)
	} else if r.ctx.Err() == nil {
		r.t.cfg.Logger.Error("ask the node for its status", "err", err)
	}
	f.status = r.last
	if f.status != nil && f.status.BackendState == ipn.Running.String() {
		r.ran, r.asked, r.refusal, r.keyRefused = true, false, "", false
		f.refusal, f.keyRefused = "", false
	}
	f.ran = r.ran
	return f
}

// nextTry is the time until the earliest backoff ends; an hour if none runs.
func (r *run) nextTry() time.Duration {
	wait := time.Hour
	for _, b := range []backoff{r.start, r.cert, r.listen} {
		if left := time.Until(b.until); left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}
