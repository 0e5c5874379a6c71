package webfinger

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// static serves one document whatever is asked, as web servers serve files.
func static(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		set(w, "Content-Type", MediaType)
		set(w, "Access-Control-Allow-Origin", "*")
		_, _ = io.WriteString(w, body)
	}
}

// says answers with a status and a page.
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func sends(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func naming(href string) string {
	return `{"subject": "acct:nora@example.com", "links": [{"rel": "` + Rel + `", "href": "` + href + `"}]}`
}

// nobody names the issuer and no subject, as the file of a domain without accounts does.
const nobody = `{"links": [{"rel": "` + Rel + `", "href": "` + siteIssuer + `"}]}`

const page = "<!doctype html><title>A site</title>"

// brokenHosts are the ways in which a domain fails or could be better: what is seen of each, and what of the way to mend it there.
var brokenHosts = []struct {
	name    string
	breaks  func(*site)
	verdict string
	key     string // of the finding that has the verdict's state
	title   string
	detail  string
	host    string
}{
	{"no name", func(s *site) { s.names[siteDomain] = nil }, StateDanger, "dns", "no address on the internet", "A or AAAA record", ""},
	{"private address", func(s *site) { s.names[siteDomain] = []string{"192.168.1.20"} }, StateDanger, "dns", "not on the internet", "public address", ""},
	{"address of a cloud's metadata", func(s *site) { s.names[siteDomain] = []string{"169.254.169.254"} }, StateDanger, "dns", "not on the internet", "", ""},
	{"nobody there", func(s *site) { s.closed, s.plain = true, nil }, StateDanger, "connect", "does not take connections", "port 443", ""},
	{"http alone", func(s *site) { s.closed, s.plain = true, says(200, page, "Server", "nginx/1.26") }, StateDanger, "tls", "has no HTTPS", "certbot", HostNginx},
	{"http at port 443", func(s *site) { s.raw = true }, StateDanger, "tls", "has no HTTPS", "HTTPS alone", ""},
	{"certificate ended", func(s *site) {
		s.cert.until = time.Now().Add(-time.Hour)
		s.plain = says(308, "", "Server", "Caddy", "Location", "https://example.com/")
	}, StateDanger, "tls", "ended on", "Caddy gets certificates by itself", HostCaddy},
	{"certificate of another name", func(s *site) {
		s.cert.name = "other.example"
		s.plain = says(200, page, "Server", "GitHub.com")
	}, StateDanger, "tls", "for another name", "Enforce HTTPS", HostGitHub},
	{"certificate of a stranger", func(s *site) { s.cert.stranger = true }, StateDanger, "tls", "signed by nobody", "whole chain", ""},
	{"certificate about to end", func(s *site) { s.cert.until = time.Now().Add(50 * time.Hour) }, StateWarn, "tls", "ends on", "renewed by now", ""},
	{"old TLS", func(s *site) {
		s.tls = func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }
	}, StateDanger, "tls", "No secure connection", "TLS 1.2", ""},
	{"silence", func(s *site) {
		s.hasty, s.handle = true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	}, StateDanger, "connect", "does not answer in time", "firewall", ""},
	{"broken off", func(s *site) {
		s.handle = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	}, StateDanger, "connect", "broke off", "log", ""},

	{"redirect to http", func(s *site) { s.handle = sends("http://www.example.com/.well-known/webfinger") }, StateDanger, "redirect", "without HTTPS", "https://", ""},
	{"redirect in a circle", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server", "cloudflare")
			http.Redirect(w, r, "https://example.com"+r.URL.RequestURI(), http.StatusFound)
		}
	}, StateDanger, "redirect", "in a circle", "Flexible", HostCloudflare},
	{"four redirects", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI()+"x", http.StatusFound)
		}
	}, StateDanger, "redirect", "more than 3 times", "last address at once", ""},
	{"redirect nowhere", func(s *site) { s.handle = says(302, "") }, StateDanger, "redirect", "without saying where to", "", ""},
	{"redirect into the home", func(s *site) { s.handle = sends("https://nas.lan/"); s.names["nas.lan"] = []string{"10.0.0.4"} }, StateDanger, "redirect", "nas.lan leads to an address that is not on the internet", "", ""},
	{"redirect that loses the question", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if r.Host == siteDomain {
				w.Header().Set("Server", "Apache")
				http.Redirect(w, r, "https://www.example.com/.well-known/webfinger", http.StatusMovedPermanently)
				return
			}
			static(naming(siteIssuer))(w, r)
		}
	}, StateWarn, "redirect", "loses the question", "RewriteRule keeps the question", HostApache},
	{"redirect to another host", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if r.Host == siteDomain {
				http.Redirect(w, r, "https://elsewhere.example"+r.URL.RequestURI(), http.StatusTemporaryRedirect)
				return
			}
			s.endpoint(w, r)
		}
	}, StateWarn, "redirect", "redirects to elsewhere.example", "less proven", ""},
	{"open without https", func(s *site) { s.plain = s.endpoint }, StateWarn, "http", "without HTTPS too", "Let HTTP lead", ""},

	{"nothing at GitHub", func(s *site) { s.handle = says(404, page, "Server", "GitHub.com") }, StateDanger, "status", "Nothing is at", ".nojekyll", HostGitHub},
	{"nothing at a site builder", func(s *site) { s.handle = says(404, page, "Server", "Squarespace") }, StateDanger, "status", "Nothing is at", "Worker", HostBuilder},
	{"dot files closed", func(s *site) { s.handle = says(403, page, "Server", "nginx") }, StateDanger, "status", "closed", `location ~ /\. { deny all; }`, HostNginx},
	{"password", func(s *site) { s.handle = says(401, page, "Server", "Vercel", "X-Vercel-Id", "x") }, StateDanger, "status", "closed", "deployment protection", HostVercel},
	{"server error", func(s *site) { s.handle = says(502, page) }, StateDanger, "status", "fails", "502", ""},
	{"another status", func(s *site) { s.handle = says(204, "") }, StateDanger, "status", "answers 204", "Only 200", ""},
	{"too many requests", func(s *site) { s.handle = says(429, "") }, StateDanger, "bot", "too often", "429", ""},
	{"challenge of Cloudflare", func(s *site) { s.handle = says(403, page, "Server", "cloudflare", "Cf-Mitigated", "challenge") }, StateDanger, "bot", "Cloudflare asks for a proof", "WAF", HostCloudflare},
	{"captcha of SiteGround", func(s *site) {
		s.handle = says(202, `<meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r=x">`, "Server", "nginx")
	}, StateDanger, "bot", "SiteGround asks", "user agents", HostNginx},
	{"programs turned away", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.UserAgent(), "Go-http-client") {
				says(403, "")(w, r)
				return
			}
			s.endpoint(w, r)
		}
	}, StateDanger, "bot", "Programs are turned away", "rules against bots", ""},

	{"endless answer", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
					return
				}
			}
		}
	}, StateDanger, "json", "more than 64 KB", "", ""},
	{"page for everything", func(s *site) { s.handle = says(200, page, "Server", "Netlify") }, StateDanger, "json", "web page", "_redirects", HostNetlify},
	{"page of WordPress", func(s *site) { s.handle = says(200, page+`<link href="/wp-content/x.css">`, "Server", "Apache") }, StateDanger, "json", "web page", "must-use plugin", HostWordPress},
	{"addresses hidden", func(s *site) {
		s.handle = static(`<a href="/cdn-cgi/l/email-protection">[email&#160;protected]</a>`, "Content-Type", "text/html", "Server", "cloudflare")
	}, StateDanger, "bot", "rewrites the document", "Email Address Obfuscation", HostCloudflare},
	{"nothing in it", func(s *site) { s.handle = static(" \n") }, StateDanger, "json", "empty", "", ""},
	{"byte order mark", func(s *site) { s.handle = static("\xef\xbb\xbf" + naming(siteIssuer)) }, StateDanger, "json", "invisible mark", "without BOM", ""},
	{"no JSON", func(s *site) { s.handle = static(`{"links": [}`) }, StateDanger, "json", "not a WebFinger document", "comma", ""},
	{"links that are none", func(s *site) { s.handle = static(`{"links": {"rel": "x"}}`) }, StateDanger, "json", "not a WebFinger document", "", ""},
	{"script after it", func(s *site) { s.handle = static(naming(siteIssuer) + "<script></script>") }, StateDanger, "json", "Something follows", "", ""},

	{"another type", func(s *site) {
		s.handle = static(naming(siteIssuer), "Content-Type", "text/plain", "Server", "Apache/2.4")
	}, StateWarn, "type", "text/plain", "ForceType", HostApache},
	{"no origin", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Access-Control-Allow-Origin"] = nil
			w.Header().Set("Server", "nginx")
			s.endpoint(w, r)
		}
	}, StateWarn, "cors", "Closed to pages", "add_header", HostNginx},
	{"two origins", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Access-Control-Allow-Origin"] = []string{"*", "*"}
			s.endpoint(w, r)
		}
	}, StateWarn, "cors", "twice", "", ""},
	{"cached for a week", func(s *site) {
		s.handle = static(naming(siteIssuer), "Cache-Control", "public, max-age=604800", "Via", "1.1 Caddy")
	}, StateWarn, "cache", "168 hours", "In Caddy", HostCaddy},

	{"slash at the end", func(s *site) { s.handle = static(naming(siteIssuer + "/")) }, StateDanger, "issuer", "a slash", "every byte", ""},
	{"issuer by http", func(s *site) { s.handle = static(naming("http://id.example.net")) }, StateDanger, "issuer", "with http", siteIssuer, ""},
	{"issuer in capitals", func(s *site) { s.handle = static(naming("https://ID.example.net")) }, StateDanger, "issuer", "capital", "", ""},
	{"space at the issuer", func(s *site) { s.handle = static(naming(siteIssuer + " ")) }, StateDanger, "issuer", "space", "", ""},
	{"discovery instead", func(s *site) { s.handle = static(naming(siteIssuer + "/.well-known/openid-configuration")) }, StateDanger, "issuer", "address of a document", "", ""},
	{"another issuer", func(s *site) { s.handle = static(naming("https://old.example.net")) }, StateDanger, "issuer", "Another issuer", "https://old.example.net", ""},
	{"two issuers", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			s.answer(w, r, map[string]any{"rel": Rel, "href": siteIssuer}, map[string]any{"rel": Rel, "href": "https://other.example"})
		}
	}, StateDanger, "issuer", "2 issuers", "", ""},
	{"misspelt relation", func(s *site) {
		s.handle = static(strings.Replace(naming(siteIssuer), "http://openid", "https://openid", 1))
	}, StateDanger, "issuer", "another name", "without a slash", ""},
	{"Mastodon alone", func(s *site) {
		s.domain.Publisher.Kind = idp.PublisherFolder
		s.handle = static(`{"subject": "acct:nora@example.com", "links": [{"rel": "self", "type": "application/activity+json", "href": "https://social.example/users/nora"}]}`)
	}, StateDanger, "issuer", "No issuer", "Publish again", ""},
	{"subject lost", func(s *site) {
		s.domain.Accounts, s.domain.Publisher.Kind = []string{"emil"}, idp.PublisherFolder
		s.handle = static(nobody)
	}, StateWarn, "subject", "no subject", "acct:emil@example.com, as your settings have it. Tailscale does not mind. Publish again", ""},
	{"issuer calls itself otherwise", func(s *site) { s.issuer = says(200, `{"issuer": "https://id.example.net/"}`) }, StateDanger, "discovery", "calls itself otherwise", "", ""},
	{"issuer is something else", func(s *site) { s.issuer = says(200, page) }, StateDanger, "discovery", "does not answer as one", "", ""},
	{"issuer out of reach", func(s *site) { s.names["id.example.net"] = []string{"100.64.0.5"} }, StateDanger, "discovery", "cannot be reached", "Overview", ""},

	{"issuer on the other side of a router", func(s *site) { s.names["id.example.net"] = []string{"::1"} }, StateWarn, "discovery", "could not be visited", "routers", ""},

	{"one spelling", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.RawQuery, "acct:") {
				says(403, "", "Server", "nginx")(w, r)
				return
			}
			w.Header().Set("Server", "nginx")
			s.endpoint(w, r)
		}
	}, StateDanger, "encoding", "one spelling", "$arg_resource", HostNginx},
	{"rel demanded", func(s *site) {
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if !r.URL.Query().Has("rel") {
				says(400, "")(w, r)
				return
			}
			s.endpoint(w, r)
		}
	}, StateDanger, "rel", "only where rel", "RFC 7033", ""},
	{"somebody without an answer", func(s *site) {
		s.ask = []string{"nora", "emil", "jo"}
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.RawQuery, "emil") {
				says(404, "")(w, r)
				return
			}
			s.endpoint(w, r)
		}
	}, StateDanger, "users", "2 of 3 addresses", "emil@example.com", ""},
	{"not everybody has an answer", func(s *site) {
		s.ask = []string{"nora"}
		s.handle = func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.RawQuery, "nora") {
				says(404, "")(w, r)
				return
			}
			s.endpoint(w, r)
		}
	}, StateWarn, "unknown", "Only some", "new people", ""},
	{"a file for a list", func(s *site) {
		s.domain.Scope, s.domain.Accounts = idp.WebFingerAccounts, []string{"nora"}
		s.handle = static(naming(siteIssuer))
	}, StateWarn, "unknown", "not on the list", "nginx map", ""},
	{"Mastodon overwritten", func(s *site) {
		s.domain.Publisher.Kind = idp.PublisherHand
		s.domain.Kept = `{"subject": "acct:nora@example.com", "aliases": ["https://social.example/@nora"], "links": [{"rel": "self", "href": "https://social.example/users/nora"}]}`
	}, StateWarn, "foreign", "Entries of others are gone", "self, https://social.example/@nora", ""},
}

