package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/webfinger"
)

// maxAccounts bounds the list of a domain, which is part of texts that web servers read.
const maxAccounts = 200

// checkWebFinger takes what the owner chose about a domain. An account in the place of the domain is the first of its list.
func checkWebFinger(in WebFingerInput) (d idp.WebFingerDomain, err error) {
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(in.Domain), "https://"), "/") // as it is copied out of a browser
	accounts := in.Accounts
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		accounts = append([]string{text}, accounts...)
		text = text[at+1:]
	}
	if d.Domain = webfinger.Name(text); d.Domain == "" {
		return d, idp.FailField("domain", "webfinger.domain")
	}
	d.Scope = cmp.Or(in.Scope, idp.WebFingerWhole)
	if d.Scope != idp.WebFingerWhole && d.Scope != idp.WebFingerAccounts {
		return d, idp.FailField("scope", "webfinger.scope")
	}
	if d.Accounts, err = checkAccounts(d.Domain, accounts); err != nil {
		return d, err
	}
	if d.Scope == idp.WebFingerAccounts && len(d.Accounts) == 0 {
		return d, idp.FailField("accounts", "webfinger.no_account", "domain", d.Domain)
	}
	return d, nil
}

// checkAccounts takes names or whole addresses at a domain, and answers the parts before @, sorted.
func checkAccounts(domain string, texts []string) ([]string, error) {
	const field = "accounts"
	out := []string{}
	for _, text := range texts {
		name := strings.TrimPrefix(strings.TrimSpace(text), "acct:")
		if name == "" {
			continue
		}
		if at := strings.LastIndexByte(name, '@'); at >= 0 {
			if webfinger.Name(name[at+1:]) != domain {
				return nil, idp.FailField(field, "webfinger.elsewhere", "account", name, "domain", domain)
			}
			name = name[:at]
		}
		if _, err := checkEmail(name + "@" + domain); err != nil {
			return nil, idp.FailField(field, "webfinger.account", "account", name)
		}
		if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, name) }) {
			out = append(out, name)
		}
	}
	if len(out) > maxAccounts {
		return nil, idp.FailField(field, "webfinger.many_accounts", "most", strconv.Itoa(maxAccounts))
	}
	slices.Sort(out)
	return out, nil
}

// mayAnswerFor refuses names whose owner is another by their nature. The issuer's own host is answered for anyway, and may be on the list to be looked at.
func mayAnswerFor(domain string, pin idp.Pin) error {
	if domain == pin.RPID {
		return nil
	}
	for _, end := range []string{".ts.net", ".localhost", ".local", ".internal", ".home.arpa", ".lan"} {
		if strings.HasSuffix("."+domain, end) {
			return idp.FailField("domain", "webfinger.not_public", "domain", domain)
		}
	}
	return nil
}
