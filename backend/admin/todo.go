package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// todo is the checklist of what is unsafe or unfinished, worst first, and of what is in order.
func (a *Admin) todo(ctx context.Context, r store.Reads, s *Status) ([]Todo, error) {
	list := []Todo{}
	add := func(key, level, link string, args ...string) {
		list = append(list, Todo{Key: key, Level: level, Link: link, Title: idp.Text("todo."+key, args...).String(), Detail: idp.Text("todo."+key+"_detail", args...).String()})
	}
	if s.Owner != nil && s.Pin.Mode != idp.ModeNone {
		if err := a.todoPasskeys(ctx, r, *s, add); err != nil {
			return nil, err
		}
	}
	a.todoTunnel(*s, add)
	a.todoGuard(*s, &list, add)
	if err := a.todoWebFinger(ctx, r, s, add); err != nil {
		return nil, err
	}
	if s.KeyWarning != "" {
		list = append(list, Todo{Key: "key_file", Level: "warn", Link: "settings", Title: idp.Text("todo.key_file").String(), Detail: s.KeyWarning})
	}
	if s.Clients == 0 && s.OwnerReady {
		add("first_app", "warn", "apps")
	}
	signUp, err := a.todoSignUp(ctx, r, add)
	if err != nil {
		return nil, err
	}
	if err := a.todoApps(ctx, r, signUp, add); err != nil {
		return nil, err
	}
	return list, nil
}

// adder puts a line on the checklist.
type adder = func(key, level, link string, args ...string)

func (a *Admin) todoPasskeys(ctx context.Context, r store.Reads, s Status, add adder) error {
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
	if s.Stranded > 0 && len(s.Former) > 0 {
		add("moved_people", "warn", "settings/invites", "count", strconv.Itoa(s.Stranded), "host", s.Pin.HostName)
	}
	return nil
}

func (a *Admin) todoTunnel(s Status, add adder) {
	switch s.Tunnel.State {
	case idp.TunnelNeedsHTTPS:
		add("enable_https", "danger", "settings")
	case idp.TunnelNeedsFunnel:
		add("enable_funnel", "danger", "settings")
	}
}

// todoSignUp names a tailnet whose sign-up is not finished, and answers its app.
func (a *Admin) todoSignUp(ctx context.Context, r store.Reads, add adder) (clientID string, err error) {
	s, is, err := bound(ctx, r)
	if err != nil || is || !s.Begun() {
		return "", err
	}
	add("sign_up", "warn", "webfinger/tailscale", "domain", s.Domain)
	return s.ClientID, nil
}

// todoApps names apps that nobody can use, and those whose secrets end. An app that is about to be given its secret has a line of its own already.
func (a *Admin) todoApps(ctx context.Context, r store.Reads, beginning string, add adder) error {
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return err
	}
	for _, c := range clients {
		if c.Disabled() {
			continue
		}
		rows, err := r.Access(ctx, c.ID)
		if err != nil {
			return err
		}
		if len(rows) == 0 && signsPeopleIn(c) {
			add("app_nobody", "warn", "apps/"+c.ID, "app", c.Name)
		}
		if c.Public || c.ID == beginning {
			continue
		}
		secrets, err := r.ClientSecrets(ctx, c.ID)
		if err != nil {
			return err
		}
		a.todoSecrets(c, secrets, add)
	}
	return nil
}

// signsPeopleIn says whether an app has anything to do with people: one that only acts for itself has not.
func signsPeopleIn(c idp.Client) bool { return len(c.RedirectURIs) > 0 || c.DeviceGrant }

// secretWarning is how long before an app's last secret ends the Overview says so.
const secretWarning = 14 * idp.Day

// todoSecrets tells of an app that is about to be locked out, or is: because none of its secrets goes on, or because it has not begun to use the one that does.
func (a *Admin) todoSecrets(c idp.Client, secrets []idp.ClientSecret, add adder) {
	now := a.Clock()
	var ending, staying []idp.ClientSecret
	for _, s := range secrets {
		switch {
		case s.ExpiresAt.Passed(now):
		case s.ExpiresAt != 0 && s.ExpiresAt.Sub(now) < secretWarning:
			ending = append(ending, s)
		default:
			staying = append(staying, s)
		}
	}
	link := "apps/" + c.ID
	if len(ending)+len(staying) == 0 {
		add("secret_none", "danger", link, "app", c.Name)
	}
	if len(ending) == 0 {
		return
	}
	byUse := func(x, y idp.ClientSecret) int { return cmp.Compare(x.LastUsedAt, y.LastUsedAt) }
	byEnd := func(x, y idp.ClientSecret) int { return cmp.Compare(x.ExpiresAt, y.ExpiresAt) }
	if len(staying) == 0 {
		add("secret_expiry", "warn", link, "app", c.Name, "date", dateOf(slices.MaxFunc(ending, byEnd).ExpiresAt))
		return
	}
	if used := slices.MaxFunc(ending, byUse); used.LastUsedAt > slices.MaxFunc(staying, byUse).LastUsedAt {
		add("secret_old", "warn", link, "app", c.Name, "date", dateOf(used.ExpiresAt))
	}
}

// dateOf is a day as the checklist names it.
func dateOf(t idp.Time) string { return t.Std().Format("2 January 2006") }
