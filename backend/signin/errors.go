package signin

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// retryAfter is what callers are told to wait when something is unavailable.
const retryAfter = 10 * time.Second

// failure is an error as it is shown: to people as a page, to the script as JSON.
type failure struct {
	Code      idp.Code `json:"code"`
	Field     string   `json:"field"`
	Message   string   `json:"message"`
	Key       string   `json:"key"`
	Reference string   `json:"ref"`

	status  int
	heading string // message key
}

type errorView struct {
	Frame                   frame
	Heading, Text           string
	Reference, Owner, Retry string
}

// ErrorPage shows what a handler could not answer, and logs it under a reference when it is ours. It sets the status and, where waiting helps, Retry-After.
func (p *Pages) ErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && idp.CodeOf(err) == idp.Internal {
		return // nobody is there any more
	}
	f := p.explain(r, err)
	if f.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	if isJSON(r) {
		err = answerJSON(w, f.status, f)
	} else {
		view := errorView{Frame: p.frame(r), Heading: f.heading, Text: f.Message, Reference: f.Reference, Owner: p.owner(r.Context())}
		if r.Method == http.MethodGet && f.status >= http.StatusInternalServerError {
			view.Retry = r.URL.RequestURI()
		}
		err = p.render(w, f.status, "error", view)
	}
	if err != nil {
		p.log.Debug("show an error", "error", err)
	}
}

func (p *Pages) explain(r *http.Request, err error) failure {
	if shown := new(oidc.PageError); errors.As(err, &shown) {
		return failure{Code: idp.Invalid, Message: shown.Message.String(), Key: shown.Message.Key, status: http.StatusBadRequest, heading: "page.error_request_title"}
	}
	known := new(idp.Error)
	if !errors.As(err, &known) || known.Code == idp.Internal {
		return p.fault(r, err)
	}
	f := failure{Code: known.Code, Field: known.Field, Message: known.Message.String(), Key: known.Message.Key, status: http.StatusBadRequest, heading: "page.error_title"}
	switch known.Code {
	case idp.NotFound:
		f.status, f.heading = http.StatusNotFound, "page.error_not_found_title"
	case idp.Conflict:
		f.status = http.StatusConflict
	case idp.Denied:
		f.status, f.heading = http.StatusForbidden, "page.error_denied_title"
	case idp.Expired:
		f.status, f.heading = http.StatusGone, "page.error_expired_title"
	case idp.Unavailable:
		f.status, f.heading = http.StatusServiceUnavailable, "page.error_busy_title"
		if known.Unwrap() != nil { // a visitor who asks too often is no news
			p.log.Warn("cannot answer now", "route", r.Pattern, "error", err)
		}
	}
	if strings.HasPrefix(f.Key, "invite.") {
		f.heading = "invite.unusable"
	}
	return f
}

// fault logs what is ours, once, and makes an event of it, so that the owner finds the reference in Activity. The route is logged and never the path, which may hold an invite's secret.
func (p *Pages) fault(r *http.Request, err error) failure {
	ref := idp.NewReference()
	p.log.Error("a page failed", "ref", ref, "route", r.Pattern, "error", err)
	v := idp.VisitorOf(r.Context())
	event := idp.Event{At: p.clock(), Kind: idp.EventFault, Actor: idp.ActorSystem, Reason: ref, Network: v.Network, Detail: map[string]string{"ref": ref}}
	v.Tell(event.Detail)
	ctx := context.WithoutCancel(r.Context())
	if err := p.store.Write(ctx, func(tx *store.Tx) error { return tx.Record(event) }); err != nil {
		p.log.Warn("record a fault", "ref", ref, "error", err)
	}
	return failure{
		Code: idp.Internal, Message: text("page.error_internal", "owner", p.owner(ctx)), Key: "page.error_internal", Reference: ref,
		status: http.StatusInternalServerError, heading: "page.error_title",
	}
}
