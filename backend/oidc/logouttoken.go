package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
)

// logoutEvent is the member of `events` that makes a token a logout token (OIDC Back-Channel Logout §2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutLife is how long a logout token counts: two minutes at most, says the standard (§4), so each attempt signs its own.
const logoutLife = 2 * time.Minute

// logoutClaims are those of a logout token (§2.4). There is no nonce, so that it can never pass for an ID token.
func logoutClaims(issuer string, d idp.LogoutDelivery, now idp.Time) map[string]any {
	return map[string]any{
		"iss": issuer, "sub": d.UserID, "aud": d.ClientID, "iat": now.Unix(), "exp": now.Add(logoutLife).Unix(), "jti": idp.NewSecret(),
		"sid": d.SessionID, "events": map[string]any{logoutEvent: struct{}{}},
	}
}

// told is how an attempt ended. reason is a word for the activity log, "" when the app has taken it; why is a sentence.
type told struct {
	reason, why string
	final       bool // no other attempt would do better
}

// recipient is who a delivery is about, as the store says now.
type recipient struct {
	issuer string
	client idp.Client
	user   idp.User // zero when deleted
}

// deliver makes one attempt and notes how it ended. One that was cut off by the end of this program is none.
func (l *Logouts) deliver(ctx context.Context, d idp.LogoutDelivery) {
	to, err := l.recipient(ctx, d)
	var t told
	switch {
	case ctx.Err() != nil || idp.CodeOf(err) == idp.NotFound: // the app was deleted, and its deliveries with it
		return
	case err != nil:
		t = l.fault(d, err)
	case to.client.Disabled():
		t = told{"app_disabled", idp.Text("oidc.logout_disabled", "app", to.client.Name).String(), true}
	case to.client.BackchannelLogoutURI == "":
		t = told{"no_address", idp.Text("oidc.logout_no_address", "app", to.client.Name).String(), true}
	default:
		t, err = l.attempt(ctx, d, to)
		if err != nil {
			return
		}
	}
	l.settle(ctx, d, to, t)
}

func (l *Logouts) recipient(ctx context.Context, d idp.LogoutDelivery) (to recipient, err error) {
	err = l.Store.View(ctx, func(r store.Reads) error {
		pin, err := r.Pin(ctx)
		if err != nil {
			return err
		}
		to.issuer = pin.Issuer
		if to.client, err = r.Client(ctx, d.ClientID); err != nil {
			return err
		}
		if to.user, err = r.User(ctx, d.UserID); idp.CodeOf(err) == idp.NotFound {
			return nil
		}
		return err
	})
	return to, err
}

// attempt sends a logout token (§2.5). Its error means that this program ends.
func (l *Logouts) attempt(ctx context.Context, d idp.LogoutDelivery, to recipient) (told, error) {
	token, err := l.Keys.sign(ctx, to.client.IDTokenAlgorithm, typeLogout, logoutClaims(to.issuer, d, l.Clock()))
	if err != nil {
		return l.fault(d, err), ctx.Err()
	}
	answer, err := l.Client.Do(ctx, outgoing.Request{
		Method: http.MethodPost, URL: to.client.BackchannelLogoutURI, Inward: to.client.BackchannelInward,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   []byte(url.Values{"logout_token": {token}}.Encode()),
	})
	if err != nil {
		if ctx.Err() != nil {
			return told{}, ctx.Err()
		}
		return told{reason: outgoing.Reason(err), why: err.Error()}, nil
	}
	return judge(answer, to.client.Name), nil
}

// judge reads an app's answer (§2.8): 200 is a yes, and 204, which many frameworks make of an empty 200. 400 says that the app has understood and will not, so asking again is of no use; anything else may pass.
func judge(a outgoing.Answer, app string) told {
	status := strconv.Itoa(a.Status)
	switch a.Status {
	case http.StatusOK, http.StatusNoContent:
		return told{}
	case http.StatusBadRequest:
		return told{"answered_" + status, idp.Text("oidc.logout_refused", "app", app, "error", refusal(a.Body)).String(), true}
	}
	return told{"answered_" + status, idp.Text("oidc.logout_answered", "app", app, "status", status).String(), false}
}

// refusal is the app's own words for its 400, which stand in the log as text and are cut to what fits there.
func refusal(body []byte) string {
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &e)
	words := strings.TrimSpace(e.Error + " " + e.Description)
	if words == "" {
		words = "400"
	}
	return excerpt(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, words))
}

// fault is a failure of ours. It is logged here; the attempt counts, so that it ends.
func (l *Logouts) fault(d idp.LogoutDelivery, err error) told {
	var known *idp.Error
	if errors.As(err, &known) {
		l.Log.Warn("cannot tell an app of a sign-out now", "app", d.ClientID, "error", err)
		return told{reason: "fault", why: known.Error()}
	}
	ref := idp.NewReference()
	l.Log.Error("tell an app of a sign-out", "app", d.ClientID, "ref", ref, "error", err)
	return told{reason: "fault", why: idp.Text("oidc.logout_fault", "ref", ref).String()}
}

// settle notes how an attempt ended. While the disk takes no writes it goes on trying, and does not tell the app again.
func (l *Logouts) settle(ctx context.Context, d idp.LogoutDelivery, to recipient, t told) {
	for {
		err := l.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { return l.note(tx, d, to, t) })
		if err == nil {
			return
		}
		l.Log.Warn("note that an app was told of a sign-out", "app", d.ClientID, "error", err)
		if rest(ctx, troubleRest); ctx.Err() != nil {
			return
		}
	}
}

// note ends a delivery with its event, or sets the time of the next attempt.
func (l *Logouts) note(tx *store.Tx, d idp.LogoutDelivery, to recipient, t told) error {
	now := l.Clock()
	if t.reason != "" && !t.final && d.Attempts < len(logoutWaits) {
		return tx.PostponeLogout(d.ID, now.Add(logoutWaits[d.Attempts]))
	}
	if there, err := tx.EndLogout(d.ID); err != nil || !there { // the app was deleted, or the issuer changed, meanwhile
		return err
	}
	event := idp.Event{At: now, Kind: idp.EventLogoutDelivered, Actor: idp.ActorSystem, UserID: d.UserID, ClientID: d.ClientID, ObjectID: d.SessionID, Reason: t.reason, Detail: aboutLogout(to, t)}
	if t.reason != "" {
		event.Kind = idp.EventLogoutFailed
	}
	return tx.Record(event)
}

// aboutLogout is the personal part of the event.
func aboutLogout(to recipient, t told) map[string]string {
	detail := map[string]string{"app": to.client.Name, "to": to.client.BackchannelLogoutURI}
	if name := to.user.Name; name != "" {
		detail["user"] = name
	} else if to.user.UserName != "" {
		detail["user"] = to.user.UserName
	}
	if t.why != "" {
		detail["why"] = t.why
	}
	return detail
}
