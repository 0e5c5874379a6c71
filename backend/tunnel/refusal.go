package tunnel

import (
	"strings"

	"hearthkey/backend/idp"
)

// refusalOf says what control's answer to a login means. Control answers with sentences, not with codes; one that is not known is shown as it is.
func refusalOf(reason string, key bool, tags string) idp.Message {
	said := strings.ToLower(reason)
	switch {
	case tags != "" && strings.Contains(said, "tag"):
		return idp.Text("tunnel.tags_refused", "tags", tags, "reason", reason)
	case strings.Contains(said, "rate limit"):
		return idp.Text("tunnel.login_limited", "reason", reason)
	case key:
		return idp.Text("tunnel.auth_key_refused", "reason", reason)
	}
	return idp.Text("tunnel.login_refused", "reason", reason)
}
