package idp

// SignUp is the tailnet whose people sign in to Tailscale through this issuer, from the moment the owner begins to sign it up. Tailscale calls it custom OIDC. The zero SignUp is none.
type SignUp struct {
	Email     string `json:"email"`  // with which it is signed up: Tailscale compares it with the claim of that name
	Domain    string `json:"domain"` // of Email, as DNS has it: where Tailscale asks for WebFinger
	UserID    string `json:"userId"` // who signs it up, and owns the tailnet from then on
	ClientID  string `json:"clientId"`
	StartedAt Time   `json:"startedAt"`
}

// Begun says whether there is one.
func (s SignUp) Begun() bool { return s.Email != "" }
