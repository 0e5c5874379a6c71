package publisher

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/option"
	"github.com/cloudflare/cloudflare-go/v6/workers"
	"github.com/cloudflare/cloudflare-go/v6/zones"

	"hearthkey/backend/idp"
)

const (
	cloudflareHost = "api.cloudflare.com"
	cloudflareAPI  = "https://" + cloudflareHost + "/client/v4/"
	cloudflareWait = 20 * time.Second // for one request
	cloudflareLong = 1 << 20          // bytes of one answer
)

// cloudflare is a Worker that answers for the domain on Cloudflare's edge, reached by one route. The script is uploaded first, so whatever answered before goes on until the route points to one that is whole.
type cloudflare struct {
	domain, zoneName string
	transport        *http.Transport
	zones            *zones.ZoneService
	routes           *workers.RouteService
	scripts          *workers.ScriptService
	at               *zone // once it was found
}

// zone is a site as Cloudflare knows it.
type zone struct{ id, account, name string }

// checkCloudflare wants a zone that can hold the domain, if one is named.
func checkCloudflare(domain string, p idp.Publisher) error {
	if p.Zone != "" && domain != "" && !inZone(p.Zone, domain) {
		return idp.FailField("zone", "cloudflare.zone_other", "zone", p.Zone, "domain", domain)
	}
	return nil
}

// inZone says whether a domain is in a zone.
func inZone(zone, domain string) bool {
	return domain == zone || strings.HasSuffix(domain, "."+zone)
}

// openCloudflare prepares the visit; nothing is called yet.
func openCloudflare(c Config) (*cloudflare, error) {
	if err := checkCloudflare(c.Domain, c.Settings); err != nil {
		return nil, err
	}
	if c.Credentials.Secret == "" {
		return nil, idp.FailField("secret", "cloudflare.no_token")
	}
	transport := c.Outgoing.Transport(false)
	options := []option.RequestOption{
		option.WithBaseURL(cloudflareAPI), option.WithAPIToken(strings.TrimSpace(c.Credentials.Secret)), option.WithHeader("User-Agent", "Hearthkey"),
		option.WithMaxRetries(0), option.WithRequestTimeout(cloudflareWait), // a retry waits for up to 30 s
		option.WithHTTPClient(&http.Client{Transport: cloudflareCalls{transport}}),
	}
	return &cloudflare{
		domain: c.Domain, zoneName: c.Settings.Zone, transport: transport,
		zones: zones.NewZoneService(options...), routes: workers.NewRouteService(options...), scripts: workers.NewScriptService(options...),
	}, nil
}

// Changes names the Worker and its route.
func (c *cloudflare) Changes() []string { return cloudflareChanges(c.domain) }

func cloudflareChanges(domain string) []string {
	return []string{
		idp.Text("cloudflare.changes_script", "script", scriptName(domain)).String(),
		idp.Text("cloudflare.changes_route", "route", routePattern(domain)).String(),
	}
}

// Close ends the connections.
func (c *cloudflare) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// Test finds the zone and what answers there, and sees by taking away what cannot be there whether the token may change routes and scripts: Cloudflare looks at the token before it looks for the thing.
func (c *cloudflare) Test(ctx context.Context) (Test, error) {
	s, err := c.Read(ctx)
	if err != nil {
		return Test{}, err
	}
	if err := c.probe(ctx); err != nil {
		return Test{}, err
	}
	if s.There {
		return Test{Said: idp.Text("cloudflare.found", "zone", c.at.name).String()}, nil
	}
	return Test{Said: idp.Text("cloudflare.found_none", "zone", c.at.name).String()}, nil
}

// Read tells of the Worker that is there by Hearthkey's name. One of somebody else's on the same route is idp.Conflict.
func (c *cloudflare) Read(ctx context.Context) (Snapshot, error) {
	routes, err := c.free(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	script, there, err := c.script(ctx)
	if err != nil || !there {
		return Snapshot{}, err
	}
	return Snapshot{There: len(routes) > 0, Script: script}, nil
}

// Write uploads the script, then adds the route if it is not there.
func (c *cloudflare) Write(ctx context.Context, m Material) error {
	if m.Script == "" {
		return errors.New("publisher: a Worker without a script")
	}
	routes, err := c.free(ctx)
	if err != nil {
		return err
	}
	if err := c.upload(ctx, m.Script); err != nil {
		return err
	}
	if len(routes) > 0 {
		return nil
	}
	if err := c.addRoute(ctx); err != nil {
		tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), cloudflareWait)
		defer cancel()
		_ = c.removeScript(tidy) // it answers nowhere
		return err
	}
	return nil
}

// Restore puts back the script that was there; else it takes away the route first, so that no request meets a Worker that is gone.
func (c *cloudflare) Restore(ctx context.Context, s Snapshot) error {
	if s.There {
		return c.Write(ctx, Material{Script: s.Script})
	}
	if err := c.find(ctx); err != nil {
		return err
	}
	own, _, err := c.listRoutes(ctx)
	if err != nil {
		return err
	}
	for _, id := range own {
		if err := c.removeRoute(ctx, id); err != nil {
			return err
		}
	}
	return c.removeScript(ctx)
}
