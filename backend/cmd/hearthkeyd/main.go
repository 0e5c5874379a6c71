// Command hearthkeyd is Hearthkey without a window: it serves the provider on machines that have no display, and carries out the owner's operations from the command line.
//
// Commands talk to whichever process holds the data directory over its control socket, and work on the database directly where none runs.
//
// Exit codes: 0 done, 1 it could not be done (one sentence on standard error says why and what to do), 2 the command line is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// run carries out one command line and answers the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &call{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}
	err := c.dispatch(args)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "hearthkeyd: %s\n", usage.text)
		return 2
	}
	fmt.Fprintf(stderr, "hearthkeyd: %s\n", err)
	return 1
}
