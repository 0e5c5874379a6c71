package tunnel

import (
	"testing"

	"tailscale.com/health"
)

func TestOutage(t *testing.T) {
	for _, tt := range []struct {
		code    health.WarnableCode
		impacts bool
		failed  string
		want    outage
	}{
		{code: "network-status", impacts: true, want: outageNetwork},
		{code: "no-derp-home", impacts: true, want: outageRelay},
		{code: "not-in-map-poll", want: outageControl},
		{code: "mapresponse-timeout", want: outageControl},
		{code: "login-state"},
		{code: "login-state", failed: "register request: connection refused", want: outageControl},
		{code: "warming-up"},
		{code: "tls-cert-pending"},
		{code: "update-available"},
	} {
		w := health.UnhealthyState{ImpactsConnectivity: tt.impacts, Args: health.Args{health.ArgError: tt.failed}}
		h := &health.State{Warnings: map[health.WarnableCode]health.UnhealthyState{tt.code: w}}
		if got := outageOf(h); got != tt.want {
			t.Errorf("%s is %q, want %q", tt.code, got, tt.want)
		}
		h.Warnings["no-derp-home"] = health.UnhealthyState{ImpactsConnectivity: true}
		if got := outageOf(h); tt.want != "" && got != tt.want {
			t.Errorf("%s with another warning is %q, want %q", tt.code, got, tt.want)
		}
	}
	if got := outageOf(&health.State{}); got != "" {
		t.Errorf("%q without a warning", got)
	}
}
