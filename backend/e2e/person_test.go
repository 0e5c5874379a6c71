//go:build e2e || tailnet

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"hearthkey/backend/passkey/passkeytest"
)

// person is somebody with an authenticator who speaks HTTP as the pages' script does, for tests that need many people or another network.
type person struct {
	t             testing.TB
	client        *http.Client
	issuer        string
	authenticator *passkeytest.Authenticator
}

func newPerson(t testing.TB, client *http.Client, issuer string) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	with := *client
	with.Jar = jar
	return &person{t: t, client: &with, issuer: issuer, authenticator: passkeytest.New(-7)}
}

// post sends JSON as a page of the issuer's would, and decodes the answer.
func (p *person) post(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, p.issuer+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", p.issuer)
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", path, res.Status, raw)
	}
	return json.Unmarshal(raw, out)
}

// enrol makes a passkey by an invite link. Without an error it is acknowledged: it must last.
func (p *person) enrol(invite string) error {
	path := strings.TrimPrefix(invite, p.issuer)
	var begun struct {
		Ceremony string          `json:"ceremony"`
		Options  json.RawMessage `json:"publicKey"`
	}
	if err := p.post(path+"/options", struct{}{}, &begun); err != nil {
		return err
	}
	response, err := p.authenticator.Create(begun.Options, p.issuer)
	if err != nil {
		return err
	}
	var done struct {
		Next string `json:"next"`
	}
	return p.post(path+"/passkey", map[string]any{"ceremony": begun.Ceremony, "response": json.RawMessage(response)}, &done)
}
