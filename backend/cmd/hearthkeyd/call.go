package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"hearthkey/backend"
	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
)

// errHelp ends a command that only had to explain itself.
var errHelp = errors.New("help was shown")

// call is one command line being carried out.
type call struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer

	cmd   command
	args  []string
	flags *flag.FlagSet
	data  string
	json  bool
	words []string // what is left of args without the flags
}

func (c *call) begin(cmd command, args []string) {
	c.cmd, c.args = cmd, args
	c.flags = flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	c.flags.StringVar(&c.data, "data", "", "data `directory`")
	c.flags.BoolVar(&c.json, "json", false, "print JSON")
}

// parse reads the flags, wherever they stand, and checks that least to most words are left.
func (c *call) parse(least, most int) error {
	rest := c.args
	for {
		if err := c.flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				c.help()
				return errHelp
			}
			return usageError{fmt.Sprintf("%s; hearthkeyd %s --help explains it", err, c.cmd.name)}
		}
		rest = c.flags.Args()
		if len(rest) == 0 {
			break
		}
		c.words = append(c.words, rest[0])
		rest = rest[1:]
	}
	if n := len(c.words); n < least || n > most {
		return usageError{"usage: " + c.usage() + "; --help explains it"}
	}
	return nil
}

func (c *call) usage() string {
	return strings.TrimSpace("hearthkeyd " + c.cmd.name + " [flags] " + c.cmd.args)
}

func (c *call) help() {
	fmt.Fprintf(c.stdout, "Usage: %s\n\n%s%s.\n\nFlags:\n", c.usage(), strings.ToUpper(c.cmd.does[:1]), c.cmd.does[1:])
	c.flags.SetOutput(c.stdout)
	c.flags.PrintDefaults()
	fmt.Fprintf(c.stdout, "\n%s", environment)
}

// with carries out fn on the owner's operations: in the process that holds the data, or here where none does.
func (c *call) with(fn func(admin.API) error) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	client, err := control.Dial(dir)
	if err == nil {
		defer func() { _ = client.Close() }()
		return fn(client)
	}
	b, openErr := backend.Open(c.ctx, backend.Options{Dir: dir, Version: version, Log: c.log(slog.LevelError)})
	if openErr != nil {
		if idp.CodeOf(openErr) == idp.Conflict {
			return err // somebody holds the data and did not answer: the socket's error says why
		}
		return openErr
	}
	return errors.Join(fn(b.Admin()), b.Stop(c.ctx))
}

func (c *call) dir() (string, error) {
	if c.data != "" {
		return c.data, nil
	}
	return backend.DefaultDir()
}

func (c *call) log(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}))
}

// print shows v as JSON where asked for, else the lines of text.
func (c *call) print(v any, text func(w io.Writer)) error {
	if !c.json {
		text(c.stdout)
		return nil
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// given says whether a flag stood on the command line.
func (c *call) given(name string) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// done makes a shown help a success.
func done(err error) error {
	if errors.Is(err, errHelp) {
		return nil
	}
	return err
}

// word is the i-th word, "" when there is none.
func (c *call) word(i int) string {
	if i < len(c.words) {
		return c.words[i]
	}
	return ""
}

// say prints one sentence, or {} where JSON was asked for.
func (c *call) say(format string, args ...any) error {
	return c.print(struct{}{}, func(w io.Writer) { fmt.Fprintf(w, format, args...) })
}
