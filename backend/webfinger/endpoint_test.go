package webfinger

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/store/storetest"
)

const nodeIssuer = "https://id.tail1234.ts.net"

// serveEndpoint serves the endpoint of an issuer that answers for the whole of example.com and for two accounts of example.org.
func serveEndpoint(t *testing.T) (ask func(method, query string) *http.Response, s *store.Store) {
	t.Helper()
	s = storetest.Open(t)
	storetest.Write(t, s, func(tx *store.Tx) error {
		if err := tx.AddWebFingerDomain(idp.WebFingerDomain{Domain: "example.com", Scope: idp.WebFingerWhole}); err != nil {
			return err
		}
		return tx.AddWebFingerDomain(idp.WebFingerDomain{Domain: "example.org", Scope: idp.WebFingerAccounts, Accounts: []string{"Emil", "jo+home"}})
	})
	e := NewEndpoint(s, idp.OnTailnet(idp.ModeFunnel, "id.tail1234.ts.net", 1))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := e.Answer
		if r.Method == http.MethodOptions {
			serve = e.Preflight
		}
		if err := serve(w, r); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return func(method, query string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+Path+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}, s
}

type answered struct {
	Subject string
	Links   []struct{ Rel, Href string }
}

func TestEndpoint(t *testing.T) {
	ask, _ := serveEndpoint(t)
	const rel = "&rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer"
	for _, tt := range []struct {
		query, subject string // subject "" for no answer
		status, links  int
	}{
		{"?resource=acct%3Aann%40example.com" + rel, "acct:ann@example.com", 200, 1},
		{"?resource=acct:ann@example.com", "acct:ann@example.com", 200, 1},
		{"?resource=acct:ann@example.com&rel=", "acct:ann@example.com", 200, 0},
		{"?resource=acct:ann@example.com&rel=http://webfinger.net/rel/avatar", "acct:ann@example.com", 200, 0},
		{"?resource=acct:ann@example.com&rel=http://webfinger.net/rel/avatar" + rel, "acct:ann@example.com", 200, 1},
		{"?rel=x&other=%zz&resource=acct:Nobody.Here@EXAMPLE.com" + rel, "acct:Nobody.Here@EXAMPLE.com", 200, 1},
		{"?resource=acct:ann+tag@example.com", "acct:ann+tag@example.com", 200, 1},
		{"?resource=acct:ann%2Btag@example.com", "acct:ann+tag@example.com", 200, 1},
		{"?resource=acct:ann%2540home@example.com", "acct:ann%40home@example.com", 200, 1},
		{"?resource=ACCT:ann@example.com", "ACCT:ann@example.com", 200, 1},
		{"?resource=acct:ann@id.tail1234.ts.net", "acct:ann@id.tail1234.ts.net", 200, 1},
		{"?resource=https%3A%2F%2Fid.tail1234.ts.net", nodeIssuer, 200, 1},
		{"?resource=https://id.tail1234.ts.net/", nodeIssuer + "/", 200, 1},
		{"?resource=acct:emil@example.org", "acct:emil@example.org", 200, 1},
		{"?resource=acct:jo+home@example.org", "acct:jo+home@example.org", 200, 1},
		{"?resource=acct:jo%252Bhome@example.org", "acct:jo%2Bhome@example.org", 200, 1},

		{"?resource=acct:ann@example.org", "", 404, 0},
		{"?resource=acct:jo@example.org", "", 404, 0},
		{"?resource=acct:ann@www.example.com", "", 404, 0},
		{"?resource=acct:ann@example.com.evil.example", "", 404, 0},
		{"?resource=acct:ann@localhost", "", 404, 0},
		{"?resource=acct:ann@192.0.2.1", "", 404, 0},
		{"?resource=mailto:ann@example.com", "", 404, 0},
		{"?resource=https://example.com/", "", 404, 0},
		{"?resource=https://id.tail1234.ts.net.evil.example/", "", 404, 0},

		{"", "", 400, 0},
		{"?", "", 400, 0},
		{"?rel=x", "", 400, 0},
		{"?resource", "", 400, 0},
		{"?resource=", "", 400, 0},
		{"?Resource=acct:ann@example.com", "", 400, 0},
		{"?resource=ann@example.com", "", 400, 0},
		{"?resource=acct:ann", "", 400, 0},
		{"?resource=acct:@example.com", "", 400, 0},
		{"?resource=acct:ann@example.com:443", "", 400, 0},
		{"?resource=acct:a@b@example.com", "", 400, 0},
		{"?resource=acct:ann%20b@example.com", "", 400, 0},
		{"?resource=acct:ann%0A@example.com", "", 400, 0},
		{"?resource=acct:b%C3%BC@example.com", "", 400, 0},
		{"?resource=acct:ann%zz@example.com", "", 400, 0},
		{"?resource=acct:ann@example.com&rel=%zz", "", 400, 0},
		{"?resource=acct:ann@example.com&resource=acct:ann@example.com", "", 400, 0},
		{"?resource=acct:ann@example.com&resource=", "", 400, 0},
		{"?resource=%22%3E%3Cscript%3E", "", 400, 0},
		{"?resource=acct:" + strings.Repeat("a", maxResource) + "@example.com", "", 400, 0},
	} {
		res := ask(http.MethodGet, tt.query)
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != tt.status || res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v, want %d", tt.query, res.StatusCode, res.Header, tt.status)
			continue
		}
		if tt.status != http.StatusOK {
			if strings.Contains(string(body), "<") || strings.Contains(string(body), "ann") {
				t.Errorf("%s: refused with %q", tt.query, body)
			}
			continue
		}
		var got answered
		if err := json.Unmarshal(body, &got); err != nil || res.Header.Get("Content-Type") != "application/jrd+json" || got.Subject != tt.subject || len(got.Links) != tt.links || got.Links == nil {
			t.Errorf("%s: %v %s, want subject %s and %d links", tt.query, err, body, tt.subject, tt.links)
		}
		if tt.links == 1 && (got.Links[0].Rel != Rel || got.Links[0].Href != nodeIssuer) {
			t.Errorf("%s: %s", tt.query, body)
		}
	}
}

