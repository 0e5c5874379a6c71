package reach

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

const (
	wellEvery = time.Minute
	tickEvery = time.Second
)

// soonest are the waits after rounds that did not find everything open, in turn; the last one goes on.
var soonest = []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}

// Subject is what is to be looked at.
type Subject struct {
	Pin      idp.Pin
	Tunnel   idp.Tunnel
	Paused   bool                                    // public sign-in is paused
	Nonce    func() string                           // makes a text that the pinned provider echoes; nil while none serves
	DialSelf func(context.Context) (net.Conn, error) // connects to the node's own address
}

// Config is what a Watch needs.
type Config struct {
	Subject  func() Subject
	Changed  func()       // what Ways answers has changed
	Relisten func()       // lets the tunnel listen anew
	Rebuild  func()       // lets the tunnel start anew
	Store    *store.Store // keeps the history
	Clock    idp.Clock
	Log      *slog.Logger
	Internet Internet
}

// Watch looks at the ways in from Run to the end of its context, and knows what the last looks found.
type Watch struct {
	Config
	nudges chan struct{}
	asks   chan chan struct{}
	looks  chan outcome
	ended  chan struct{} // closed when Run has

	mu     sync.Mutex
	ways   [3]idp.Reach // in the order of networks
	opened string       // the issuer that was last reached by its public name
	awake  awake
}

// networks is the order in which ways are told.
var networks = [3]idp.Network{idp.NetworkLocal, idp.NetworkTailnet, idp.NetworkPublic}

// New makes a Watch that knows nothing yet.
func New(c Config) *Watch {
	w := &Watch{Config: c, nudges: make(chan struct{}, 1), asks: make(chan chan struct{}), looks: make(chan outcome, 1), ended: make(chan struct{})}
	w.awake = awakeSince(c.Clock())
	for i, n := range networks {
		w.ways[i] = idp.Reach{Network: n, State: idp.ReachUnknown}
	}
	return w
}

// Ways is what is known now, of this machine, the tailnet and the internet in turn. What was measured before a sleep is unknown.
func (w *Watch) Ways() []idp.Reach {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]idp.Reach, 0, len(w.ways))
	slept := w.awake.slept(w.Clock())
	for _, r := range w.ways {
		if slept {
			r = forgotten(r, w.Clock())
		}
		out = append(out, r)
	}
	return out
}

// Nudge has everything looked at soon, as after a change of what there is to look at.
func (w *Watch) Nudge() {
	select {
	case w.nudges <- struct{}{}:
	default:
	}
}

// Look looks now and returns when that is done.
func (w *Watch) Look(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case w.asks <- done:
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outcome is what one round of looks found. A round that was begun before a sleep or a change is worth nothing after it.
type outcome struct {
	round   int
	subject Subject
	found   [3]Finding
	at      idp.Time
}

// loop is what Run alone holds.
type loop struct {
	w       *Watch
	ctx     context.Context
	next    time.Time // of the next round
	misses  int       // rounds in a row that did not find everything open
	round   int       // counts what makes earlier rounds void
	running bool
	waiting []chan struct{} // for a round that has not begun
	served  []chan struct{} // for the one that runs
	dog     watchdog
	history history
	links   links
}

// Run looks until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	l := &loop{w: w, ctx: ctx, history: history{store: w.Store, log: w.Log}}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	defer l.end()
	for {
		if !l.running && !time.Now().Before(l.next) {
			l.start()
		}
		var due <-chan time.Time
		if !l.running {
			due = time.After(time.Until(l.next))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.tick()
		case <-due:
		case <-w.nudges:
			l.soon()
		case done := <-w.asks:
			l.waiting = append(l.waiting, done)
			l.next = time.Now()
		case o := <-w.looks:
			l.take(o)
		}
	}
}

// end waits for the round that runs and keeps what is known.
func (l *loop) end() {
	defer close(l.w.ended)
	if l.running {
		<-l.w.looks
	}
	for _, done := range append(l.waiting, l.served...) {
		close(done)
	}
	l.history.flush()
}

// soon makes what runs void and looks again.
func (l *loop) soon() {
	l.round++
	l.misses, l.next = 0, time.Now()
}

// start begins a round.
func (l *loop) start() {
	l.running = true
	l.served, l.waiting = append(l.served, l.waiting...), nil
	o := outcome{round: l.round, subject: l.w.Subject()}
	go func() {
		o.found = l.w.lookAtAll(l.ctx, o.subject)
		o.at = l.w.Clock()
		l.w.looks <- o
	}()
}

// take makes a round's findings known.
func (l *loop) take(o outcome) {
	l.running = false
	if o.round != l.round || l.ctx.Err() != nil {
		return // those who wait get the round that follows
	}
	again := l.confirm(o)
	if !again {
		l.publish(o)
	}
	if well(o.found) {
		l.misses, l.next = 0, time.Now().Add(wellEvery)
	} else {
		l.next = time.Now().Add(soonest[min(l.misses, len(soonest)-1)])
		l.misses++
	}
	if len(l.waiting) > 0 {
		l.next = time.Now()
	}
	if !again {
		for _, done := range l.served {
			close(done)
		}
		l.served = nil
	}
}

// confirm says whether a way that was open is to be looked at once more before it counts as closed: one lost packet is no news.
func (l *loop) confirm(o outcome) bool {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	for i, f := range o.found {
		if l.w.ways[i].State == idp.ReachUp && f.Err != nil {
			return l.misses == 0
		}
	}
	return false
}

// well says whether everything that should be open is.
func well(found [3]Finding) bool {
	for _, f := range found {
		if f.State == idp.ReachDown || f.State == idp.ReachUnknown {
			return false
		}
	}
	return true
}

func (l *loop) publish(o outcome) {
	l.w.mu.Lock()
	for i := range l.w.ways {
		l.w.ways[i] = found(l.w.ways[i], o.found[i], o)
	}
	if o.found[2].State == idp.ReachUp {
		l.w.opened = o.subject.Pin.Issuer
	}
	ways := l.w.ways
	l.w.mu.Unlock()
	for i, f := range o.found {
		if f.Err != nil {
			l.w.Log.Warn("nobody gets in", "network", networks[i], "error", f.Err)
		}
		kept := ways[i]
		if kept.State == idp.ReachUp && kept.Network == idp.NetworkPublic && o.subject.Paused {
			kept.State = idp.ReachPaused
		}
		l.history.note(kept, f.Reason.Key, o.at)
	}
	l.history.keep(o.at)
	l.w.Changed()
	switch l.dog.next(o.subject, ways, time.Now()) {
	case mendRelisten:
		l.w.Relisten()
	case mendRebuild:
		l.w.Rebuild()
	}
}

// found is a way as a finding leaves it.
func found(r idp.Reach, f Finding, o outcome) idp.Reach {
	if r.State != f.State {
		r.Since = o.at
	}
	r.State, r.Took, r.Problem = f.State, f.Took, ""
	if f.Reason.Key != "" {
		r.Problem = f.Reason.String()
	}
	if f.State != idp.ReachOff && (f.State != idp.ReachUnknown || f.Err != nil) {
		r.CheckedAt = o.at
	}
	return r
}

// forgotten is a way about which nothing is known any more.
func forgotten(r idp.Reach, now idp.Time) idp.Reach {
	if r.State == idp.ReachOff || r.State == idp.ReachUnknown && r.Problem == "" {
		return r
	}
	r.State, r.Since, r.Took, r.Problem = idp.ReachUnknown, now, 0, ""
	return r
}
