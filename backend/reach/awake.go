package reach

import (
	"hash/maphash"
	"net"
	"slices"
	"time"

	"hearthkey/backend/idp"
)

// asleep is how much more or less time than a tick's may pass between two ticks before it was a sleep or a changed clock.
const asleep = 6 * time.Second

// awake tells a sleep by time in which nothing ran. Some sleeps stop the timers and not the wall clock, a stopped process stops neither: both let the wall clock get ahead of the ticks.
type awake struct{ at idp.Time }

func awakeSince(now idp.Time) awake { return awake{now} }

// slept says whether the last tick is too long ago, or yet to come.
func (a awake) slept(now idp.Time) bool {
	past := now.Sub(a.at)
	return past > asleep+tickEvery || past < -asleep
}

// tick notes that this process runs. After a sleep or a changed clock nothing is known, and everything is looked at.
func (l *loop) tick() {
	w := l.w
	now := w.Clock()
	w.mu.Lock()
	before := w.awake
	slept := before.slept(now)
	w.awake = awakeSince(now)
	if slept {
		for i := range w.ways {
			w.ways[i] = forgotten(w.ways[i], now)
		}
	}
	w.mu.Unlock()
	if slept {
		w.Log.Info("slept, or the clock was set", "passed", now.Sub(before.at))
		l.history.flush()
		l.history.forget()
		l.dog = watchdog{}
		l.soon()
		w.Changed()
		return
	}
	if l.links.changed() {
		w.Log.Info("the addresses of this machine have changed")
		l.dog = watchdog{}
		l.soon()
	}
}

// linksEvery is how many ticks pass between looks at the addresses.
const linksEvery = 5

// links remembers the machine's addresses, so that another network is noticed.
type links struct {
	ticks int
	seed  maphash.Seed
	sum   uint64
}

func (l *links) changed() bool {
	if l.ticks++; l.ticks%linksEvery != 1 {
		return false
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	texts := []string{}
	for _, a := range all {
		if p, ok := a.(*net.IPNet); ok && p.IP.IsGlobalUnicast() {
			texts = append(texts, p.String())
		}
	}
	slices.Sort(texts)
	if l.ticks == 1 {
		l.seed = maphash.MakeSeed()
	}
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, t := range texts {
		_, _ = h.WriteString(t + "\n")
	}
	before := l.sum
	l.sum = h.Sum64()
	return l.ticks > 1 && before != l.sum
}
