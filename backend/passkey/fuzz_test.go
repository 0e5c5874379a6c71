package passkey

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"

	"github.com/go-webauthn/webauthn/protocol"
)

// parts are what an answer is made of; the fuzzer changes them inside their encoding.
type parts struct {
	ID       string `json:"id"`
	RawID    string `json:"rawId"`
	Type     string `json:"type"`
	Response struct {
		ClientData  base64URL `json:"clientDataJSON"`
		Attestation base64URL `json:"attestationObject,omitempty"`
		AuthData    base64URL `json:"authenticatorData,omitempty"`
		Signature   base64URL `json:"signature,omitempty"`
		UserHandle  base64URL `json:"userHandle,omitempty"`
	} `json:"response"`
}

type base64URL []byte

func (b base64URL) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

func (b *base64URL) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.DecodeString(string(text))
	return err
}

// FuzzFinish gives arbitrary answers to a ceremony: none may crash, verify or enrol. The seeds are good answers to other ceremonies. It stays off the store, which would be most of the time.
func FuzzFinish(f *testing.F) {
	k := newKit(f)
	rose := k.user("rose")
	for _, alg := range []int64{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
		a := passkeytest.New(alg)
		for create, begin := range map[bool]func() (Options, error){
			true:  func() (Options, error) { return k.BeginEnrol(k.ctx(), rose, "192.0.2.1") },
			false: func() (Options, error) { return k.BeginSignIn(k.ctx(), "192.0.2.1") },
		} {
			o, err := begin()
			k.must(err)
			answer := a.Get
			if a.UserHandle = []byte(rose.ID); create {
				answer = a.Create
			}
			raw, err := answer(o.JSON, origin)
			k.must(err)
			var p parts
			k.must(json.Unmarshal(raw, &p))
			f.Add([]byte(p.Response.ClientData), []byte(p.Response.Attestation), []byte(p.Response.AuthData), []byte(p.Response.Signature))
		}
	}
	open := func(o Options, err error) *ceremony {
		k.must(err)
		return k.ceremonies.take(o.ID)
	}
	signIn, enrol := open(k.BeginSignIn(k.ctx(), "192.0.2.1")), open(k.BeginEnrol(k.ctx(), rose, "192.0.2.1"))
	k.worked = func(string) {}
	f.Fuzz(func(t *testing.T, client, attestation, authData, signature []byte) {
		p := parts{ID: "AAAA", RawID: "AAAA", Type: "public-key"}
		p.Response.ClientData, p.Response.Attestation, p.Response.AuthData, p.Response.Signature, p.Response.UserHandle = client, attestation, authData, signature, []byte(rose.ID)
		body, err := json.Marshal(p)
		check(t, err)
		k.fuzzSignIn(t, signIn, rose, body)
		k.fuzzEnrol(t, enrol, rose, body)
	})
}

func (k *kit) fuzzSignIn(t *testing.T, c *ceremony, u idp.User, body []byte) {
	answer, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return
	}
	who := SignedIn{User: u, Passkey: k.decoy}
	who.Passkey.CredentialID = answer.RawID
	if k.verify(k.web, c, answer, who) {
		t.Error("an answer verified")
	}
}

func (k *kit) fuzzEnrol(t *testing.T, c *ceremony, u idp.User, body []byte) {
	answer, err := protocol.ParseCredentialCreationResponseBytes(body)
	if err != nil {
		return
	}
	if _, err := json.Marshal(k.passkeyOf(answer, u)); err != nil {
		t.Error(err)
	}
	if k.check(c, answer, u) == nil {
		t.Error("an answer enrolled")
	}
}
