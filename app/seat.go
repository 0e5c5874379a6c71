package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"hearthkey/backend"
	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
)

const (
	stopWait = 10 * time.Second       // for running requests at the end
	busyWait = 5 * time.Second        // for another process that is just starting or stopping
	busyStep = 100 * time.Millisecond // between two looks at it
)

// errShown ends a second launch: the first one shows its window.
var errShown = errors.New("another window of this data directory was shown")

// seat is where the owner's operations are carried out: in this process, which then holds the data, or in the one that does.
type seat struct {
	api    admin.API
	dir    string
	own    *backend.Backend
	client *control.Client
}

// takeSeat opens the data directory and serves it. When another process holds it, this one becomes its window, or ends with errShown when that one has a window itself. show is what a later launch
// does to this one.
func takeSeat(ctx context.Context, o backend.Options, show func()) (*seat, error) {
	for end := time.Now().Add(busyWait); ; {
		own, err := backend.Open(ctx, o)
		if err == nil {
			return start(ctx, own, show)
		}
		if idp.CodeOf(err) != idp.Conflict {
			return nil, err
		}
		client, dialErr := control.Dial(o.Dir)
		if dialErr == nil {
			return join(ctx, client, o.Dir)
		}
		if !errors.Is(dialErr, control.ErrNobody) {
			return nil, dialErr
		}
		if time.Now().After(end) {
			return nil, idp.Fail(idp.Conflict, "app.locked", "path", o.Dir).Because(err)
		}
		select {
		case <-time.After(busyStep):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// start serves from this process.
func start(ctx context.Context, own *backend.Backend, show func()) (*seat, error) {
	s := &seat{api: own.Admin(), dir: own.Dir(), own: own}
	own.OnShow(show)
	if err := own.Start(ctx); err != nil {
		return nil, errors.Join(err, s.leave())
	}
	return s, nil
}

// join takes the other process's operations for ours.
func join(ctx context.Context, client *control.Client, dir string) (*seat, error) {
	err := client.Show(ctx)
	if idp.CodeOf(err) == idp.NotFound {
		return &seat{api: client, dir: dir, client: client}, nil
	}
	_ = client.Close()
	if err == nil {
		err = errShown
	}
	return nil, err
}

// remote is what App.Remote answers.
func (s *seat) remote() string {
	if s.client == nil {
		return ""
	}
	return idp.Text("app.remote", "program", s.client.Program(), "pid", strconv.Itoa(s.client.PID())).String()
}

// leave stops serving and gives the data directory back.
func (s *seat) leave() error {
	if s.client != nil {
		return s.client.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWait)
	defer cancel()
	return s.own.Stop(ctx)
}
