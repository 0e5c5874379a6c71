package webfinger

import (
	"fmt"
	"strings"

	"hearthkey/backend/idp"
)

// apacheWord is how long a pattern may be, whose line Apache bounds at 8192 bytes.
const apacheWord = 3000

// apache chooses a file by rewriting, and fills in the name that was asked for by server-side includes. Where those are not switched on, the document is still one.
func (m lineMaker) apache() ([]idp.Message, []LinesFile) {
	e := m.entries
	document := func(d Document) string {
		return fmt.Sprintf(`{"subject":"acct:<!--#echo var='WEBFINGER_ACCOUNT' encoding='none' -->@%s",%s`, e.domain, rest(d)) + "\n"
	}
	at := idp.Text("wflines.file_at")
	rules := ""
	var files []LinesFile
	if len(e.keptFor) > 0 {
		rules = m.apacheRules(e.keptFor, "/.well-known/webfinger-kept")
		files = append(files, LinesFile{Where: at, Name: ".well-known/webfinger-kept", Text: document(e.kept)})
		files = append(files, LinesFile{Where: at, Name: ".well-known/webfinger", Text: document(e.plain)})
	} else {
		files = append(files, LinesFile{Where: at, Name: ".well-known/webfinger", Text: document(e.kept)})
	}
	if e.whole {
		rules += m.apacheRule([]string{anyAccount}, "-")
	} else {
		rules += m.apacheRules(e.accounts, "-")
	}
	files = append(files, LinesFile{Where: idp.Text("wflines.apache_site", "domain", e.domain), Text: fill(apacheSite, "rules", rules, "resource", resourcePattern)})
	return []idp.Message{idp.Text("wflines.apache"), idp.Text("wflines.no_rel")}, files
}

func (m lineMaker) apacheRules(names []string, target string) string {
	var list []string
	for _, name := range names {
		list = append(list, accountPattern(name))
	}
	return m.apacheRule(alternatives(list, apacheWord), target)
}

// apacheRule sends the accounts that patterns match to a file; - is the one that was asked for.
func (m lineMaker) apacheRule(patterns []string, target string) string {
	var out strings.Builder
	for i, pattern := range patterns {
		flags := "NC"
		if i < len(patterns)-1 {
			flags = "NC,OR"
		}
		fmt.Fprintf(&out, "RewriteCond %%{QUERY_STRING} \"(?:^|&)resource=%s(%s)%s(?:&|$)\" [%s]\n", beforeAccount, pattern, afterAccount(m.d.Domain), flags)
	}
	fmt.Fprintf(&out, "RewriteRule \"^/?\\.well-known/webfinger$\" \"%s\" [E=WEBFINGER_ACCOUNT:%%1,END]\n", target)
	return out.String()
}

const apacheSite = `RewriteEngine On
RewriteCond %{REQUEST_METHOD} "!^(?:GET|HEAD|OPTIONS)$"
RewriteRule "^/?\.well-known/webfinger$" - [R=405,L]
<rules>RewriteCond %{QUERY_STRING} "(?:^|&)resource=<resource>" [NC]
RewriteRule "^/?\.well-known/webfinger$" - [R=404,L]
RewriteRule "^/?\.well-known/webfinger$" - [R=400,L]
<IfModule mod_proxy.c>
    <Location "/.well-known/webfinger">
        ProxyPass "!"
    </Location>
</IfModule>
<FilesMatch "^webfinger(?:-kept)?$">
    Options +Includes
    SetOutputFilter INCLUDES
    ForceType application/jrd+json
    Header always set Access-Control-Allow-Origin "*"
</FilesMatch>
`
