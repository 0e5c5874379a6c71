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

	authKey    string
	exchanging bool // an OAuth client secret for an auth key
	start      backoff
	node       *node // nil before it started
	last       *ipnstate.Status
	outage     outage
	ran        bool
	member     bool // of a tailnet at some time: what the node kept says so, or it ran

	reclaiming bool      // the owner wants the host name back
	stepped    bool      // the node has stepped aside for it since another machine was last seen under the name
	aside      time.Time // until when it waits for the name that it stepped aside to, zero while it does not

	refusal    string
	keyRefused bool
	asked      bool // for a login page, since the node last ran
	wanted     bool // a login page, by us: one that comes unasked says that control knows this node no more

	feature   string // the feature that control is asked about
	enableURL string

	keys     keyring
	fetching bool
	cert     backoff

	settled bool
	doors   map[entrance]*door
	listen  backoff
}

func newRun(t *Tunnel, authKey string, member bool) *run {
	r := &run{
		t: t, authKey: authKey, member: member, doors: map[entrance]*door{},
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
		case <-r.removals():
			r.removed()
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

func (r *run) removals() <-chan struct{} {
	if r.node == nil {
		return nil
	}
	return r.node.removed
}

// removed begins anew as a machine that nobody knows, since control says that it knows this node no more. The node itself would try the same for ever and call it
// running; started again it asks for a login.
func (r *run) removed() {
	r.t.cfg.Logger.Warn("the tailnet does not know this node any more; it has to be connected again")
	r.closeNode()
	r.member, r.authKey = true, ""
	r.start.failed(growing, idp.Text("tunnel.logged_out"))
}

// hear takes from an event what a status does not say.
func (r *run) hear(e ipn.Notify) {
	if e.Health != nil {
		r.outage = outageOf(e.Health)
	}
	if e.LoginFinished != nil {
		r.refusal, r.keyRefused, r.wanted = "", false, false
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
	if r.authKey != "" && !r.ran && refusalOf(reason, true, r.t.tags()).Key == "tunnel.auth_key_refused" {
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
		tags: r.t.tags(), outage: r.outage, member: r.member, wanted: r.wanted, refusal: r.refusal, keyRefused: r.keyRefused, enableURL: r.enableURL,
		reclaiming: r.reclaiming, aside: !r.aside.IsZero(), asideOver: !time.Now().Before(r.aside), wantPort: int(r.t.cfg.Port),
		startProblem: r.start.problem, certProblem: r.cert.problem, listenProblem: r.listen.problem,
	}
	if !r.cert.over() {
		f.certRetry = idp.At(r.cert.until)
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
		r.ran, r.member, r.asked, r.refusal, r.keyRefused = true, true, false, "", false
		r.authKey = "" // it has done its work: whoever is sent away later asks the owner
		f.member, f.refusal, f.keyRefused = true, "", false
		f.port = r.node.port()
		f.holder = r.holder()
	}
	f.ran, f.stepped = r.ran, r.stepped
	return f
}

// holder asks who has the host name, where the tailnet gave this node another.
func (r *run) holder() idp.Machine {
	self := r.last.Self
	if self == nil || self.DNSName == "" || firstLabel(fqdn(self.DNSName)) == r.t.cfg.Hostname {
		return idp.Machine{}
	}
	st, err := r.node.everyone(r.ctx)
	if err != nil {
		r.t.cfg.Logger.Warn("ask who has the name "+r.t.cfg.Hostname, "err", err)
		return idp.Machine{}
	}
	m := holder(st, r.t.cfg.Hostname)
	if m.Name != "" {
		r.stepped = false
	}
	return m
}

const (
	lookWell = time.Hour       // how long a node that serves is left alone between events
	lookIll  = 5 * time.Second // how long one that does not is: not all of its status comes with an event, as which names it gets certificates for
)

// nextTry is the time until the earliest wait ends, or until the status is to be read again.
func (r *run) nextTry() time.Duration {
	wait := lookWell
	if r.node != nil && r.t.board.read().State != idp.TunnelOnline {
		wait = lookIll
	}
	for _, end := range []time.Time{r.start.until, r.cert.until, r.listen.until, r.aside} {
		if left := time.Until(end); left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}
