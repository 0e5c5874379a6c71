package publisher

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"golang.org/x/crypto/ssh"
)

// patience is how long one errand at a target may take in all.
const patience = 40 * time.Second

// maxHeard is how many bytes a server may say on one connection of SSH where files are small.
const maxHeard = 4 << 20

// sshDoor is an SSH server and how it is entered.
type sshDoor struct {
	address     string // host:port
	field       string // of idp.Publisher that names the host: host, url
	user, auth  string // auth: password, key, agent
	hostKey     string // as pinned, "" before
	inward      bool
	credentials Credentials
	outgoing    *outgoing.Client
	hears       int64 // bytes that are heard on one connection; maxHeard when 0
}

func (d sshDoor) host() string {
	host, _, err := net.SplitHostPort(d.address)
	if err != nil {
		return d.address
	}
	return host
}

// dial signs in to the server if it shows the pinned key. Nothing secret is sent before that.
func (d sshDoor) dial(ctx context.Context) (*ssh.Client, error) {
	if d.hostKey == "" {
		return nil, idp.FailField("hostKey", "publisher.host_key_missing")
	}
	pinned, err := parseHostKey(d.hostKey)
	if err != nil {
		return nil, err
	}
	methods, done, err := d.methods(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return d.shake(ctx, &ssh.ClientConfig{
		User: d.user, Auth: methods, HostKeyCallback: d.expect(pinned), HostKeyAlgorithms: algorithmsOf(pinned), ClientVersion: clientVersion,
	})
}

const clientVersion = "SSH-2.0-Hearthkey"

// shake makes the connection. It is ended with ctx as long as the handshake goes on.
func (d sshDoor) shake(ctx context.Context, cfg *ssh.ClientConfig) (*ssh.Client, error) {
	conn, err := d.outgoing.Dial(ctx, d.address, d.inward)
	if err != nil {
		return nil, onTheWay(ctx, err, d.field, d.host())
	}
	conn = &bounded{Conn: conn, left: max(d.hears, maxHeard)}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, d.address, cfg)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, d.explain(ctx, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

// explain makes a sentence of a handshake that failed.
func (d sshDoor) explain(ctx context.Context, err error) error {
	var known *idp.Error
	var other *otherKey
	text := err.Error()
	switch {
	case errors.As(err, &other):
		return other
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
	case strings.Contains(text, "unable to authenticate") && !d.tried(text):
		return idp.FailField("auth", "publisher.method_refused", "host", d.host(), "user", d.user).Because(err)
	case strings.Contains(text, "unable to authenticate"), d.auth == authPassword && strings.Contains(text, "unexpected message type 51"): // a refusal in the place of the questions (RFC 4256 §3.1)
		field := "secret"
		if d.auth == authAgent {
			field = "auth"
		}
		return idp.FailField(field, "publisher.refused", "host", d.host(), "user", d.user).Because(err)
	case strings.Contains(text, "no common algorithm for host key"):
		return idp.FailField("hostKey", "publisher.host_key_gone", "host", d.host()).Because(err)
	}
	return onTheWay(ctx, err, d.field, d.host())
}

// tried says whether the server let our way of signing in be tried at all.
func (d sshDoor) tried(text string) bool {
	_, attempted, _ := strings.Cut(text, "attempted methods [")
	attempted, _, _ = strings.Cut(attempted, "]")
	if d.auth == authPassword {
		return strings.Contains(attempted, "password") || strings.Contains(attempted, "keyboard-interactive")
	}
	return strings.Contains(attempted, "publickey")
}

var errHeardEnough = errors.New("the server said more than an errand takes")

// bounded is a connection on which no more than so many bytes are heard.
type bounded struct {
	net.Conn
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errHeardEnough
	}
	n, err := b.Conn.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
