package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// options say what is run and how much of it.
type options struct {
	binary  string
	n       int
	signIns int
	users   int
	tokens  int
	samples int
	quick   bool
	funnel  bool
	keep    string
}

func main() {
	var o options
	flag.StringVar(&o.binary, "daemon", "build/bin/hearthkeyd", "the `program` under test")
	flag.IntVar(&o.n, "n", 1500, "requests of each row")
	flag.IntVar(&o.signIns, "signins", 10_000, "sign-ins before the memory is read again; the target is for 100000")
	flag.IntVar(&o.users, "users", 100_000, "people in the large database, 0 to leave it out")
	flag.IntVar(&o.tokens, "tokens", 1_000_000, "tokens in the large database")
	flag.IntVar(&o.samples, "samples", 2000, "requests of each kind whose times are compared, 0 to leave it out")
	flag.BoolVar(&o.quick, "quick", false, "the table alone")
	flag.BoolVar(&o.funnel, "funnel", false, "what a tailnet node costs, and nothing else")
	flag.StringVar(&o.keep, "data", "", "an empty `directory` for the data, which is kept; a temporary one otherwise")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir := o.keep
	if dir == "" {
		made, err := os.MkdirTemp("", "hearthkey-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(made) }()
		dir = made
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("%s on %d processors, load before %.14s\n", runtime.Version(), runtime.NumCPU(), load)
	port := 20_000 + rand.IntN(12_000)
	d, err := start(o.binary, dir, port)
	if err != nil {
		return err
	}
	r := &runner{options: o, dir: dir, port: port, d: d}
	err = r.all(ctx)
	if err = errors.Join(err, r.d.stop()); err != nil {
		return err
	}
	if failures > 0 {
		return fmt.Errorf("%d targets missed", failures)
	}
	return nil
}

type runner struct {
	options
	dir  string
	port int
	d    *daemon
	w    *world
	c    costs
}

func (r *runner) all(ctx context.Context) (err error) {
	if r.funnel {
		return r.tailnet(ctx)
	}
	r.d.idle(ctx)
	idle := r.d.rss()
	if r.c, err = measureCosts(ctx, r.dir); err != nil {
		return err
	}
	began := time.Now()
	if r.w, err = build(ctx, r.d); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "people, apps and browsers: %s\n", since(began))
	var rows []row
	for _, workers := range []int{1, 8, 64} {
		more, err := r.w.level(r.d, r.c, workers, r.n)
		if rows = append(rows, more...); err != nil {
			printRows(os.Stdout, rows)
			return err
		}
	}
	printCosts(os.Stdout, r.c)
	printRows(os.Stdout, rows)
	fmt.Println()
	printValue(os.Stdout, "memory at idle, no tailnet node", float64(idle)/(1<<20), 35, "MiB")
	if r.quick {
		return nil
	}
	for _, part := range []func(context.Context) error{r.memory, r.timing, r.large, r.tailnet} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}
