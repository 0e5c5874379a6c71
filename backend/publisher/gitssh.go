package publisher

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"golang.org/x/crypto/ssh"

	"hearthkey/backend/idp"
)

// askSSH begins a conversation over ssh, on a connection of its own that ends with it or with ctx.
func (g *gitTarget) askSSH(ctx context.Context, service string) (*gitTalk, error) {
	client, err := g.door.dial(ctx)
	if err != nil {
		return nil, err
	}
	return g.talkSSH(ctx, client, service)
}

// talkSSH runs a service on a connection, which it takes over.
func (g *gitTarget) talkSSH(ctx context.Context, client *ssh.Client, service string) (*gitTalk, error) {
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	end := func() { stop(); _ = client.Close() }
	session, in, out, said, err := begin(client, service+" "+quoted(g.remote.path))
	if err != nil {
		end()
		return nil, g.explain(ctx, err)
	}
	refs, err := advertised(out)
	if err != nil {
		_ = in.Close()
		_ = session.Wait() // what it said of the failure has then arrived; ctx ends the wait
		end()
		return nil, g.explainSSH(ctx, err, said.String())
	}
	return &gitTalk{refs: refs, end: func() {
		_, _ = in.Write(pktline.FlushPkt) // nothing more is wanted
		end()
	}, exchange: func(body io.Reader) (io.ReadCloser, error) {
		if _, err := io.Copy(in, body); err != nil {
			return nil, err
		}
		return answerSSH{out, end}, in.Close()
	}}, nil
}

func begin(client *ssh.Client, command string) (session *ssh.Session, in io.WriteCloser, out io.Reader, said *firstWords, err error) {
	if session, err = client.NewSession(); err != nil {
		return nil, nil, nil, nil, err
	}
	said = &firstWords{}
	session.Stderr = said
	if in, err = session.StdinPipe(); err != nil {
		return nil, nil, nil, nil, err
	}
	if out, err = session.StdoutPipe(); err != nil {
		return nil, nil, nil, nil, err
	}
	return session, in, out, said, session.Start(command)
}

// answerSSH is what a service says after a request.
type answerSSH struct {
	io.Reader
	end func()
}

func (a answerSSH) Close() error {
	a.end()
	return nil
}

// firstWords keeps the beginning of what a program complains of.
type firstWords struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (f *firstWords) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text.Write(p[:min(len(p), 2<<10-min(f.text.Len(), 2<<10))])
	return len(p), nil
}

func (f *firstWords) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// explainSSH makes a sentence of a service that did not begin. What git hosts say to it is not laid down, so it is told by words that all of them use.
func (g *gitTarget) explainSSH(ctx context.Context, err error, said string) error {
	var line *pktline.ErrorLine
	var odd *packp.ErrUnexpectedData
	switch {
	case errors.As(err, &line):
		said = line.Text
	case said == "" && errors.As(err, &odd):
		said = string(odd.Data)
	}
	if ctx.Err() != nil || strings.TrimSpace(said) == "" {
		return g.explain(ctx, err)
	}
	reason, host := oneLine(said, 200), g.remote.host
	low := strings.ToLower(said)
	for _, word := range []string{"not found", "does not appear", "not exist", "could not be found", "no such", "not a git repository"} {
		if strings.Contains(low, word) {
			return idp.FailField("url", "git.missing", "host", host, "path", g.remote.path).Because(errors.New(reason))
		}
	}
	for _, word := range []string{"denied", "permission", "unauthorized", "not authorized", "not allowed", "read-only", "read only", "write access"} {
		if strings.Contains(low, word) {
			return idp.FailField("secret", "git.denied", "host", host, "reason", reason)
		}
	}
	return idp.Fail(idp.Unavailable, "git.refused", "host", host, "reason", reason)
}
