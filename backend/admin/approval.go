package admin

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Approvals lists the requests that wait for the owner.
func (a *Admin) Approvals(ctx context.Context) ([]ApprovalRow, error) {
	rows := []ApprovalRow{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		waiting, err := r.Approvals(ctx, a.Clock())
		if err != nil {
			return err
		}
		for _, w := range waiting {
			u, err := r.User(ctx, w.UserID)
			if err != nil {
				return err
			}
			row := ApprovalRow{
				ID: w.ID, Kind: string(w.Kind), UserID: w.UserID, UserName: u.Name, ClientID: w.ClientID, Login: w.Login, Node: w.Node,
				Network: w.Network, Source: w.Source, UserAgent: w.UserAgent, CreatedAt: w.CreatedAt, ExpiresAt: w.ExpiresAt,
			}
			if c, err := r.Client(ctx, w.ClientID); err == nil {
				row.ClientName = c.Name
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// Approve lets the browser that asked have what it asked for, once and within 15 minutes.
func (a *Admin) Approve(ctx context.Context, id string) error {
	return a.answer(ctx, id, idp.ApprovalApproved, idp.EventApprovalGiven)
}

// Deny turns a request away.
func (a *Admin) Deny(ctx context.Context, id string) error {
	return a.answer(ctx, id, idp.ApprovalDenied, idp.EventApprovalDenied)
}

func (a *Admin) answer(ctx context.Context, id string, to idp.ApprovalState, kind string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		w, err := tx.Approval(ctx, id)
		if err != nil {
			return err
		}
		u, err := tx.User(ctx, w.UserID)
		if err != nil {
			return err
		}
		if u.Disabled() && to == idp.ApprovalApproved {
			return idp.Fail(idp.Conflict, "approval.disabled", "user", u.Name)
		}
		if err := tx.AnswerApproval(id, idp.ApprovalWaiting, to, a.Clock().Add(idp.ApprovalLife), a.Clock()); err != nil {
			return err
		}
		e := a.aboutUser(kind, u, "login", w.Login, "node", w.Node, "source", w.Source)
		e.ClientID, e.ObjectID = w.ClientID, w.ID
		return tx.Record(e)
	})
}

// SetEnrolAtOnce says whether first passkeys from the tailnet wait for the owner.
func (a *Admin) SetEnrolAtOnce(ctx context.Context, on bool) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.EnrolAtOnce(ctx)
		if err != nil || before == on {
			return err
		}
		if err := tx.SetEnrolAtOnce(on); err != nil {
			return err
		}
		e := a.event(idp.EventApprovalSetting)
		e.Reason = map[bool]string{true: "at_once", false: "approval"}[on]
		return tx.Record(e)
	})
}
