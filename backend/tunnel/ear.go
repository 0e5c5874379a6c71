package tunnel

import (
	"fmt"
	"strings"

	"tailscale.com/types/logger"
)

// ear listens to the node's log for the two things that it says nowhere else. A line that reads otherwise in a later version is not heard: the node then
// stays as Tailscale's own client shows it.
type ear struct {
	removed     chan struct{}
	refusedCert chan string
}

// hear passes log lines on to next.
//
// Control answers "node not found" to a machine that was removed in the admin console, and its state stays Running: tailscale/tailscale#20615.
func (e ear) hear(next logger.Logf) logger.Logf {
	return func(format string, args ...any) {
		next(format, args...)
		switch {
		case format == "Received error: %v":
			line := fmt.Sprintf(format, args...)
			if strings.Contains(line, "initial fetch failed") && strings.Contains(line, "node not found") {
				tellNewest(e.removed, struct{}{})
			}
		case strings.HasSuffix(format, "getCertPEM: %v"):
			_, said, _ := strings.Cut(fmt.Sprintf(format, args...), "getCertPEM: ")
			tellNewest(e.refusedCert, said)
		}
	}
}

// tellNewest puts v into ch, which holds one, in place of what nobody took.
func tellNewest[T any](ch chan T, v T) {
	select {
	case <-ch:
	default:
	}
	select {
	case ch <- v:
	default:
	}
}
