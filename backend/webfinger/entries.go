package webfinger

import (
	"encoding/json"
	"slices"
	"strings"

	"hearthkey/backend/idp"
)

// entries are what a domain's answers are made of, for texts that have to hold all of them at once.
type entries struct {
	domain   string
	whole    bool     // every address of the domain is answered for
	accounts []string // those that are, else
	keptFor  []string // the accounts that the kept document is about
	plain    Document // for one of whom others had nothing to say, without a subject
	kept     Document // with what is kept, without a subject
}

// entriesOf reads a domain's settings.
func entriesOf(d idp.WebFingerDomain, issuer string) entries {
	e := entries{domain: d.Domain, whole: d.Scope == idp.WebFingerWhole, plain: Merge(Document{}, "", issuer)}
	e.kept = e.plain
	if others := KeptOf(d); others != nil {
		e.keptFor = others.accountsAt(d.Domain)
		e.kept = Merge(*others, "", issuer)
		e.kept.Subject = ""
	}
	if !e.whole {
		e.accounts = slices.Clone(d.Accounts)
		for _, name := range e.keptFor {
			if !containsFold(e.accounts, name) {
				e.accounts = append(e.accounts, name)
			}
		}
	}
	return e
}

// accountsAt are the names at a domain that a document is about, by its subject and its aliases.
func (d Document) accountsAt(domain string) []string {
	var out []string
	for _, resource := range append([]string{d.Subject}, d.Aliases...) {
		if name, host := SplitAccount(resource); name != "" && host == domain {
			out = append(out, name)
		}
	}
	return out
}

// answersFor says whether a name has an answer. One whom others had published has, whether or not the owner listed it: it must not lose what is there.
func (e entries) answersFor(name string) bool {
	return e.whole || containsFold(e.accounts, name)
}

// about is the document for one name.
func (e entries) about(name string) Document {
	if len(e.keptFor) == 0 || containsFold(e.keptFor, name) {
		return e.kept
	}
	return e.plain
}

func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// rest is what follows the subject in the text of a document, with the closing brace.
func rest(d Document) string { return plainJSON(json.RawMessage(d.compact()))[1:] }

// inner is a text within a plain JSON string.
func inner(text string) string {
	quoted := plainJSON(text)
	return quoted[1 : len(quoted)-1]
}
