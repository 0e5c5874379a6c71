package store

import "context"

// Answers to whether this issuer signs people in to the very tailnet that carries it; "" until the owner has said.
const (
	CarrierYes = "yes"
	CarrierNo  = "no"
)

// carrier is kept as one setting.
type carrier struct {
	Answer       string `json:"answer"`       // "", CarrierYes or CarrierNo
	PasskeyAdmin bool   `json:"passkeyAdmin"` // the owner says that an admin signs in to Tailscale with a passkey
}

// Carrier is whether this issuer signs people in to the very tailnet that carries it: CarrierYes, CarrierNo, or "" while the owner has not said.
func (r Reads) Carrier(ctx context.Context) (string, error) {
	c, err := setting[carrier](ctx, r, "carrier")
	return c.Answer, err
}

// SetCarrier keeps the owner's answer; "" asks anew, as for another tailnet, and forgets that a passkey admin is there.
func (tx *Tx) SetCarrier(ctx context.Context, answer string) error {
	c, err := setting[carrier](ctx, tx.Reads, "carrier")
	if err != nil {
		return err
	}
	if c.Answer = answer; answer == "" {
		c = carrier{}
	}
	return setSetting(tx, "carrier", c)
}

// PasskeyAdmin is whether the owner has said that an admin of the tailnet signs in to Tailscale with a passkey.
func (r Reads) PasskeyAdmin(ctx context.Context) (bool, error) {
	c, err := setting[carrier](ctx, r, "carrier")
	return c.PasskeyAdmin, err
}

// SetPasskeyAdmin keeps what the owner says of it.
func (tx *Tx) SetPasskeyAdmin(ctx context.Context, there bool) error {
	c, err := setting[carrier](ctx, tx.Reads, "carrier")
	if err != nil {
		return err
	}
	c.PasskeyAdmin = there
	return setSetting(tx, "carrier", c)
}
