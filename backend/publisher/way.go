package publisher

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// wayWords are the failures on the way to a host, as outgoing names them.
var wayWords = []string{"address", "number", "own", "nowhere", "inward", "unknown", "unreachable", "silent", "certificate", "broken"}

// onTheWay makes a sentence of a failure on the way to a host, on the field that names it. An idp.Error that is not of the way, and the end of ctx by its owner, stay what they are.
func onTheWay(ctx context.Context, err error, field, host string) error {
	var known *idp.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil:
		err = idp.Fail(idp.Unavailable, "outgoing.silent", "host", host).Because(err)
	case errors.Is(err, http.ErrSchemeMismatch): // https to a server that speaks none
		err = idp.Fail(idp.Unavailable, "outgoing.certificate", "host", host).Because(err)
	case !errors.As(err, &known) && isCut(err):
		err = idp.Fail(idp.Unavailable, "outgoing.broken", "host", host).Because(err)
	case !errors.As(err, &known):
		err = outgoing.Explain(err, host)
	}
	word := outgoing.Reason(err)
	if !errors.As(err, &known) || !strings.HasPrefix(known.Message.Key, "outgoing.") || !slices.Contains(wayWords, word) {
		return err
	}
	if word == "inward" {
		field = "inward"
	}
	m := idp.Text("publisher.way_"+word, "host", host, "ip", known.Message.Args["ip"])
	return (&idp.Error{Code: known.Code, Field: field, Message: m}).Because(err)
}

// isCut says whether a connection ended before its time.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
