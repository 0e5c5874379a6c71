package oidc_test

import (
	"context"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
)

// An app for which the owner wants a passkey each time asks for it by every request, with prompt=none too.
func TestReauthenticate(t *testing.T) {
	h := newHome(t)
	strict, _ := h.addApp(idp.Client{Name: "Strict", Reauthenticate: true})
	for _, tt := range []struct {
		app    idp.Client
		prompt string
		want   oidc.Prompt
	}{
		{h.app, "", oidc.Prompt{}},
		{h.app, "none", oidc.Prompt{None: true}},
		{strict, "", oidc.Prompt{Login: true}},
		{strict, "none", oidc.Prompt{None: true, Login: true}},
		{strict, "consent", oidc.Prompt{Login: true, Consent: true}},
	} {
		req, err := parse(h, request(tt.app.ID, "prompt", tt.prompt))
		if err != nil || req.Prompt != tt.want {
			t.Errorf("%s, prompt %q: %+v, %v; want %+v", tt.app.Name, tt.prompt, req, err, tt.want)
		}
	}
}

// The network rule looks at where the browser is, before consent and in the transaction that makes the code.
func TestNetworkRuleAtAuthorize(t *testing.T) {
	h := newHome(t)
	inside, _ := h.addApp(idp.Client{Name: "Inside", NetworkRule: idp.NetworkTailnetOnly})
	req, err := parse(h, request(inside.ID))
	if err != nil {
		t.Fatal(err)
	}
	for network, want := range map[idp.Network]idp.Reason{idp.NetworkPublic: idp.NotOnTailnet, "": idp.NotOnTailnet, idp.NetworkTailnet: idp.Allowed, idp.NetworkLocal: idp.Allowed} {
		v := idp.Visitor{Network: network}
		if reason, err := h.provider.MayUse(context.Background(), h.ann.ID, inside.ID, h.session, v); reason != want || err != nil {
			t.Errorf("asked from %q: %q, %v; want %q", network, reason, err, want)
		}
		code, reason, err := h.provider.IssueCode(context.Background(), req, h.session, v)
		if reason != want || err != nil || (code == "") != (want != idp.Allowed) {
			t.Errorf("a code from %q: %q, %q, %v; want %q", network, code, reason, err, want)
		}
	}
}
