package tunnel

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/ipn"
	"tailscale.com/ipn/ipnstate"
	"tailscale.com/tsnet"
	"tailscale.com/types/logger"
)

// localTimeout bounds questions to the node itself.
const localTimeout = 5 * time.Second

// node is a started tsnet.Server and its event bus.
type node struct {
	server *tsnet.Server
	client *local.Client
	events chan ipn.Notify
	cancel context.CancelFunc
	ended  chan struct{} // closed when nothing is sent on events any more
	// removed gets a value when control says that it knows this node no more. That is in the node's log and nowhere else: its state stays Running.
	removed chan struct{}
	// refusedCert is what the certificate authority said last. That too is in the log alone where it wants a pause: the node's ACME client waits for as long
	// as it says, and whoever asked has gone by then.
	refusedCert chan string
}

// startNode starts a server; it does not wait for a connection. A server whose start failed must not be closed, which panics.
func startNode(cfg Config, state ipn.StateStore, authKey string) (*node, error) {
	ear := ear{removed: make(chan struct{}, 1), refusedCert: make(chan string, 1)}
	s := &tsnet.Server{
		Dir: cfg.Dir, Store: state, Hostname: cfg.Hostname, AuthKey: authKey, AdvertiseTags: cfg.Tags,
		ControlURL: cfg.ControlURL, Port: cfg.Port, Ephemeral: false,
		Logf: ear.hear(debugf(cfg.Logger)), UserLogf: debugf(cfg.Logger),
	}
	if err := s.Start(); err != nil {
		return nil, err
	}
	client, err := s.LocalClient()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{server: s, client: client, events: make(chan ipn.Notify), cancel: cancel, ended: make(chan struct{}), removed: ear.removed, refusedCert: ear.refusedCert}
	go n.watch(ctx)
	return n, nil
}

// watch passes events on. The bus cuts off a reader that falls behind; then it is asked again, and begins with the present state.
func (n *node) watch(ctx context.Context) {
	defer close(n.ended)
	const what = ipn.NotifyInitialState | ipn.NotifyInitialHealthState | ipn.NotifyHealthActions | ipn.NotifyNoNetMap | ipn.NotifyPeerPatches
	for ctx.Err() == nil {
		bus, err := n.client.WatchIPNBus(ctx, what)
		for err == nil {
			var event ipn.Notify
			if event, err = bus.Next(); err == nil {
				select {
				case n.events <- event:
				case <-ctx.Done():
				}
			}
		}
		if bus != nil {
			_ = bus.Close()
		}
		pause(ctx, time.Second)
	}
}

// close ends the watching and the server.
func (n *node) close() {
	n.cancel()
	<-n.ended
	_ = n.server.Close()
}

// status asks the node how it stands.
func (n *node) status(ctx context.Context) (*ipnstate.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	return n.client.StatusWithoutPeers(ctx)
}

// everyone asks the node how it and all others stand.
func (n *node) everyone(ctx context.Context) (*ipnstate.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	return n.client.Status(ctx)
}

// port is the UDP port for traffic between nodes, 0 when it has none.
func (n *node) port() int {
	if conn, ok := n.server.Sys().MagicSock.GetOK(); ok {
		return int(conn.LocalPort())
	}
	return 0
}

// login asks for a login page.
func (n *node) login(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	return n.client.StartLoginInteractive(ctx)
}

// settle clears what an earlier run of this node told control to serve. The node must be Running.
func (n *node) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	_, err := n.server.Up(ctx)
	return err
}

// logout tells control that this node is gone. It wipes the node's settings, the address of control too: nothing may be asked of it afterwards.
func (n *node) logout(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return n.client.Logout(ctx)
}

func debugf(l *slog.Logger) logger.Logf {
	return func(format string, args ...any) {
		if l.Enabled(context.Background(), slog.LevelDebug) {
			l.Debug("tailscale", "line", strings.TrimSpace(fmt.Sprintf(format, args...)))
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
