package idp

import "testing"

// TestMayUseNetwork: a person's rule and an app's are asked of the browser's network at authorize, and of the grant's afterwards, wherever the browser is by then.
func TestMayUseNetwork(t *testing.T) {
	for _, tt := range []struct {
		person, app NetworkRule
		network     Network
		want        Reason
	}{
		{"", "", NetworkPublic, Allowed},
		{NetworkAnywhere, NetworkAnywhere, NetworkPublic, Allowed},
		{NetworkTailnetOnly, NetworkAnywhere, NetworkPublic, PersonNotThere},
		{NetworkTailnetOnly, NetworkAnywhere, NetworkTailnet, Allowed},
		{NetworkTailnetOnly, NetworkAnywhere, NetworkLocal, Allowed},
		{NetworkTailnetOnly, NetworkAnywhere, "", PersonNotThere}, // nobody said where
		{NetworkAnywhere, NetworkTailnetOnly, NetworkPublic, NotOnTailnet},
		{NetworkAnywhere, NetworkTailnetOnly, NetworkTailnet, Allowed},
		{NetworkAnywhere, NetworkTailnetOnly, NetworkLocal, Allowed},
		{NetworkTailnetOnly, NetworkTailnetOnly, NetworkPublic, PersonNotThere},
		{NetworkTailnetOnly, NetworkTailnetOnly, NetworkTailnet, Allowed},
	} {
		rules := func(s *Standing) { s.Rule, s.Client.NetworkRule = tt.person, tt.app }
		here := stands(rules, func(s *Standing) { s.Network = tt.network })
		before := stands(offline, rules, func(s *Standing) { s.Grant.Network, s.Network = tt.network, NetworkPublic })
		for when, s := range map[string]Standing{"at authorize": here, "by a grant": before} {
			if got := MayUse(s, now); got != tt.want {
				t.Errorf("%s, person %q, app %q, from %q: %q, want %q", when, tt.person, tt.app, tt.network, got, tt.want)
			}
		}
		if got, want := MaySignIn(here.User, tt.person, tt.network), tt.want; got != want && want != NotOnTailnet {
			t.Errorf("to sign in, person %q from %q: %q, want %q", tt.person, tt.network, got, want)
		}
	}
}

func TestPauseHolds(t *testing.T) {
	for _, tt := range []struct {
		pause Pause
		want  bool
	}{
		{Pause{}, false},
		{Pause{Until: now + 1}, false},
		{Pause{On: true}, true},
		{Pause{On: true, Until: now + 1}, true},
		{Pause{On: true, Until: now}, false},
		{Pause{On: true, Until: now - 1}, false},
	} {
		if got := tt.pause.Holds(now); got != tt.want {
			t.Errorf("%+v holds: %v", tt.pause, got)
		}
	}
}
