package admin

import (
	"context"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// The words of Status.State.
const (
	StateSetUp     = "set_up"
	StateTrial     = "trial"
	StatePublic    = "online_public"
	StateTailnet   = "tailnet_only"
	StateStarting  = "starting"
	StateAttention = "attention"
	StatePaused    = "paused"
	StateStopped   = "stopped"
)

// changeWait is how long WaitForChange waits at most.
const changeWait = 20 * time.Second

// WaitForChange answers the newest change's number when it is above since, or after 20 seconds.
func (a *Admin) WaitForChange(ctx context.Context, since int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, changeWait)
	defer cancel()
	return a.Store.WaitForChange(ctx, since), nil
}

// Status is the state of everything the Overview shows.
func (a *Admin) Status(ctx context.Context) (Status, error) {
	s := Status{Version: a.Version, DataDir: a.DataDir, StartedAt: a.StartedAt, Tunnel: a.Reach.Tunnel(), Reach: a.Reach.Ways()}
	s.KeyStorage, s.KeyWarning = a.KeyStorage()
	err := a.Store.View(ctx, func(r store.Reads) error {
		if err := a.readStatus(ctx, r, &s); err != nil {
			return err
		}
		if err := a.readGuard(ctx, r, &s); err != nil {
			return err
		}
		s.State, s.Problem = a.state(s)
		s.Connect = connectSteps(s.Tunnel, s.Reach)
		var err error
		s.Todo, err = a.todo(ctx, r, &s)
		return err
	})
	return s, err
}

func (a *Admin) readStatus(ctx context.Context, r store.Reads, s *Status) (err error) {
	if s.Pin, err = r.Pin(ctx); err != nil {
		return err
	}
	if s.Pause, err = a.paused(ctx, r, s.Pin); err != nil {
		return err
	}
	home, err := r.Home(ctx)
	if err != nil {
		return err
	}
	s.Home, s.PhoneInvite = home.Name, s.Pin.Secure()
	owner, err := r.Owner(ctx)
	if err != nil && idp.CodeOf(err) != idp.NotFound {
		return err
	}
	if err == nil {
		s.Owner = &owner
		if s.OwnerReady, err = hasPasskey(ctx, r, owner.ID, s.Pin.RPID); err != nil {
			return err
		}
	}
	users, err := r.CountUsers(ctx)
	if err != nil {
		return err
	}
	passkeys, _, err := r.CountPasskeys(ctx, s.Pin.RPID)
	if err != nil {
		return err
	}
	clients, err := r.Clients(ctx, "")
	if err != nil {
		return err
	}
	signIns, err := r.CountEvents(ctx, idp.EventSignedIn, a.Clock().Add(-30*idp.Day))
	if err != nil {
		return err
	}
	approvals, err := r.CountApprovals(ctx, a.Clock())
	if err != nil {
		return err
	}
	s.Approvals = int(approvals)
	s.Users, s.Passkeys, s.Clients, s.SignIns = int(users), int(passkeys), len(clients), int(signIns)
	return a.readHosts(ctx, r, s)
}

func hasPasskey(ctx context.Context, r store.Reads, userID, rpID string) (bool, error) {
	passkeys, err := r.Passkeys(ctx, userID)
	for _, p := range passkeys {
		if p.RPID == rpID {
			return true, err
		}
	}
	return false, err
}
