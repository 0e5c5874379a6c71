package admin

import (
	"slices"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// checkNetworkRule takes a rule of an app, a person or a group; "" is anywhere.
func checkNetworkRule(rule idp.NetworkRule) error {
	if !slices.Contains([]idp.NetworkRule{"", idp.NetworkAnywhere, idp.NetworkTailnetOnly}, rule) {
		return idp.FailField("networkRule", "admin.network_rule")
	}
	return nil
}

// endLost ends for good what people lost by a change of their rule, their groups or what these let them use, so that giving it back revives nothing.
func (a *Admin) endLost(tx *store.Tx) error {
	if err := tx.EndGrantsWithoutAccess(a.Clock()); err != nil {
		return err
	}
	return tx.EndOutside(a.Clock())
}

// tellRule notes in an event that a rule was changed.
func tellRule(e idp.Event, before, after idp.NetworkRule) idp.Event {
	if (before == idp.NetworkTailnetOnly) != (after == idp.NetworkTailnetOnly) {
		e.Detail["networkRule"] = string(after)
	}
	return e
}
