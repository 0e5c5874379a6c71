package webfinger

import (
	"encoding/json"
	"strings"

	"hearthkey/backend/idp"
)

// entries are what a domain's answers are made of: the issuer, and what others had published there.
type entries struct {
	domain   string
	accounts []string                   // nil for every address of the domain
	members  map[string]json.RawMessage // of the kept document, without its subject and links
	links    []json.RawMessage          // the issuer's, then those that are kept
	keptFor  string                     // the only account of the domain that the kept entries are for, "" when they are for all
}

// link is what is read of one.
type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

// entriesOf reads a domain's settings. A kept document that cannot be read holds nothing.
func entriesOf(d idp.WebFingerDomain, issuer string) entries {
	e := entries{domain: d.Domain, links: []json.RawMessage{json.RawMessage(plainJSON(link{Rel, issuer}))}}
	if d.Scope == idp.WebFingerAccounts {
		e.accounts = append([]string{}, d.Accounts...)
	}
	if json.Unmarshal([]byte(d.Kept), &e.members) != nil || e.members == nil {
		e.members = map[string]json.RawMessage{}
	}
	var subject string
	var links []json.RawMessage
	_ = json.Unmarshal(e.members["subject"], &subject) // not a string: no subject
	_ = json.Unmarshal(e.members["links"], &links)     // not a list: no links
	delete(e.members, "subject")
	delete(e.members, "links")
	kept := len(e.members) > 0
	for _, raw := range links {
		var l link
		if json.Unmarshal(raw, &l) == nil && l.Rel != Rel {
			e.links, kept = append(e.links, raw), true
		}
	}
	if account, host, ok := cutAccount(subject); ok && kept && strings.EqualFold(host, d.Domain) {
		e.keptFor = account
	}
	return e
}

// cutAccount takes an acct URI apart (RFC 7565 §4).
func cutAccount(resource string) (account, host string, ok bool) {
	const scheme = "acct:"
	if len(resource) < len(scheme) || !strings.EqualFold(resource[:len(scheme)], scheme) {
		return "", "", false
	}
	at := strings.LastIndexByte(resource, '@')
	if at <= len(scheme) || at == len(resource)-1 {
		return "", "", false
	}
	return resource[len(scheme):at], resource[at+1:], true
}
