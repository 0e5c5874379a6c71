package admin

import (
	"context"
	"sync"
	"time"

	"hearthkey/backend/idp"
)

// fingerWork is what is being done at domains now, and how the last of it ended.
type fingerWork struct {
	mu      sync.Mutex
	busy    map[string]string
	problem map[string]string
	pace    fingerPace
}

// fingerPace says how patient publishing is.
type fingerPace struct {
	answer time.Duration                          // after which a call answers though it is not over
	shown  func(idp.PublisherKind) time.Duration  // how long a domain may take to show what was published
	pause  func(ctx context.Context, attempt int) // between two looks
}

// usualPace: the window gives a call 20 seconds; files are there at once but for a cache, pages of git hosts are built anew first.
var usualPace = fingerPace{
	answer: 12 * time.Second,
	shown: func(kind idp.PublisherKind) time.Duration {
		switch kind {
		case idp.PublisherGit:
			return 150 * time.Second
		case idp.PublisherCloudflare, idp.PublisherS3:
			return 60 * time.Second
		}
		return 20 * time.Second
	},
	pause: func(ctx context.Context, attempt int) {
		timer := time.NewTimer(min(time.Duration(attempt)*time.Second, 5*time.Second))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	},
}

// begin takes a domain for one piece of work; idp.Conflict while there is another.
func (w *fingerWork) begin(domain, doing string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[domain] != "" {
		return idp.Fail(idp.Conflict, "webfinger.busy", "domain", domain)
	}
	w.busy[domain] = doing
	delete(w.problem, domain)
	return nil
}

// of is what is being done at a domain, and why the last of it came to nothing.
func (w *fingerWork) of(domain string) (busy, problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy[domain], w.problem[domain]
}

// doing says what is being done at a domain now.
func (a *Admin) doing(domain string, sentence idp.Message) {
	a.finger.mu.Lock()
	a.finger.busy[domain] = sentence.String()
	a.finger.mu.Unlock()
	a.Store.Bump()
}

// endWork lets the next piece of work begin.
func (a *Admin) endWork(domain string, err error) {
	a.finger.mu.Lock()
	delete(a.finger.busy, domain)
	if err != nil {
		a.finger.problem[domain] = err.Error()
	}
	a.finger.mu.Unlock()
	a.Store.Bump()
}

// workAt does something at a domain beside everything else, and answers when it is over, or at the pace's end.
func (a *Admin) workAt(ctx context.Context, domain string, begun idp.Message, work func(context.Context) error) (WebFingerDetail, error) {
	if err := a.finger.begin(domain, begun.String()); err != nil {
		return WebFingerDetail{}, err
	}
	a.Store.Bump()
	over := make(chan error, 1)
	a.Background(func(ctx context.Context) {
		err := work(ctx)
		a.endWork(domain, err)
		over <- err
	})
	timer := time.NewTimer(a.finger.pace.answer)
	defer timer.Stop()
	select {
	case err := <-over:
		if err != nil {
			return WebFingerDetail{}, err
		}
	case <-timer.C:
	case <-ctx.Done():
		return WebFingerDetail{}, ctx.Err()
	}
	return a.WebFingerDomain(ctx, domain)
}
