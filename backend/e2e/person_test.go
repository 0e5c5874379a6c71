//go:build e2e || tailnet

package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"testing"

	"hearthkey/backend/backendtest"
	"hearthkey/backend/passkey/passkeytest"
)

// newPerson is somebody with an authenticator who speaks HTTP as the pages' script does, for tests that need many people or another network.
func newPerson(t testing.TB, client *http.Client, issuer string) *backendtest.Script {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	with := *client
	with.Jar = jar
	return &backendtest.Script{Client: &with, Issuer: issuer, Authenticator: passkeytest.New(passkeytest.ES256)}
}
