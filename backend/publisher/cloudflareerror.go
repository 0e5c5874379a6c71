package publisher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudflare/cloudflare-go/v6/workers"

	"hearthkey/backend/idp"
)

// cloudflareCalls carries the library's requests: it tells nothing of this machine, goes along with no redirect (the token is for one host), and bounds answers.
type cloudflareCalls struct{ transport *http.Transport }

// RoundTrip fails where the answer is not the API's.
func (c cloudflareCalls) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" || r.URL.Host != cloudflareHost {
		return nil, fmt.Errorf("publisher: %s is not Cloudflare's API", r.URL.Host)
	}
	r = r.Clone(r.Context())
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Stainless-") {
			r.Header.Del(name)
		}
	}
	res, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 || res.StatusCode >= 500 {
		_ = res.Body.Close()
		return nil, idp.Fail(idp.Unavailable, "cloudflare.down").Because(fmt.Errorf("%s %s: %s", r.Method, r.URL.Path, res.Status))
	}
	res.Body = &shortBody{res.Body, cloudflareLong}
	return res, nil
}

var errTooLong = errors.New("an answer is longer than any should be")

// shortBody fails after so many bytes.
type shortBody struct {
	io.ReadCloser
	left int
}

func (s *shortBody) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if s.left -= n; s.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// The codes of Cloudflare's errors that are told apart (Workers docs, "Errors and exceptions"; API docs, "Errors").
const (
	cfNoScript  = 10007
	cfNoRoute   = 10009
	cfDuplicate = 10020
	cfTooMany   = 10037
)

var (
	cfBadScript = []int64{10006, 10021, 10027}
	cfBusy      = []int64{971, 10035, 10429}
)

// isMissing says whether the API knows no such route or script.
func isMissing(err error) bool {
	var api *workers.Error
	return errors.As(err, &api) && (api.StatusCode == http.StatusNotFound || has(api, cfNoScript) || has(api, cfNoRoute))
}

func has(api *workers.Error, codes ...int64) bool {
	for _, e := range api.Errors {
		if slices.Contains(codes, e.Code) {
			return true
		}
	}
	return false
}

// explainCloudflare makes a sentence of an error; denied is the key for a token that may not do this. The cause that is kept is text alone: the library's holds the request with the token in it.
func explainCloudflare(ctx context.Context, err error, denied string) error {
	var api *workers.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.As(err, &api):
		return onTheWay(ctx, err, "", cloudflareHost)
	}
	return refusal(api, denied).Because(errors.New(api.Error()))
}

func refusal(api *workers.Error, denied string) *idp.Error {
	reason := said(api)
	switch {
	case api.StatusCode == http.StatusTooManyRequests || has(api, cfBusy...):
		return idp.Fail(idp.Unavailable, "cloudflare.busy")
	case has(api, cfBadScript...):
		return idp.Fail(idp.Unavailable, "cloudflare.script_refused", "reason", reason)
	case has(api, cfTooMany):
		return idp.Fail(idp.Unavailable, "cloudflare.many")
	case has(api, cfDuplicate):
		return idp.Fail(idp.Conflict, "cloudflare.raced")
	case api.StatusCode == http.StatusUnauthorized || api.StatusCode == http.StatusForbidden || has(api, 6003, 6111, 9109, 10000):
		return deniedBy(denied, reason)
	}
	return idp.Fail(idp.Unavailable, "cloudflare.refused", "reason", reason)
}

func deniedBy(key, reason string) *idp.Error {
	switch key {
	case "cloudflare.routes":
		return idp.FailField("secret", "cloudflare.routes", "reason", reason)
	case "cloudflare.scripts":
		return idp.FailField("secret", "cloudflare.scripts", "reason", reason)
	}
	return idp.FailField("secret", "cloudflare.token", "reason", reason)
}

// said is the API's own words, in one short line.
func said(api *workers.Error) string {
	var words []string
	for _, e := range api.Errors {
		words = append(words, fmt.Sprintf("%s (%d)", oneLine(e.Message, 160), e.Code))
	}
	if len(words) == 0 {
		return http.StatusText(api.StatusCode)
	}
	return oneLine(strings.Join(words, ", "), 320)
}

// oneLine is what a server said, fit for a sentence: without control characters, and no longer than most bytes.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
