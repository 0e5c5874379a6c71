package signin

import (
	"context"
	"encoding/json"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/passkey"
)

// ceremonySeconds is how long the options in a page are good for the button; after that the script gets fresh ones first.
const ceremonySeconds = 240

// askWords are the ends of a ceremony, as app.js names them.
var askWords = []string{"waiting", "checking", "cancelled", "timeout", "blocked", "insecure", "unable", "network", "failed", "copied"}

// ceremony is what the page's script needs, as JSON in the page.
type ceremony struct {
	ID       string            `json:"ceremony"`
	Options  json.RawMessage   `json:"publicKey"` // null when none could be begun: the script asks again
	Create   bool              `json:"create"`
	Begin    string            `json:"begin"`
	Finish   string            `json:"finish"`
	TX       string            `json:"tx,omitempty"`
	App      string            `json:"app,omitempty"`
	Autofill bool              `json:"autofill"`
	Seconds  int               `json:"seconds"`
	Text     map[string]string `json:"text"`

	known string // message key for a device that holds one of the person's passkeys already
}

// ceremony fills in the options and the words for each way it can end. When none can be begun now, the page still comes, and the button says so.
func (p *Pages) ceremony(ctx context.Context, c ceremony, begin func() (passkey.Options, error)) (ceremony, error) {
	options, err := begin()
	if err != nil && idp.CodeOf(err) != idp.Unavailable {
		return c, err
	}
	if err == nil {
		c.ID, c.Options = options.ID, options.JSON
	}
	c.Seconds = ceremonySeconds
	c.Text = map[string]string{}
	home, owner := p.home(), p.owner(ctx)
	say := func(word, key string) {
		c.Text[word] = text(key, "home", home, "owner", owner, "address", p.pin.Issuer)
	}
	for _, w := range askWords {
		say(w, "page.ask_"+w)
	}
	if c.Create {
		say("cancelled", "page.make_cancelled")
		say("blocked", "page.make_blocked")
		say("known", c.known)
	}
	return c, nil
}

// answered is what the script sends when the authenticator has answered.
type answered struct {
	Ceremony string          `json:"ceremony"`
	TX       string          `json:"tx"`
	App      string          `json:"app"`
	Response json.RawMessage `json:"response"`
}

// asked is what the script sends for fresh options.
type asked struct {
	TX     string `json:"tx"`
	App    string `json:"app"`
	Former string `json:"former"` // the former host whose passkeys to ask for, "" for the issuer's own
}

// amrOf says what a passkey with user verification proves (RFC 8176 §2): a key in software or hardware, the person's presence, and a second factor that the device checked.
func amrOf(k idp.Passkey) string {
	proof := "hwk"
	if k.BackupEligible { // it can leave its device
		proof = "swk"
	}
	return strings.Join([]string{proof, "user", "mfa"}, " ")
}
