package webfinger

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// served is a web server that answers for a domain, and what its way of answering cannot do.
type served struct {
	base    string // http://127.0.0.1:PORT
	one     string // the only subject that it can name, "" when it echoes the asked one
	anyone  bool   // a plain file: it answers whatever is asked
	noRel   bool   // it ignores rel, as RFC 7033 §4.3 allows
	noVerbs bool   // it leaves other methods to the server
	noType  bool   // the server decides on the content type
}

// jrdAnswer is what is read of an answer.
type jrdAnswer struct {
	Subject    string             `json:"subject"`
	Aliases    []string           `json:"aliases"`
	Properties map[string]*string `json:"properties"`
	Links      []struct {
		Rel      string `json:"rel"`
		Href     string `json:"href"`
		Template string `json:"template"`
	} `json:"links"`
}

func (a jrdAnswer) rels() (rels []string) {
	for _, l := range a.Links {
		rels = append(rels, l.Rel)
	}
	return rels
}

// ask sends one request, with the query as it is written. Redirects are not followed.
func (s served) ask(t *testing.T, method, query string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.base+"/.well-known/webfinger?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// document asks for a document that has to come.
func (s served) document(t *testing.T, query string) (a jrdAnswer) {
	t.Helper()
	resp, body := s.ask(t, "GET", query)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", query, resp.Status, body)
	}
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "*" && !s.noType {
		t.Errorf("%s: CORS %q", query, got)
	}
	if got := resp.Header.Values("Content-Type"); !s.noType && (len(got) != 1 || !strings.HasPrefix(got[0], MediaType)) {
		t.Errorf("%s: content type %q", query, got)
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%s: %v\n%s", query, err, body)
	}
	return a
}

// conform holds a server to RFC 7033 and to the domain's settings, as the issuer's own endpoint is held.
func (s served) conform(t *testing.T, d idp.WebFingerDomain, issuer string) {
	t.Helper()
	name := "nora"
	if d.Scope == idp.WebFingerAccounts {
		name = d.Accounts[0]
	}
	resource := "acct:" + name + "@" + d.Domain
	loose := "resource=acct:" + url.QueryEscape(name) + "@" + d.Domain // the colon and the at as they are
	for _, query := range []string{"resource=" + url.QueryEscape(resource), loose, "rel=" + url.QueryEscape(Rel) + "&resource=" + url.QueryEscape(resource)} {
		s.holdDocument(t, s.document(t, query), query, d, issuer, resource)
	}
	s.refusals(t, d)
	if !s.noRel {
		s.filters(t, resource)
	}
	if !s.noVerbs {
		s.verbs(t, "resource="+url.QueryEscape(resource))
	}
}

