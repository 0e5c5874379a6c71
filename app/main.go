// Command app is Hearthkey's desktop: the window in which the owner administers the provider, the tray, and the provider itself, in one process.
//
// When another process holds the data directory already, this one is its window over the control socket, or, when that one is a desktop too, brings that one's window up and ends.
//
// Each method that the page can call is in the file of its noun. Exit codes: 0 done, 1 it could not start (one sentence says why and what to do), 2 the command line is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"hearthkey/backend"
	"hearthkey/backend/idp"
	"hearthkey/backend/vault"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

// runBridge serves the page to tests; only builds with the tag bridge have one.
var runBridge func(ctx context.Context, args []string, o backend.Options, stdout io.Writer) error

func main() {
	if bindingsBuild {
		exit(generateBindings())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, os.Args[1:], os.Stdout))
}

// usageError is a command line that cannot be understood.
type usageError struct{ reason string }

// cannotStart is a failure before there was a window to show it.
type cannotStart struct{ error }

func (e cannotStart) Unwrap() error { return e.error }

func (e usageError) Error() string { return idp.Text("app.usage", "reason", e.reason).String() }

func run(ctx context.Context, args []string, stdout io.Writer) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	slog.SetDefault(log)
	o, err := backendOptions(log)
	if err != nil {
		return err
	}
	if runBridge != nil {
		return runBridge(ctx, args, o, stdout)
	}
	flags := flag.NewFlagSet("hearthkey", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	hidden := flags.Bool("hidden", false, "start in the tray")
	asked := flags.Bool("version", false, "print the version")
	if err := flags.Parse(args); err != nil {
		return usageError{err.Error()}
	}
	if *asked {
		fmt.Fprintln(stdout, "Hearthkey", version)
		return nil
	}
	if err := haveScreen(); err != nil {
		return err
	}
	err = runDesktop(ctx, o, *hidden)
	if errors.Is(err, errShown) {
		fmt.Fprintln(stdout, idp.Text("app.shown"))
		return nil
	}
	return err
}

// backendOptions are the desktop's, with the environment that hearthkeyd documents.
func backendOptions(log *slog.Logger) (backend.Options, error) {
	port := 0 // the usual one
	if named := os.Getenv("HEARTHKEY_PORT"); named != "" {
		n, err := strconv.Atoi(named)
		if err != nil || n < 1 || n > 65535 {
			return backend.Options{}, idp.FailField("port", "backend.port")
		}
		port = n
	}
	dir, err := backend.DefaultDir()
	return backend.Options{
		Dir: dir, Version: version, Port: port, Log: log, Keychain: true, KeyKind: vault.Kind(os.Getenv("HEARTHKEY_KEY")),
		Passphrase: func() (string, error) { return os.Getenv("HEARTHKEY_PASSPHRASE"), nil },
	}, err
}

// sentence is what a person is told about err.
func sentence(err error) string {
	var known *idp.Error
	if errors.As(err, &known) {
		return known.Error()
	}
	return err.Error()
}

// exit ends the process: what kept it from starting is said on standard error and, since a desktop starts programs without one, in a dialog.
func exit(err error) {
	var usage usageError
	var early cannotStart
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		os.Exit(0)
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "hearthkey:", usage)
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "hearthkey:", sentence(err))
	if errors.As(err, &early) {
		explain(sentence(err))
	}
	os.Exit(1)
}
