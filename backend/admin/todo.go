package admin

import (
	"context"
	"strconv"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// keyExpiryWarning is how long before the node key ends the Overview says so.
const keyExpiryWarning = 30 * idp.Day

// todo is the checklist of what is unsafe or unfinished, worst first, and of what is in order.
func (a *Admin) todo(ctx context.Context, r store.Reads, s Status) ([]Todo, error) {
	list := []Todo{}
	add := func(key, level, link string, args ...string) {
		list = append(list, Todo{Key: key, Level: level, Link: link, Title: idp.Text("todo."+key, args...).String(), Detail: idp.Text("todo."+key+"_detail", args...).String()})
	}
	if s.Owner != nil && s.Pin.Mode != idp.ModeNone {
		if err := a.todoPasskeys(ctx, r, s, add); err != nil {
			return nil, err
		}
	}
	a.todoTunnel(s, add)
	if s.KeyWarning != "" {
		list = append(list, Todo{Key: "key_file", Level: "warn", Link: "settings", Title: idp.Text("todo.key_file").String(), Detail: s.KeyWarning})
	}
	if s.Clients == 0 && s.OwnerReady {
		add("first_app", "warn", "apps")
	}
	if err := a.todoApps(ctx, r, add); err != nil {
		return nil, err
	}
	return list, nil
}

func (a *Admin) todoPasskeys(ctx context.Context, r store.Reads, s Status, add func(key, level, link string, args ...string)) error {
	link := "users/" + s.Owner.ID
	passkeys, err := r.Passkeys(ctx, s.Owner.ID)
	if err != nil {
		return err
	}
	here := 0
	for _, p := range passkeys {
		if p.RPID == s.Pin.RPID {
			here++
		}
	}
	switch here {
	case 0:
		add("owner_passkey", "danger", link)
	case 1:
		add("second_passkey", "warn", link)
	}
	if s.TrialOnly > 0 {
		add("trial_passkeys", "warn", "users", "count", strconv.Itoa(s.TrialOnly))
	}
	return nil
}

func (a *Admin) todoTunnel(s Status, add func(key, level, link string, args ...string)) {
	if end := s.Tunnel.KeyExpiry; end != 0 && end.Sub(a.Clock()) < keyExpiryWarning {
		level := "warn"
		if end.Sub(a.Clock()) < 7*idp.Day {
			level = "danger"
		}
		days := max(0, int(end.Sub(a.Clock())/(24*time.Hour)))
		add("key_expiry", level, "settings", "days", strconv.Itoa(days), "date", end.Std().Format("2 January 2006"))
	}
	switch s.Tunnel.State {
	case idp.TunnelNeedsHTTPS:
		add("enable_https", "danger", "settings")
	case idp.TunnelNeedsFunnel:
		add("enable_funnel", "danger", "settings")
	}
}

// todoApps names apps that nobody can use.
func (a *Admin) todoApps(ctx context.Context, r store.Reads, add func(key, level, link string, args ...string)) error {
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return err
	}
	for _, c := range clients {
		rows, err := r.Access(ctx, c.ID)
		if err != nil {
			return err
		}
		if len(rows) == 0 && !c.Disabled() {
			add("app_nobody", "warn", "apps/"+c.ID, "app", c.Name)
		}
	}
	return nil
}
