package oidc_test

import (
	"context"
	"testing"

	"hearthkey/backend/idp"
)

// thirdPartyModules are the modules of the plan for logins that begin at the provider (OIDC Core §4).
var thirdPartyModules = map[string]module{
	"initiate-login-uri-not-https": initiateLoginNotHTTPS,
}

// initiateLoginNotHTTPS: such an address cannot be registered.
func initiateLoginNotHTTPS(t *testing.T, run *plan) {
	in := run.App().Input
	for _, uri := range []string{"http://photos.home.example/begin", "javascript:alert(1)", "photos://begin", "https:begin"} {
		in.InitiateLoginURI = uri
		_, err := run.Admin.CreateClient(context.Background(), in)
		if idp.CodeOf(err) != idp.Invalid {
			t.Errorf("%s: %v", uri, err)
		}
	}
	in.InitiateLoginURI = "https://photos.home.example/begin"
	if _, err := run.Admin.CreateClient(context.Background(), in); err != nil {
		t.Errorf("https: %v", err)
	}
}
