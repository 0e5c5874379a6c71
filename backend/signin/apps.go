package signin

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// appLink is an app that the person may use, with the way into it.
type appLink struct {
	app
	Open string
}

// knownApp is an app that the person has allowed to know them.
type knownApp struct {
	app
	Knows string
	Since moment
}

// apps are those that the person may open from here, by name.
func (p *Pages) apps(ctx context.Context, userID string) ([]appLink, error) {
	clients, err := p.store.ClientsFor(ctx, userID)
	var out []appLink
	for _, c := range clients {
		if open := p.openURL(c); open != "" {
			out = append(out, appLink{appOf(c, open), open})
		}
	}
	return out, err
}

// openURL is where an app is opened: at its own way to begin a sign-in, with our name (OIDC Core §4), or at its front door. "" when neither is known.
func (p *Pages) openURL(c idp.Client) string {
	u, err := url.Parse(webURL(c.InitiateLoginURI))
	if err != nil || u.Host == "" {
		return webURL(c.LaunchURL)
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.Values{"iss": {p.pin.Issuer}}.Encode()
	return u.String()
}

// knowing are the apps that the person has allowed, newest first.
func (p *Pages) knowing(ctx context.Context, userID string) (out []knownApp, err error) {
	err = p.store.View(ctx, func(r store.Reads) error {
		consents, err := r.Consents(ctx, userID)
		if err != nil {
			return err
		}
		for _, c := range consents {
			client, err := r.Client(ctx, c.ClientID)
			if err != nil {
				return err
			}
			out = append(out, knownApp{appOf(client, client.LaunchURL), knowsOf(c.Scope), momentOf(c.GrantedAt, "2 Jan 2006")})
		}
		return nil
	})
	return out, err
}

// knowsOf says in plain words what the scopes tell.
func knowsOf(scope string) string {
	var words []string
	for _, s := range []struct{ scope, key string }{{"profile", "page.knows_profile"}, {"email", "page.knows_email"}, {"groups", "page.knows_groups"}} {
		if idp.HasScope(scope, s.scope) {
			words = append(words, text(s.key))
		}
	}
	if len(words) == 0 {
		return text("page.knows_id")
	}
	what, last := words[0], len(words)-1
	if last > 0 {
		what = text("page.and", "first", strings.Join(words[:last], ", "), "last", words[last])
	}
	return text("page.knows", "what", what)
}

// RevokeApp takes back what the person allowed an app: it is asked anew at the next sign-in, and what it holds is worth nothing from the next call on. It gives nobody anything, so it needs no fresh passkey.
func (p *Pages) RevokeApp(w http.ResponseWriter, r *http.Request) error {
	form, err := p.parameters(w, r)
	if err != nil {
		return err
	}
	c, err := p.signedIn(r)
	if err != nil {
		return err
	}
	event := p.event(r, idp.EventConsentRevoked, c.acting.user)
	event.ClientID = form.Get("app")
	err = p.store.Write(r.Context(), func(tx *store.Tx) error {
		client, err := tx.Client(context.Background(), event.ClientID)
		if err != nil {
			return err
		}
		if err := tx.RevokeConsent(c.acting.user.ID, client.ID, p.clock()); err != nil {
			return err
		}
		event.Detail["app"] = client.Name
		return tx.Record(event)
	})
	if err != nil && idp.CodeOf(err) != idp.NotFound { // what is not there has been taken back
		return err
	}
	return see(w, r, "/account?done=revoked")
}