func TestBrokenHosts(t *testing.T) {
	if len(brokenHosts) < 25 {
		t.Fatalf("%d hosts", len(brokenHosts))
	}
	for _, tt := range brokenHosts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			tt.breaks(s)
			r := s.look()
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.State == tt.verdict })
			if i < 0 || r.Verdict != tt.verdict || r.Host != tt.host {
				t.Fatalf("%s at %q: %+v", r.Verdict, r.Host, r.Findings)
			}
			f := r.Findings[i]
			if f.Key != tt.key || !strings.Contains(f.Title, tt.title) || !strings.Contains(f.Detail, tt.detail) || f.Detail == "" {
				t.Errorf("found %+v", f)
			}
			for _, other := range r.Findings {
				if other.State != StateOK && other != f && !(other.State == StateWarn && f.State == StateDanger) {
					t.Errorf("and %+v", other)
				}
				if text := other.Title + other.Detail; strings.Contains(text, "wfcheck.") || strings.Contains(text, "{domain}") || strings.Contains(text, "{host}") {
					t.Errorf("unfinished: %q", text)
				}
			}
			if r.Verdict == StateDanger && !strings.Contains(r.Summary, f.Title) || r.Summary == "" {
				t.Errorf("in short: %q", r.Summary)
			}
		})
	}
}

