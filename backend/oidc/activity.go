package oidc

import (
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Reasons that events give for a code or token that was refused for what the app sent, beside those of idp.MayUse.
const (
	reasonOtherApp    idp.Reason = "other_app"
	reasonExpired     idp.Reason = "code_expired"
	reasonRedirectURI idp.Reason = "redirect_uri_differs"
	reasonVerifier    idp.Reason = "code_verifier_wrong"
)

// tokensIssued is the event of an exchange; how is code, device or replay.
func tokensIssued(st idp.Standing, how string, v idp.Visitor, now idp.Time) idp.Event {
	return idp.Event{At: now, Kind: idp.EventTokensIssued, Actor: idp.ActorApp, UserID: st.Grant.UserID, ClientID: st.Grant.ClientID,
		ObjectID: st.Grant.ID, Reason: how, Network: v.Network, Detail: about(st, v)}
}

// revoke ends a grant with all that came from it, and records why. A grant that has ended already is left as it is, so that repeating a dead code fills no log.
func revoke(tx *store.Tx, st idp.Standing, c caller, kind string, reason idp.Reason, v idp.Visitor, now idp.Time) error {
	if st.Grant == nil {
		return nil
	}
	live, err := tx.RevokeGrant(st.Grant.ID, reason, now)
	if err != nil || !live {
		return err
	}
	detail := about(st, v)
	if c.client.ID != st.Grant.ClientID {
		detail["presentedBy"] = c.client.ID
	}
	return tx.Record(idp.Event{At: now, Kind: kind, Actor: idp.ActorApp, UserID: st.Grant.UserID, ClientID: st.Grant.ClientID,
		ObjectID: st.Grant.ID, Reason: string(reason), Network: v.Network, Detail: detail})
}

// about is the personal part of an event: who, at which app, and where the request came from.
func about(st idp.Standing, v idp.Visitor) map[string]string {
	detail := map[string]string{}
	v.Tell(detail)
	if st.User != nil {
		detail["user"] = st.User.Name
		if st.User.Name == "" {
			detail["user"] = st.User.UserName
		}
	}
	if st.Client != nil {
		detail["app"] = st.Client.Name
	}
	return detail
}

func sourceOf(v idp.Visitor) string {
	if !v.Source.IsValid() {
		return ""
	}
	return v.Source.String()
}
