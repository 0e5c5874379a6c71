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
	return strings.Replace(workerScript, `"SETTINGS"`, entriesOf(d, issuer).settings(), 1)
}

// settings are the entries as scripts read them.
func (e entries) settings() string {
	return plainJSON(struct {
		Domain   string          `json:"domain"`
		Accounts []string        `json:"accounts"` // null for every address of the domain
		Plain    json.RawMessage `json:"plain"`
		Kept     json.RawMessage `json:"kept"`
		KeptFor  []string        `json:"keptFor"`
	}{e.domain, e.accounts, e.plain.compact(), e.kept.compact(), append([]string{}, e.keptFor...)})
}
