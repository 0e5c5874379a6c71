package tunnel

import (
	"time"

	"hearthkey/backend/idp"
)

// forgiven is how long after a wait the next failure counts as the first again.
const forgiven = 10 * time.Minute

// backoff is the wait after failures in a row. The zero value waits for nothing.
type backoff struct {
	failures int
	until    time.Time
	problem  idp.Message // of the last failure
}

// over says whether the wait has passed.
func (b *backoff) over() bool { return !time.Now().Before(b.until) }

// failed begins a wait, whose length depends on how many failures went before.
func (b *backoff) failed(wait func(before int) time.Duration, problem idp.Message) {
	if time.Since(b.until) > forgiven {
		b.failures = 0
	}
	b.until, b.problem = time.Now().Add(wait(b.failures)), problem
	b.failures++
}

// growing is the usual wait: one second at first, doubled each time, to five minutes.
func growing(before int) time.Duration { return min(time.Second<<min(before, 9), 5*time.Minute) }
