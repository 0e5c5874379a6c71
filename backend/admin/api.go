package admin

import (
	"context"

	"hearthkey/backend/idp"
)

// API is all that the owner can do. It has two implementations: *Admin, in the process that holds the data, and the control socket's client, in any other (the window beside a running hearthkeyd, the command line).
// Every method has a binding in app and a command in hearthkeyd, or is named in the test that compares the three.
//
// Methods answer idp.Error for what the owner can mend; every change and its activity event are one transaction, durable before the answer.
type API interface {
	// Status is the state of everything the Overview shows. It never blocks on the network.
	Status(ctx context.Context) (Status, error)
	// WaitForChange answers the number of the newest change as soon as it is above since, or since itself after about 20 seconds. Windows call it in a loop and read again what they show.
	WaitForChange(ctx context.Context, since int64) (int64, error)

	// CheckReach measures now whether this machine, the tailnet and the internet get in, and answers when that is done: a quarter of a minute at most.
	CheckReach(ctx context.Context) (Status, error)
	// ReachHistory is how they did in the last 30 days.
	ReachHistory(ctx context.Context) (ReachHistory, error)

	// SetUp names the home and makes the owner's user. It may be called again, to correct, until the owner has a passkey.
	SetUp(ctx context.Context, in SetUp) (idp.User, error)
	// StartTrial pins http://localhost on a port, 0 for 1411, and serves it. Conflict when another issuer is pinned; conflict on port, naming the next free one as argument next, when another program has it.
	StartTrial(ctx context.Context, port int) (Status, error)
	// ConnectTailnet joins the tailnet under a host name; Status.Tunnel then tells the login URL and how far it is. Nothing is pinned yet.
	ConnectTailnet(ctx context.Context, in ConnectTailnet) error
	// Doctor says what the tailnet has to allow, with the page and the policy text for what it does not. It never blocks on the network, and is other after a change.
	Doctor(ctx context.Context) (Doctor, error)
	// PinHostName makes the name that the node has now the issuer and RP ID for good, ends the trial if there is one, and serves it. name is that full name, as shown to the owner: invalid when the node has another by now.
	PinHostName(ctx context.Context, name string) (Status, error)
	// TakeBackName asks the tailnet once more for the name that the issuer has; Status.Mismatch is null when it is back.
	TakeBackName(ctx context.Context) error
	// MovePlan says what moving the issuer to another host takes, and changes nothing. to is that host: the name that the node has now, which "" stands for, or one of the owner's own. Conflict when it is the issuer already.
	MovePlan(ctx context.Context, to string) (MovePlan, error)
	// MoveIssuer makes another host the issuer, ends every sign-in and invites everybody whose passkeys stay behind. Invalid when the host is not the one to be had any more, and on confirm when it was not typed.
	MoveIssuer(ctx context.Context, in MoveInput) (Moved, error)
	// Reinvite makes the list of a move anew: invites, good for 1 to 7 days, for everybody whose passkeys are all bound to other hosts; their earlier ones end.
	Reinvite(ctx context.Context, days int) (Moved, error)
	// ForgetHost lets go of a former host: it is answered no more, and passkeys that are bound to it are of no use.
	ForgetHost(ctx context.Context, host string) error
	// Domain is how the own-domain mode stands, with the lines for the owner's reverse proxy, or what is proposed for it.
	Domain(ctx context.Context) (Domain, error)
	// PinDomain makes a name of the owner's own the issuer and RP ID for good, ends the trial if there is one, and serves it to the owner's reverse proxy. Conflict when another https issuer is pinned.
	PinDomain(ctx context.Context, in DomainInput) (Status, error)
	// SetDomain changes where the proxy finds Hearthkey and which proxies are trusted. The name stays.
	SetDomain(ctx context.Context, in DomainInput) (Status, error)
	// CheckDomain visits the owner's own name as anybody would, and says what is wrong on the way, with the lines that mend it. It takes up to 15 seconds.
	CheckDomain(ctx context.Context) (DomainCheck, error)
	// SetFunnel switches between the internet and the tailnet alone (true and false).
	SetFunnel(ctx context.Context, on bool) (Status, error)
	// LogOutTailnet takes the node off its tailnet and removes its keys. The pin stays.
	LogOutTailnet(ctx context.Context) error
	// LogOutEffects is what LogOutTailnet would break now.
	LogOutEffects(ctx context.Context) (LogOutEffects, error)
	// RenewNodeKey asks Tailscale for a page to log the node in again, which then stands in Status.Tunnel.LoginURL. The node goes on serving meanwhile. Unavailable while it has not joined.
	RenewNodeKey(ctx context.Context) error
	// SetCarrier answers whether this issuer signs people in to the very tailnet that carries it: yes or no.
	SetCarrier(ctx context.Context, answer string) (Status, error)
	// SetPasskeyAdmin notes whether an admin of the tailnet signs in to Tailscale with a passkey, as the owner says.
	SetPasskeyAdmin(ctx context.Context, there bool) (Status, error)
	// SetKeepAwake says whether this machine is kept from going to sleep by itself while on mains power.
	SetKeepAwake(ctx context.Context, on bool) (Status, error)

	// Users lists people by name; query filters by part of name, user name or e-mail.
	Users(ctx context.Context, query string) ([]UserRow, error)
	User(ctx context.Context, id string) (UserDetail, error)
	CreateUser(ctx context.Context, in UserInput) (idp.User, error)
	UpdateUser(ctx context.Context, id string, in UserInput) (idp.User, error)
	// SetUserDisabled switches a person off or on; off ends their sessions and grants at once.
	SetUserDisabled(ctx context.Context, id string, disabled bool) error
	// DeleteUser removes a person with passkeys, sessions and grants. Their names stay reserved.
	DeleteUser(ctx context.Context, id string) error
	// Invite makes a single-use enrolment link for a person; earlier open ones end.
	Invite(ctx context.Context, userID string) (InviteLink, error)
	// RevokeInvites ends a person's open links.
	RevokeInvites(ctx context.Context, userID string) error
	RenamePasskey(ctx context.Context, id, name string) error
	RemovePasskey(ctx context.Context, id string) error
	// EndSession revokes one session with all that came from it.
	EndSession(ctx context.Context, id string) error
	// EndSessions revokes all sessions of a person.
	EndSessions(ctx context.Context, userID string) error
	// RevokeConsent forgets a person's yes to an app and ends that app's grants for them.
	RevokeConsent(ctx context.Context, userID, clientID string) error

	Groups(ctx context.Context) ([]GroupRow, error)
	CreateGroup(ctx context.Context, in GroupInput) (idp.Group, error)
	UpdateGroup(ctx context.Context, id string, in GroupInput) (idp.Group, error)
	DeleteGroup(ctx context.Context, id string) error

	// Clients lists apps by name; query filters by part of name or client ID.
	Clients(ctx context.Context, query string) ([]ClientRow, error)
	Client(ctx context.Context, id string) (ClientDetail, error)
	// CreateClient registers an app. The secret is in the answer and nowhere else.
	CreateClient(ctx context.Context, in ClientInput) (NewClient, error)
	UpdateClient(ctx context.Context, id string, in ClientInput) (ClientDetail, error)
	// AddSecret adds a secret, shown once, and says how long the earlier ones go on.
	AddSecret(ctx context.Context, clientID string, in SecretInput) (NewSecret, error)
	RemoveSecret(ctx context.Context, secretID string) error
	SetClientDisabled(ctx context.Context, id string, disabled bool) error
	DeleteClient(ctx context.Context, id string) error
	// Preview is what an app would be told of a person, and whether the person would be let in: claims, never a signed token.
	Preview(ctx context.Context, in PreviewInput) (Preview, error)

	// CustomClaims lists the names of the custom claims in use, with the scope each belongs to.
	CustomClaims(ctx context.Context) ([]CustomClaim, error)
	// SetClaimScope says which scope (openid, profile, email or groups) lets apps see a custom claim.
	SetClaimScope(ctx context.Context, claim, scope string) error

	// SigningKeys lists the keys that sign tokens: next, current, retired.
	SigningKeys(ctx context.Context) (SigningKeys, error)
	// RotateSigningKey makes the next key of an algorithm (RS256, ES256, EdDSA) the current one now. Conflict when apps have not had a day to fetch it, unless atOnce.
	RotateSigningKey(ctx context.Context, algorithm string, atOnce bool) (SigningKeys, error)
	// WithdrawSigningKey takes a retired key out of the key set: tokens and hints that it signed count no more.
	WithdrawSigningKey(ctx context.Context, id string) (SigningKeys, error)
	// SetKeyRotation says after how many days the next key takes over, 7 to 730.
	SetKeyRotation(ctx context.Context, days int) (SigningKeys, error)

	// PausePublic lets nobody begin a sign-in from the internet, for some minutes or, with 0, until ResumePublic. What apps ask for themselves, sign-outs and the tailnet go on. Conflict where nobody can come from the internet.
	PausePublic(ctx context.Context, minutes int) (Status, error)
	// ResumePublic ends the pause, if there is one.
	ResumePublic(ctx context.Context) (Status, error)

	// TailnetPeople lists the Tailscale logins that the node sees and those that are linked to users, with a suggestion where the login is a user's verified e-mail address.
	TailnetPeople(ctx context.Context) (TailnetPeople, error)
	// LinkTailnetLogin makes a login that the node sees a user's; conflict when it is somebody's already.
	LinkTailnetLogin(ctx context.Context, userID, tailscaleID string) error
	// UnlinkTailnetLogin takes a login from its user, and ends what came by it: sign-ins, and requests that wait.
	UnlinkTailnetLogin(ctx context.Context, tailscaleID string) error
	// Approvals lists the requests that wait for the owner, oldest first.
	Approvals(ctx context.Context) ([]ApprovalRow, error)
	// Approve lets the browser that asked have what it asked for, once and within 15 minutes. Expired when the request is over.
	Approve(ctx context.Context, id string) error
	// Deny turns a request away. Expired when it is over.
	Deny(ctx context.Context, id string) error
	// SetEnrolAtOnce says whether people with a linked Tailscale login make their first passkey without waiting for Approve, at apps that allow it.
	SetEnrolAtOnce(ctx context.Context, on bool) error

	// WebFingerDomains lists the domains whose WebFinger names the issuer, by name.
	WebFingerDomains(ctx context.Context) ([]WebFingerRow, error)
	// WebFingerDomain is all that there is to say of one.
	WebFingerDomain(ctx context.Context, domain string) (WebFingerDetail, error)
	// AddWebFingerDomain puts a domain on the list, and answers for it at the issuer's own endpoint. Nothing is published yet. Conflict when it is there.
	AddWebFingerDomain(ctx context.Context, in WebFingerInput) (WebFingerDetail, error)
	// SetWebFingerDomain changes whom a domain's WebFinger answers for. What is published stays as it is.
	SetWebFingerDomain(ctx context.Context, in WebFingerInput) (WebFingerDetail, error)
	// RemoveWebFingerDomain takes a domain off the list, with its publisher's credentials. What is published stays there.
	RemoveWebFingerDomain(ctx context.Context, domain string) error

	// SignUp is how signing a tailnet up with this issuer stands, with all that the owner needs on the way.
	SignUp(ctx context.Context) (SignUp, error)
	// StartSignUp makes what a sign-up at Tailscale needs here: a user with exactly that address, the app, the domain in the list. Invalid on person where the owner has to say who gets the address.
	StartSignUp(ctx context.Context, in SignUpInput) (SignUp, error)
	// SetSignUpPeople says who may join the tailnet, beside who signs up. Invalid when somebody's address is at another domain.
	SetSignUpPeople(ctx context.Context, userIDs []string) (SignUp, error)
	// SignUpSecret makes the client secret that Tailscale is given, in place of those that were never used.
	SignUpSecret(ctx context.Context) (NewSecret, error)
	// EndSignUpSessions signs out here who signed the tailnet up, so that signing in once more proves something.
	EndSignUpSessions(ctx context.Context) (SignUp, error)
	// ForgetSignUp lets go of the tailnet: its user's address, its app and its domain are guarded no more. typed is the domain, as shown to the owner.
	ForgetSignUp(ctx context.Context, typed string) error

	// Activity lists events, newest first.
	Activity(ctx context.Context, q ActivityQuery) (ActivityPage, error)
	// VerifyActivity checks the whole chain.
	VerifyActivity(ctx context.Context) (ChainReport, error)
}

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

	Carrier string      `json:"carrier"` // the issuer signs people in to the very tailnet that carries it: yes, no, "" before the owner has said
	Guard   Guard       `json:"guard"`
	Awake   idp.Awake   `json:"awake"`
	Reach   []idp.Reach `json:"reach"` // this machine, the tailnet, the internet, as last measured

	Connect []ConnectStep `json:"connect"` // how far the way to the internet is; empty while no tailnet is asked for
}

