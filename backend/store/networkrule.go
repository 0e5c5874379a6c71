package store

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
)

// tailnetOnly asks whether a person may sign in from the tailnet only, by their own rule or that of any of their groups; userID is an expression.
func tailnetOnly(userID string) string {
	return strings.ReplaceAll(`(EXISTS (SELECT 1 FROM users u WHERE u.id = USER AND u.network_rule = 'tailnet')
		OR EXISTS (SELECT 1 FROM groups g WHERE g.network_rule = 'tailnet' AND g.id IN (SELECT m.group_id FROM members m WHERE m.user_id = USER)))`, "USER", userID)
}

// ruleOf is where from a person may sign in; userID is an expression.
func ruleOf(userID string) string {
	return "CASE WHEN " + tailnetOnly(userID) + " THEN 'tailnet' ELSE 'anywhere' END"
}

// SignInRule is where from a person may sign in: the strictest of their own rule and their groups'.
func (r Reads) SignInRule(ctx context.Context, userID string) (idp.NetworkRule, error) {
	rule, _, err := first(ctx, r, scanString, "SELECT "+ruleOf("?1"), userID)
	return idp.NetworkRule(rule), err
}

// SeenIn says whether a person has ever signed in from a network.
func (r Reads) SeenIn(ctx context.Context, userID string, network idp.Network) (bool, error) {
	n, err := r.number(ctx, "SELECT EXISTS (SELECT 1 FROM events WHERE kind = ? AND user_id = ? AND network = ?)", idp.EventSignedIn, userID, network)
	return n == 1, err
}

// EndOutside revokes the sessions that were begun where their person may not sign in from any more, and ends the grants that were made there. Call it after every change of a rule or of memberships: lifting the rule then revives nothing.
func (tx *Tx) EndOutside(now idp.Time) error {
	outside := "network NOT IN ('tailnet', 'local') AND "
	sessions := outside + "s.end_reason <> 'revoked' AND " + tailnetOnly("s.user_id")
	if err := tx.queueLogouts(now, "s.ended_at = 0 AND s."+sessions); err != nil {
		return err
	}
	if _, err := tx.exec("UPDATE browsers SET session_id = '' WHERE session_id IN (SELECT s.id FROM sessions s WHERE s." + sessions + ")"); err != nil {
		return err
	}
	if _, err := tx.exec("UPDATE sessions AS s SET ended_at = CASE ended_at WHEN 0 THEN ? ELSE ended_at END, end_reason = 'revoked' WHERE s."+sessions, now); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE grants SET revoked_at = ?, revoke_reason = ? WHERE revoked_at = 0 AND "+outside+tailnetOnly("grants.user_id"), now, idp.PersonNotThere)
	return err
}
