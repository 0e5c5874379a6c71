package webfinger

import (
	"net/http"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"hearthkey/backend/idp"
)

// TestHostedLines uploads the lines for each web host to one that reads its settings as documented, and looks at it from outside.
func TestHostedLines(t *testing.T) {
	for _, host := range []string{HostPages, HostNetlify, HostVercel, HostGitHub, HostRedirect} {
		for name, d := range domains() {
			t.Run(host+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				s.domain, s.own = d, ownEndpoint(t, d)
				files := linesOf(t, d, siteIssuer, host)
				if host == HostPages && strings.HasPrefix(files[0].Name, "functions/") {
					return // code, which runs elsewhere
				}
				if host == HostRedirect {
					files = files[3:]
				}
				h := newHosted(t, files)
				h.pass = s.own
				if s.handle = h.ServeHTTP; host == HostGitHub { // which sets this for every file and takes no settings
					s.handle = func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Server", "GitHub.com")
						w.Header().Set("Access-Control-Allow-Origin", "*")
						h.ServeHTTP(w, r)
					}
				}
				lacks := ""
				switch file := len(h.files) > 0; {
				case host == HostRedirect:
					lacks = "redirect"
				case file && d.Scope == idp.WebFingerAccounts:
					lacks = "unknown" // a file answers for those too who are not on the list
				}
				held(t, s.look(), siteIssuer, lacks)
			})
		}
	}
}

// held wants nothing to be found fault with but what is expected, by the keys of the findings.
func held(t *testing.T, r Report, issuer, lacks string) {
	t.Helper()
	verdict := StateOK
	if lacks != "" {
		verdict = StateWarn
	}
	var found []string
	for _, f := range r.Findings {
		if f.State != StateOK {
			found = append(found, f.Key)
		}
	}
	if r.Verdict != verdict || r.Href != issuer || strings.Join(found, " ") != lacks {
		t.Errorf("%s, not %s with %q: %+v", r.Verdict, verdict, lacks, r)
	}
}

// linesOf are the lines for one host.
func linesOf(t *testing.T, d idp.WebFingerDomain, issuer, host string) []LinesFile {
	t.Helper()
	for _, l := range Lines(d, issuer) {
		if l.Host == host {
			return l.Files
		}
	}
	t.Fatal("no lines for " + host)
	return nil
}

// TestTraefikLines reads Traefik's lines as its file provider does, where a name that it does not know is an error, and holds the router to the question and the service to the issuer.
func TestTraefikLines(t *testing.T) {
	for name, d := range domains() {
		var said struct {
			HTTP struct {
				Routers map[string]struct {
					Rule        string   `yaml:"rule"`
					EntryPoints []string `yaml:"entryPoints"`
					Service     string   `yaml:"service"`
					TLS         struct {
						CertResolver string `yaml:"certResolver"`
					} `yaml:"tls"`
				} `yaml:"routers"`
				Services map[string]struct {
					LoadBalancer struct {
						PassHostHeader *bool `yaml:"passHostHeader"`
						Servers        []struct {
							URL string `yaml:"url"`
						} `yaml:"servers"`
					} `yaml:"loadBalancer"`
				} `yaml:"services"`
			} `yaml:"http"`
		}
		in := yaml.NewDecoder(strings.NewReader(linesOf(t, d, siteIssuer, HostTraefik)[0].Text))
		in.KnownFields(true)
		if err := in.Decode(&said); err != nil || len(said.HTTP.Routers) != 1 {
			t.Fatalf("%s: %v %+v", name, err, said)
		}
		for _, r := range said.HTTP.Routers {
			to := said.HTTP.Services[r.Service].LoadBalancer
			if r.Rule != "Host(`"+d.Domain+"`) && Path(`"+Path+"`)" || len(r.EntryPoints) != 1 || r.TLS.CertResolver == "" {
				t.Errorf("%s: %+v", name, r)
			}
			// the issuer answers at its own name alone, and a path here would come before the question's
			if len(to.Servers) != 1 || to.Servers[0].URL != siteIssuer || to.PassHostHeader == nil || *to.PassHostHeader {
				t.Errorf("%s: %+v", name, to)
			}
		}
	}
}
