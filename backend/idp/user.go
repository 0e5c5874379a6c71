package idp

// User is a person who can sign in. Its ID is the `sub` of every token and the WebAuthn user handle; it is random and never given to anybody else.
type User struct {
	ID            string `json:"id"`
	UserName      string `json:"userName"` // preferred_username; unique under NFKC case folding
	Name          string `json:"name"`
	GivenName     string `json:"givenName"`
	FamilyName    string `json:"familyName"`
	Email         string `json:"email"`         // "" when none; unique under NFKC case folding
	EmailVerified bool   `json:"emailVerified"` // true only for an address that the owner typed or confirmed
	Locale        string `json:"locale"`        // BCP 47, "" when not known
	Claims        string `json:"claims"`        // custom claims, a JSON object
	Owner         bool   `json:"owner"`
	CreatedAt     Time   `json:"createdAt"`
	UpdatedAt     Time   `json:"updatedAt"`
	DisabledAt    Time   `json:"disabledAt"` // 0 when enabled

	NetworkRule NetworkRule `json:"networkRule"` // where from they may sign in; their groups may be stricter
}

// Disabled says whether the owner has switched this person off.
func (u User) Disabled() bool { return u.DisabledAt != 0 }

// Group is a set of people who may use the same apps; its name is what the `groups` claim carries.
type Group struct {
	ID        string `json:"id"`
	Name      string `json:"name"` // unique under NFKC case folding
	Claims    string `json:"claims"`
	CreatedAt Time   `json:"createdAt"`
	UpdatedAt Time   `json:"updatedAt"`

	NetworkRule NetworkRule `json:"networkRule"` // where from its members may sign in
}
