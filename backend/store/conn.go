package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"sync"
)

// conn is one connection with the statements that were prepared on it: there are few texts, and parsing one costs more than running it. One goroutine has it at a time.
type conn struct {
	*sql.Conn
	prepared map[string]*sql.Stmt
}

func newConn(c *sql.Conn) *conn { return &conn{c, map[string]*sql.Stmt{}} }

func (c *conn) statement(query string) (*sql.Stmt, error) {
	if s, ok := c.prepared[query]; ok {
		return s, nil
	}
	s, err := c.PrepareContext(context.Background(), query)
	if err == nil {
		c.prepared[query] = s
	}
	return s, err
}

// close closes the statements too, without which SQLite would keep the connection.
func (c *conn) close() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.Conn.Close())...)
}

// exec runs one statement without a context: what was begun is brought to its end.
func (c *conn) exec(query string, args ...any) (sql.Result, error) {
	s, err := c.statement(query)
	if err != nil {
		return nil, err
	}
	return s.Exec(args...)
}

// do runs a statement and hands its rows to use. The caller's cancellation is looked at before and between rows and never given to SQLite: its interrupt would end a transaction that others share, and waiting for it takes a goroutine each time.
func (c *conn) do(ctx context.Context, use func(rows) error, query string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := c.statement(query)
	if err != nil {
		return err
	}
	found, err := s.Query(args...)
	if err != nil {
		return err
	}
	err = use(rows{found, ctx})
	return cmp.Or(err, found.Err(), found.Close(), ctx.Err())
}

// rows end where their caller has gone.
type rows struct {
	*sql.Rows
	ctx context.Context
}

func (r rows) Next() bool { return r.ctx.Err() == nil && r.Rows.Next() }

// steady is the connection of a transaction, which goes on to its end whoever has gone.
type steady struct{ *writer }

func (s *steady) do(_ context.Context, use func(rows) error, query string, args ...any) error {
	s.watch(query)
	return s.conn.do(context.Background(), use, query, args...)
}

// pool is the connections that only read. The one given back last is taken first, so that no more are opened than work at once.
type pool struct {
	db   *sql.DB
	room chan struct{} // one token for each connection that may be taken

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func newPool(db *sql.DB, most int) *pool {
	return &pool{db: db, room: make(chan struct{}, most)}
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.db.Conn(context.WithoutCancel(ctx))
	if err != nil {
		<-p.room
		return nil, err
	}
	return newConn(c), nil
}

func (p *pool) give(c *conn) {
	p.mu.Lock()
	if p.closed {
		_ = c.close()
	} else {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	<-p.room
}

// do runs a statement on any connection.
func (p *pool) do(ctx context.Context, use func(rows) error, query string, args ...any) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(c)
	return c.do(ctx, use, query, args...)
}

// close closes what is idle now; the others are closed as they come back.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for _, c := range p.idle {
		errs = append(errs, c.close())
	}
	p.idle = nil
	return errors.Join(append(errs, p.db.Close())...)
}
