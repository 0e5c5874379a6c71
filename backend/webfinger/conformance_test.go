package webfinger

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

// served is a web server that answers for a domain, and what its way of answering cannot do.
type served struct {
	base    string // http://127.0.0.1:PORT
	file    bool   // one document, with one subject
	anyone  bool   // it answers whatever is asked
	noRel   bool   // it ignores rel, as RFC 7033 §4.3 allows
	noVerbs bool   // it leaves other methods to the server
	noType  bool   // the server decides on the content type
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
func (s served) document(t *testing.T, query string) Document {
	t.Helper()
	resp, body := s.ask(t, "GET", query)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", query, resp.Status, body)
	}
	if got := resp.Header.Values("Access-Control-Allow-Origin"); !s.noType && !slices.Equal(got, []string{"*"}) {
		t.Errorf("%s: CORS %q", query, got)
	}
	if got := resp.Header.Values("Content-Type"); !s.noType && (len(got) != 1 || !strings.HasPrefix(got[0], MediaType)) {
		t.Errorf("%s: content type %q", query, got)
	}
	d, err := Parse([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v\n%s", query, err, body)
	}
	return d
}

// conform holds a server to RFC 7033 and to the domain's settings, as the issuer's own endpoint is held.
func (s served) conform(t *testing.T, d idp.WebFingerDomain, issuer string) {
	t.Helper()
	names := []string{"nora", "Nora", "somebody.else", "me+tag"}
	if d.Scope == idp.WebFingerAccounts {
		names = d.Accounts
	}
	for _, name := range names {
		s.holdName(t, d, issuer, name)
	}
	resource := Account(names[0], d.Domain)
	if !s.anyone {
		s.refusals(t, d)
	}
	if !s.noRel {
		s.filters(t, resource)
	}
	if !s.noVerbs {
		s.verbs(t, "resource="+url.QueryEscape(resource))
	}
}

// holdName asks for one account in both encodings, with and without rel, and compares all of each answer.
func (s served) holdName(t *testing.T, d idp.WebFingerDomain, issuer, name string) {
	t.Helper()
	resource := Account(name, d.Domain)
	encoded := "resource=" + url.QueryEscape(resource)
	account, _, _ := strings.Cut(strings.TrimPrefix(resource, "acct:"), "@")
	for _, query := range []string{encoded, "resource=acct:" + url.QueryEscape(account) + "@" + d.Domain, "rel=" + url.QueryEscape(Rel) + "&" + encoded} {
		want := entriesOf(d, issuer).about(name)
		want.Subject = resource
		if s.file {
			want = DocumentOf(d, issuer)
		}
		if strings.HasPrefix(query, "rel") && !s.noRel {
			want.Links = []Link{IssuerLink(issuer)}
		}
		got := s.document(t, query)
		if plain, err := url.PathUnescape(got.Subject); !s.file && err == nil && strings.EqualFold(plain, want.Subject) {
			got.Subject = want.Subject // the same URI by RFC 7565 §4
		}
		if !same(got.compact(), want.compact()) {
			t.Errorf("%s:\n%s\nwant\n%s", query, got.Text(), want.Text())
		}
	}
}

// refusals are what RFC 7033 §4.2 asks for.
func (s served) refusals(t *testing.T, d idp.WebFingerDomain) {
	t.Helper()
	for query, want := range map[string]int{
		"":                                      http.StatusBadRequest,
		"resource=":                             http.StatusBadRequest,
		"rel=" + url.QueryEscape(Rel):           http.StatusBadRequest,
		"resource=acct%3Anora":                  http.StatusBadRequest,
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
	for rels, want := range map[string]int{"&rel=" + url.QueryEscape(Rel): 1, "&rel=nothing": 0, "&rel=nothing&rel=" + url.QueryEscape(Rel): 1, "&rel=": 0} {
		if got := s.document(t, query+rels); len(got.Links) != want || len(got.Issuers()) != want {
			t.Errorf("%s gave %s", rels, got.Text())
		}
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

// handIssuer has every byte that an issuer may bring beside letters.
const handIssuer = "https://auth.example.com/a_b-c~1"

// mastodon is what a Mastodon server answers, for an account of the domain itself.
const mastodon = `{"subject":"acct:nora@example.com","aliases":["https://example.com/@nora","https://example.com/users/nora"],
"links":[{"rel":"http://webfinger.net/rel/profile-page","type":"text/html","href":"https://example.com/@nora"},
{"rel":"self","type":"application/activity+json","href":"https://example.com/users/nora"},
{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://example.com/authorize_interaction?uri={uri}"}]}`

// awkward is a document that tries to break out of every quotation that it is put into.
const awkward = `{"subject":"acct:nora@social.example","aliases":["https://e.example/'\"` + "`" + `$host${HOME}{env.HOME}{$HOME}%{HTTP_HOST}\\\\<?php echo 1 ?><!--#echo var='x' -->*/;}"],
"properties":{"https://e.example/$arg_resource":"\\\" ' \u2028 \ud83d\udd25 ü \n <% }{ #","https://e.example/none":null},"more":{"$1":["\\1",1.5]},
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

// TestOwnEndpoint holds the issuer's endpoint to the same as what is pasted onto other servers.
func TestOwnEndpoint(t *testing.T) {
	for name, d := range domains() {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			d.Publisher.Kind = idp.PublisherHand
			storetest.Write(t, s, func(tx *store.Tx) error { return tx.AddWebFingerDomain(d) })
			pin := idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 1)
			e := NewEndpoint(s, pin)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := e.Answer(w, r); err != nil {
					t.Error(err)
				}
			}))
			t.Cleanup(server.Close)
			served{base: server.URL, noVerbs: true}.conform(t, d, pin.Issuer)
		})
	}
}
