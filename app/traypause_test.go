package main

import (
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

func TestWhatTheTrayPauses(t *testing.T) {
	paused := idp.Pause{On: true}
	for _, tt := range []struct {
		mode  idp.Mode
		pause idp.Pause
		want  pauseChoice
	}{
		{idp.ModeNone, idp.Pause{}, noPause},
		{idp.ModeTrial, idp.Pause{}, noPause},
		{idp.ModeTailnet, idp.Pause{}, noPause},
		{idp.ModeFunnel, idp.Pause{}, mayPause},
		{idp.ModeDomain, idp.Pause{}, mayPause},
		{idp.ModeFunnel, paused, mayResume},
		{idp.ModeDomain, paused, mayResume},
	} {
		if got := choiceOf(admin.Status{Pin: idp.Pin{Mode: tt.mode}, Pause: tt.pause}); got != tt.want {
			t.Errorf("%s, paused %v: %v, want %v", tt.mode, tt.pause.On, got, tt.want)
		}
	}
}
