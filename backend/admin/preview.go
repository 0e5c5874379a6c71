package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// previewScope is all that an app may ask for about a person.
const previewScope = "openid profile email groups"

// Preview is what an app would be told of a person: claims, never a signed token, so that nothing here opens anything.
func (a *Admin) Preview(ctx context.Context, in PreviewInput) (out Preview, err error) {
	out.Scope = cmp.Or(strings.Join(strings.Fields(in.Scope), " "), previewScope)
	if !idp.HasScope(out.Scope, "openid") {
		return out, idp.FailField("scope", "admin.preview_scope")
	}
	err = a.Store.View(ctx, func(r store.Reads) error {
		user, err := r.User(ctx, in.UserID)
		if err != nil {
			return err
		}
		client, err := r.Client(ctx, in.ClientID)
		if err != nil {
			return err
		}
		reason, err := a.wouldEnter(ctx, r, in)
		out.Allowed, out.Reason = reason == idp.Allowed, whyNot(reason)
		if err != nil || !out.Allowed {
			return err
		}
		return a.tell(ctx, r, user, client, &out)
	})
	return out, err
}

// tell fills in the claims.
func (a *Admin) tell(ctx context.Context, r store.Reads, user idp.User, client idp.Client, out *Preview) error {
	pin, err := r.Pin(ctx)
	if err != nil {
		return err
	}
	idToken, userInfo, err := oidc.Preview(ctx, r, pin.Issuer, user, client, out.Scope, a.Clock())
	if err != nil {
		return err
	}
	if out.IDToken, err = indented(idToken); err != nil {
		return err
	}
	out.UserInfo, err = indented(userInfo)
	return err
}

func indented(claims map[string]any) (string, error) {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(claims)
	return strings.TrimSpace(text.String()), err
}

// wouldEnter asks about a person who has just signed in, in the network that the app wants.
func (a *Admin) wouldEnter(ctx context.Context, r store.Reads, in PreviewInput) (idp.Reason, error) {
	s, err := r.Standing(ctx, in.UserID, in.ClientID, "", "")
	now := a.Clock()
	s.Session = &idp.Session{UserID: in.UserID, CreatedAt: now, SeenAt: now, Epoch: s.Epoch}
	s.Network = idp.NetworkTailnet
	return idp.MayUse(s, now), err
}

// whyNot puts into a sentence what MayUse can say of somebody who has just signed in.
func whyNot(reason idp.Reason) string {
	switch reason {
	case idp.Allowed:
		return ""
	case idp.ClientDisabled:
		return idp.Text("admin.preview_app_disabled").String()
	case idp.UserDisabled:
		return idp.Text("admin.preview_user_disabled").String()
	case idp.NoAccess:
		return idp.Text("admin.preview_no_access").String()
	}
	return string(reason)
}
