package signin

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// asking is a person's request to make their first passkey on a node of theirs, in the browser that asked.
type asking struct {
	approval idp.Approval
	user     idp.User
	client   idp.Client
	epoch    int64
}

// askCookie holds the secret of this browser's request. It is a cookie of its own: the browser's other one changes when somebody signs in.
func (p *Pages) askCookie() string { return p.cookieName() + "-ask" }

func (p *Pages) setAskCookie(w http.ResponseWriter, secret string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: p.askCookie(), Value: secret, Path: "/", MaxAge: int(life / time.Second), Secure: p.pin.Secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// asking reads the request of this browser; idp.NotFound when it holds the secret of none.
func (p *Pages) asking(r *http.Request) (a asking, err error) {
	c, err := r.Cookie(p.askCookie())
	if err != nil {
		return a, idp.Fail(idp.NotFound, "approval.not_found")
	}
	if raw, err := base64.RawURLEncoding.DecodeString(c.Value); err != nil || len(raw) != 32 {
		return a, idp.Fail(idp.NotFound, "approval.not_found")
	}
	err = p.store.View(r.Context(), func(rd store.Reads) error { return p.readAsking(r.Context(), rd, idp.Hash(c.Value), &a) })
	return a, err
}

func (p *Pages) readAsking(ctx context.Context, r store.Reads, hash []byte, a *asking) (err error) {
	if a.approval, err = r.ApprovalByHash(ctx, hash); err != nil {
		return err
	}
	if a.user, err = r.User(ctx, a.approval.UserID); err != nil {
		return err
	}
	if a.client, err = r.Client(ctx, a.approval.ClientID); err != nil {
		return err
	}
	a.epoch, err = r.Epoch(ctx)
	return err
}

// state is how far the request is, "over" for one that ran out or was used.
func (a asking) state(now idp.Time) string {
	switch {
	case a.approval.State == idp.ApprovalDenied:
		return "denied"
	case !a.approval.Open(now, a.epoch):
		return "over"
	}
	return string(a.approval.State)
}

// EnrolAsk asks the owner to let the person whose node this is make their first passkey in this browser; where the owner wants no asking, it is allowed at once.
func (p *Pages) EnrolAsk(w http.ResponseWriter, r *http.Request) error {
	tx, _, err := p.postedTX(w, r)
	if err != nil {
		return err
	}
	if tx.authorize == nil {
		return p.lost(w, r)
	}
	n, err := p.neighbour(r, tx)
	if err != nil {
		return err
	}
	if !n.enrol || tx.met != n.user.ID {
		return p.notByLogin(r.Context())
	}
	again, err := p.asking(r)
	v := idp.VisitorOf(r.Context())
	if err == nil && again.approval.Open(p.clock(), again.epoch) && again.user.ID == n.user.ID && again.approval.TailscaleID == v.TailscaleUserID && again.approval.ClientID == tx.client().ID {
		return see(w, r, txURL("/enrol", tx)) // asked already
	}
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	secret := idp.NewSecret()
	if err := p.keepAsking(r, tx.authorize, n.user, idp.Hash(secret)); err != nil {
		return err
	}
	p.setAskCookie(w, secret, 2*idp.ApprovalLife)
	return see(w, r, txURL("/enrol", tx))
}

// enrolsAtOnce says whether a person need not wait for the owner. One whose passkeys are bound to a former host has proved more before than whose node this is, so that the owner looks.
func enrolsAtOnce(ctx context.Context, r store.Reads, userID string) (bool, error) {
	on, err := r.EnrolAtOnce(ctx)
	if err != nil || !on {
		return false, err
	}
	keys, err := r.Passkeys(ctx, userID)
	return len(keys) == 0, err
}

// keepAsking keeps the request with its event, if all of it still holds.
func (p *Pages) keepAsking(r *http.Request, req *oidc.Authorize, u idp.User, hash []byte) error {
	ctx, v, now := context.WithoutCancel(r.Context()), idp.VisitorOf(r.Context()), p.clock()
	a := idp.Approval{
		ID: idp.NewID(idp.PrefixApproval), Kind: idp.ApprovalEnrol, Hash: hash, UserID: u.ID, ClientID: req.Client.ID, TailscaleID: v.TailscaleUserID, Login: v.Login, Node: v.Node,
		Network: v.Network, Source: sourceOf(v), UserAgent: userAgent(r), CreatedAt: now, ExpiresAt: now.Add(idp.ApprovalLife), State: idp.ApprovalWaiting,
	}
	event := p.event(r, idp.EventApprovalAsked, u)
	event.ObjectID, event.ClientID, event.Detail["app"] = a.ID, req.Client.ID, req.Client.Name
	return p.store.Write(ctx, func(tx *store.Tx) error {
		still, err := p.meet(ctx, tx.Reads, req)
		if err == nil && (!still.enrol || still.user.ID != u.ID) {
			err = p.notByLogin(ctx)
		}
		if err != nil {
			return err
		}
		atOnce, err := enrolsAtOnce(ctx, tx.Reads, u.ID)
		if err != nil {
			return err
		}
		if atOnce {
			a.State, a.DecidedAt, event.Kind, event.Actor = idp.ApprovalApproved, now, idp.EventApprovalGiven, idp.ActorSystem
		}
		if a.Epoch, err = tx.Epoch(ctx); err != nil {
			return err
		}
		if err := tx.AddApproval(a); err != nil {
			return err
		}
		return tx.Record(event)
	})
}
