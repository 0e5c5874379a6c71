package publisher

import (
	"context"
	"errors"
	"net"
	"path"
	"strconv"
	"strings"

	"hearthkey/backend/idp"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sftpTarget is a directory of another machine that a web server there serves as /.
type sftpTarget struct {
	door sshDoor
	root string // as typed; "" is where the login begins

	ssh    *ssh.Client // nil before the first errand
	client *sftp.Client
}

func newSFTP(c Config) *sftpTarget {
	p := c.Settings
	return &sftpTarget{root: p.Root, door: sshDoor{
		address: withPort(p.Host, "22"), field: "host", user: p.User, auth: p.Auth, hostKey: p.HostKey, inward: p.Inward, credentials: c.Credentials, outgoing: c.Outgoing,
	}}
}

// withPort gives host:port for a name or an address, with a port or without one.
func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

func checkSFTP(p idp.Publisher) error {
	host, port, err := net.SplitHostPort(withPort(p.Host, "22"))
	if _, bad := strconv.ParseUint(port, 10, 16); err == nil {
		err = bad
	}
	switch {
	case err != nil || host == "" || strings.ContainsAny(host, "/@ ") || strings.ContainsFunc(host, isControl):
		return idp.FailField("host", "publisher.host")
	case strings.ContainsFunc(p.Root, isControl):
		return idp.FailField("root", "publisher.root")
	}
	return newSFTP(Config{Settings: p}).door.check()
}

// Changes names the file and the host.
func (s *sftpTarget) Changes() []string {
	return []string{idp.Text("publisher.changes_sftp", "file", path.Join(s.root, Path), "host", s.door.host(), "user", s.door.user).String()}
}

// Close ends the connection.
func (s *sftpTarget) Close() error {
	if s.ssh == nil {
		return nil
	}
	err := errors.Join(s.client.Close(), s.ssh.Close())
	s.ssh, s.client = nil, nil
	if isCut(err) {
		return nil // it was over already
	}
	return err
}

// begin takes over a connection, and asks it for files.
func (s *sftpTarget) begin(c *ssh.Client) error {
	client, err := sftp.NewClient(c)
	if err != nil {
		_ = c.Close()
		return idp.Fail(idp.Unavailable, "publisher.no_sftp", "host", s.door.host()).Because(err)
	}
	s.ssh, s.client = c, client
	return nil
}

// errand runs fn on a connection, with an end to its patience.
func (s *sftpTarget) errand(ctx context.Context, fn func(*place) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.client == nil {
		c, err := s.door.dial(ctx)
		if err != nil {
			return err
		}
		if err := s.within(ctx, c, func() error { return s.begin(c) }); err != nil {
			return err
		}
	}
	return s.within(ctx, s.ssh, func() error {
		p, err := s.find()
		if err != nil {
			return err
		}
		return fn(p)
	})
}

// within runs fn, ends the connection with ctx, and makes a sentence of what went wrong.
func (s *sftpTarget) within(ctx context.Context, c *ssh.Client, fn func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	err := fn()
	stop()
	if err == nil {
		return nil
	}
	err = s.explain(ctx, err)
	var status *sftp.StatusError
	if !errors.As(err, &status) {
		_ = s.Close() // what is left of the connection may be of no use: the next errand makes a new one
	}
	return err
}

// Test signs in and writes a file beside the document, which it takes away again.
func (s *sftpTarget) Test(ctx context.Context) (Test, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, t, err := s.door.visit(ctx)
	if err != nil || c == nil {
		return t, err
	}
	_ = s.Close()
	if err := s.within(ctx, c, func() error { return s.begin(c) }); err != nil {
		return t, err
	}
	err = s.errand(ctx, func(p *place) error {
		before, err := p.read()
		if err != nil {
			return err
		}
		t.Said = found(before)
		if !p.swaps() {
			t.Said += " " + idp.Text("publisher.two_steps").String()
		}
		return p.try()
	})
	return t, err
}

// Read takes the file if it is one, and no longer than a document can be.
func (s *sftpTarget) Read(ctx context.Context) (before Snapshot, err error) {
	err = s.errand(ctx, func(p *place) error {
		before, err = p.read()
		return err
	})
	return before, err
}

// Write makes the new file beside the old one, whole before it takes its name.
func (s *sftpTarget) Write(ctx context.Context, m Material) error {
	return s.errand(ctx, func(p *place) error { return p.write(m.Document) })
}

// Restore puts the old file back, or takes ours away with the directory that was made for it.
func (s *sftpTarget) Restore(ctx context.Context, before Snapshot) error {
	if before.There {
		return s.Write(ctx, Material{Document: before.Document})
	}
	return s.errand(ctx, func(p *place) error { return p.remove(before.Mark == markFresh) })
}