func (s served) holdDocument(t *testing.T, a jrdAnswer, query string, d idp.WebFingerDomain, issuer, resource string) {
	t.Helper()
	want := resource
	if s.one != "" {
		want = s.one
	}
	if got, err := url.PathUnescape(a.Subject); a.Subject != want && (err != nil || got != want) {
		t.Errorf("%s: subject %q, want %q", query, a.Subject, want)
	}
	var named []string
	for _, l := range a.Links {
		if l.Rel == Rel {
			named = append(named, l.Href)
		}
	}
	if !slices.Equal(named, []string{issuer}) {
		t.Errorf("%s: issuers %q, want %q alone", query, named, issuer)
	}
	kept := entriesOf(d, issuer)
	if strings.HasPrefix(query, "rel=") || kept.keptFor != "" && !strings.EqualFold(resource, "acct:"+kept.keptFor+"@"+d.Domain) {
		return
	}
	var theirs jrdAnswer
	if strings.HasPrefix(d.Kept, "{") {
		if err := json.Unmarshal([]byte(d.Kept), &theirs); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range theirs.Links {
		if l.Rel != Rel && !slices.Contains(a.Links, l) {
			t.Errorf("%s: link %+v was not kept", query, l)
		}
	}
	if !slices.Equal(a.Aliases, theirs.Aliases) || len(a.Properties) != len(theirs.Properties) {
		t.Errorf("%s: aliases %q, properties %v were not kept as %q, %v", query, a.Aliases, a.Properties, theirs.Aliases, theirs.Properties)
	}
}

// refusals are what RFC 7033 §4.2 asks for.
func (s served) refusals(t *testing.T, d idp.WebFingerDomain) {
	t.Helper()
	if s.anyone {
		return
	}
	for query, want := range map[string]int{
		"":                                      http.StatusBadRequest,
		"resource=":                             http.StatusBadRequest,
		"rel=" + url.QueryEscape(Rel):           http.StatusBadRequest,
		"resource=nobody":                       http.StatusBadRequest,
		"resource=acct%3Anora%40other.example":  http.StatusNotFound,
		"resource=acct:nora@not" + d.Domain:     http.StatusNotFound,
		"resource=acct:nora@" + d.Domain + ".x": http.StatusNotFound,
		"resource=https%3A%2F%2Fother.example":  http.StatusNotFound,
		"resource=acct:nora@" + strings.ReplaceAll(d.Domain, ".", "x"): http.StatusNotFound,
	} {
		if resp, body := s.ask(t, "GET", query); resp.StatusCode != want {
			t.Errorf("%s: %s, want %d\n%s", query, resp.Status, want, body)
		}
	}
	if d.Scope == idp.WebFingerAccounts {
		if resp, _ := s.ask(t, "GET", "resource=acct%3Anobody%40"+d.Domain); resp.StatusCode != http.StatusNotFound {
			t.Errorf("an account that is not in the list: %s", resp.Status)
		}
	}
	if resp, body := s.ask(t, "GET", "resource="+url.QueryEscape(`acct:"},"x":{"@`+d.Domain)); resp.StatusCode == http.StatusOK && !json.Valid([]byte(body)) {
		t.Errorf("a quote got into the document: %s", body)
	}
}

// filters holds rel, which may stand there more than once (RFC 7033 §4.3).
func (s served) filters(t *testing.T, resource string) {
	t.Helper()
	query := "resource=" + url.QueryEscape(resource)
	if got := s.document(t, query+"&rel="+url.QueryEscape(Rel)).rels(); !slices.Equal(got, []string{Rel}) {
		t.Errorf("rel issuer gave %q", got)
	}
	if got := s.document(t, query+"&rel=nothing").rels(); len(got) != 0 {
		t.Errorf("an unknown rel gave %q", got)
	}
	if got := s.document(t, query+"&rel=nothing&rel="+url.QueryEscape(Rel)).rels(); !slices.Equal(got, []string{Rel}) {
		t.Errorf("two rels gave %q", got)
	}
}

func (s served) verbs(t *testing.T, query string) {
	t.Helper()
	resp, body := s.ask(t, "HEAD", query)
	if resp.StatusCode != http.StatusOK || body != "" || !strings.HasPrefix(resp.Header.Get("Content-Type"), MediaType) {
		t.Errorf("HEAD: %s, %q, %v", resp.Status, body, resp.Header)
	}
	if resp, _ := s.ask(t, "OPTIONS", query); resp.StatusCode >= 300 || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: %s, %v", resp.Status, resp.Header)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if resp, _ := s.ask(t, method, query); resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, resp.Status)
		}
	}
}

// testIssuer has every byte that an issuer may bring beside letters.
const testIssuer = "https://auth.example.com/a_b-c~1"

// mastodon is what a Mastodon server answers, for an account of the domain itself.
const mastodon = `{"subject":"acct:nora@example.com","aliases":["https://example.com/@nora","https://example.com/users/nora"],
"links":[{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://example.com/@nora"},
{"rel":"self","type":"application/activity+json","href":"https://example.com/users/nora"},
{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://example.com/authorize_interaction?uri={uri}"}]}`

// awkward is a document that tries to break out of every quotation that it is put into.
const awkward = `{"subject":"acct:nora@social.example","aliases":["https://e.example/'\"` + "`" + `$host${HOME}{env.HOME}{$HOME}%{HTTP_HOST}\\\\<?php echo 1 ?><!--#echo var='x' -->*/;}"],
"properties":{"https://e.example/$arg_resource":"\\\" ' \u2028 \ud83d\udd25 ü \n <% }{ #","https://e.example/none":null},"more":{"$1":["\\1",1.50]},
"links":[{"rel":"self","href":"https://e.example/?a='\"$request_uri{http.request.uri}%{REQUEST_URI}&b=</script>\\"},{"rel":"http://openid.net/specs/connect/1.0/issuer","href":"https://old.example"}]}`

// domains are those that each host's text is tried with.
func domains() map[string]idp.WebFingerDomain {
	const domain = "example.com"
	list := map[string]idp.WebFingerDomain{
		"whole":                     {Domain: domain, Scope: idp.WebFingerWhole},
		"one account":               {Domain: domain, Scope: idp.WebFingerAccounts, Accounts: []string{"nora"}},
		"accounts":                  {Domain: domain, Scope: idp.WebFingerAccounts, Accounts: []string{"emil", "nora", "o'brien+tag", "a.b_c-d~e"}},
		"whole, Mastodon":           {Domain: domain, Scope: idp.WebFingerWhole, Kept: mastodon},
		"accounts, Mastodon":        {Domain: domain, Scope: idp.WebFingerAccounts, Accounts: []string{"nora", "emil"}, Kept: mastodon},
		"whole, awkward":            {Domain: domain, Scope: idp.WebFingerWhole, Kept: awkward},
		"awkward accounts":          {Domain: domain, Scope: idp.WebFingerAccounts, Accounts: []string{`!#$%&'*+/=?^_{|}~` + "`", "nora", "müller", "$host{x}"}, Kept: awkward},
		"punycode, nothing is read": {Domain: "xn--mller-kva.example", Scope: idp.WebFingerWhole, Kept: "<html>"},
	}
	return list
}
