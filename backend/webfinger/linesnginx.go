package webfinger

import (
	"fmt"
	"strings"

	"hearthkey/backend/idp"
)

// nginxWord is how long a word may be in nginx, whose buffer holds 4096 bytes, with room around it.
const nginxWord = 3000

// nginx answers out of two maps: the first finds out who is asked for, the second what is said of them.
func (m lineMaker) nginx() ([]idp.Message, []LinesFile) {
	e, name := m.entries, slug(m.d.Domain)
	var maps strings.Builder
	fmt.Fprintf(&maps, "map $arg_resource $webfinger_%s {\n    default \"400\";\n", name)
	if e.whole {
		fmt.Fprintf(&maps, "    \"~*^%s(?<webfinger_name>%s)%s$\" \"acct:$webfinger_name@%s\";\n", beforeAccount, anyAccount, afterAccount(e.domain), e.domain)
	}
	for _, account := range e.accounts {
		fmt.Fprintf(&maps, "    \"~*^%s%s%s$\" '%s';\n", beforeAccount, accountPattern(account), afterAccount(e.domain), inner(Account(account, e.domain)))
	}
	fmt.Fprintf(&maps, "    \"~*^%s\" \"404\";\n}\n", resourcePattern)
	var body strings.Builder
	for i, part := range m.nginxRest() {
		variable := fmt.Sprintf("$webfinger_%s_%d", name, i+1)
		fmt.Fprintf(&maps, "map $arg_resource %s {\n%s}\n", variable, part)
		body.WriteString(variable)
	}
	site := fill(nginxSite, "name", name, "body", body.String())
	return []idp.Message{idp.Text("wflines.nginx"), idp.Text("wflines.no_rel")}, []LinesFile{
		{Where: idp.Text("wflines.nginx_maps"), Name: "/etc/nginx/conf.d/webfinger-" + e.domain + ".conf", Text: maps.String()},
		{Where: idp.Text("wflines.nginx_site", "domain", e.domain), Text: site},
	}
}

// nginxRest is what follows the subject in a document, as the insides of as many maps as its length needs.
func (m lineMaker) nginxRest() []string {
	e := m.entries
	plain, kept := pieces(rest(e.plain), nginxWord), pieces(rest(e.kept), nginxWord)
	var out []string
	for i := range max(len(plain), len(kept)) {
		part := func(list []string) string {
			if i < len(list) {
				return list[i]
			}
			return ""
		}
		if len(e.keptFor) == 0 {
			out = append(out, fmt.Sprintf("    default '%s';\n", part(kept)))
			continue
		}
		text := ""
		for _, name := range e.keptFor {
			text += fmt.Sprintf("    \"~*^%s%s%s$\" '%s';\n", beforeAccount, accountPattern(name), afterAccount(e.domain), part(kept))
		}
		out = append(out, text+fmt.Sprintf("    default '%s';\n", part(plain)))
	}
	return out
}

const nginxSite = `location = /.well-known/webfinger {
    default_type application/jrd+json;
    add_header Access-Control-Allow-Origin "*" always;
    if ($request_method = OPTIONS) { return 204; }
    if ($request_method !~ ^(?:GET|HEAD)$) { return 405; }
    if ($webfinger_<name> = "400") { return 400; }
    if ($webfinger_<name> = "404") { return 404; }
    return 200 '{"subject":"$webfinger_<name>",<body>';
}
`
