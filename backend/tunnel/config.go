package tunnel

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// DefaultPort is the UDP port for traffic between nodes where Config names none. It is fixed because with another port at each start the first visits
// after a restart wait up to ten seconds for the old one. A port that is taken is replaced by a free one.
const DefaultPort = 41643

// Config is what a Tunnel needs. Store, Vault, Dir, Hostname and Serve are required.
type Config struct {
	Dir      string   // the node's own folder inside the data directory; made if missing. Two processes must never share it
	Hostname string   // the first label that the node asks for
	AuthKey  string   // optional: joins without a login page. An OAuth client secret needs Tags. TS_AUTHKEY is taken where it is empty
	Tags     []string // tags that the node asks for; a tagged node belongs to nobody and its key does not expire
	Funnel   bool     // serve the internet too, see Tunnel.SetFunnel

	// Pinned answers the pinned full host name, "" before pinning. It is called from one goroutine, and again after Tunnel.Refresh.
	Pinned func() string
	// Serve serves one endpoint until its listener closes, as http.Server.Serve does. Each call has a goroutine of its own.
	Serve func(Endpoint) error

	Store *store.Store
	Vault *vault.Vault

	ControlURL string       // another control server than Tailscale's; TS_CONTROL_URL where it is empty
	Port       uint16       // DefaultPort if zero
	NoLogs     bool         // send no logs to Tailscale. Some tailnets refuse such a node. It holds for the whole process
	Clock      idp.Clock    // the machine's clock if nil
	Logger     *slog.Logger // slog.Default if nil

	certFetch time.Duration // how long one try to get a certificate may take; of tests
}

// Endpoint is one open way in.
type Endpoint struct {
	// Listener accepts connections, already behind TLS unless Redirect. RemoteAddr of each is the visitor's own address, for Funnel too.
	Listener net.Listener
	// Network that its visitors come by.
	Network idp.Network
	// Redirect marks plain HTTP on the tailnet: every request is answered 301 to the pinned URL.
	Redirect bool
	// ConnContext is for http.Server.ConnContext; without it Visitor knows nothing. It does not block.
	ConnContext func(context.Context, net.Conn) context.Context
	// Visitor says who sends a request. It may ask the node, for at most two seconds, once a minute per connection.
	Visitor func(*http.Request) idp.Visitor
}

func (c Config) withDefaults() Config {
	c.Port, c.certFetch = cmp.Or(c.Port, DefaultPort), cmp.Or(c.certFetch, certFetch)
	if c.Clock == nil {
		c.Clock = idp.SystemClock
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Pinned == nil {
		c.Pinned = func() string { return "" }
	}
	// tsnet reads these by itself where AuthKey is empty; then a refused key would be tried for ever.
	for _, name := range []string{"TS_AUTHKEY", "TS_AUTH_KEY"} {
		c.AuthKey = cmp.Or(c.AuthKey, os.Getenv(name))
		_ = os.Unsetenv(name)
	}
	return c
}

// authKey is the key to start with. An OAuth client secret makes ephemeral nodes unless told otherwise; an ephemeral node loses its name, and with it
// every passkey, the first time it is offline. authKeyOf makes the key of it.
func (c Config) authKey() (string, error) {
	if !strings.HasPrefix(c.AuthKey, clientSecretPrefix) {
		return c.AuthKey, nil
	}
	if len(c.Tags) == 0 {
		return "", idp.FailField("authKey", "tunnel.auth_key_needs_tags")
	}
	secret, query, _ := strings.Cut(c.AuthKey, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return "", idp.FailField("authKey", "tunnel.auth_key_malformed").Because(err)
	}
	options.Set("ephemeral", "false")
	return secret + "?" + options.Encode(), nil
}
