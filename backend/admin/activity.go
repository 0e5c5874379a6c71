package admin

import (
	"context"
	"strconv"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Page sizes of the activity list.
const (
	defaultPage = 50
	maxPage     = 200
)

// Activity lists events, newest first.
func (a *Admin) Activity(ctx context.Context, q ActivityQuery) (page ActivityPage, err error) {
	switch {
	case q.Limit == 0:
		q.Limit = defaultPage
	case q.Limit < 0 || q.Limit > maxPage:
		return page, idp.FailField("limit", "admin.page", "max", strconv.Itoa(maxPage))
	}
	page.Rows = []ActivityRow{}
	err = a.Store.View(ctx, func(r store.Reads) error {
		events, err := r.Events(ctx, store.EventQuery{Before: q.Before, Limit: q.Limit + 1, Text: q.Text, UserID: q.UserID, ClientID: q.ClientID, Kind: q.Kind, Network: idp.Network(q.Network)})
		if err != nil {
			return err
		}
		if page.More = len(events) > q.Limit; page.More {
			events = events[:q.Limit]
		}
		for _, e := range events {
			page.Rows = append(page.Rows, activityRow(ctx, r, e))
		}
		return nil
	})
	return page, err
}

// activityRow puts an event into words. Names are those of the time, or, where the personal part was erased, of today.
func activityRow(ctx context.Context, r store.Reads, e idp.Event) ActivityRow {
	row := ActivityRow{Event: e, UserName: e.Detail["user"], ClientName: e.Detail["app"], Level: level(e)}
	if row.UserName == "" && e.UserID != "" {
		if u, err := r.User(ctx, e.UserID); err == nil {
			row.UserName = u.Name
		}
	}
	if row.ClientName == "" && e.ClientID != "" {
		if c, err := r.Client(ctx, e.ClientID); err == nil {
			row.ClientName = c.Name
		}
	}
	or := func(value, key string) string {
		if value == "" {
			return idp.Text(key).String()
		}
		return value
	}
	row.Text = idp.Text("activity."+e.Kind,
		"user", or(row.UserName, "activity.somebody"), "app", or(row.ClientName, "activity.an_app"),
		"passkey", or(e.Detail["passkey"], "activity.a_passkey"), "group", or(e.Detail["group"], "activity.a_group"),
		"state", stateText(e), "claim", or(e.Detail["claim"], "activity.a_claim"), "algorithm", or(e.Detail["algorithm"], "activity.an_algorithm"),
		"from", or(e.Detail["from"], "activity.another_host"), "issuer", or(e.Detail["issuer"], "activity.another_host"),
		"date", or(e.Detail["date"], "activity.a_date"),
		"domain", or(e.Detail["domain"], "activity.a_domain"),
	).String()
	return row
}

// stateText says how the provider stood, "" where that is not what an event tells.
func stateText(e idp.Event) string {
	if e.Kind != idp.EventReachChanged {
		return ""
	}
	return idp.Text("activity.state_" + e.Reason).String()
}

// level says how loud an event is.
func level(e idp.Event) string {
	switch e.Kind {
	case idp.EventReachChanged:
		if e.Reason == StateAttention {
			return "warn"
		}
	case idp.EventCodeReused, idp.EventRefreshReused, idp.EventPasskeyFlagged, idp.EventFault, idp.EventNodeKeyEnded, idp.EventCertEnded, idp.EventWebFingerDrifted:
		return "danger"
	case idp.EventTunnelRelisten, idp.EventTunnelRebuilt, idp.EventSignInFailed, idp.EventSignInRefused, idp.EventAccessDenied, idp.EventConsentDenied, idp.EventExchangeRefused, idp.EventNodeKeyEnding, idp.EventCertEnding, idp.EventWebFingerFailed:
		return "warn"
	}
	return "ok"
}

// VerifyActivity checks the whole chain.
func (a *Admin) VerifyActivity(ctx context.Context) (report ChainReport, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		report.Events, report.Broken, err = r.VerifyChain(ctx)
		return err
	})
	if report.OK = err == nil && report.Broken == 0; report.OK {
		report.Text = idp.Text("activity.chain_ok", "events", strconv.FormatInt(report.Events, 10)).String()
	} else if err == nil {
		report.Text = idp.Text("activity.chain_broken", "seq", strconv.FormatInt(report.Broken, 10)).String()
	}
	return report, err
}
