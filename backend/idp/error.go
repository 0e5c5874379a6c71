package idp

import "errors"

// Code sorts errors by what the caller can do about them.
type Code string

// The codes. Everything that is not an *Error is internal: logged once under a reference, and shown as that reference only.
const (
	Invalid     Code = "invalid"     // what was sent is wrong: correct it
	NotFound    Code = "not_found"   // there is no such thing
	Conflict    Code = "conflict"    // it clashes with what is there
	Denied      Code = "denied"      // this person or app may not
	Expired     Code = "expired"     // it was good once
	Unavailable Code = "unavailable" // cannot now: try later, or mend what the message names
	Internal    Code = "internal"    // ours: see the log under the reference
)

// Error is a failure that a person can act on. Field names the part of the input that is wrong, in the JSON spelling of that input.
type Error struct {
	Code    Code
	Field   string
	Message Message
	cause   error
}

func (e *Error) Error() string { return e.Message.String() }

// Unwrap gives the cause, if one was kept for the log.
func (e *Error) Unwrap() error { return e.cause }

// Fail makes an Error; args are pairs as in Text.
func Fail(code Code, key string, args ...string) *Error {
	return &Error{Code: code, Message: Text(key, args...)}
}

// FailField is Fail for one field of the input.
func FailField(field, key string, args ...string) *Error {
	return &Error{Code: Invalid, Field: field, Message: Text(key, args...)}
}

// Because keeps the cause for the log; the person still sees the message alone.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// CodeOf is the code of the first Error in err's chain, Internal for any other error, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
