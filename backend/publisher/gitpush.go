package publisher

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"

	"hearthkey/backend/idp"
)

// author is the address that commits are made under, by which they are known again.
func (g *gitTarget) author() string { return "hearthkey@" + g.domain }

// commit puts a tree on top of a checkout, and pushes it. errRaced says that the branch has moved meanwhile.
func (g *gitTarget) commit(ctx context.Context, c *checkout, tree plumbing.Hash, message string) error {
	who := object.Signature{Name: "Hearthkey", Email: g.author(), When: time.Now()}
	made := &object.Commit{Author: who, Committer: who, Message: message + "\n", TreeHash: tree}
	if !c.head.IsZero() {
		made.ParentHashes = []plumbing.Hash{c.head}
	}
	hash, err := c.keep(made)
	if err != nil {
		return err
	}
	send, err := c.fresh(hash, tree)
	if err != nil {
		return err
	}
	pushed := g.push(ctx, c, hash, send)
	if pushed == nil || g.arrived(ctx, c, hash, &pushed) {
		return nil
	}
	return pushed
}

// push sends a commit.
func (g *gitTarget) push(ctx context.Context, c *checkout, to plumbing.Hash, send []plumbing.Hash) error {
	talk, err := g.ask(ctx, receivePack)
	if err != nil {
		return err
	}
	defer talk.end()
	if talk.refs.References[c.branch.String()] != c.head {
		return errRaced
	}
	report, err := talk.push(c.store, c.branch, c.head, to, send)
	if err != nil {
		return g.explain(ctx, err)
	}
	return g.refusal(c, report)
}

// refusal makes a sentence of a push that the host took and did not carry out.
func (g *gitTarget) refusal(c *checkout, report *packp.ReportStatus) error {
	err := report.Error()
	if err == nil {
		return nil
	}
	reason := report.UnpackStatus
	for _, s := range report.CommandStatuses {
		if s.Error() != nil {
			reason = s.Status
		}
	}
	if saysFull(reason) {
		return idp.Fail(idp.Unavailable, "publisher.full", "where", g.remote.host).Because(err)
	}
	return idp.Fail(idp.Denied, "git.push_refused", "host", g.remote.host, "branch", c.branch.Short(), "reason", g.reason(reason, "no reason given")).Because(err)
}

func saysFull(reason string) bool {
	low := strings.ToLower(reason)
	return strings.Contains(low, "no space left") || strings.Contains(low, "quota")
}

// arrived looks at the branch after a push that failed: the link may have been cut after the host took it, and a refusal may be that of a race.
func (g *gitTarget) arrived(ctx context.Context, c *checkout, commit plumbing.Hash, failure *error) bool {
	if errors.Is(*failure, errRaced) || ctx.Err() != nil {
		return false
	}
	talk, err := g.ask(ctx, uploadPack)
	if err != nil {
		return false
	}
	defer talk.end()
	switch talk.refs.References[c.branch.String()] {
	case commit:
		return true
	case c.head:
		return false
	}
	*failure = errRaced
	return false
}
