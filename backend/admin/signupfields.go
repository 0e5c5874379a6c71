package admin

import (
	"cmp"
	"strings"

	"hearthkey/backend/idp"
)

// fields are those of Tailscale's form, in its order (login.tailscale.com/start/oidc, and kb/1240).
func (s signing) fields() []SignUpField {
	field := func(key, name, value string, said idp.Message) SignUpField {
		return SignUpField{Key: key, Name: name, Value: value, Said: said.String()}
	}
	return []SignUpField{
		field("email", "Email address", s.Email, idp.Text("signup.field_email", "domain", s.Domain)),
		field("type", "Identity provider type", "", idp.Text("signup.field_type")),
		field("issuer", "Get OIDC Issuer", s.pin.Issuer, idp.Text("signup.field_issuer")),
		field("client_id", "Client ID", s.ClientID, idp.Text("signup.field_client_id")),
		field("secret", "Client secret", "", idp.Text("signup.field_secret")),
		field("prompts", "Prompts", "consent", idp.Text("signup.field_prompts")),
		field("submit", "Sign up with OIDC", "", idp.Text("signup.field_submit", "name", s.user.Name, "host", s.pin.HostName, "domain", s.Domain)),
	}
}

// support is a letter that asks Tailscale to give a tailnet of today this issuer. It names no secret: that is asked for by the way they choose.
func (s signing) support() string {
	lines := []idp.Message{
		idp.Text("signup.support_ask", "domain", s.Domain), {},
		idp.Text("signup.support_tailnet"),
		idp.Text("signup.support_owner", "email", s.Email),
		idp.Text("signup.support_issuer", "issuer", s.pin.Issuer),
		idp.Text("signup.support_webfinger", "domain", s.Domain, "email", s.Email),
		idp.Text("signup.support_client", "client", s.ClientID),
		idp.Text("signup.support_scopes", "algorithm", cmp.Or(s.client.IDTokenAlgorithm, idp.RS256)), {},
		idp.Text("signup.support_secret"),
	}
	var out strings.Builder
	for _, l := range lines {
		if l.Key != "" {
			out.WriteString(l.String())
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// card tells somebody who is no expert how to get into the tailnet.
func (s signing) card() []string {
	return []string{
		idp.Text("signup.card_install").String(),
		idp.Text("signup.card_email", "domain", s.Domain).String(),
		idp.Text("signup.card_passkey").String(),
		idp.Text("signup.card_here", "home", cmp.Or(s.home.Name, "Hearthkey"), "host", s.pin.HostName).String(),
		idp.Text("signup.card_allow").String(),
		idp.Text("signup.card_help", "name", s.user.Name).String(),
	}
}
