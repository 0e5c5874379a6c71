package main

import (
	"fmt"
	"io"
	"time"
)

// failures counts marks of the run that say no.
var failures int

func mark(ok bool) string {
	if ok {
		return "ok"
	}
	failures++
	return "MISSED"
}

func printCosts(w io.Writer, c costs) {
	fmt.Fprintf(w, "\nWhat cannot be saved, in this run: RSA-2048 signature %.3f ms CPU, P-256 signature %.3f ms CPU, one durable commit alone %.3f ms, of it %.3f ms CPU.\n", ms(c.rsa), ms(c.ecdsa), ms(c.commit), ms(c.commitCPU))
}

// printRows prints the table. x is CPU against its target; the tail is judged at 8 workers.
func printRows(w io.Writer, rows []row) {
	fmt.Fprintf(w, "\n%-22s %7s %9s %9s %9s %8s %9s %9s %6s  %s\n", "request", "workers", "per s", "p50 ms", "p99 ms", "p99/p50", "CPU ms", "target", "x", "")
	for _, r := range rows {
		tail := float64(r.p99) / float64(r.p50)
		target, ratio, ok := "", "", true
		if r.target > 0 {
			target, ratio = fmt.Sprintf("%.3f", ms(r.target)), fmt.Sprintf("%.2f", float64(r.cpu)/float64(r.target))
			ok = r.cpu <= r.target
		}
		verdict := ""
		if r.target > 0 {
			verdict = mark(ok)
		}
		if r.workers == 8 {
			verdict += ", tail " + mark(tail <= tailOfMedian)
		}
		fmt.Fprintf(w, "%-22s %7d %9.0f %9.3f %9.3f %8.1f %9.3f %9s %6s  %s\n", r.what, r.workers, float64(r.n)/r.wall.Seconds(), ms(r.p50), ms(r.p99), tail, ms(r.cpu), target, ratio, verdict)
	}
}

func printValue(w io.Writer, what string, got, most float64, unit string) {
	fmt.Fprintf(w, "%-58s %9.2f %-5s at most %.2f  %s\n", what, got, unit, most, mark(got <= most))
}

func since(from time.Time) time.Duration { return time.Since(from).Round(time.Second) }
