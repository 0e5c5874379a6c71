package backend

import (
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

const (
	newsAfter = 10 * time.Second // how long a state holds before it is told
	newsAtEnd = 10 * time.Minute // the same after many changes within an hour
	newsQuiet = time.Hour        // after which the next change is told as soon as the first
)

// news decides which states are told: those that hold. What comes and goes has to hold longer each time, so that it does not fill the log.
type news struct {
	said    string   // the state that was last told
	told    idp.Time // when
	quick   int      // how many were told within newsQuiet of each other
	pending string
	since   idp.Time // when pending began
}

// hear takes the state as it is now and says whether to tell it.
func (n *news) hear(state string, now idp.Time) bool {
	if state == admin.StateStarting || state == admin.StateSetUp || state == n.said { // on the way to somewhere, or where it was
		n.pending = ""
		return false
	}
	if state != n.pending {
		n.pending, n.since = state, now
	}
	if held := now.Sub(n.since); held >= 0 && held < n.hold(now) {
		return false
	}
	if n.told != 0 && now.Sub(n.told) < newsQuiet {
		n.quick++
	} else {
		n.quick = 0
	}
	n.said, n.told, n.pending = state, now, ""
	return true
}

// hold is how long a state has to last to be told.
func (n *news) hold(now idp.Time) time.Duration {
	if n.told == 0 || now.Sub(n.told) >= newsQuiet {
		return newsAfter
	}
	return min(newsAfter<<min(n.quick, 10), newsAtEnd)
}

// wait is how long until hear may have another answer though nothing changes.
func (n *news) wait(now idp.Time) time.Duration {
	if n.pending == "" {
		return changeAtLatest
	}
	return min(max(n.hold(now)-now.Sub(n.since), 0), changeAtLatest)
}
