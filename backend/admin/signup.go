package admin

import (
	"context"
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Tailscale's pages and the address that it takes answers at (its guide to custom OIDC, kb/1240).
const (
	tailscaleRedirect = "https://login.tailscale.com/a/oauth_response"
	tailscaleStart    = "https://login.tailscale.com/start/oidc"
	tailscaleConsole  = "https://login.tailscale.com/admin"
	tailscaleSupport  = "https://tailscale.com/contact/support?type=sso"
	tailscaleDownload = "https://tailscale.com/download"
)

// SignUp is how signing a tailnet up with this issuer stands.
func (a *Admin) SignUp(ctx context.Context) (out SignUp, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		out, err = a.readSignUp(ctx, r)
		return err
	})
	return out, err
}

// signing is what the parts of SignUp are worked out from.
type signing struct {
	idp.SignUp
	pin     idp.Pin
	home    idp.Home
	user    idp.User
	client  idp.Client // zero when it was deleted
	secrets []idp.ClientSecret
	known   bool // the domain is in the list
	domain  idp.WebFingerDomain
	ready   int      // passkeys of the user that work under the issuer
	told    idp.Time // when Tailscale was first told of the user, 0 for never
}

func (a *Admin) readSignUp(ctx context.Context, r store.Reads) (out SignUp, err error) {
	out = SignUp{StartURL: tailscaleStart, ConsoleURL: tailscaleConsole, SupportURL: tailscaleSupport, DownloadURL: tailscaleDownload,
		Made: []Todo{}, People: []SignUpPerson{}, Groups: []string{}, Fields: []SignUpField{}, Checklist: []Todo{}, Card: []string{}}
	out.WebFinger.Findings = []WebFingerFinding{}
	s, err := a.signing(ctx, r)
	if err != nil {
		return out, err
	}
	if refused := signUpRefused(s.pin); refused != nil {
		out.Problem = refused.Error()
	}
	if out.SignUp = s.SignUp; !s.Begun() {
		return out, nil
	}
	out.Name, out.App = s.user.Name, s.client.Name
	if s.known {
		if out.WebFinger, err = webFingerCheck(ctx, r, s.Domain); err != nil {
			return out, err
		}
		people, err := usersAt(ctx, r)
		if err != nil {
			return out, err
		}
		out.Publisher = webFingerRow(s.domain, out.WebFinger, people[s.Domain])
	}
	out.Made = s.made(out.WebFinger)
	if err := a.signUpPeople(ctx, r, s, &out); err != nil {
		return out, err
	}
	out.Secret = newestSecret(s.secrets)
	out.Fields, out.Support, out.Card = s.fields(), s.support(), s.card()
	if err := a.signUpArrived(ctx, r, s, &out); err != nil {
		return out, err
	}
	out.Checklist, err = a.signUpChecklist(ctx, r, s, out.WebFinger)
	return out, err
}

func (a *Admin) signing(ctx context.Context, r store.Reads) (s signing, err error) {
	if s.SignUp, err = r.SignUp(ctx); err != nil {
		return s, err
	}
	if s.pin, err = r.Pin(ctx); err != nil || !s.Begun() {
		return s, err
	}
	if s.home, err = r.Home(ctx); err != nil {
		return s, err
	}
	if s.user, err = r.User(ctx, s.UserID); err != nil && idp.CodeOf(err) != idp.NotFound {
		return s, err
	}
	passkeys, err := r.Passkeys(ctx, s.UserID)
	if err != nil {
		return s, err
	}
	for _, p := range passkeys {
		if p.RPID == s.pin.RPID && p.FlaggedAt == 0 {
			s.ready++
		}
	}
	if s.client, err = r.Client(ctx, s.ClientID); err != nil && idp.CodeOf(err) != idp.NotFound {
		return s, err
	}
	if s.secrets, err = r.ClientSecrets(ctx, s.ClientID); err != nil {
		return s, err
	}
	if s.domain, err = r.WebFingerDomain(ctx, s.Domain); err != nil && idp.CodeOf(err) != idp.NotFound {
		return s, err
	}
	s.known = err == nil
	s.told, err = arrived(ctx, r, s.SignUp)
	return s, err
}

// signUpRefused says why Tailscale's servers could not use the issuer, nil when they could. They fetch discovery, keys and tokens from the internet.
func signUpRefused(pin idp.Pin) *idp.Error {
	switch pin.Mode {
	case idp.ModeNone:
		return idp.Fail(idp.Conflict, "signup.no_issuer")
	case idp.ModeTrial:
		return idp.Fail(idp.Conflict, "signup.trial", "issuer", pin.Issuer)
	case idp.ModeTailnet:
		return idp.Fail(idp.Conflict, "signup.tailnet_only")
	}
	return nil
}

// arrived is when Tailscale was first told of who signs up, 0 for never. From then on it knows them by their address.
func arrived(ctx context.Context, r store.Reads, s idp.SignUp) (idp.Time, error) {
	if !s.Begun() {
		return 0, nil
	}
	return r.EventAfter(ctx, s.UserID, s.ClientID, s.StartedAt, idp.EventTokensIssued)
}

func newestSecret(secrets []idp.ClientSecret) (newest idp.ClientSecret) {
	for _, s := range secrets {
		if newest.ID == "" || s.CreatedAt >= newest.CreatedAt {
			newest = s
		}
	}
	return newest
}

// troubles are the kinds of events that tell why a sign-in at Tailscale came to nothing.
var troubles = []string{idp.EventAccessDenied, idp.EventConsentDenied, idp.EventExchangeRefused, idp.EventCodeReused, idp.EventSignInRefused}

// fetchTime is how long Tailscale may take to fetch the answer to a sign-in before that is worth a word.
const fetchTime = 10_000 // milliseconds

// signUpArrived fills in what the log tells of sign-ins at Tailscale.
func (a *Admin) signUpArrived(ctx context.Context, r store.Reads, s signing, out *SignUp) error {
	if out.SignedInAt = s.told; s.told != 0 {
		ended, err := r.EventAfter(ctx, s.UserID, "", s.told, idp.EventSignedOut, idp.EventSessionRevoked)
		if err != nil {
			return err
		}
		if out.SignedOut = ended != 0; out.SignedOut {
			if out.VerifiedAt, err = r.EventAfter(ctx, s.UserID, s.ClientID, ended, idp.EventTokensIssued); err != nil {
				return err
			}
		}
	}
	events, err := r.Events(ctx, store.EventQuery{ClientID: s.ClientID, Limit: 20, NotBefore: s.StartedAt})
	if err != nil {
		return err
	}
	for _, e := range events { // newest first
		switch {
		case e.Kind == idp.EventTokensIssued:
			return nil
		case slices.Contains(troubles, e.Kind):
			out.Trouble = activityRow(ctx, r, e).Text
			return nil
		case e.Kind == idp.EventAuthorized && a.Clock()-e.At > fetchTime:
			out.Trouble = idp.Text("signup.not_fetched", "name", activityRow(ctx, r, e).UserName).String()
			return nil
		}
	}
	return nil
}
