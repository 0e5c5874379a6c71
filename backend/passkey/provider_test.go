package passkey

import (
	"regexp"
	"testing"

	"hearthkey/backend/idp"
)

func TestProviderOf(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	for aaguid, name := range providers {
		if !shape.MatchString(aaguid) || name == "" {
			t.Errorf("%q: %q", aaguid, name)
		}
	}
	for name, aaguid := range map[string]string{"Proton Pass": "ProtonPassProton", "Samsung Pass": "SAMSUNG" + string(make([]byte, 9)), "": string(make([]byte, 16))} {
		if got := providerOf([]byte(aaguid)); got != name {
			t.Errorf("%x: %q, want %q", aaguid, got, name)
		}
	}
	if got := providerOf([]byte("short")); got != "" {
		t.Errorf("a short AAGUID is %q", got)
	}
}

func TestNameOf(t *testing.T) {
	for want, p := range map[string]idp.Passkey{
		"Bitwarden":    {Provider: "Bitwarden", Transports: []string{"usb"}},
		"Security key": {Transports: []string{"nfc", "usb"}, Attachment: "cross-platform"},
		"Phone":        {Transports: []string{"hybrid", "internal"}, Attachment: "cross-platform"},
		"Passkey":      {Transports: []string{"internal"}, Attachment: "platform"},
	} {
		if got := nameOf(p); got != want {
			t.Errorf("%+v is named %q, want %q", p, got, want)
		}
	}
}