func TestEndpointMethods(t *testing.T) {
	ask, s := serveEndpoint(t)
	const query = "?resource=acct:ann@example.com"
	get, head := ask(http.MethodGet, query), ask(http.MethodHead, query)
	if body, err := io.ReadAll(head.Body); err != nil || len(body) != 0 || head.StatusCode != 200 || head.ContentLength != get.ContentLength || head.Header.Get("Content-Type") != MediaType {
		t.Errorf("HEAD: %d %v %q %v", head.StatusCode, head.Header, body, err)
	}
	if res := ask(http.MethodOptions, query); res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(res.Header.Get("Access-Control-Allow-Methods"), "GET") {
		t.Errorf("OPTIONS: %d %v", res.StatusCode, res.Header)
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return tx.RemoveWebFingerDomain("example.com") })
	if res := ask(http.MethodGet, query); res.StatusCode != 404 {
		t.Errorf("a domain that was removed is answered for: %d", res.StatusCode)
	}
}

// TestAnswerKeepsOthers: what others published for one account is said of that one, and of nobody else.
func TestAnswerKeepsOthers(t *testing.T) {
	d := idp.WebFingerDomain{Domain: "example.com", Scope: idp.WebFingerWhole, Kept: golden(t, "mastodon.json")}
	for resource, links := range map[string]int{"acct:alice@example.com": 4, "acct:ALICE@example.com": 4, "acct:bob@example.com": 1} {
		answer, ok := Answer(d, nodeIssuer, Question{Resource: resource})
		if !ok || len(answer.Links) != links || answer.Subject != resource || !slices.Equal(answer.Issuers(), []string{nodeIssuer}) || (len(answer.Aliases) > 0) != (links > 1) {
			t.Errorf("%s: %v %s", resource, ok, answer.Text())
		}
	}
	answer, _ := Answer(d, nodeIssuer, Question{Resource: "acct:alice@example.com", Rels: []string{"self"}})
	if len(answer.Links) != 1 || answer.Links[0].Rel != "self" || len(answer.Aliases) != 2 { // RFC 7033 §4.3: rel filters links alone
		t.Errorf("by rel: %s", answer.Text())
	}
}

// FuzzQuestion: whatever is asked, there is an answer with the resource as its subject, or none.
func FuzzQuestion(f *testing.F) {
	for _, q := range []string{"resource=acct:ann@example.com", "resource=acct%3Aann%40example.com&rel=x", "resource=https://id.tail1234.ts.net/", "resource=acct:%C3%BC@b%C3%BC.example", "a=b&resource=%zz", "resource=acct:a%2540@xn--a@example.com"} {
		f.Add(q)
	}
	d := idp.WebFingerDomain{Domain: "example.com", Scope: idp.WebFingerWhole}
	f.Fuzz(func(t *testing.T, query string) {
		q, ok := ParseQuestion(query)
		if !ok {
			return
		}
		if strings.ContainsAny(q.Resource, " \"<>\n\r\\") || len(q.Resource) > maxResource {
			t.Fatalf("%q was taken as a resource", q.Resource)
		}
		answer, ok := Answer(d, nodeIssuer, q)
		name, domain := SplitAccount(q.Resource)
		if ok != (domain == "example.com" && name != "") {
			t.Fatalf("%q is answered: %v", q.Resource, ok)
		}
		if !ok {
			return
		}
		back, err := Parse(answer.Text())
		if err != nil || back.Subject != q.Resource {
			t.Fatalf("%q: %v %s", q.Resource, err, answer.Text())
		}
		if name2, domain2 := SplitAccount(Account(name, domain)); name2 != name || domain2 != domain {
			t.Fatalf("%q at %q came back as %q at %q", name, domain, name2, domain2)
		}
	})
}