// Todo is a line of the Overview's checklist.
type Todo struct {
	Key    string `json:"key"`    // owner_passkey, second_passkey, trial_passkeys, moved_people, single_passkeys, key_file, key_expiry, certificate_expiry, carrier_admin, carrier_admin_there, carrier_node, carrier_node_lasts, first_app, sign_up, app_nobody, secret_none, secret_expiry, secret_old, enable_https, enable_funnel
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

// ConnectTailnet says how to join.
type ConnectTailnet struct {
	HostName string   `json:"hostName"` // one DNS label
	AuthKey  string   `json:"authKey"`  // "" to sign in with a browser; an OAuth client secret needs tags
	Tags     []string `json:"tags"`     // each as tag:name, asked for at each start; none for a node that belongs to a person
	Funnel   bool     `json:"funnel"`   // serve the internet too
}

// UserInput is what the owner types about a person. A field left empty is empty.
type UserInput struct {
	UserName   string   `json:"userName"`
	Name       string   `json:"name"`
	GivenName  string   `json:"givenName"`
	FamilyName string   `json:"familyName"`
	Email      string   `json:"email"`
	Claims     string   `json:"claims"` // JSON object, "" for none
	GroupIDs   []string `json:"groupIds"`

	NetworkRule idp.NetworkRule `json:"networkRule"` // where from they may sign in; "" for anywhere. Their groups may be stricter
}

// UserRow is a line of the Users page.
type UserRow struct {
	User       idp.User `json:"user"`
	Groups     []string `json:"groups"` // names
	Passkeys   int      `json:"passkeys"`
	LastSignIn idp.Time `json:"lastSignIn"`
	OpenInvite idp.Time `json:"openInvite"` // when an open invite ends, 0 without one
}

// UserDetail is the panel of one person.
type UserDetail struct {
	User       idp.User      `json:"user"`
	Groups     []idp.Group   `json:"groups"`
	Passkeys   []PasskeyRow  `json:"passkeys"`
	Sessions   []idp.Session `json:"sessions"` // live ones, newest first
	Consents   []ConsentRow  `json:"consents"`
	MayUse     []idp.Client  `json:"mayUse"`
	OpenInvite idp.Time      `json:"openInvite"`
	LastSignIn idp.Time      `json:"lastSignIn"`

	SeenOnTailnet bool `json:"seenOnTailnet"` // they have signed in from a device of the tailnet before
}

// PasskeyRow is a passkey with whether it works under the pinned issuer.
type PasskeyRow struct {
	Passkey   idp.Passkey `json:"passkey"`
	TrialOnly bool        `json:"trialOnly"` // bound to another RP ID than the pinned one
}

// ConsentRow is a consent with its app's name.
type ConsentRow struct {
	Consent    idp.Consent `json:"consent"`
	ClientName string      `json:"clientName"`
}

// InviteLink is a new invite, with the link that exists only here.
type InviteLink struct {
	Invite   idp.Invite `json:"invite"`
	URL      string     `json:"url"`
	UserName string     `json:"userName"`
	Phone    bool       `json:"phone"` // another device can open it
}

// GroupInput is what the owner types about a group.
type GroupInput struct {
	Name      string   `json:"name"`
	Claims    string   `json:"claims"` // JSON object, "" for none
	MemberIDs []string `json:"memberIds"`

	NetworkRule idp.NetworkRule `json:"networkRule"` // where from its members may sign in; "" for anywhere
}

// GroupRow is a line of the Groups page.
type GroupRow struct {
	Group   idp.Group    `json:"group"`
	Members []idp.User   `json:"members"`
	Clients []idp.Client `json:"clients"` // apps it lets its members use
}

// ClientInput is what the owner types about an app. Lifetimes are seconds, 0 for the default.
type ClientInput struct {
	ID                     string          `json:"id"` // of a new app: "" makes one up; an app's ID never changes
	Name                   string          `json:"name"`
	Public                 bool            `json:"public"`
	Native                 bool            `json:"native"`
	AllowHTTP              bool            `json:"allowHttp"`
	RequirePKCE            bool            `json:"requirePkce"`
	RequirePAR             bool            `json:"requirePar"`
	SkipConsent            bool            `json:"skipConsent"`
	Reauthenticate         bool            `json:"reauthenticate"`
	AlwaysRefresh          bool            `json:"alwaysRefresh"`
	ClientCredentials      bool            `json:"clientCredentials"`
	DeviceGrant            bool            `json:"deviceGrant"`
	DeviceAnywhere         bool            `json:"deviceAnywhere"`
	UserInfoOnly           bool            `json:"userInfoOnly"`
	IDTokenAlgorithm       string          `json:"idTokenAlgorithm"` // "" for RS256
	AccessFormat           string          `json:"accessFormat"`     // "" for opaque
	Audience               string          `json:"audience"`
	AccessLife             int64           `json:"accessLife"`
	IDTokenLife            int64           `json:"idTokenLife"`
	RefreshIdle            int64           `json:"refreshIdle"`
	RefreshAbsolute        int64           `json:"refreshAbsolute"`
	NetworkRule            idp.NetworkRule `json:"networkRule"` // "" for anywhere
	TailnetHint            bool            `json:"tailnetHint"`
	TailnetEnrol           bool            `json:"tailnetEnrol"`
	TailnetSignIn          bool            `json:"tailnetSignIn"`
	LaunchURL              string          `json:"launchUrl"`
	InitiateLoginURI       string          `json:"initiateLoginUri"`
	BackchannelLogoutURI   string          `json:"backchannelLogoutUri"`
	BackchannelInward      bool            `json:"backchannelInward"`
	RedirectURIs           []string        `json:"redirectUris"`
	PostLogoutRedirectURIs []string        `json:"postLogoutRedirectUris"`
	Access                 Access          `json:"access"`
}

// Access says who may use an app: everyone, or the named groups and people; nobody when all is empty.
type Access struct {
	Everyone bool     `json:"everyone"`
	GroupIDs []string `json:"groupIds"`
	UserIDs  []string `json:"userIds"`
}

// ClientRow is a line of the Apps page.
type ClientRow struct {
	Client     idp.Client `json:"client"`
	Access     Access     `json:"access"`
	AccessText string     `json:"accessText"` // "Nobody", "Everyone", "family, Emil"
	People     int        `json:"people"`     // enabled people who may use it
	LastUsed   idp.Time   `json:"lastUsed"`
}

// ClientDetail is the panel of one app.
type ClientDetail struct {
	Client    idp.Client         `json:"client"`
	Access    Access             `json:"access"`
	Secrets   []idp.ClientSecret `json:"secrets"`
	People    int                `json:"people"`
	LastUsed  idp.Time           `json:"lastUsed"`
	Endpoints Endpoints          `json:"endpoints"`
}

// Endpoints are the addresses an app may ask for.
type Endpoints struct {
	Issuer        string `json:"issuer"`
	Discovery     string `json:"discovery"`
	Authorization string `json:"authorization"`
	Token         string `json:"token"`
	UserInfo      string `json:"userInfo"`
	JWKS          string `json:"jwks"`
	EndSession    string `json:"endSession"`
	PAR           string `json:"par"`
	Introspection string `json:"introspection"`
	Revocation    string `json:"revocation"`
	DeviceCode    string `json:"deviceCode"`
}

// NewClient is a registered app with its secret, shown once; "" for a public one.
type NewClient struct {
	Detail ClientDetail `json:"detail"`
	Secret string       `json:"secret"`
}

// SecretInput says how a new secret is to be.
type SecretInput struct {
	Name        string `json:"name"`        // to know it by; may be ""
	LifeDays    int    `json:"lifeDays"`    // 0: does not expire
	OthersHours int    `json:"othersHours"` // how long the earlier ones go on: 0 ends them now, -1 leaves them as they are
}

// PreviewInput asks what an app sees of a person.
type PreviewInput struct {
	ClientID string `json:"clientId"`
	UserID   string `json:"userId"`
	Scope    string `json:"scope"` // space-separated; "" for all
}

// Preview is what an app sees of a person. IDToken and UserInfo are claims as indented JSON, "" where the person would not be let in.
type Preview struct {
	Allowed  bool   `json:"allowed"`
	Reason   string `json:"reason"` // a sentence, "" when allowed
	Scope    string `json:"scope"`
	IDToken  string `json:"idToken"`
	UserInfo string `json:"userInfo"`
}

// CustomClaim is a custom claim's name with the scope it belongs to, and how many people and groups have it.
type CustomClaim struct {
	Name   string `json:"name"`
	Scope  string `json:"scope"`
	Users  int    `json:"users"`
	Groups int    `json:"groups"`
}

// SigningKeys are the keys that sign tokens, by algorithm and then newest first.
type SigningKeys struct {
	Keys         []SigningKeyRow `json:"keys"`
	RotationDays int             `json:"rotationDays"`
}

// SigningKeyRow is one signing key, without its private part.
type SigningKeyRow struct {
	ID          string   `json:"id"` // `kid`
	Algorithm   string   `json:"algorithm"`
	State       string   `json:"state"`   // next, current, retired, withdrawn
	Clients     int      `json:"clients"` // apps whose ID tokens this algorithm signs
	PublishedAt idp.Time `json:"publishedAt"`
	ActiveAt    idp.Time `json:"activeAt"`
	RetiredAt   idp.Time `json:"retiredAt"`
	DueAt       idp.Time `json:"dueAt"` // when the next takes over from the current one, or this next one takes over; 0 otherwise
}

// NewSecret is a secret, shown once.
type NewSecret struct {
	Secret idp.ClientSecret `json:"secret"`
	Value  string           `json:"value"`
}

// ActivityQuery selects events. Empty fields select all.
type ActivityQuery struct {
	Before   int64  `json:"before"` // only events with a smaller seq; 0 for the newest
	Limit    int    `json:"limit"`  // at most 200; 0 for 50
	Text     string `json:"text"`   // part of kind or of the personal detail
	UserID   string `json:"userId"`
	ClientID string `json:"clientId"`
	Kind     string `json:"kind"`
	Network  string `json:"network"`
}

// ActivityRow is an event as people read it.
type ActivityRow struct {
	Event      idp.Event `json:"event"`
	Text       string    `json:"text"`
	UserName   string    `json:"userName"`
	ClientName string    `json:"clientName"`
	Level      string    `json:"level"` // ok, warn, danger
}

// ActivityPage is one read of the log.
type ActivityPage struct {
	Rows []ActivityRow `json:"rows"`
	More bool          `json:"more"`
}

// ChainReport is the result of verifying the activity chain.
type ChainReport struct {
	OK     bool   `json:"ok"`
	Events int64  `json:"events"`
	Broken int64  `json:"broken"` // seq of the first event that does not fit, 0 when OK
	Text   string `json:"text"`
}
