package oidc_test

import (
	"os"
	"strings"
	"testing"

	"hearthkey/backend/backendtest"
)

// module checks what one module of the OpenID Foundation's conformance suite checks.
type module func(t *testing.T, plan *plan)

// plan is one run of a list of modules against one running provider. Modules run one after another and may move the clock; each has an app and a person of its own.
type plan struct {
	*backendtest.Provider
	mode string // response_mode of its authorization requests, "" for the default
}

// plans are those of testdata/conformance.txt, with the modules as far as they are here.
var plans = []struct {
	name    string
	mode    string
	modules map[string]module
}{
	{"oidcc-basic-certification-test-plan", "", basicModules},
	{"oidcc-formpost-basic-certification-test-plan", "form_post", basicModules},
	{"oidcc-config-certification-test-plan", "", configModules},
	{"oidcc-rp-initiated-logout-certification-test-plan", "", logoutModules},
	{"oidcc-backchannel-rp-initiated-logout-certification-test-plan", "", backchannelModules},
	{"oidcc-3rdparty-init-login-certification-test-plan", "", thirdPartyModules},
}

// TestConformance does over HTTP, against the whole provider, what the certification plans do. What comes back is checked by coreos/go-oidc, golang.org/x/oauth2 and the standard library, and by nothing of the provider's.
func TestConformance(t *testing.T) {
	listed, ran := conformanceList(t), map[string]bool{}
	for _, p := range plans {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			run := backendtest.Start(t)
			for _, name := range listed[p.name] {
				check := p.modules[name]
				if check == nil {
					t.Errorf("no test for the module %s", name)
					continue
				}
				t.Run(name, func(t *testing.T) { check(t, &plan{run.For(t), p.mode}) })
			}
			if len(p.modules) > len(listed[p.name]) {
				t.Errorf("%d modules are here and %d in the list", len(p.modules), len(listed[p.name]))
			}
		})
		ran[p.name] = true
	}
	for name := range listed {
		if !ran[name] {
			t.Errorf("no test for the plan %s", name)
		}
	}
}

// conformanceList reads the modules of each plan, in order.
func conformanceList(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	out, current := map[string][]string{}, ""
	for line := range strings.Lines(string(raw)) {
		name := strings.TrimSpace(line)
		switch other, same := strings.CutPrefix(name, "as "); {
		case name == "" || strings.HasPrefix(name, "#"):
		case !strings.HasPrefix(line, "\t"):
			current = name
		case same:
			out[current] = out[other]
		default:
			out[current] = append(out[current], name)
		}
	}
	return out
}
