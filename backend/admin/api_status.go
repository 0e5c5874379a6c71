package admin

import "hearthkey/backend/idp"

// Status is the state of the whole provider.
type Status struct {
	Version     string       `json:"version"`
	Home        string       `json:"home"`
	Pin         idp.Pin      `json:"pin"`
	Tunnel      idp.Tunnel   `json:"tunnel"`
	State       string       `json:"state"`   // set_up, trial, online_public, tailnet_only, starting, attention, paused, stopped
	Pause       idp.Pause    `json:"pause"`   // of sign-in from the internet, zero while none holds
	Problem     string       `json:"problem"` // a sentence when State is attention, else ""
	Owner       *idp.User    `json:"owner"`   // null before SetUp
	OwnerReady  bool         `json:"ownerReady"`
	PhoneInvite bool         `json:"phoneInvite"` // a phone can open an invite link: not in the trial
	Users       int          `json:"users"`
	Passkeys    int          `json:"passkeys"`
	Clients     int          `json:"clients"`
	TrialOnly   int          `json:"trialOnly"` // passkeys of a trial that is over
	Stranded    int          `json:"stranded"`  // enabled people who have passkeys, all bound to other hosts than the issuer's
	Mismatch    *Mismatch    `json:"mismatch"`  // null while the node has the issuer's name
	Former      []FormerHost `json:"former"`    // the one left last first
	SignIns     int          `json:"signIns"`   // in the last 30 days
	StartedAt   idp.Time     `json:"startedAt"`
	DataDir     string       `json:"dataDir"`
	KeyStorage  string       `json:"keyStorage"` // keychain, passphrase, file
	KeyWarning  string       `json:"keyWarning"` // a sentence, "" when none
	Todo        []Todo       `json:"todo"`

	Approvals int `json:"approvals"` // requests that wait for the owner

	Carrier string    `json:"carrier"` // the issuer signs people in to the very tailnet that carries it: yes, no, "" before the owner has said
	Guard   Guard     `json:"guard"`
	Awake   idp.Awake `json:"awake"`

	WebFinger Notice `json:"webFinger"` // the first domain whose WebFinger is out of order, for tray and notification; its Key is "" when there is none

	Reach []idp.Reach `json:"reach"` // this machine, the tailnet, the internet, as last measured

	Connect []ConnectStep `json:"connect"` // how far the way to the internet is; empty while no tailnet is asked for
}

// Todo is a line of the Overview's checklist.
type Todo struct {
	Key    string `json:"key"`    // owner_passkey, second_passkey, trial_passkeys, moved_people, single_passkeys, key_file, key_expiry, certificate_expiry, carrier_admin, carrier_admin_there, carrier_node, carrier_node_lasts, first_app, sign_up, app_nobody, secret_none, secret_expiry, secret_old, webfinger_drift, webfinger_fails, enable_https, enable_funnel
	Level  string `json:"level"`  // ok, warn, danger
	Title  string `json:"title"`  // what happened
	Detail string `json:"detail"` // what it means and what to do
	Link   string `json:"link"`   // page of the window that mends it: "users/usr_...", "apps", "settings", ""
}

// SetUp is the first step of the wizard.
type SetUp struct {
	Home     string `json:"home"`
	Name     string `json:"name"`
	UserName string `json:"userName"`
	Email    string `json:"email"`
}
