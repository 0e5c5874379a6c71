package admin

import "hearthkey/backend/idp"

// Guard is what keeps people from being locked out, as far as the owner has to look after it.
type Guard struct {
	// Ask: it is time to ask whether this issuer signs people in to the very tailnet that carries it.
	Ask bool `json:"ask"`
	// PasskeyAdmin: the owner says that an admin of the tailnet signs in to Tailscale with a passkey.
	PasskeyAdmin bool `json:"passkeyAdmin"`
	// OneClick names the apps whose owner chose sign-in by Tailscale login: refused while Status.Carrier is yes.
	OneClick []string `json:"oneClick"`
	// Machine is the node's page in Tailscale's admin console, "" until it has joined.
	Machine string `json:"machine"`
	// Key and Certificate are the node's.
	Key         Ending `json:"key"`
	Certificate Ending `json:"certificate"`
	// Notice is the worst of the warnings, for tray and notification; its Key is "" when there is none.
	Notice Notice `json:"notice"`
}

// Ending is something of the node that ends.
type Ending struct {
	Ends   idp.Time `json:"ends"`   // zero: never, or there is none
	Level  string   `json:"level"`  // "" while there is nothing to do, warn, danger
	Title  string   `json:"title"`  // what is about to happen, "" without a Level
	Detail string   `json:"detail"` // what it means and what to do
}

// Notice is a warning that is given once.
type Notice struct {
	Key   string `json:"key"` // another one each time that it is worth saying again
	Title string `json:"title"`
	Body  string `json:"body"`
}

// LogOutEffects is what leaving the tailnet breaks.
type LogOutEffects struct {
	Lines []string `json:"lines"` // sentences, worst first
	Typed string   `json:"typed"` // the host name, to be typed first where people may be locked out of Tailscale itself; else ""
}
