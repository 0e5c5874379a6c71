package admin

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// previewScope is what an app may ask for about a person.
const previewScope = "openid profile email groups"

// Preview is what an app would be told of a person: claims, never a signed token, so that nothing here opens anything.
func (a *Admin) Preview(ctx context.Context, in PreviewInput) (out Preview, err error) {
	out.Scope = strings.Join(strings.Fields(in.Scope), " ")
	if out.Scope == "" {
		out.Scope = previewScope
	}
	err = a.Store.View(ctx, func(r store.Reads) error {
		if _, err := r.User(ctx, in.UserID); err != nil {
			return err
		}
		if _, err := r.Client(ctx, in.ClientID); err != nil {
			return err
		}
		reason, err := a.wouldEnter(ctx, r, in)
		out.Allowed, out.Reason = reason == idp.Allowed, whyNot(reason)
		return err
	})
	return out, err
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
