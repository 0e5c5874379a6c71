package oidc

import (
	"context"
	"net/netip"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// Device is a device that waits for a person's answer, with the app it is for.
type Device struct {
	Client idp.Client
	Code   idp.DeviceCode
}

// FindDevice reads what waits under the code that a person typed; idp.NotFound, and idp.Expired for one that was answered or is too old. The context's visitor is who types: too many wrong codes are idp.Unavailable, whatever they are.
func (p *Provider) FindDevice(ctx context.Context, userCode string) (*Device, error) {
	v := idp.VisitorOf(ctx)
	if p.guessing(v, false) {
		return nil, idp.Fail(idp.Unavailable, "oidc.device_guessing")
	}
	d := &Device{}
	err := p.store.View(ctx, func(r store.Reads) (err error) {
		code := readUserCode(userCode)
		if d.Code, err = r.DeviceByUserCode(ctx, idp.Hash(code)); err != nil {
			return err
		}
		d.Client, err = r.Client(ctx, d.Code.ClientID)
		return err
	})
	if err == nil {
		err = d.waits(p.clock())
	}
	if idp.CodeOf(err) == idp.NotFound {
		p.guessing(v, true)
		return nil, idp.Fail(idp.NotFound, "oidc.device_unknown")
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// guessing says whether a visitor has typed too many wrong codes, after counting one that was.
func (p *Provider) guessing(v idp.Visitor, wrong bool) bool {
	return p.wrongCode != nil && p.wrongCode(v, wrong)
}

// waits says why a device does not wait for an answer.
func (d *Device) waits(now idp.Time) error {
	switch {
	case !hasDevices(d.Client): // the owner has taken it away since
		return idp.Fail(idp.NotFound, "oidc.device_unknown")
	case d.Code.State != idp.DeviceWaiting, d.Code.ExpiresAt.Passed(now):
		return idp.Fail(idp.Expired, "oidc.device_over")
	}
	return nil
}

// Near says whether the browser that would confirm is where the device is, so that nobody is talked into signing in a stranger's (RFC 8628 §5.4): both in the tailnet, or at the same source, unless the app allows it from anywhere.
func (d *Device) Near(v idp.Visitor) bool {
	if d.Client.DeviceAnywhere {
		return true
	}
	source, err := netip.ParseAddr(d.Code.Source)
	device := idp.Visitor{Network: d.Code.Network, Source: source}
	switch {
	case v.Network == idp.NetworkTailnet && device.Network == idp.NetworkTailnet:
		return true
	case err != nil, !v.Source.IsValid(), v.Network != device.Network:
		return false
	}
	return v.SourceKey() == device.SourceKey()
}
