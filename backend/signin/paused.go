package signin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

type pausedView struct {
	Frame        frame
	App          *app
	Owner, Retry string
	Until        moment // zero where the owner ends it
}

// Paused answers in place of any step of a sign-in from the internet while the owner has paused that. until is when it ends by itself, 0 where the owner ends it.
// Nothing is begun or kept, so that trying again later goes on where the person was.
func (p *Pages) Paused(w http.ResponseWriter, r *http.Request, until idp.Time) error {
	if isJSON(r) { // a ceremony under way: its script goes to the page, which stands there too
		return p.pausedScript(w, r)
	}
	view := pausedView{Frame: p.frame(r), Owner: p.owner(r.Context()), Retry: pausedRetry(r)}
	switch r.URL.Path {
	case oidc.PathAuthorize:
		if done, err := p.pausedAuthorize(w, r, &view); done || err != nil {
			return err
		}
	case "/authorize/continue":
		tx, ok := p.pendings.look(r.FormValue("tx"), p.ensureCookie(w, r))
		if ok && tx.authorize != nil && tx.authorize.Prompt.None {
			return p.fail(w, r, tx, "temporarily_unavailable", pausedWords)
		}
	case "/", "/sign-in":
		c, err := p.caller(r)
		if err != nil {
			return err
		}
		if r.FormValue("tx") == "" && c.acting.there() { // who is signed in stays so
			return see(w, r, "/account")
		}
	}
	if until != 0 {
		view.Until = momentOf(until, "Mon 2 Jan, 15:04 MST")
		w.Header().Set("Retry-After", strconv.FormatInt(max(1, int64(until.Sub(p.clock()).Seconds())), 10))
	}
	return p.render(w, http.StatusServiceUnavailable, "paused", view)
}

// pausedWords is what an app is told.
const pausedWords = "sign-in from the internet is paused"

// pausedAuthorize answers an app that wants no page, or whose request is wrong, and keeps a request that can be made only once (RFC 9126 §4).
func (p *Pages) pausedAuthorize(w http.ResponseWriter, r *http.Request, view *pausedView) (done bool, err error) {
	form, err := p.parameters(w, r)
	if err != nil {
		return true, err
	}
	req, err := p.oidc.ParseAuthorize(r.Context(), form)
	if err != nil {
		return true, p.refuseRequest(w, r, err, false)
	}
	if req.Prompt.None {
		return true, p.leave(w, r, req, p.oidc.Failure(req, "temporarily_unavailable", pausedWords), false)
	}
	tx := pending{source: source(r), browser: p.ensureCookie(w, r), authorize: req}
	a := tx.app()
	view.App = &a
	if req.Pushed {
		tx.id = p.pendings.add(tx)
		view.Retry = txURL("/authorize/continue", tx)
	}
	return false, nil
}

// pausedRetry is the page that the person goes on from.
func pausedRetry(r *http.Request) string {
	switch {
	case r.Method == http.MethodGet:
		return r.URL.RequestURI()
	case r.URL.Path == "/device":
		return "/device"
	case strings.HasPrefix(r.URL.Path, "/device/"):
		return stepURL("/device/confirm", r.PostFormValue("tx"), r.PostFormValue("app"))
	}
	return stepURL("/authorize/continue", r.PostFormValue("tx"), r.PostFormValue("app"))
}

func (p *Pages) pausedScript(w http.ResponseWriter, r *http.Request) error {
	var in struct{ TX, App string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		return idp.Fail(idp.Invalid, "page.request_wrong").Because(err)
	}
	to := "/sign-in"
	switch {
	case r.PathValue("secret") != "":
		to = "/invite/" + r.PathValue("secret")
	case strings.HasPrefix(r.URL.Path, "/device/"):
		to = stepURL("/device/confirm", in.TX, in.App)
	case in.TX != "":
		to = stepURL(to, in.TX, in.App)
	}
	return answerJSON(w, http.StatusServiceUnavailable, next{to})
}
