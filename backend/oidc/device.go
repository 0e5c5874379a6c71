package oidc

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// PathDevice is the page where a person types a device's code (RFC 8628 §3.3).
const PathDevice = "/device"

// UserCodeLetters are those of user codes. They leave out vowels, so that no words arise, and what looks alike (RFC 8628 §6.1). Eight of them are 34 bits.
const (
	UserCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
)

// userCodeShown is how much of a user code stands in the complete address: a person who was sent one still has to see the device to type the rest.
const userCodeShown = userCodeLength - 2

// maxUserAgent is how much of a device's user agent is kept, in bytes.
const maxUserAgent = 256

// deviceResponse is the answer of RFC 8628 §3.2.
type deviceResponse struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int64  `json:"expires_in"` // seconds, and so interval
	Interval                int64  `json:"interval"`
}

// DeviceAuthorize is the device authorization endpoint (RFC 8628 §3.1). The app proves who it is as at the token endpoint.
func (p *Provider) DeviceAuthorize(w http.ResponseWriter, r *http.Request) {
	c, form, ok := p.called(w, r)
	if !ok {
		return
	}
	out, refusal, err := p.addDevice(r, c, form)
	switch {
	case err != nil:
		p.trouble(w, r, err)
	case refusal != nil:
		refusal.write(w)
	default:
		writeJSON(w, http.StatusOK, out)
	}
}

func (p *Provider) addDevice(r *http.Request, c caller, form url.Values) (deviceResponse, *tokenError, error) {
	if !hasDevices(c.client) {
		return deviceResponse{}, unauthorizedClient(), nil
	}
	scope := knownScopes(form.Get("scope"))
	if !idp.HasScope(scope, "openid") { // as at authorize
		return deviceResponse{}, &tokenError{status: http.StatusBadRequest, Code: "invalid_scope", Description: "scope must contain openid"}, nil
	}
	now, v := p.clock(), idp.VisitorOf(r.Context())
	secret := idp.NewSecret()
	row := idp.DeviceCode{Hash: idp.Hash(secret), ClientID: c.client.ID, Scope: scope, Network: v.Network, Source: sourceOf(v), UserAgent: userAgent(r),
		CreatedAt: now, ExpiresAt: now.Add(idp.DeviceLife), Interval: int64(idp.DeviceInterval / time.Second), State: idp.DeviceWaiting}
	code, err := p.keepDevice(r.Context(), c, row)
	if err != nil {
		return deviceResponse{}, nil, fmt.Errorf("keep the device's code: %w", err)
	}
	page, shown := p.issuer+PathDevice, showUserCode(code)
	return deviceResponse{DeviceCode: secret, UserCode: shown, VerificationURI: page, VerificationURIComplete: page + "?code=" + shown[:userCodeShown+1],
		ExpiresIn: int64(idp.DeviceLife / time.Second), Interval: row.Interval}, nil, nil
}

// hasDevices says whether an app may sign in on devices now (RFC 6749 §5.2, unauthorized_client).
func hasDevices(c idp.Client) bool { return c.DeviceGrant && !c.Disabled() }

// keepDevice finds a user code that nobody has now. Among billions, three tries are plenty.
func (p *Provider) keepDevice(ctx context.Context, c caller, row idp.DeviceCode) (code string, err error) {
	for range 3 {
		code = newUserCode()
		row.UserHash = idp.Hash(code)
		err = p.store.Write(ctx, func(tx *store.Tx) error {
			if err := tx.AddDeviceCode(row); err != nil {
				return err
			}
			return c.note(tx, row.CreatedAt)
		})
		if idp.CodeOf(err) != idp.Conflict {
			break
		}
	}
	return code, err
}

// newUserCode draws letters with equal odds: bytes beyond the last whole round of the alphabet are drawn again.
func newUserCode() string {
	const n = len(UserCodeLetters)
	code, b := make([]byte, 0, userCodeLength), make([]byte, 1)
	for len(code) < userCodeLength {
		if _, _ = rand.Read(b); int(b[0]) < 256/n*n {
			code = append(code, UserCodeLetters[int(b[0])%n])
		}
	}
	return string(code)
}

// showUserCode is how people read it: in two halves.
func showUserCode(code string) string { return code[:4] + "-" + code[4:] }

// readUserCode takes what a person typed: in any case, with anything between the letters (RFC 8628 §6.1). "" for what can be no code.
func readUserCode(typed string) string {
	if len(typed) > 64 {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		if strings.ContainsRune(UserCodeLetters, r) {
			return r
		}
		if strings.ContainsRune(" -_.\t", r) {
			return -1
		}
		return '?'
	}, strings.ToUpper(typed))
	if len(code) != userCodeLength || strings.Contains(code, "?") {
		return ""
	}
	return code
}

// userAgent is what a device says it is, for the page that asks a person about it.
func userAgent(r *http.Request) string {
	s := r.UserAgent()
	if len(s) > maxUserAgent {
		s = s[:maxUserAgent]
	}
	s = strings.ToValidUTF8(s, "")
	if !isText(s) {
		return ""
	}
	return s
}
