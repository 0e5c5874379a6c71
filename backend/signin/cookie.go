package signin

import (
	"encoding/base64"
	"net/http"
	"time"

	"hearthkey/backend/idp"
)

// cookieLife is how long a browser is remembered after a sign-in; browsers cap it at 400 days. Sessions end by their own lifetimes, long before.
const cookieLife = 400 * idp.Day

// cookieName has the prefix that ties a cookie to this host and to https (RFC 6265bis §4.1.3.2). A trial on http://localhost goes without: WebKit drops such cookies there.
func (p *Pages) cookieName() string {
	if p.pin.Secure() {
		return "__Host-hearthkey"
	}
	return "hearthkey"
}

// cookieKey is the hash of the browser's secret, "" when it sent none, or none of ours.
func (p *Pages) cookieKey(r *http.Request) string {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return ""
	}
	if raw, err := base64.RawURLEncoding.DecodeString(c.Value); err != nil || len(raw) != 32 {
		return ""
	}
	return string(idp.Hash(c.Value))
}

// ensureCookie answers the browser's key, and gives it a secret when it has none. It ends with the browser: nobody has signed in yet.
func (p *Pages) ensureCookie(w http.ResponseWriter, r *http.Request) string {
	if key := p.cookieKey(r); key != "" {
		return key
	}
	secret := idp.NewSecret()
	p.setCookie(w, secret, 0)
	return string(idp.Hash(secret))
}

func (p *Pages) setCookie(w http.ResponseWriter, secret string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: p.cookieName(), Value: secret, Path: "/", MaxAge: int(life / time.Second),
		Secure: p.pin.Secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
