package main

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// mailAPI answers what MailInvite asks.
type mailAPI struct {
	admin.API
	email string
}

func (mailAPI) Status(context.Context) (admin.Status, error) {
	return admin.Status{Home: "Rose & Co", Owner: &idp.User{Name: "Nora"}, Pin: idp.Pin{Issuer: "https://id.example.com", HostName: "id.example.com"}}, nil
}

func (m mailAPI) User(context.Context, string) (admin.UserDetail, error) {
	return admin.UserDetail{User: idp.User{Name: "Ann ~ O'Hara", Email: m.email}}, nil
}

// openDesk keeps the addresses that were opened.
type openDesk struct {
	desktop
	opened []string
}

func (d *openDesk) Open(address string) { d.opened = append(d.opened, address) }

// TestMailInvite: the message goes to the person's kept address and holds an invite of ours; nothing else opens a mail program.
func TestMailInvite(t *testing.T) {
	desk := &openDesk{}
	a := &App{ctx: t.Context(), api: mailAPI{email: "ann+home@example.com"}, desk: desk, log: slog.New(slog.DiscardHandler)}
	for _, link := range []string{"", "https://evil.example/invite/a", "https://id.example.com/invite/", "https://id.example.com/invite/a?b", "https://id.example.com/invite/a&bcc=x@evil.example", "https://id.example.com.evil.example/invite/a"} {
		if err := a.MailInvite("usr_1", link); idp.CodeOf(err) != idp.Denied {
			t.Errorf("%q: %v", link, err)
		}
	}
	if err := a.MailInvite("usr_1", "https://id.example.com/invite/abc-_9"); err != nil || len(desk.opened) != 1 {
		t.Fatalf("%v, opened %q", err, desk.opened)
	}
	u, err := url.Parse(desk.opened[0])
	if err != nil || u.Scheme != "mailto" || u.Opaque != "ann%2Bhome@example.com" || strings.ContainsAny(desk.opened[0], "~ +\r\n") {
		t.Errorf("opened %q (%v)", desk.opened[0], err)
	}
	q := u.Query()
	if q.Get("subject") != "Your new passkey for Rose & Co" || !strings.Contains(q.Get("body"), "https://id.example.com/invite/abc-_9") || len(q) != 2 {
		t.Errorf("the message is %v", q)
	}
	a.api = mailAPI{}
	if err := a.MailInvite("usr_1", "https://id.example.com/invite/abc"); idp.CodeOf(err) != idp.Invalid {
		t.Errorf("without an address: %v", err)
	}
}
