package publisher

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/cloudflare/cloudflare-go/v6/workers"
	"github.com/cloudflare/cloudflare-go/v6/zones"

	"hearthkey/backend/idp"
)

// routePattern is where the Worker answers. Patterns match the whole address with its query, which WebFinger always has, so it ends in a star.
func routePattern(domain string) string { return domain + "/" + Path + "*" }

const (
	scriptPrefix = "hearthkey-webfinger-"
	scriptLength = 63 // as long as a label of DNS, which Cloudflare makes of it for workers.dev
)

// scriptName is the Worker's. A dash of the domain is doubled, so that no two domains share one; what is too long ends in a hash.
func scriptName(domain string) string {
	name := scriptPrefix + strings.NewReplacer("-", "--", ".", "-").Replace(domain)
	if len(name) <= scriptLength {
		return name
	}
	sum := sha256.Sum256([]byte(domain))
	return name[:scriptLength-17] + "-" + hex.EncodeToString(sum[:8])
}

// find looks up the zone: the one that was named, or the longest that holds the domain and the token may see.
func (c *cloudflare) find(ctx context.Context) error {
	if c.at != nil {
		return nil
	}
	names := []string{c.zoneName}
	if c.zoneName == "" {
		names = parents(c.domain)
	}
	for _, name := range names {
		found, err := c.lookUp(ctx, name)
		if err != nil {
			return err
		}
		if found != nil {
			return c.use(found)
		}
	}
	return idp.FailField("secret", "cloudflare.no_zone", "zone", names[len(names)-1])
}

// parents are a domain and what it is part of, down to two labels.
func parents(domain string) []string {
	out := []string{domain}
	for rest := domain; strings.Count(rest, ".") > 1; {
		_, rest, _ = strings.Cut(rest, ".")
		out = append(out, rest)
	}
	return out
}

func (c *cloudflare) lookUp(ctx context.Context, name string) (*zones.Zone, error) {
	var p zones.ZoneListParams
	p.Name.Value, p.Name.Present = name, true
	page, err := c.zones.List(ctx, p)
	if err != nil {
		return nil, explainCloudflare(ctx, err, "cloudflare.token")
	}
	for i := range page.Result {
		if strings.EqualFold(page.Result[i].Name, name) {
			return &page.Result[i], nil
		}
	}
	return nil, nil
}

// use takes a zone that Cloudflare serves: in one that is waiting for its name servers, or that is paused, no Worker runs.
func (c *cloudflare) use(z *zones.Zone) error {
	switch {
	case z.Paused:
		return idp.Fail(idp.Unavailable, "cloudflare.paused", "zone", z.Name)
	case z.Status != zones.ZoneStatusActive:
		return idp.Fail(idp.Unavailable, "cloudflare.pending", "zone", z.Name)
	}
	c.at = &zone{z.ID, z.Account.ID, z.Name}
	return nil
}

// free finds the zone, and gives the routes that lead to Hearthkey's Worker, unless another one answers there.
func (c *cloudflare) free(ctx context.Context) ([]string, error) {
	if err := c.find(ctx); err != nil {
		return nil, err
	}
	own, taken, err := c.listRoutes(ctx)
	switch {
	case err != nil:
		return nil, err
	case taken == nil:
		return own, nil
	case taken.Script == "":
		return nil, idp.Fail(idp.Conflict, "cloudflare.taken_off", "route", taken.Pattern, "zone", c.at.name)
	}
	return nil, idp.Fail(idp.Conflict, "cloudflare.taken", "route", taken.Pattern, "script", taken.Script, "zone", c.at.name)
}

// listRoutes sorts out the routes that matter: own ones by their IDs, and one at the same place that is not.
func (c *cloudflare) listRoutes(ctx context.Context) (own []string, taken *workers.RouteListResponse, err error) {
	var p workers.RouteListParams
	p.ZoneID.Value, p.ZoneID.Present = c.at.id, true
	page, err := c.routes.List(ctx, p)
	if err != nil {
		return nil, nil, explainCloudflare(ctx, err, "cloudflare.routes")
	}
	for i, r := range page.Result {
		switch {
		case !covers(r.Pattern, c.domain):
		case r.Script == scriptName(c.domain):
			own = append(own, r.ID)
		default:
			taken = &page.Result[i]
		}
	}
	return own, taken, nil
}

// covers says whether a route is for the domain's WebFinger in particular. A wider one, such as example.com/*, gives way to it.
func covers(pattern, domain string) bool {
	pattern = strings.ToLower(pattern)
	if _, rest, ok := strings.Cut(pattern, "://"); ok {
		pattern = rest
	}
	host, path, _ := strings.Cut(pattern, "/")
	suffix, wild := strings.CutPrefix(host, "*")
	return strings.HasPrefix(path, Path) && (host == domain || wild && strings.HasSuffix(domain, suffix))
}
