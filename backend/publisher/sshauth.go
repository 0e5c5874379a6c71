package publisher

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"

	"hearthkey/backend/idp"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// The ways to sign in to an SSH server.
const (
	authPassword = "password"
	authKey      = "key"
	authAgent    = "agent"
)

// check looks at what was typed, without going anywhere.
func (d sshDoor) check() error {
	switch {
	case d.user == "" || len(d.user) > 100 || strings.ContainsFunc(d.user, isControl):
		return idp.FailField("user", "publisher.user")
	case !slices.Contains([]string{authPassword, authKey, authAgent}, d.auth):
		return idp.FailField("auth", "publisher.auth")
	case d.hostKey == "":
		return nil
	}
	_, err := parseHostKey(d.hostKey)
	return err
}

// methods are how the user is proven. done lets go of the agent.
func (d sshDoor) methods(ctx context.Context) (methods []ssh.AuthMethod, done func(), err error) {
	switch d.auth {
	case authKey:
		signer, err := parseKey(d.credentials)
		if err != nil {
			return nil, nil, err
		}
		return []ssh.AuthMethod{ssh.PublicKeys(signer)}, func() {}, nil
	case authAgent:
		conn, err := dialAgent(ctx)
		if err != nil {
			return nil, nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // an agent may ask its user, who is not there
		done := func() { stop(); _ = conn.Close() }
		signers, err := agent.NewClient(conn).Signers()
		if err != nil || len(signers) == 0 {
			done()
			return nil, nil, idp.FailField("auth", "publisher.agent_empty").Because(err)
		}
		return []ssh.AuthMethod{ssh.PublicKeys(signers...)}, done, nil
	}
	if d.credentials.Secret == "" {
		return nil, nil, idp.FailField("secret", "publisher.password_missing")
	}
	return []ssh.AuthMethod{ssh.Password(d.credentials.Secret), ssh.KeyboardInteractive(d.answer)}, func() {}, nil
}

// answer gives the password to a server that asks for it by RFC 4256: to one hidden question, and to nothing else.
func (d sshDoor) answer(_, _ string, questions []string, echo []bool) ([]string, error) {
	switch {
	case len(questions) == 0:
		return nil, nil
	case len(questions) == 1 && !echo[0]:
		return []string{d.credentials.Secret}, nil
	}
	return nil, errors.New("the server asks for more than a password")
}

// parseKey reads a private key as it was typed, PEM or OpenSSH's form.
func parseKey(c Credentials) (ssh.Signer, error) {
	text := strings.TrimSpace(strings.ReplaceAll(c.Secret, "\r\n", "\n")) + "\n"
	switch {
	case text == "\n":
		return nil, idp.FailField("secret", "publisher.key_missing")
	case strings.HasPrefix(text, "PuTTY-User-Key-File"):
		return nil, idp.FailField("secret", "publisher.key_putty")
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-"), strings.Contains(text, "BEGIN PUBLIC KEY"):
		return nil, idp.FailField("secret", "publisher.key_public")
	}
	signer, err := ssh.ParsePrivateKey([]byte(text))
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		return signer, keyForm(err)
	}
	if c.Passphrase == "" {
		return nil, idp.FailField("passphrase", "publisher.passphrase_missing")
	}
	signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(text), []byte(c.Passphrase))
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, idp.FailField("passphrase", "publisher.passphrase_wrong")
	}
	return signer, keyForm(err)
}

// keyForm keeps what the parser said to itself: it may quote the key.
func keyForm(err error) error {
	if err == nil {
		return nil
	}
	return idp.FailField("secret", "publisher.key_form")
}

// dialAgent connects to the agent of the user that Hearthkey runs as.
func dialAgent(ctx context.Context) (io.ReadWriteCloser, error) {
	var conn io.ReadWriteCloser
	var err error
	name := os.Getenv("SSH_AUTH_SOCK")
	switch {
	case runtime.GOOS == "windows": // OpenSSH for Windows: a named pipe
		conn, err = os.OpenFile(`\\.\pipe\openssh-ssh-agent`, os.O_RDWR, 0)
	case name == "":
		err = errors.New("SSH_AUTH_SOCK is not set")
	default:
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", name)
	}
	if err != nil {
		return nil, idp.FailField("auth", "publisher.agent").Because(err)
	}
	return conn, nil
}
