package main

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// row is one line of the table.
type row struct {
	what     string
	workers  int
	n        int
	wall     time.Duration
	p50, p99 time.Duration
	cpu      time.Duration // of the server, per request
	target   time.Duration // of cpu; 0 for none
}

// measure calls each of n requests once, shared by the workers, and counts what they cost the server.
func measure(d *daemon, what string, workers, n int, target time.Duration, call func(i int) error) (row, error) {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	times := make([]time.Duration, n)
	cpu, began := d.cpu(), time.Now()
	for range workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || failed.Load() != nil {
					return
				}
				from := time.Now()
				if err := call(i); err != nil {
					failed.Store(&err)
					return
				}
				times[i] = time.Since(from)
			}
		})
	}
	all.Wait()
	r := row{what: what, workers: workers, n: n, wall: time.Since(began), cpu: (d.cpu() - cpu) / time.Duration(n), target: target}
	if err := failed.Load(); err != nil {
		return r, fmt.Errorf("%s: %w", what, *err)
	}
	slices.Sort(times)
	r.p50, r.p99 = times[n/2], times[n*99/100]
	fmt.Fprintf(os.Stderr, "  %-28s %2d workers  %.3f ms CPU\n", what, workers, ms(r.cpu))
	return r, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
