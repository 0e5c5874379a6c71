package publisher

import (
	"context"
	"errors"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"

	"hearthkey/backend/idp"
)

// explain makes a sentence of a conversation that failed.
func (g *gitTarget) explain(ctx context.Context, err error) error {
	var known *idp.Error
	var line *pktline.ErrorLine
	host := g.remote.host
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), ctx.Err() != nil:
	case errors.Is(err, errTooLong), errors.Is(err, errHeardEnough):
		return idp.Fail(idp.Unavailable, "git.long", "host", host).Because(err)
	case errors.As(err, &line):
		return idp.Fail(idp.Unavailable, "git.refused", "host", host, "reason", g.reason(line.Text, "no reason given")).Because(err)
	}
	return onTheWay(ctx, err, "url", host)
}
