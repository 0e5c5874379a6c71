package webfinger

import (
	_ "embed"
	"encoding/json"
	"strings"

	"hearthkey/backend/idp"
)

//go:embed worker.js
var workerScript string

// Worker is a script that answers for a domain as the issuer's own endpoint does: for Cloudflare Workers, as a module.
// It passes everything that is not asked of WebFinger on to the website.
func Worker(d idp.WebFingerDomain, issuer string) string {
	e := entriesOf(d, issuer)
	settings := struct {
		Domain   string                     `json:"domain"`
		Accounts []string                   `json:"accounts"`
		Issuer   json.RawMessage            `json:"issuer"`
		Kept     map[string]json.RawMessage `json:"kept"`
		Links    []json.RawMessage          `json:"links"`
		KeptFor  string                     `json:"keptFor"`
	}{e.domain, e.accounts, e.links[0], e.members, append([]json.RawMessage{}, e.links[1:]...), e.keptFor}
	return strings.Replace(workerScript, `"SETTINGS"`, plainJSON(settings), 1)
}
