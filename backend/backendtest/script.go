package backendtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"hearthkey/backend/passkey/passkeytest"
)

// Script does over HTTP what the script of the pages does in a browser. Its failures are errors, for tests in which things fail on purpose.
type Script struct {
	Client        *http.Client // with the browser's cookies
	Issuer        string
	Authenticator *passkeytest.Authenticator
}

// Ceremony is what a page tells the script of a passkey to make or to use.
type Ceremony struct {
	ID      string          `json:"ceremony"`
	Options json.RawMessage `json:"publicKey"`
	Create  bool            `json:"create"`
	Begin   string          `json:"begin"`
	Finish  string          `json:"finish"`
	TX      string          `json:"tx"`
	App     string          `json:"app"`
}

// authenticators are used by one browser at a time, as a device is.
var authenticators sync.Mutex

// Answer is what the script posts when the authenticator has answered a ceremony on a page of the origin.
func (c Ceremony) Answer(a *passkeytest.Authenticator, origin string) (map[string]any, error) {
	authenticators.Lock()
	defer authenticators.Unlock()
	with := a.Get
	if c.Create {
		with = a.Create
	}
	response, err := with(c.Options, origin)
	return map[string]any{"ceremony": c.ID, "tx": c.TX, "app": c.App, "response": json.RawMessage(response)}, err
}

// Refused is an answer that is no success.
type Refused struct {
	Path   string
	Status int
	Body   string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%s answers %d: %s", r.Path, r.Status, r.Body)
}

// Post sends JSON as a page of the issuer's does, and decodes the answer into out. An answer other than 200 is a *Refused.
func (s *Script) Post(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, s.Issuer+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", s.Issuer)
	res, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return &Refused{path, res.StatusCode, string(raw)}
	}
	return json.Unmarshal(raw, out)
}

// Enrol makes a passkey by an invite link. Without an error it is acknowledged: it must last.
func (s *Script) Enrol(invite string) error {
	path, ours := strings.CutPrefix(invite, s.Issuer)
	if !ours {
		return errors.New(invite + " is no address of the issuer")
	}
	_, err := s.run(Ceremony{Create: true, Begin: path + "/options", Finish: path + "/passkey"})
	return err
}

// SignIn signs in at the sign-in page, for no app.
func (s *Script) SignIn() error {
	next, err := s.run(Ceremony{Begin: "/sign-in/options", Finish: "/sign-in/passkey"})
	if err == nil && next != "/account" {
		return errors.New("the next page is " + next)
	}
	return err
}

// run gets fresh options, has them answered, and says where the page goes on.
func (s *Script) run(c Ceremony) (next string, err error) {
	if err := s.Post(c.Begin, map[string]string{"tx": c.TX, "app": c.App}, &c); err != nil {
		return "", err
	}
	answer, err := c.Answer(s.Authenticator, s.Issuer)
	if err != nil {
		return "", err
	}
	var done struct {
		Next string `json:"next"`
	}
	err = s.Post(c.Finish, answer, &done)
	return done.Next, err
}
