package admin

import (
	"context"
	"net/netip"

	"hearthkey/backend/idp"
	"hearthkey/backend/webfinger"
)

// WebFingerGuide finds the way for a domain that has no website, and looks whether the DNS records that it takes are there. It changes nothing.
func (a *Admin) WebFingerGuide(ctx context.Context, in WebFingerGuideInput) (WebFingerGuide, error) {
	d, err := checkWebFinger(WebFingerInput{Domain: in.Domain})
	if err != nil {
		return WebFingerGuide{}, err
	}
	out := WebFingerGuide{Domain: d.Domain, Steps: []string{}, Records: []WebFingerRecord{}, Extra: []string{}, Addresses: []string{}, Servers: []string{}}
	var addresses []netip.Addr
	if a.Records != nil {
		servers, found, err := a.Records(ctx, d.Domain)
		if err != nil && ctx.Err() != nil {
			return WebFingerGuide{}, ctx.Err()
		}
		out.Looked = err == nil
		addresses, out.Servers = found, append(out.Servers, servers...)
	}
	g := webfinger.GuideFor(d.Domain, webfinger.Answers{Cloudflare: in.Cloudflare, FreeHost: in.FreeHost}, out.Servers, addresses)
	out.DNS, out.Ask, out.Host, out.At, out.Extra = g.DNS, g.Ask, g.Host, g.At, append(out.Extra, g.Extra...)
	for _, step := range g.Steps {
		out.Steps = append(out.Steps, step.String())
	}
	for _, ip := range addresses {
		out.Addresses = append(out.Addresses, ip.String())
	}
	out.Ready = out.Looked && len(g.Records) > 0 && len(g.Extra) == 0
	for _, r := range g.Records {
		out.Records = append(out.Records, WebFingerRecord{Type: r.Type, Name: d.Domain, Value: r.Value, Seen: r.Seen})
		out.Ready = out.Ready && r.Seen
	}
	if !out.Looked {
		out.Problem = idp.Text("wflines.way_offline").String()
	}
	return out, nil
}
