package signin

import (
	"html/template"
	"net/http"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// leave gives the app its answer. After a form post no redirect may leave the issuer, since browsers hold the whole chain to form-action: there, and for an app's own scheme, which some browsers open by a tap only, a page leads on.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request, req *oidc.Authorize, a oidc.Answer, posted bool) error {
	who := appOf(req.Client, req.RedirectURI)
	if a.Mode == "form_post" {
		return p.formPost(w, r, who, a)
	}
	if posted || !isWeb(a.URL) {
		return p.leaving(w, r, &who, a.URL)
	}
	return see(w, r, a.URL)
}

func isWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

type leavingView struct {
	Frame frame
	App   *app
	URL   template.URL
}

// leaving is a page that goes on by itself and by its link. The address is an app's registered one, whose scheme registration has checked.
func (p *Pages) leaving(w http.ResponseWriter, r *http.Request, a *app, address string) error {
	return p.render(w, http.StatusOK, "leaving", leavingView{p.frame(r), a, template.URL(address)}) //nolint:gosec // registered
}

type formPostView struct {
	Frame  frame
	App    app
	Action template.URL
	Fields []oidc.Field
}

// formPost is the response page of response_mode form_post (OAuth 2.0 Form Post Response Mode §2). It alone has no form-action.
func (p *Pages) formPost(w http.ResponseWriter, r *http.Request, who app, a oidc.Answer) error {
	const policy = "Content-Security-Policy"
	if have := w.Header().Get(policy); have != "" {
		w.Header().Set(policy, withoutFormAction(have))
	}
	return p.render(w, http.StatusOK, "form-post", formPostView{p.frame(r), who, template.URL(a.Action), a.Fields}) //nolint:gosec // registered
}

// withoutFormAction takes one directive out of a content security policy.
func withoutFormAction(policy string) string {
	var out []string
	for d := range strings.SplitSeq(policy, ";") {
		if d = strings.TrimSpace(d); d != "" && !strings.HasPrefix(d, "form-action") {
			out = append(out, d)
		}
	}
	return strings.Join(out, "; ")
}

type lostView struct {
	Frame frame
	App   *app
}

// lost says that the request is gone: too old, answered, of another browser, or kept by a process that has ended since.
func (p *Pages) lost(w http.ResponseWriter, r *http.Request) error {
	view := lostView{Frame: p.frame(r)}
	client, err := p.store.Client(r.Context(), r.FormValue("app"))
	if err == nil && !client.Disabled() {
		a := appOf(client, client.LaunchURL)
		if client.LaunchURL == "" && len(client.RedirectURIs) > 0 {
			a = appOf(client, client.RedirectURIs[0])
		}
		view.App = &a
	} else if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	return p.render(w, http.StatusGone, "lost", view)
}
