// Package admin is what the owner can do, from the window or the command line. Nothing that the internet can reach imports it.
//
// Each change is one transaction: the rows and the activity event, durable before the answer. Errors are idp.Error with the field that is wrong.
package admin

import (
	"context"
	"net/netip"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// Reach is how the owner's choices about the issuer and the tailnet take effect. backend fills it in.
type Reach struct {
	// Trial binds http://localhost on port, 0 for the default, pins it and serves it.
	Trial func(ctx context.Context, port int) error
	// Connect joins the tailnet as the wish says, and keeps and records a wish that is new. authKey may be "".
	Connect func(ctx context.Context, wish store.TunnelWish, authKey string) error
	// Repin serves the pin that the store holds now.
	Repin func(ctx context.Context) error
	// TakeBack asks the tailnet once more for the host name that the owner wished.
	TakeBack func(ctx context.Context) error
	// Former says how a former host was last found.
	Former func(host string) idp.Reach
	// MayListen says whether the owner's proxy could be served at an address: invalid on listen where this machine does not have it, conflict with argument next where another program does.
	MayListen func(at netip.AddrPort) error
	// NextFree is the address, or the same with the next port that is free.
	NextFree func(at netip.AddrPort) netip.AddrPort
	// VisitDomain visits the owner's own name as anybody would, and tells what arrived. idp.Unavailable while nothing is served.
	VisitDomain func(ctx context.Context) (DomainVisit, error)
	// LogOut takes the node off its tailnet.
	LogOut func(ctx context.Context) error
	// Pause takes over the pause of public sign-in that the store holds now.
	Pause func(ctx context.Context) error
	// People lists who has nodes in the tailnet; idp.Unavailable while the node is no member.
	People func(ctx context.Context) ([]idp.TailnetPerson, error)
	// Tunnel is the state of the tailnet side.
	Tunnel func() idp.Tunnel
	// Renew asks for a page to log the node in again. idp.Unavailable while there is no node.
	Renew func(ctx context.Context) error
	// Awake is how keeping the machine awake stands; nil where nothing can.
	Awake func() idp.Awake
	// KeepAwake begins or ends it, as the store holds the owner's wish now; nil where nothing can.
	KeepAwake func()
	// Problem is a sentence on why the pinned issuer is not being served, "" when it is.
	Problem func() string
	// Ways is what the last looks found of this machine, the tailnet and the internet, in turn.
	Ways func() []idp.Reach
	// Look measures them now and returns when that is done.
	Look func(ctx context.Context) error
	// RotateKey makes the next key of an algorithm the current one. idp.Conflict when apps have not had a day to fetch it, unless atOnce; idp.Unavailable while the keys are not open.
	RotateKey func(ctx context.Context, algorithm string, atOnce bool) error
	// WithdrawKey takes a retired key out of the key set. idp.NotFound for any other; idp.Unavailable while the keys are not open.
	WithdrawKey func(ctx context.Context, id string) error
}

// Config is what an Admin works on.
type Config struct {
	Store      *store.Store
	Clock      idp.Clock
	Reach      Reach
	Version    string
	DataDir    string
	KeyStorage func() (kind, warning string) // where the vault's key lives, and what is wrong with that
	StartedAt  idp.Time
	Vault      func() *vault.Vault // seals what publishers sign in with; nil before the process serves

	// Outgoing calls addresses that the owner typed.
	Outgoing *outgoing.Client
	// Outside looks at domains as a client on the internet does.
	Outside *outgoing.Client
	// Records asks the internet's name servers who runs a domain's DNS and where it leads; nil asks nobody.
	Records func(ctx context.Context, domain string) (servers []string, addresses []netip.Addr, err error)
	// Background runs something beside everything else, until the process ends, which ctx tells; nil begins it as it is.
	Background func(do func(ctx context.Context))
}

// Admin carries out the owner's operations. It is safe for concurrent use.
type Admin struct {
	Config
	finger fingerWork
}

var _ API = (*Admin)(nil)

// New makes an Admin.
func New(c Config) *Admin {
	if c.Background == nil {
		c.Background = func(do func(ctx context.Context)) { go do(context.Background()) }
	}
	return &Admin{Config: c, finger: fingerWork{busy: map[string]string{}, problem: map[string]string{}, pace: usualPace}}
}

// event starts an activity event by the owner.
func (a *Admin) event(kind string) idp.Event {
	return idp.Event{At: a.Clock(), Kind: kind, Actor: idp.ActorOwner, Network: idp.NetworkLocal}
}

// aboutUser is an event about a person.
func (a *Admin) aboutUser(kind string, u idp.User, detail ...string) idp.Event {
	e := a.event(kind)
	e.UserID, e.Detail = u.ID, pairs(append(detail, "user", u.Name)...)
	return e
}

// aboutClient is an event about an app.
func (a *Admin) aboutClient(kind string, c idp.Client) idp.Event {
	e := a.event(kind)
	e.ClientID, e.Detail = c.ID, pairs("app", c.Name)
	return e
}

func pairs(kv ...string) map[string]string {
	out := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}
