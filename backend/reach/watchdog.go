package reach

import (
	"time"

	"hearthkey/backend/idp"
)

// mend is what the watchdog has done to the tunnel.
type mend int

const (
	mendNothing mend = iota
	mendRelisten
	mendRebuild
)

// Waits of the watchdog. Listening anew costs visitors a second, starting anew a few; where the fault is Tailscale's, neither helps and both must become rare.
const (
	mendFirst = 5 * time.Second // how long nobody gets through before it acts
	mendAgain = 20 * time.Second
	mendMost  = 30 * time.Minute
)

// watchdog acts where the tunnel says that it serves and nobody gets through. The zero value has seen nothing wrong.
type watchdog struct {
	closed time.Time // since when nobody gets through, zero while somebody does
	acted  time.Time
	times  int // that it acted since
}

// next says what to do now.
func (d *watchdog) next(s Subject, ways [3]idp.Reach, now time.Time) mend {
	way := ways[1]
	if s.Pin.Mode == idp.ModeFunnel {
		way = ways[2]
	}
	tunnel := s.Pin.Mode == idp.ModeFunnel || s.Pin.Mode == idp.ModeTailnet
	if !tunnel || s.Tunnel.State != idp.TunnelOnline || way.State != idp.ReachDown {
		if way.State == idp.ReachUp || way.State == idp.ReachPaused || !tunnel {
			*d = watchdog{}
		}
		return mendNothing
	}
	if d.closed.IsZero() {
		d.closed = now
	}
	if now.Sub(d.closed) < mendFirst || d.times > 0 && now.Sub(d.acted) < d.wait() {
		return mendNothing
	}
	d.acted = now
	d.times++
	if d.times == 1 {
		return mendRelisten
	}
	return mendRebuild
}

// wait is how long after an act the next one may follow: doubled each time.
func (d *watchdog) wait() time.Duration { return min(mendAgain<<min(d.times-1, 10), mendMost) }
