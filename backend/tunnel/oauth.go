package tunnel

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// clientSecretPrefix begins an OAuth client secret, as Tailscale writes it.
	clientSecretPrefix = "tskey-client-"
	// apiURL is Tailscale's API. baseURL in the secret's options is another, as for its own clients.
	apiURL = "https://api.tailscale.com"
	// exchangeTimeout bounds making an auth key of a client secret.
	exchangeTimeout = 30 * time.Second
)

// apiRefusal is an answer of Tailscale's API that is no success.
type apiRefusal struct {
	status int
	said   string
}

func (e *apiRefusal) Error() string { return e.said }

// authKeyOf makes an auth key for one node with those tags. A node could do it by itself, but only while it starts, for as long as the network lets it wait,
// and with an error that does not tell a wrong secret from a tag that is not owned.
func authKeyOf(ctx context.Context, secret string, tags []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	secret, query, _ := strings.Cut(secret, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	base := cmp.Or(options.Get("baseURL"), apiURL)
	var token struct {
		Value string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"hearthkey"}, "client_secret": {secret}} // which client it is, the secret says
	if err := postTo(ctx, base+"/api/v2/oauth/token", "", "application/x-www-form-urlencoded", []byte(form.Encode()), &token); err != nil {
		return "", err
	}
	var wanted struct {
		Capabilities struct {
			Devices struct {
				Create struct {
					Reusable      bool     `json:"reusable"`
					Ephemeral     bool     `json:"ephemeral"`
					Preauthorized bool     `json:"preauthorized"`
					Tags          []string `json:"tags"`
				} `json:"create"`
			} `json:"devices"`
		} `json:"capabilities"`
	}
	create := &wanted.Capabilities.Devices.Create
	create.Tags, create.Preauthorized = tags, options.Get("preauthorized") == "true"
	body, err := json.Marshal(wanted)
	if err != nil {
		return "", err
	}
	var made struct {
		Key string `json:"key"`
	}
	err = postTo(ctx, base+"/api/v2/tailnet/-/keys", token.Value, "application/json", body, &made)
	return made.Key, err
}

// postTo sends a body and reads a JSON answer of at most 64 KB. The error is an apiRefusal where the API answered anything but success.
func postTo(ctx context.Context, to, token, kind string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask Tailscale's API: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		var why struct {
			Message     string `json:"message"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(raw, &why)
		return &apiRefusal{res.StatusCode, cmp.Or(why.Message, why.Description, res.Status)}
	}
	return json.Unmarshal(raw, answer)
}
