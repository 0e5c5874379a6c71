package oidc

import (
	"slices"
	"strings"
)

// scopes are all that can be granted, in the order in which they are told (OIDC Core §5.4, §11).
var scopes = []string{"openid", "profile", "email", "groups", "offline_access"}

// knownScopes keeps what can be granted of an asked list, each once. Other scopes are ignored (OIDC Core §3.1.2.1), so that apps which ask for address or phone work.
func knownScopes(asked string) string {
	wanted := strings.Fields(asked)
	var out []string
	for _, s := range scopes {
		if slices.Contains(wanted, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}
