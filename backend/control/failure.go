package control

import (
	"context"
	"errors"
	"log/slog"

	"hearthkey/backend/idp"
)

// Failure is an error as it crosses a bridge: to the window, to a test's browser, over the control socket.
type Failure struct {
	Code    idp.Code          `json:"code"`
	Field   string            `json:"field,omitempty"` // the wrong part of the input, in its JSON spelling
	Key     string            `json:"key"`             // of the message in the catalogue
	Args    map[string]string `json:"args,omitempty"`  // of the message
	Message string            `json:"message"`         // in English
	Ref     string            `json:"ref,omitempty"`   // of the log line, with code internal
}

// FailureOf describes err. What is not an *idp.Error is internal: it is logged here, once, under a new reference, and only that reference crosses.
func FailureOf(err error, log *slog.Logger) Failure {
	var known *idp.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		known = idp.Fail(idp.Unavailable, "control.stopped")
	default:
		ref := idp.NewReference()
		log.Error("internal error", "ref", ref, "error", err)
		known = idp.Fail(idp.Internal, "error.internal", "ref", ref)
	}
	f := Failure{Code: known.Code, Field: known.Field, Key: known.Message.Key, Args: known.Message.Args, Message: known.Message.String()}
	if f.Code == idp.Internal {
		f.Ref = f.Args["ref"]
	}
	return f
}

// Err is the error that f describes, so that a caller far away treats it like one near. A key that this build's catalogue lacks gives way to the text that came with it.
func (f Failure) Err() *idp.Error {
	m := idp.Message{Key: f.Key, Args: f.Args}
	if !idp.Known(f.Key) {
		m = idp.Message{Key: f.Message}
	}
	return &idp.Error{Code: f.Code, Field: f.Field, Message: m}
}
