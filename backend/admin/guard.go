package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// readGuard fills in what Status says of carrier, endings and keeping awake.
func (a *Admin) readGuard(ctx context.Context, r store.Reads, s *Status) (err error) {
	if s.Carrier, err = r.Carrier(ctx); err != nil {
		return err
	}
	if s.Guard.PasskeyAdmin, err = r.PasskeyAdmin(ctx); err != nil {
		return err
	}
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return err
	}
	s.Guard.OneClick = []string{}
	for _, c := range clients {
		if c.TailnetSignIn && !c.Disabled() {
			s.Guard.OneClick = append(s.Guard.OneClick, c.Name)
		}
	}
	now := a.Clock()
	g := &s.Guard
	g.Ask = s.Carrier == "" && s.Pin.Mode == idp.ModeFunnel && s.Tunnel.State == idp.TunnelOnline
	g.Machine = machinePage(s.Tunnel)
	g.Key, g.Certificate = nodeKey(s.Tunnel, now), certificate(s.Tunnel, now)
	g.Notice = notice(s.Tunnel, g.Key, g.Certificate, now)
	if a.Reach.Awake != nil {
		s.Awake = a.Reach.Awake()
	}
	s.Awake.On, err = r.KeepAwake(ctx)
	return err
}

// SetCarrier keeps the owner's answer.
func (a *Admin) SetCarrier(ctx context.Context, answer string) (Status, error) {
	if answer != store.CarrierYes && answer != store.CarrierNo {
		return Status{}, idp.FailField("answer", "guard.carrier")
	}
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.Carrier(ctx)
		if err != nil || before == answer {
			return err
		}
		if err := tx.SetCarrier(ctx, answer); err != nil {
			return err
		}
		if answer == store.CarrierYes { // a circle: what clicks began ends for good
			if err := tx.RevokeEveryClick(a.Clock()); err != nil {
				return err
			}
		}
		e := a.event(idp.EventCarrierSaid)
		e.Reason = answer
		return tx.Record(e)
	})
	if err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// SetPasskeyAdmin keeps the owner's word for it; nothing can measure it.
func (a *Admin) SetPasskeyAdmin(ctx context.Context, there bool) (Status, error) {
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.PasskeyAdmin(ctx)
		if err != nil || before == there {
			return err
		}
		if err := tx.SetPasskeyAdmin(ctx, there); err != nil {
			return err
		}
		e := a.event(idp.EventCarrierSaid)
		if e.Reason = "passkey_admin"; !there {
			e.Reason = "no_passkey_admin"
		}
		return tx.Record(e)
	})
	if err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// SetKeepAwake keeps the wish and lets it take effect.
func (a *Admin) SetKeepAwake(ctx context.Context, on bool) (Status, error) {
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.KeepAwake(ctx)
		if err != nil || before == on {
			return err
		}
		if err := tx.SetKeepAwake(on); err != nil {
			return err
		}
		e := a.event(idp.EventKeepAwake)
		if e.Reason = "off"; on {
			e.Reason = "on"
		}
		return tx.Record(e)
	})
	if err != nil {
		return Status{}, err
	}
	if a.Reach.KeepAwake != nil {
		a.Reach.KeepAwake()
	}
	return a.Status(ctx)
}

// RenewNodeKey asks Tailscale for a login page.
func (a *Admin) RenewNodeKey(ctx context.Context) error { return a.Reach.Renew(ctx) }

// todoGuard is the checklist against being locked out.
func (a *Admin) todoGuard(s Status, list *[]Todo, add adder) {
	for _, e := range []struct {
		key string
		Ending
	}{{"key_expiry", s.Guard.Key}, {"certificate_expiry", s.Guard.Certificate}} {
		if e.Level != "" {
			*list = append(*list, Todo{Key: e.key, Level: e.Level, Link: "settings", Title: e.Title, Detail: e.Detail})
		}
	}
	if s.Carrier != store.CarrierYes {
		return
	}
	if s.Guard.PasskeyAdmin {
		add("carrier_admin_there", "ok", "settings")
	} else {
		add("carrier_admin", "warn", "settings")
	}
	switch {
	case s.Tunnel.DNSName == "": // nothing is known of the node now
	case s.Tunnel.KeyExpiry == 0:
		add("carrier_node_lasts", "ok", "settings")
	default:
		add("carrier_node", "danger", "settings", "date", dateOf(s.Tunnel.KeyExpiry))
	}
}
