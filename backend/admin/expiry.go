package admin

import (
	"context"
	"slices"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// How many days ahead the owner is warned, furthest first. The certificate renews itself a month before its end, so that two weeks mean that something keeps it from that.
var (
	keyDays  = []int{30, 14, 7, 1}
	certDays = []int{14, 7, 1}
)

// urgentDays is from when on a warning is a danger.
const urgentDays = 7

// daysLeft rounds up: 1 is the last day, 0 or less is over.
func daysLeft(ends, now idp.Time) int {
	day := idp.Day.Milliseconds()
	left := int64(ends - now)
	if left <= 0 {
		return 0
	}
	return int((left + day - 1) / day)
}

// stepOf is the newest warning that is due: one of days, or 0 when it is over. ok is false while none is.
func stepOf(ends, now idp.Time, days []int) (step int, ok bool) {
	if ends == 0 {
		return 0, false
	}
	left := daysLeft(ends, now)
	if left == 0 {
		return 0, true
	}
	for _, d := range slices.Backward(days) {
		if left <= d {
			return d, true
		}
	}
	return 0, false
}

func levelOf(step int) string {
	if step <= urgentDays {
		return "danger"
	}
	return "warn"
}

// nodeKey says what there is to say of the node key's end.
func nodeKey(t idp.Tunnel, now idp.Time) Ending {
	e := Ending{Ends: t.KeyExpiry}
	step, due := stepOf(e.Ends, now, keyDays)
	if !due {
		return e
	}
	e.Level = levelOf(step)
	days, date := strconv.Itoa(daysLeft(e.Ends, now)), dateOf(e.Ends)
	switch days {
	case "0":
		e.Title = idp.Text("guard.key_ended", "date", date).String()
		e.Detail = idp.Text("guard.key_ended_detail").String()
		return e
	case "1":
		e.Title = idp.Text("guard.key_last_day").String()
	default:
		e.Title = idp.Text("guard.key_ending", "days", days).String()
	}
	e.Detail = idp.Text("guard.key_detail", "date", date, "node", nodeName(t)).String()
	return e
}

// certificate says what there is to say of the certificate's end.
func certificate(t idp.Tunnel, now idp.Time) Ending {
	e := Ending{Ends: t.CertExpiry}
	step, due := stepOf(e.Ends, now, certDays)
	if !due {
		return e
	}
	e.Level = levelOf(step)
	days, date := strconv.Itoa(daysLeft(e.Ends, now)), dateOf(e.Ends)
	switch days {
	case "0":
		e.Title = idp.Text("guard.certificate_ended", "date", date).String()
	case "1":
		e.Title = idp.Text("guard.certificate_last_day").String()
	default:
		e.Title = idp.Text("guard.certificate_ending", "days", days).String()
	}
	e.Detail = idp.Text("guard.certificate_detail", "date", date).String()
	if t.Problem != "" {
		e.Detail = t.Problem
	}
	return e
}

// nodeName is how the machine is listed at Tailscale.
func nodeName(t idp.Tunnel) string {
	if t.DNSName == "" {
		return t.HostName
	}
	return t.DNSName
}

// machinePage is the node's page in Tailscale's admin console, where its key expiry is switched off.
func machinePage(t idp.Tunnel) string {
	const machines = "https://login.tailscale.com/admin/machines"
	if t.Address == "" {
		return ""
	}
	return machines + "/" + t.Address
}

// notice is the worst of two endings. Its key changes with each step, so that whoever shows it knows what was shown before.
func notice(t idp.Tunnel, key, cert Ending, now idp.Time) Notice {
	worst, what, days := key, store.NodeKey, keyDays
	if key.Level == "" || key.Level == "warn" && cert.Level == "danger" {
		worst, what, days = cert, store.Certificate, certDays
	}
	if worst.Level == "" {
		return Notice{}
	}
	step, _ := stepOf(worst.Ends, now, days)
	return Notice{
		Key:   what + "/" + strconv.FormatInt(int64(worst.Ends), 10) + "/" + strconv.Itoa(step),
		Title: worst.Title, Body: worst.Detail,
	}
}

// WarnExpiry notes in the activity log, once for each step, that the node's key or certificate is about to end, or has. Several steps that passed while nobody looked are one event.
func (a *Admin) WarnExpiry(ctx context.Context) error {
	t := a.Reach.Tunnel()
	if err := a.warn(ctx, store.NodeKey, t.KeyExpiry, keyDays, idp.EventNodeKeyEnding, idp.EventNodeKeyEnded); err != nil {
		return err
	}
	return a.warn(ctx, store.Certificate, t.CertExpiry, certDays, idp.EventCertEnding, idp.EventCertEnded)
}

func (a *Admin) warn(ctx context.Context, what string, ends idp.Time, days []int, ending, ended string) error {
	step, due := stepOf(ends, a.Clock(), days)
	if !due {
		return nil
	}
	last, err := a.Store.Warned(ctx, what)
	if err != nil || last.Ends == ends && last.Days <= step {
		return err
	}
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		last, err := tx.Warned(ctx, what)
		if err != nil || last.Ends == ends && last.Days <= step { // another look was faster
			return err
		}
		e := idp.Event{At: a.Clock(), Kind: ending, Actor: idp.ActorSystem, Reason: strconv.Itoa(step), Detail: pairs("date", dateOf(ends))}
		if step == 0 {
			e.Kind, e.Reason = ended, ""
		}
		if err := tx.Record(e); err != nil {
			return err
		}
		return tx.SetWarned(what, store.Warned{Ends: ends, Days: step})
	})
}
