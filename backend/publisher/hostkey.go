package publisher

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"

	"hearthkey/backend/idp"

	"golang.org/x/crypto/ssh"
)

// hostKeyAlgorithms are those by which a server may show its key, in the order in which it is asked for them. Certificates are left out: what is pinned is the key.
var hostKeyAlgorithms = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// algorithmsOf are those that show a key of one kind, so that a server with several shows the one that is pinned.
func algorithmsOf(key ssh.PublicKey) []string {
	if key.Type() == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key.Type()}
}

// parseHostKey reads a key as it was pinned.
func parseHostKey(text string) (ssh.PublicKey, error) {
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, idp.FailField("hostKey", "publisher.host_key_form").Because(err)
	}
	return key, nil
}

// shown is a test of which no more is known than the host's key.
func shown(key ssh.PublicKey) Test {
	return Test{HostKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), Fingerprint: ssh.FingerprintSHA256(key)}
}

// otherKey is the failure of a host that showed another key than the pinned one.
type otherKey struct {
	said *idp.Error
	key  ssh.PublicKey
}

func (e *otherKey) Error() string { return e.said.Error() }
func (e *otherKey) Unwrap() error { return e.said }

// expect lets a host go on that shows the pinned key.
func (d sshDoor) expect(pinned ssh.PublicKey) ssh.HostKeyCallback {
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if bytes.Equal(key.Marshal(), pinned.Marshal()) {
			return nil
		}
		return &otherKey{idp.FailField("hostKey", "publisher.host_key_other", "host", d.host(), "fingerprint", ssh.FingerprintSHA256(key), "pinned", ssh.FingerprintSHA256(pinned)), key}
	}
}

var errShown = errors.New("the key was shown")

// show tells the key that the host shows now, and goes no further: no name is given and nothing secret is sent.
func (d sshDoor) show(ctx context.Context) (Test, error) {
	var seen ssh.PublicKey
	_, err := d.shake(ctx, &ssh.ClientConfig{HostKeyAlgorithms: hostKeyAlgorithms, ClientVersion: clientVersion, HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
		seen = key
		return errShown
	}})
	if seen == nil {
		return Test{}, err
	}
	return shown(seen), nil
}

// visit signs in for a test. Before a key is pinned it tells the one that the host shows, with a sentence on it, and no client; where another is shown than the pinned one it tells that beside the error.
func (d sshDoor) visit(ctx context.Context) (*ssh.Client, Test, error) {
	if d.hostKey == "" {
		t, err := d.show(ctx)
		if err == nil {
			t.Said = idp.Text("publisher.host_key_shown", "host", d.host(), "fingerprint", t.Fingerprint).String()
		}
		return nil, t, err
	}
	client, err := d.dial(ctx)
	if err == nil {
		pinned, err := parseHostKey(d.hostKey)
		if err != nil {
			return nil, Test{}, errors.Join(err, client.Close())
		}
		return client, shown(pinned), nil
	}
	var other *otherKey
	if errors.As(err, &other) {
		return nil, shown(other.key), other.said
	}
	var known *idp.Error
	if errors.As(err, &known) && known.Message.Key == "publisher.host_key_gone" {
		t, failed := d.show(ctx)
		return nil, t, errors.Join(err, failed)
	}
	return nil, Test{}, err
}