func TestGoodHosts(t *testing.T) {
	for name, tt := range map[string]struct {
		is   func(*site)
		keys string
	}{
		"endpoint":          {func(*site) {}, "dns tls http bot status json type cors issuer discovery encoding rel unknown cache"},
		"port 80 closed":    {func(s *site) { s.plain = nil }, "dns tls http bot status json type cors issuer discovery encoding rel unknown cache"},
		"file":              {func(s *site) { s.handle = static(naming(siteIssuer)) }, "dns tls http bot status json type cors issuer discovery subject encoding rel unknown cache"},
		"file about nobody": {func(s *site) { s.handle = static(nobody) }, "dns tls http bot status json type cors issuer discovery subject encoding rel unknown cache"},
		"GitHub": {func(s *site) {
			s.handle = static(naming(siteIssuer), "Content-Type", "application/octet-stream", "Server", "GitHub.com", "Cache-Control", "max-age=600")
		}, "dns tls http bot status json type cors issuer discovery subject encoding rel unknown cache"},
		"www": {func(s *site) {
			s.handle = func(w http.ResponseWriter, r *http.Request) {
				if r.Host == siteDomain {
					http.Redirect(w, r, "https://www.example.com"+r.URL.RequestURI(), http.StatusMovedPermanently)
					return
				}
				s.endpoint(w, r)
			}
		}, "dns tls redirect http bot status json type cors issuer discovery encoding rel unknown cache"},
		"list": {func(s *site) {
			s.domain.Scope, s.domain.Accounts, s.ask = idp.WebFingerAccounts, []string{"emil", "nora"}, []string{"somebody.else"}
			s.handle = func(w http.ResponseWriter, r *http.Request) {
				if q := r.URL.Query().Get("resource"); q != "acct:emil@example.com" && q != "acct:nora@example.com" {
					http.NotFound(w, r)
					return
				}
				s.endpoint(w, r)
			}
		}, "dns tls http bot status json type cors issuer discovery encoding rel users unknown cache"},
		"list of a name in letters that are written by number": {func(s *site) {
			s.domain.Scope, s.domain.Accounts = idp.WebFingerAccounts, []string{"müller"}
			s.handle = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("resource") != "acct:m%C3%BCller@example.com" { // RFC 7565 §7
					http.NotFound(w, r)
					return
				}
				s.endpoint(w, r)
			}
		}, "dns tls http bot status json type cors issuer discovery encoding rel unknown cache"},
		"beside Mastodon": {func(s *site) {
			s.domain.Kept = `{"subject": "acct:nora@example.com", "aliases": ["https://social.example/@nora"], "properties": {"x": null}, "links": [{"rel": "self", "href": "https://social.example/users/nora"}, {"rel": "` + Rel + `", "href": "https://old.example"}]}`
			s.handle = static(`{"subject": "acct:nora@example.com", "aliases": ["https://social.example/@nora"], "properties": {"x": null}, "links": [{"rel": "self", "href": "https://social.example/users/nora"}, {"rel": "` + Rel + `", "href": "` + siteIssuer + `"}]}`)
		}, "dns tls http bot status json type cors issuer discovery subject encoding rel unknown foreign cache"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			tt.is(s)
			r := s.look()
			var keys []string
			for _, f := range r.Findings {
				keys = append(keys, f.Key)
				if f.State != StateOK || f.Title == "" || f.Detail != "" {
					t.Errorf("%+v", f)
				}
			}
			if got := strings.Join(keys, " "); got != tt.keys {
				t.Errorf("looked at %s\nwant      %s", got, tt.keys)
			}
			if r.Verdict != StateOK || r.Href != siteIssuer || r.Address != "127.0.0.1" || r.At == 0 || r.Summary != "Tailscale accepts example.com." {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestOffline: a machine without internet says nothing of others.
func TestOffline(t *testing.T) {
	s := newSite(t)
	s.offline = true
	if r := s.look(); r.Verdict != StateUnknown || len(r.Findings) != 1 || r.Findings[0].State != StateUnknown || r.Findings[0].Detail == "" {
		t.Errorf("%+v", r)
	}
}

// TestNothingOfTheHomeIsVisited: a domain cannot have this program call what only the owner may.
func TestNothingOfTheHomeIsVisited(t *testing.T) {
	visited := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("visited") }))
	t.Cleanup(visited.Close)
	for _, to := range []string{"https://localhost/", visited.URL, strings.Replace(visited.URL, "http:", "https:", 1), "https://10.0.0.1/", "file:///etc/passwd", "https://u:p@example.com/"} {
		s := newSite(t)
		s.names["localhost"] = []string{"10.0.0.1"}
		s.handle = sends(to)
		if r := s.look(); r.Verdict != StateDanger {
			t.Errorf("%s: %+v", to, r)
		}
	}
}

// TestLookCutOff asks when the way has gone in the middle of a look, or its time is over: nothing is said against the domain.
func TestLookCutOff(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		asks []func(*visit, context.Context)
		keys string
	}{
		"offline":   {t.Context(), []func(*visit, context.Context){(*visit).encoding, (*visit).agent, (*visit).withoutRel, (*visit).users, (*visit).unknown}, "dns unknown"},
		"time over": {over, []func(*visit, context.Context){(*visit).users}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := outgoing.New(outgoing.Config{Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, outgoing.ErrOffline }})
			v := &visit{CheckConfig: CheckConfig{Client: client, Issuer: siteIssuer, Ask: []string{"nora", "emil"}}, domain: idp.WebFingerDomain{Domain: siteDomain, Scope: idp.WebFingerWhole}}
			for _, ask := range tt.asks {
				ask(v, tt.ctx)
			}
			var keys []string
			for _, f := range v.report.Findings {
				keys = append(keys, f.Key+" "+f.State)
			}
			if got := strings.Join(keys, ", "); got != tt.keys {
				t.Errorf("found %q, want %q", got, tt.keys)
			}
		})
	}
}
