package webfinger

import (
	"strings"

	"hearthkey/backend/idp"
)

// caddy answers by matchers on the resource as Caddy has decoded it.
func (m lineMaker) caddy() ([]idp.Message, []LinesFile) {
	e := m.entries
	answer := func(name, accounts string, d Document) string {
		return fill(caddyAnswer, "name", name, "accounts", accounts, "domain", strings.ReplaceAll(e.domain, ".", `\.`), "spelled", e.domain, "rest", rest(d))
	}
	accounts := caddyAccount
	if !e.whole {
		accounts = caddyNames(e.accounts)
	}
	answers := ""
	if len(e.keptFor) > 0 {
		answers = answer("kept", caddyNames(e.keptFor), e.kept) + answer("account", accounts, e.plain)
	} else {
		answers = answer("account", accounts, e.kept)
	}
	return []idp.Message{idp.Text("wflines.caddy"), idp.Text("wflines.no_rel")},
		[]LinesFile{{Where: idp.Text("wflines.caddy_site", "domain", e.domain), Text: fill(caddySite, "answers", answers)}}
}

// caddyAccount is a name before @ (RFC 7565 §7).
const caddyAccount = `(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})+`

// caddyNames are names as Account writes them.
func caddyNames(names []string) string {
	var list []string
	for _, name := range names {
		uri := Account(name, "")
		list = append(list, literalPattern(uri[len("acct:"):len(uri)-1]))
	}
	return strings.Join(list, "|")
}

const caddyAnswer = "\t\t@<name> vars_regexp <name> {query.resource} `(?i)^acct:(<accounts>)@<domain>$`\n" +
	"\t\thandle @<name> {\n\t\t\theader Content-Type application/jrd+json\n" +
	"\t\t\trespond `{\"subject\":\"acct:{re.<name>.1}@<spelled>\",<rest>` 200\n\t\t}\n"

// caddySite is a handle, since a site's handle for all the rest comes before every other directive that could answer.
const caddySite = `handle /.well-known/webfinger {
	route {
		header Access-Control-Allow-Origin "*"
		@options method OPTIONS
		respond @options 204
		@others not method GET HEAD
		respond @others 405
<answers>		@elsewhere vars_regexp {query.resource} ` + "`(?i)^acct:[^@]+@.`" + `
		respond @elsewhere 404
		@malformed vars_regexp {query.resource} ` + "`(?i)^acct:`" + `
		respond @malformed 400
		@resource vars_regexp {query.resource} ` + "`(?i)^[a-z][a-z0-9+.-]*:.`" + `
		respond @resource 404
		respond 400
	}
}
`
