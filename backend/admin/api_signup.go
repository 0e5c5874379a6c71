package admin

import "hearthkey/backend/idp"

// SignUp is how signing a tailnet up with this issuer stands, with all that the owner needs on the way. Before StartSignUp only Problem, Domains and the addresses of Tailscale's pages are filled.
type SignUp struct {
	idp.SignUp
	Problem string `json:"problem"` // why Tailscale could not sign anybody in through this issuer now: a sentence, "" when it could
	Name    string `json:"name"`    // of who signs up
	App     string `json:"app"`     // its name in the list of apps

	Made      []Todo         `json:"made"`      // what Tailscale looks for, in the order in which it does: who signs up, the app, the domain
	WebFinger WebFingerCheck `json:"webFinger"` // the last look at the domain from outside
	Publisher WebFingerRow   `json:"publisher"` // the domain in the list

	People   []SignUpPerson `json:"people"` // everybody who is not switched off, who signs up first
	Everyone bool           `json:"everyone"`
	Groups   []string       `json:"groups"` // names of the groups whose members may join beside those who are named

	Secret idp.ClientSecret `json:"secret"` // the newest of the app's, its ID "" while there is none
	Fields []SignUpField    `json:"fields"` // of Tailscale's form, in its order

	SignedInAt idp.Time `json:"signedInAt"` // when Tailscale was first told of who signs up; 0 before that. From then on the address is guarded
	SignedOut  bool     `json:"signedOut"`  // they were signed out here since
	VerifiedAt idp.Time `json:"verifiedAt"` // when they signed in to Tailscale once more after that; 0 before
	Trouble    string   `json:"trouble"`    // what went wrong since the last sign-in that worked, "" for nothing

	Checklist []Todo   `json:"checklist"` // what keeps people from being locked out
	Support   string   `json:"support"`   // a letter to Tailscale's support, for a tailnet that is there already
	Card      []string `json:"card"`      // how to get in, a line each, for people who are no experts

	StartURL    string `json:"startUrl"`    // Tailscale's form
	ConsoleURL  string `json:"consoleUrl"`  // its admin console
	SupportURL  string `json:"supportUrl"`  // its support's form for sign-in
	DownloadURL string `json:"downloadUrl"` // of Tailscale itself
}

// SignUpPerson is somebody who may join the tailnet, or could.
type SignUpPerson struct {
	UserID   string   `json:"userId"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Signer   bool     `json:"signer"`   // signs the tailnet up, so belongs to it
	Allowed  bool     `json:"allowed"`  // may use the app now
	Here     bool     `json:"here"`     // has an e-mail address at the domain
	Said     string   `json:"said"`     // what stands in the way and what to do, "" for nothing
	JoinedAt idp.Time `json:"joinedAt"` // when Tailscale was last told of them, 0 for never
}

// SignUpField is one field of Tailscale's form, or one press of a button there.
type SignUpField struct {
	Key   string `json:"key"`   // email, type, issuer, client_id, secret, prompts, submit
	Name  string `json:"name"`  // as the form calls it
	Value string `json:"value"` // to be copied into it; "" where nothing is, and for the secret
	Said  string `json:"said"`  // what to do there
}

// SignUpInput begins to sign a tailnet up.
type SignUpInput struct {
	Email string `json:"email"`
	// Person is who gets the address where nobody has it: owner, or new for a user of its own. "" where somebody has it, or the owner has none yet.
	Person string `json:"person"`
}
