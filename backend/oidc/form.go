package oidc

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// maxForm is the largest body of a form, in bytes.
const maxForm = 64 << 10

// repeated names the first parameter that comes more than once (RFC 6749 §3.1, §3.2), or "". resource alone may repeat (RFC 8707 §2); it is not known here and so is ignored.
func repeated(form url.Values) string {
	first := ""
	for name, values := range form {
		if len(values) > 1 && name != "resource" && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// readForm reads a body of application/x-www-form-urlencoded. What stands in the query is not looked at: parameters there end in logs (RFC 6749 §3.2, §2.3.1).
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *tokenError) {
	if !isForm(r) {
		return nil, invalidRequest("the body must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, &tokenError{status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Description: "the body is too large"}
	}
	if err != nil {
		return nil, invalidRequest("the body could not be read")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !utf8.Valid(body) {
		return nil, invalidRequest("the body is not a well-formed form")
	}
	if repeated(form) != "" {
		return nil, invalidRequest("a parameter is repeated")
	}
	return form, nil
}

func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}
