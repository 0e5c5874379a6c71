package signin

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// touchEvery is how often the use of a session is noted.
const touchEvery = 5 * time.Minute

// caller is the browser that asks, and who acts in it.
type caller struct {
	key      string      // hash of its cookie, "" without one
	browser  idp.Browser // zero before the first sign-in
	accounts []account   // people with a live session in it, newest sign-in first, each once
	acting   account     // zero when nobody is signed in
	clicks   []account   // live sessions that are for one app alone: none of them is an account of this browser
}

// account is a live session with its person.
type account struct {
	session idp.Session
	user    idp.User
}

func (a account) there() bool { return a.session.ID != "" }

// find is the account of a session or a person; zero when it is not among those of this browser.
func (c caller) find(match func(account) bool) account {
	if i := slices.IndexFunc(c.accounts, match); i >= 0 {
		return c.accounts[i]
	}
	return account{}
}

// click is the session of one app alone; zero when it is not there.
func (c caller) click(sessionID, clientID string) account {
	i := slices.IndexFunc(c.clicks, func(a account) bool { return a.session.ID == sessionID && a.session.ClientID == clientID })
	if i < 0 {
		return account{}
	}
	return c.clicks[i]
}

// clickAt is the newest session of an app alone; zero when there is none, and for no app.
func (c caller) clickAt(client idp.Client) account {
	i := slices.IndexFunc(c.clicks, func(a account) bool { return a.session.ClientID == client.ID })
	if i < 0 {
		return account{}
	}
	return c.clicks[i]
}

// caller reads who asks, in one moment of the database, and notes the use of the acting session.
func (p *Pages) caller(r *http.Request) (caller, error) {
	c := caller{key: p.cookieKey(r)}
	if c.key == "" {
		return c, nil
	}
	err := p.store.Glance(r.Context(), func(rd store.Reads) error { return p.read(r, rd, &c) })
	if err != nil || !c.acting.there() {
		return c, err
	}
	p.touch(r, c.acting.session)
	return c, nil
}

func (p *Pages) read(r *http.Request, rd store.Reads, c *caller) (err error) {
	ctx := r.Context()
	c.accounts, c.clicks = nil, nil // of the first call, where this is the second (store.Glance)
	if c.browser, err = rd.BrowserByHash(ctx, []byte(c.key)); err != nil {
		if idp.CodeOf(err) == idp.NotFound {
			return nil
		}
		return err
	}
	epoch, err := rd.Epoch(ctx)
	if err != nil {
		return err
	}
	sessions, err := rd.SessionsOfBrowser(ctx, c.browser.ID)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if !s.Live(p.clock(), epoch) || s.ClientID == "" && c.find(func(a account) bool { return a.user.ID == s.UserID }).there() {
			continue
		}
		u, err := rd.User(ctx, s.UserID)
		switch {
		case err != nil:
			return err
		case u.Disabled():
		case s.ClientID != "":
			c.clicks = append(c.clicks, account{s, u})
		default:
			c.accounts = append(c.accounts, account{s, u})
		}
	}
	c.acting = c.find(func(a account) bool { return a.session.ID == c.browser.SessionID })
	return nil
}

// touch notes that a session was used. A disk that takes no writes keeps nobody out, so a failure is logged only.
func (p *Pages) touch(r *http.Request, s idp.Session) {
	if p.clock().Sub(s.SeenAt) <= touchEvery {
		return
	}
	if err := p.store.Write(r.Context(), func(tx *store.Tx) error { return tx.TouchSession(s.ID, p.clock()) }); err != nil {
		p.log.Warn("note the use of a session", "session", s.ID, "error", err)
	}
}

// userAgent is what the browser calls itself, cut to what people can use.
func userAgent(r *http.Request) string {
	ua := r.UserAgent()
	if len(ua) > 256 {
		ua = ua[:256]
	}
	return strings.ToValidUTF8(ua, "?")
}

// event is the beginning of an activity event about what somebody does in this browser.
func (p *Pages) event(r *http.Request, kind string, u idp.User) idp.Event {
	v := idp.VisitorOf(r.Context())
	detail := map[string]string{"user": fullName(u), "agent": userAgent(r)}
	v.Tell(detail)
	return idp.Event{At: p.clock(), Kind: kind, Actor: idp.ActorUser, UserID: u.ID, Network: v.Network, Detail: detail}
}

func sourceOf(v idp.Visitor) string {
	if !v.Source.IsValid() {
		return ""
	}
	return v.Source.String()
}
