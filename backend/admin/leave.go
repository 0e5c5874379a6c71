package admin

import (
	"context"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// LogOutEffects says what leaving the tailnet breaks now.
func (a *Admin) LogOutEffects(ctx context.Context) (out LogOutEffects, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		pin, err := r.Pin(ctx)
		if err != nil {
			return err
		}
		if !pin.Secure() {
			out.Lines = []string{idp.Text("guard.leave_trial").String(), idp.Text("guard.leave_keys").String()}
			return nil
		}
		carrier, err := r.Carrier(ctx)
		if err != nil {
			return err
		}
		if carrier == store.CarrierYes {
			out.Typed = pin.HostName
			out.Lines = append(out.Lines, idp.Text("guard.leave_carrier").String())
		}
		lines, err := a.leaving(ctx, r, pin)
		out.Lines = append(out.Lines, lines...)
		return err
	})
	return out, err
}

// leaving counts who loses what.
func (a *Admin) leaving(ctx context.Context, r store.Reads, pin idp.Pin) ([]string, error) {
	people, err := r.CountReady(ctx, pin.RPID)
	if err != nil {
		return nil, err
	}
	total, elsewhere, err := r.CountPasskeys(ctx, pin.RPID)
	if err != nil {
		return nil, err
	}
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return nil, err
	}
	apps := 0
	for _, c := range clients {
		if !c.Disabled() && signsPeopleIn(c) {
			apps++
		}
	}
	count := func(n int, one, many idp.Message) string {
		if n == 1 {
			return one.String()
		}
		return many.String()
	}
	ready, bound := int(people), int(total-elsewhere)
	who := count(ready, idp.Text("guard.one_person"), idp.Text("guard.people", "count", strconv.Itoa(ready)))
	what := count(apps, idp.Text("guard.one_app"), idp.Text("guard.apps", "count", strconv.Itoa(apps)))
	passkeys := count(bound, idp.Text("guard.one_passkey"), idp.Text("guard.passkeys", "count", strconv.Itoa(bound)))
	return []string{
		idp.Text("guard.leave_sign_in", "people", who, "apps", what).String(),
		idp.Text("guard.leave_name", "host", pin.HostName, "passkeys", passkeys).String(),
		idp.Text("guard.leave_keys").String(),
	}, nil
}
