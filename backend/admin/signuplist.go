package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// signUpList gathers lines, whose words are those of the catalogue under their key.
type signUpList []Todo

func (l *signUpList) line(level, link string, title, detail idp.Message) {
	*l = append(*l, Todo{Key: title.Key, Level: level, Link: link, Title: title.String(), Detail: detail.String()})
}

// made is what Tailscale looks for, in the order in which it does.
func (s signing) made(check WebFingerCheck) []Todo {
	list := &signUpList{}
	switch {
	case s.user.ID == "" || s.user.Disabled() || s.user.Email != s.Email || !s.user.EmailVerified:
		list.line("danger", "users/"+s.UserID, idp.Text("signup.made_user_gone", "email", s.Email), idp.Text("signup.made_user_gone_detail"))
	default:
		list.line("ok", "users/"+s.UserID, idp.Text("signup.made_user", "name", s.user.Name, "email", s.Email), idp.Text("signup.made_user_detail"))
	}
	if s.ready == 0 {
		list.line("danger", "users/"+s.UserID, idp.Text("signup.made_no_passkey", "name", s.user.Name), idp.Text("signup.made_no_passkey_detail"))
	}
	switch {
	case s.client.ID == "" || !appServes(s.client):
		list.line("danger", "apps/"+s.ClientID, idp.Text("signup.made_app_wrong"), idp.Text("signup.made_app_wrong_detail"))
	default:
		list.line("ok", "apps/"+s.ClientID, idp.Text("signup.made_app", "app", s.client.Name), idp.Text("signup.made_app_detail", "algorithm", s.client.IDTokenAlgorithm))
	}
	link := "webfinger/" + s.Domain
	switch {
	case !s.known:
		list.line("danger", link, idp.Text("signup.made_domain_gone", "domain", s.Domain), idp.Text("signup.made_domain_gone_detail"))
	case !s.listed():
		list.line("danger", link, idp.Text("signup.made_unlisted", "domain", s.Domain, "email", s.Email), idp.Text("signup.made_unlisted_detail"))
	case check.Verdict == "ok" || check.Verdict == "warn":
		list.line("ok", link, idp.Text("signup.made_domain", "domain", s.Domain), idp.Message{})
	case check.Verdict == "danger":
		list.line("danger", link, idp.Text("signup.made_domain_wrong", "domain", s.Domain), idp.Text("signup.made_domain_wrong_detail", "summary", check.Summary))
	default:
		list.line("warn", link, idp.Text("signup.made_domain_unseen", "domain", s.Domain), idp.Text("signup.made_domain_unseen_detail"))
	}
	return *list
}

// listed says whether the domain is to answer for the address with which the tailnet is signed up. A look from outside asks for those on the list alone.
func (s signing) listed() bool {
	return s.domain.Scope != idp.WebFingerAccounts || slices.ContainsFunc(s.domain.Accounts, func(name string) bool { return strings.EqualFold(name+"@"+s.Domain, s.Email) })
}

// signUpChecklist is what keeps people from being locked out of the tailnet, worst first within what is asked of the owner.
func (a *Admin) signUpChecklist(ctx context.Context, r store.Reads, s signing, check WebFingerCheck) ([]Todo, error) {
	carrier, err := r.Carrier(ctx)
	if err != nil {
		return nil, err
	}
	list := &signUpList{}
	if s.ready < 2 {
		list.line("warn", "users/"+s.UserID, idp.Text("signup.lock_passkey", "name", s.user.Name), idp.Text("signup.lock_passkey_detail"))
	} else {
		list.line("ok", "users/"+s.UserID, idp.Text("signup.lock_passkeys", "name", s.user.Name, "count", strconv.Itoa(s.ready)), idp.Message{})
	}
	if err := a.lockCarrier(ctx, r, s, carrier, list); err != nil {
		return nil, err
	}
	a.lockSecret(s, list)
	if check.Verdict == "danger" {
		list.line("warn", "webfinger/"+s.Domain, idp.Text("signup.lock_webfinger", "domain", s.Domain), idp.Text("signup.lock_webfinger_detail"))
	}
	list.line("todo", "", idp.Text("signup.lock_away"), idp.Text("signup.lock_away_detail"))
	list.line("todo", "", idp.Text("signup.lock_issuer"), idp.Text("signup.lock_issuer_detail", "issuer", s.pin.Issuer))
	return *list, nil
}

// lockCarrier looks at which tailnet carries the node, and at the admin who gets in without this issuer.
func (a *Admin) lockCarrier(ctx context.Context, r store.Reads, s signing, carrier string, list *signUpList) error {
	admin, err := r.PasskeyAdmin(ctx)
	if err != nil {
		return err
	}
	switch {
	case !s.pin.OnNode():
		list.line("ok", "", idp.Text("signup.lock_domain"), idp.Text("signup.lock_domain_detail", "host", s.pin.HostName))
	case carrier == store.CarrierNo:
		list.line("ok", "settings", idp.Text("signup.lock_apart"), idp.Text("signup.lock_apart_detail"))
	case carrier == "":
		list.line("warn", "settings", idp.Text("signup.lock_unsaid"), idp.Text("signup.lock_unsaid_detail"))
	case a.Reach.Tunnel().KeyExpiry != 0:
		list.line("danger", "settings", idp.Text("signup.lock_circle"), idp.Text("signup.lock_circle_detail"))
	default:
		list.line("warn", "settings", idp.Text("signup.lock_circle_lasts"), idp.Text("signup.lock_circle_lasts_detail"))
	}
	if admin {
		list.line("ok", "settings", idp.Text("signup.lock_admin_there"), idp.Message{})
	} else {
		list.line("warn", "settings", idp.Text("signup.lock_admin"), idp.Text("signup.lock_admin_detail"))
	}
	return nil
}

// lockSecret looks for a secret that goes on: a change at Tailscale goes through its support, and takes days.
func (a *Admin) lockSecret(s signing, list *signUpList) {
	last, ends := 0, idp.Time(0)
	for _, secret := range s.secrets {
		switch {
		case secret.ExpiresAt == 0:
			last++
		case !secret.ExpiresAt.Passed(a.Clock()):
			ends = max(ends, secret.ExpiresAt)
		}
	}
	link := "apps/" + s.ClientID
	switch {
	case last > 0:
		list.line("ok", link, idp.Text("signup.lock_secret_lasts"), idp.Text("signup.lock_secret_lasts_detail"))
	case ends > 0:
		list.line("danger", link, idp.Text("signup.lock_secret_ends", "date", dateOf(ends)), idp.Text("signup.lock_secret_ends_detail"))
	default:
		list.line("danger", link, idp.Text("signup.lock_secret_none"), idp.Text("signup.lock_secret_none_detail"))
	}
}
