package passkey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// algorithms are the COSE algorithms that passkeys may have, in the order of preference (WebAuthn §5.4, pubKeyCredParams).
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

// Config is what a Relying needs. Home is the name that authenticators show.
type Config struct {
	Store *store.Store
	Clock idp.Clock
	Pin   idp.Pin
	Home  string
}

// Relying is the WebAuthn relying party of one pinned issuer. A changed pin needs a new one.
type Relying struct {
	store      *store.Store
	clock      idp.Clock
	pin        idp.Pin
	home       string
	web        *webauthn.WebAuthn
	decoy      idp.Passkey
	ceremonies *ceremonies
	worked     func(step string) // tests count the steps of a sign-in by it
}

// Options begin a ceremony in the browser. As JSON they are what the page's script reads: publicKey goes into PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON, and ceremony comes back with the answer.
type Options struct {
	ID   string          `json:"ceremony"`
	JSON json.RawMessage `json:"publicKey"`
}

// New makes the relying party of the pin: its RP ID, and its issuer as the only origin.
func New(c Config) (*Relying, error) {
	if c.Home == "" {
		c.Home = "Hearthkey"
	}
	web, err := newWeb(c, c.Pin.RPID)
	if err != nil {
		return nil, err
	}
	decoy, err := newDecoy()
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return &Relying{store: c.Store, clock: c.Clock, pin: c.Pin, home: c.Home, web: web, decoy: decoy, ceremonies: newCeremonies(c.Clock), worked: func(string) {}}, nil
}

// newWeb is the library's relying party for one RP ID: the issuer's, or that of a former host, whose passkeys are used on the issuer's pages too.
func newWeb(c Config, rpID string) (*webauthn.WebAuthn, error) {
	timeout := webauthn.TimeoutConfig{Timeout: ceremonyLife, TimeoutUVD: ceremonyLife} // enforced by the ceremonies' clock
	web, err := webauthn.New(&webauthn.Config{
		RPID: rpID, RPDisplayName: c.Home, RPOrigins: []string{c.Pin.Issuer},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Password managers answer extensions that nobody asked for; they are ignored, as WebAuthn §7.1 step 19 and §7.2 step 20 allow.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys of %s for %s: %w", rpID, c.Pin.Issuer, err)
	}
	return web, nil
}

// newDecoy makes a passkey that nobody holds, for verifying answers of unknown passkeys against.
func newDecoy() (idp.Passkey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return idp.Passkey{}, err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return idp.Passkey{}, err
	}
	cose, err := marshalES256(point[1:33], point[33:])
	return idp.Passkey{PublicKey: cose, Algorithm: int64(webauthncose.AlgES256)}, err
}

// begin keeps the ceremony and encodes its options.
func (r *Relying) begin(c ceremony, publicKey any) (Options, error) {
	encoded, err := json.Marshal(publicKey)
	if err != nil {
		return Options{}, fmt.Errorf("encode the options: %w", err)
	}
	return Options{ID: r.ceremonies.add(c), JSON: encoded}, nil
}

// take ends the wait of a ceremony; idp.Expired when there is none of that kind by that ID.
func (r *Relying) take(id string, purposes ...purpose) (*ceremony, error) {
	c := r.ceremonies.take(id)
	for _, p := range purposes {
		if c != nil && c.purpose == p {
			return c, nil
		}
	}
	return nil, idp.Fail(idp.Expired, "passkey.expired")
}
