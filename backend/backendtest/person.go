package backendtest

import (
	"context"
	"fmt"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/passkey/passkeytest"
)

// Person is somebody with a passkey.
type Person struct {
	idp.User
	Authenticator *passkeytest.Authenticator
}

// Person makes a person and enrols them by an invite link, with a passkey of the algorithm ES256. The functions change what the owner types; user name and address are new each time.
func (p *Provider) Person(change ...func(*admin.UserInput)) *Person {
	p.Helper()
	return p.PersonWith(passkeytest.ES256, change...)
}

// PersonWith is Person with a passkey of another algorithm: passkeytest.EdDSA, RS256.
func (p *Provider) PersonWith(algorithm int64, change ...func(*admin.UserInput)) *Person {
	p.Helper()
	name := fmt.Sprintf("emil%d", p.made.Add(1))
	in := admin.UserInput{UserName: name, Name: "Emil Lindqvist", GivenName: "Emil", FamilyName: "Lindqvist", Email: name + "@home.example"}
	for _, c := range change {
		c(&in)
	}
	u, err := p.Admin.CreateUser(context.Background(), in)
	p.must(err)
	return p.Enrol(u, passkeytest.New(algorithm))
}

// Owner enrols the owner. It makes one more passkey at each call.
func (p *Provider) Owner() *Person {
	p.Helper()
	return p.Enrol(p.owner, passkeytest.New(passkeytest.ES256))
}

// Enrol gives a person a passkey in an authenticator, by an invite link opened in a browser that is not used again.
func (p *Provider) Enrol(u idp.User, with *passkeytest.Authenticator) *Person {
	p.Helper()
	invite, err := p.Admin.Invite(context.Background(), u.ID)
	p.must(err)
	p.must(p.Browser().script(with).Enrol(invite.URL))
	return &Person{u, with}
}

// Browser is a new browser of this person's, with nobody signed in.
func (who *Person) Browser(p *Provider) *Browser {
	p.Helper()
	b := p.Browser()
	b.Person = who
	return b
}
