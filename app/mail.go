package main

import (
	"net/url"
	"strings"

	"hearthkey/backend/idp"
)

// MailInvite opens the system's mail program with a message that holds a person's invite link; nothing is sent before the owner sends it. The link must be one of the issuer's invites and the address is the one kept for the person: text from outside decides neither.
func (a *App) MailInvite(userID, link string) (err error) {
	defer a.caught(&err)
	s, err := a.api.Status(a.ctx)
	if err != nil {
		return err
	}
	d, err := a.api.User(a.ctx, userID)
	if err != nil {
		return err
	}
	if secret, ok := strings.CutPrefix(link, s.Pin.Issuer+"/invite/"); !ok || secret == "" || strings.Trim(secret, secretLetters) != "" {
		return idp.Fail(idp.Denied, "app.address_foreign")
	}
	if d.User.Email == "" {
		return idp.Fail(idp.Invalid, "app.mail_none", "user", d.User.Name)
	}
	owner := ""
	if s.Owner != nil {
		owner = s.Owner.Name
	}
	subject := idp.Text("app.mail_subject", "home", s.Home).String()
	body := idp.Text("app.mail_body", "user", d.User.Name, "home", s.Home, "host", s.Pin.HostName, "link", link, "owner", owner).String()
	a.desk.Open("mailto:" + strings.ReplaceAll(escaped(d.User.Email), "%40", "@") + "?subject=" + escaped(subject) + "&body=" + escaped(body))
	return nil
}

// secretLetters are what an invite's secret is written in.
const secretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// escaped writes text for a mailto address (RFC 6068 §2): a space is %20 there, and Wails opens no address with a tilde.
func escaped(text string) string {
	return strings.NewReplacer("+", "%20", "~", "%7E").Replace(url.QueryEscape(strings.ReplaceAll(text, "\n", "\r\n")))
}
