package tunnel

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
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

func (r *run) login() {
	if r.node == nil {
		return
	}
	r.asked, r.refusal, r.keyRefused = true, "", false
	if err := r.node.login(r.ctx); err != nil {
		r.t.cfg.Logger.Error("ask for a login page", "err", err)
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

// take begins the next steps and says whether the facts have changed already.
func (r *run) take(next steps) bool {
	if next.login && !r.asked {
		r.login()
	}
	if next.ask != r.feature {
		r.feature, r.enableURL = next.ask, ""
		r.askPage()
	}
	if next.fetch != "" && r.cert.over() {
		r.fetch(next.fetch)
	}
	return next.decided && r.setDoors(next.doors)
}

// ensureNode starts a node if there is none and none has just failed.
func (r *run) ensureNode() {
	if r.node != nil || !r.start.over() {
		return
	}
	n, err := startNode(r.t.cfg, r.t.state, r.authKey)
	if err != nil {
		r.t.cfg.Logger.Error("start the node", "err", err)
		r.start.failed(growing, idp.Text("tunnel.cannot_start", "reason", err.Error()))
		return
	}
	r.start = backoff{}
	r.node = n
}

func (r *run) closeNode() {
	if r.node == nil {
		return
	}
	r.node.close()
	clear(r.doors)
	r.node, r.last, r.ran, r.asked, r.settled, r.offline = nil, nil, false, false, false, false
}

// askPage asks control which page switches the feature on.
func (r *run) askPage() {
	feature, n := r.feature, r.node
	if feature == "" {
		return
	}
	r.work(func() func() {
		ctx, cancel := context.WithTimeout(r.ctx, 20*time.Second)
		defer cancel()
		answer, err := n.client.QueryFeature(ctx, feature)
		return func() {
			if err != nil {
				r.t.cfg.Logger.Warn("ask for the page that enables "+feature, "err", err)
			} else if r.feature == feature {
				r.enableURL = answer.URL
			}
		}
	})
}

func (r *run) fetch(host string) {
	if r.fetching {
		return
	}
	r.fetching = true
	n := r.node
	r.work(func() func() {
		c, err := fetchCertificate(r.ctx, n.client, host)
		return func() {
			r.fetching = false
			if err != nil {
				r.t.cfg.Logger.Warn("fetch the certificate", "host", host, "err", err)
				r.cert.failed(certRetry(err), idp.Text("tunnel.certificate_failed", "host", host, "reason", err.Error()))
				return
			}
			r.cert = backoff{}
			r.keys.current.Store(c)
		}
	})
}

// renew asks for the certificate in use again, see certCheck.
func (r *run) renew() {
	if c := r.keys.current.Load(); c != nil && len(r.doors) > 0 {
		r.fetch(c.host)
	}
}

// setDoors opens and closes until want is open, and says whether anything changed.
func (r *run) setDoors(want []entrance) (changed bool) {
	for e, d := range r.doors {
		if !slices.Contains(want, e) {
			delete(r.doors, e)
			_ = d.Close()
			changed = true
		}
	}
	for _, e := range want {
		if r.doors[e] != nil || !r.listen.over() {
			continue
		}
		changed = true
		if err := r.open(e); err != nil {
			r.t.cfg.Logger.Error("open "+string(e), "err", err)
			r.listen.failed(growing, idp.Text("tunnel.cannot_listen", "reason", err.Error()))
		}
	}
	if r.listen.over() && len(r.doors) == len(want) && r.listen.problem.Key != "" {
		r.listen.problem = idp.Message{}
		changed = true
	}
	return changed
}

func (r *run) open(e entrance) error {
	if !r.settled {
		if err := r.node.settle(r.ctx); err != nil {
			return err
		}
		r.settled = true
	}
	d, err := openDoor(r.ctx, r.node, e, &r.keys, r.t.cfg.Clock)
	if err != nil {
		return err
	}
	r.doors[e] = d
	r.work(func() func() {
		err := r.t.cfg.Serve(d.endpoint())
		return func() { r.left(d, err) }
	})
	return nil
}

// left is called when nobody serves d any more. If it was not closed on purpose it is opened again, later each time.
func (r *run) left(d *door, err error) {
	if r.doors[d.entrance] != d {
		return
	}
	delete(r.doors, d.entrance)
	_ = d.Close()
	if !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		r.t.cfg.Logger.Error("serve "+string(d.entrance), "err", err)
	}
	r.listen.failed(growing, idp.Text("tunnel.not_served"))
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
