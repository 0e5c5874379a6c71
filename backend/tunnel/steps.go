package tunnel

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

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
	r.follow(next.name)
	return next.decided && r.setDoors(next.doors)
}

// follow takes the next step to the wished name. Each changes what the following judgement sees.
func (r *run) follow(next nameStep) {
	switch next {
	case nameAside:
		r.stepAside()
	case nameBack:
		r.stepBack()
	case nameGiveUp:
		r.reclaiming = false
	}
}

// ensureNode starts a node if there is none and none has just failed.
func (r *run) ensureNode() {
	if r.node != nil || !r.start.over() {
		return
	}
	if strings.HasPrefix(r.authKey, clientSecretPrefix) {
		r.exchange()
		return
	}
	n, err := startNode(r.t.cfg, r.t.state, r.authKey)
	if err != nil {
		r.t.cfg.Logger.Error("start the node", "err", err)
		r.start.failed(growing, idp.Text("tunnel.cannot_start", "reason", err.Error()))
		return
	}
	r.start.problem = idp.Message{} // how often it failed is remembered for a while: a node can be sent away each time it starts
	r.node = n
	r.t.node.Store(n)
}

// exchange makes an auth key of the OAuth client secret, beside the loop. A secret or tag that is refused is the owner's to mend; without an answer it is tried again.
func (r *run) exchange() {
	if r.exchanging {
		return
	}
	r.exchanging = true
	secret := r.authKey
	r.work(func() func() {
		key, err := authKeyOf(r.ctx, secret, r.t.cfg.Tags)
		return func() {
			r.exchanging = false
			var refused *apiRefusal
			switch {
			case err == nil:
				r.authKey = key
			case errors.As(err, &refused):
				r.t.cfg.Logger.Warn("Tailscale makes no auth key", "status", refused.status, "reason", refused.said)
				r.start.failed(growing, refusalOf(refused.said, true, r.t.tags()))
			default:
				r.t.cfg.Logger.Warn("ask Tailscale for an auth key", "err", err)
				r.start.failed(growing, idp.Text("tunnel.no_control"))
			}
		}
	})
}

func (r *run) closeNode() {
	if r.node == nil {
		return
	}
	r.t.node.Store(nil)
	r.node.close()
	clear(r.doors)
	r.node, r.last, r.ran, r.asked, r.wanted, r.settled, r.outage, r.aside = nil, nil, false, false, false, false, "", time.Time{}
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
		c, err := fetchCertificate(r.ctx, n, host, r.t.cfg.certFetch)
		return func() {
			r.fetching = false
			if err != nil {
				r.t.cfg.Logger.Warn("fetch the certificate", "host", host, "err", err)
				r.cert.failed(certRetry(err), idp.Message{})
				r.cert.problem = certProblem(err, host, r.cert.until)
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
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
		r.t.cfg.Logger.Error("serve "+string(d.entrance), "err", err)
	}
	r.listen.failed(growing, idp.Text("tunnel.not_served"))
}

func (r *run) login() {
	if r.node == nil {
		return
	}
	r.asked, r.wanted, r.refusal, r.keyRefused = true, true, "", false
	if err := r.node.login(r.ctx); err != nil {
		r.t.cfg.Logger.Error("ask for a login page", "err", err)
	}
}
