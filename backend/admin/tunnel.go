package admin

import (
	"context"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// StartTrial pins http://localhost and serves it.
func (a *Admin) StartTrial(ctx context.Context, port int) (Status, error) {
	pin, err := a.Store.Pin(ctx)
	if err != nil {
		return Status{}, err
	}
	if pin.Mode != idp.ModeNone && pin.Mode != idp.ModeTrial {
		return Status{}, idp.Fail(idp.Conflict, "admin.pinned", "issuer", pin.Issuer)
	}
	if err := a.Reach.Trial(ctx, port); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// ConnectTailnet joins the tailnet under a host name.
func (a *Admin) ConnectTailnet(ctx context.Context, in ConnectTailnet) error {
	wish := store.TunnelWish{HostName: strings.ToLower(strings.TrimSpace(in.HostName)), Funnel: in.Funnel, On: true}
	if !labelForm.MatchString(wish.HostName) {
		return idp.FailField("hostName", "admin.host_name")
	}
	var err error
	if wish.Tags, err = checkTags(in.Tags); err != nil {
		return err
	}
	authKey := strings.TrimSpace(in.AuthKey)
	if strings.HasPrefix(authKey, "tskey-client-") && len(wish.Tags) == 0 {
		return idp.FailField("tags", "admin.tags_needed")
	}
	pin, err := a.Store.Pin(ctx)
	if err != nil {
		return err
	}
	if label, _, _ := strings.Cut(pin.RPID, "."); pin.Secure() && label != wish.HostName {
		return idp.FailField("hostName", "admin.host_name_pinned", "host", pin.HostName)
	}
	return a.Reach.Connect(ctx, wish, authKey)
}

// checkTags takes tags as Tailscale writes them, each once.
func checkTags(typed []string) ([]string, error) {
	var tags []string
	for _, tag := range typed {
		tag = strings.TrimSpace(tag)
		switch {
		case tag == "" || slices.Contains(tags, tag):
		case !tagForm.MatchString(tag):
			return nil, idp.FailField("tags", "admin.tag", "tag", tag)
		default:
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// PinHostName makes the node's name the issuer for good.
func (a *Admin) PinHostName(ctx context.Context, name string) (Status, error) {
	t := a.Reach.Tunnel()
	if t.DNSName == "" {
		return Status{}, idp.Fail(idp.Unavailable, "admin.not_joined")
	}
	now := strings.TrimSuffix(strings.ToLower(t.DNSName), ".")
	if strings.ToLower(strings.TrimSuffix(name, ".")) != now {
		return Status{}, idp.FailField("name", "admin.name_moved", "name", now)
	}
	mode := idp.ModeTailnet
	if t.Funnel {
		mode = idp.ModeFunnel
	}
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		if pin.Secure() && pin.HostName != now {
			return idp.Fail(idp.Conflict, "admin.pinned", "issuer", pin.Issuer)
		}
		return a.Move(ctx, tx, idp.OnTailnet(mode, now, a.Clock()))
	})
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.Repin(ctx); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// SetFunnel switches between the internet and the tailnet alone.
func (a *Admin) SetFunnel(ctx context.Context, on bool) (Status, error) {
	wish := store.TunnelWish{}
	err := a.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if wish, err = tx.TunnelWish(ctx); err != nil {
			return err
		}
		if !wish.On {
			return idp.Fail(idp.Unavailable, "admin.not_joined")
		}
		pin, err := tx.Pin(ctx)
		if err != nil {
			return err
		}
		wish.Funnel = on
		if pin.OnNode() {
			pin.Mode = idp.ModeTailnet
			if on {
				pin.Mode = idp.ModeFunnel
			}
			if err := tx.SetPin(pin); err != nil {
				return err
			}
			e := a.event(idp.EventIssuerPinned)
			e.Reason = string(pin.Mode)
			if err := tx.Record(e); err != nil {
				return err
			}
		} else if err := tx.Record(a.event(idp.EventTunnelAsked)); err != nil {
			return err
		}
		return tx.SetTunnelWish(wish)
	})
	if err != nil {
		return Status{}, err
	}
	if err := a.Reach.Connect(ctx, wish, ""); err != nil {
		return Status{}, err
	}
	return a.Status(ctx)
}

// LogOutTailnet takes the node off its tailnet.
func (a *Admin) LogOutTailnet(ctx context.Context) error {
	if err := a.Reach.LogOut(ctx); err != nil {
		return err
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		wish, err := tx.TunnelWish(ctx)
		if err != nil {
			return err
		}
		wish.On = false
		if err := tx.SetCarrier(ctx, ""); err != nil { // the next tailnet may be another
			return err
		}
		if err := tx.RevokeEveryClick(a.Clock()); err != nil {
			return err
		}
		if err := tx.SetTunnelWish(wish); err != nil {
			return err
		}
		return tx.Record(a.event(idp.EventTunnelLoggedOut))
	})
}
