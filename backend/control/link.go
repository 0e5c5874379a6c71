package control

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// link is a connection after the greeting.
type link struct {
	conn *net.UnixConn
	in   *bufio.Reader
	used bool // has waited for this call, so that its peer may be gone
}

func encodeCall(method string, args []any) ([]byte, error) {
	if args == nil {
		args = []any{}
	}
	list, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("arguments of %s: %w", method, err)
	}
	body, err := json.Marshal(call{Method: method, Args: list})
	if err == nil && len(body) > maxCall {
		err = tooLarge()
	}
	return body, err
}

func (l *link) call(ctx context.Context, body []byte) (out answer, sent bool, err error) {
	defer context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })()
	if err := writeFrame(l.conn, body); err != nil {
		return out, false, err
	}
	reply, err := readFrame(l.in, maxAnswer)
	if err != nil {
		return out, true, err
	}
	if err := json.Unmarshal(reply, &out); err != nil {
		return out, true, err
	}
	return out, true, ctx.Err() // the deadline may have been put in the past meanwhile
}

func (a answer) err() error {
	if a.Error == nil {
		return nil
	}
	return a.Error.Err()
}

// tell makes a call that answers an error alone.
func (c *Client) tell(ctx context.Context, method string, args ...any) error {
	_, err := c.do(ctx, method, args)
	return err
}

// ask makes a call that answers a T.
func ask[T any](ctx context.Context, c *Client, method string, args ...any) (T, error) {
	var out T
	raw, err := c.do(ctx, method, args)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("answer of %s: %w", method, err)
	}
	return out, nil
}
