package backend

import (
	"context"

	"hearthkey/backend/idp"
)

// warn notes in the activity log that the node's key or certificate is about to end.
func (b *Backend) warn() {
	if err := b.admin.WarnExpiry(b.ctx); err != nil && b.ctx.Err() == nil {
		b.opts.Log.Warn("note what is about to end", "error", err)
	}
}

// renewNodeKey asks for a page to log the node in again.
func (b *Backend) renewNodeKey(ctx context.Context) error {
	b.mu.Lock()
	t := b.tunnel
	b.mu.Unlock()
	if t == nil {
		return idp.Fail(idp.Unavailable, "admin.not_joined")
	}
	return t.Login(ctx)
}

// keepAwake begins or ends keeping this machine awake, by the wish that is kept: of two changes at once the one written last stands. A process that does not serve leaves it to the one that will.
func (b *Backend) keepAwake() {
	b.mu.Lock()
	started := b.started
	b.mu.Unlock()
	if !started {
		return
	}
	b.waking.Lock()
	defer b.waking.Unlock()
	on, err := b.store.KeepAwake(b.ctx)
	if err != nil {
		if b.ctx.Err() == nil {
			b.opts.Log.Warn("read whether to keep awake", "error", err)
		}
		return
	}
	if b.awake.Set(on) {
		b.store.Bump()
	}
}

// lookAwake holds or lets go as mains and battery say.
func (b *Backend) lookAwake() {
	if b.awake.Look() {
		b.store.Bump()
	}
}
