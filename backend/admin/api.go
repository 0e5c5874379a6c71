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
	// PlanWebFinger reads what stands on a domain, where it is to be published and as the web shows it, and lays what publishing would make of it beside that. Nothing is changed there. Unavailable in a trial.
	PlanWebFinger(ctx context.Context, domain string) (WebFingerPlan, error)
	// PublishWebFinger carries out a plan that the owner saw, which digest names, reads the domain back, and puts back what was there where that fails. By hand it looks whether the owner has done it.
	// It answers after 12 seconds at most; what is left to do goes on, as WebFingerDetail.Busy says, and its failure is WebFingerDetail.Problem. Conflict when something else stands there by now, or while the domain is busy.
	PublishWebFinger(ctx context.Context, domain, digest string) (WebFingerDetail, error)
	// UnpublishWebFinger takes the issuer out of what stands on a domain, and leaves what others have there, as they had it. It answers as PublishWebFinger does.
	UnpublishWebFinger(ctx context.Context, domain string) (WebFingerDetail, error)
	// SetPublisher chooses how a domain's document gets there. Secrets that are left empty stay while place and user do. What is published now stays as it is.
	SetPublisher(ctx context.Context, domain string, in PublisherInput) (WebFingerDetail, error)
	// TestPublisher visits a publisher's target as it would be set, and changes nothing. Secrets that are left empty are the kept ones, if they are for the same place and user. It takes up to 40 seconds. Before a host's key is confirmed it only tells the key.
	TestPublisher(ctx context.Context, domain string, in PublisherInput) (PublisherTest, error)
	// CheckWebFinger looks at a domain from outside as Tailscale does, and says what is wrong and how to mend it on that host. It takes up to 25 seconds. Conflict in a trial, which nobody outside can sign in by.
	CheckWebFinger(ctx context.Context, domain string) (WebFingerDetail, error)
	// WebFingerLines are what to put onto each kind of web server by hand, so that it answers for a domain. Unavailable in a trial.
	WebFingerLines(ctx context.Context, domain string) ([]WebFingerLines, error)
	// WebFingerGuide finds the way for a domain that has no website, and looks whether the DNS records that it takes are there. It changes nothing.
	WebFingerGuide(ctx context.Context, in WebFingerGuideInput) (WebFingerGuide, error)
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
