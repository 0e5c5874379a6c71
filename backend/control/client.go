package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// ErrNobody says that no process answers for the data directory, so that the caller may open it itself. Dial's error wraps it.
var ErrNobody = errors.New("no process serves the control socket")

// maxIdle is how many connections wait for the next call.
const maxIdle = 4

// Client does the owner's operations in the process that holds the data. Calls may run at the same time. It outlives that process: calls fail with Unavailable until another one serves the directory.
type Client struct {
	dir string

	mu      sync.Mutex
	pid     int
	program string
	idle    []*link
	closed  bool
}

var _ admin.API = (*Client)(nil)

// Dial finds the process that serves the data directory dir. Errors are Unavailable, wrapping ErrNobody when there is none, or Denied.
func Dial(dir string) (*Client, error) {
	c := &Client{dir: dir}
	ctx, cancel := context.WithTimeout(context.Background(), greetTime)
	defer cancel()
	l, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	c.give(l)
	return c, nil
}

// PID is the process that answered last.
func (c *Client) PID() int { c.mu.Lock(); defer c.mu.Unlock(); return c.pid }

// Program is the file name of the program that answered last: hearthkeyd, or the desktop's.
func (c *Client) Program() string { c.mu.Lock(); defer c.mu.Unlock(); return c.program }

// Show shows the window of the process that holds the data, NotFound where it has none.
func (c *Client) Show(ctx context.Context) error { return c.tell(ctx, methodShow) }

// Close lets go of idle connections; calls under way go on.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.idle {
		_ = l.conn.Close()
	}
	c.idle, c.closed = nil, true
	return nil
}

// connect dials and greets.
func (c *Client) connect(ctx context.Context) (*link, error) {
	path, err := find(c.dir)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, idp.Fail(idp.Denied, "control.denied", "path", path).Because(err)
	}
	if err != nil {
		return nil, idp.Fail(idp.Unavailable, "control.nobody", "dir", c.dir).Because(fmt.Errorf("%w: %w", ErrNobody, err))
	}
	l := &link{conn: conn.(*net.UnixConn)}
	if uid, ok := trusted(l.conn, ownerOf(c.dir)); !ok {
		_ = conn.Close()
		return nil, idp.Fail(idp.Denied, "control.foreign", "path", path, "uid", fmt.Sprint(uid))
	}
	if err := c.greet(l); err != nil {
		_ = conn.Close()
		return nil, idp.Fail(idp.Unavailable, "control.silent", "path", path).Because(err)
	}
	return l, nil
}

func (c *Client) greet(l *link) error {
	l.in = bufio.NewReader(l.conn)
	_ = l.conn.SetDeadline(time.Now().Add(greetTime))
	if _, err := fmt.Fprintln(l.conn, greeting); err != nil {
		return err
	}
	line, err := readLine(l.in)
	if err != nil {
		return err
	}
	pid, program, err := parseGreeting(line)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid, c.program = pid, program
	return l.conn.SetDeadline(time.Time{})
}

// take gives an idle connection or a new one.
func (c *Client) take(ctx context.Context) (*link, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		l := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return l, nil
	}
	c.mu.Unlock()
	return c.connect(ctx)
}

// give keeps a connection for the next call.
func (c *Client) give(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) >= maxIdle {
		_ = l.conn.Close()
		return
	}
	l.used = true
	c.idle = append(c.idle, l)
}

// do makes one call. An idle connection whose peer has gone is told by the failing write, before the call has reached anyone, so that another try does nothing twice.
func (c *Client) do(ctx context.Context, method string, args []any) (json.RawMessage, error) {
	body, err := encodeCall(method, args)
	if err != nil {
		return nil, err
	}
	for {
		l, err := c.take(ctx)
		if err != nil {
			return nil, err
		}
		out, sent, err := l.call(ctx, body)
		if err == nil {
			c.give(l)
			return out.Result, out.err()
		}
		_ = l.conn.Close()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case sent || !l.used:
			return nil, idp.Fail(idp.Unavailable, "control.lost").Because(err)
		}
	}
}
