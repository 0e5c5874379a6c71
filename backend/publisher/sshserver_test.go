package publisher

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sshServer is a server of SSH and SFTP in the process of a test. It notes what was tried on it.
type sshServer struct {
	address  string
	hostKeys []ssh.Signer
	password string
	asks     bool          // for the password by a question alone
	key      ssh.PublicKey // that signs in too
	home     string        // where a login begins
	noSFTP   bool

	mu      sync.Mutex
	entered []string // how, once each
	offered []string // passwords
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func newRSAKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSASigner(t *testing.T) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(newRSAKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// startSSH lets in web with a password, and serves until the test ends.
func startSSH(t *testing.T, s *sshServer) *sshServer {
	t.Helper()
	if s.hostKeys == nil {
		s.hostKeys = []ssh.Signer{newSigner(t)}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	var work sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); work.Wait() })
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { s.serve(conn) })
		}
	})
	return s
}

func (s *sshServer) config() *ssh.ServerConfig {
	enter := func(how string, ok bool) (*ssh.Permissions, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !ok {
			return nil, errors.New("no")
		}
		s.entered = append(s.entered, how)
		return nil, nil
	}
	try := func(c ssh.ConnMetadata, password string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.offered = append(s.offered, password)
		return c.User() == "web" && password == s.password
	}
	cfg := &ssh.ServerConfig{}
	if s.asks {
		cfg.KeyboardInteractiveCallback = func(c ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			return enter("question", err == nil && try(c, answers[0]))
		}
	} else if s.password != "" {
		cfg.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			return enter("password", try(c, string(password)))
		}
	}
	if s.key != nil {
		cfg.PublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return enter("key", c.User() == "web" && string(key.Marshal()) == string(s.key.Marshal()))
		}
	}
	for _, key := range s.hostKeys {
		cfg.AddHostKey(key)
	}
	return cfg
}

func (s *sshServer) serve(conn net.Conn) {
	c, channels, requests, err := ssh.NewServerConn(conn, s.config())
	if err != nil {
		_ = conn.Close()
		return
	}
	defer func() { _ = c.Close() }()
	go ssh.DiscardRequests(requests)
	for n := range channels {
		channel, requests, err := n.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			ok := r.Type == "subsystem" && strings.HasSuffix(string(r.Payload), "sftp") && !s.noSFTP
			_ = r.Reply(ok, nil)
			if ok {
				s.files(channel)
			}
			_ = channel.Close()
		}
	}
}

func (s *sshServer) files(channel io.ReadWriteCloser) {
	server, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(s.home))
	if err == nil {
		_ = server.Serve()
	}
}

func (s *sshServer) pin() string { return shown(s.hostKeys[0].PublicKey()).HostKey }

// settings sign in with the right password and the right host key.
func (s *sshServer) settings(root string) Config {
	return Config{Domain: "example.com", Outgoing: outgoing.New(outgoing.Config{}), Credentials: Credentials{Secret: s.password},
		Settings: idp.Publisher{Kind: idp.PublisherSFTP, Host: s.address, User: "web", Auth: authPassword, HostKey: s.pin(), Root: root}}
}

// privateKey makes a key as people paste it, locked by a passphrase unless that is "".
func privateKey(t *testing.T, passphrase string) (text string, public ssh.PublicKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), signer.PublicKey()
}
