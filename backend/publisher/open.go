package publisher

import (
	"context"

	"hearthkey/backend/idp"
)

// Open gives the target that a domain's settings name. It looks at the settings, which may lack a host key until Test has shown one, and connects to nothing yet. Its errors are idp.Error with the field that is wrong; idp.Conflict where nothing is published from here.
func Open(ctx context.Context, c Config) (Target, error) {
	if err := Check(c.Settings); err != nil {
		return nil, err
	}
	switch c.Settings.Kind {
	case idp.PublisherFolder:
		return &folder{root: c.Settings.Root}, nil
	case idp.PublisherCloudflare:
		return openCloudflare(c)
	}
	return nil, idp.Fail(idp.Conflict, "publisher.none", "domain", c.Domain)
}

// Check looks at settings without going anywhere; the host key may still be missing. Its errors are idp.Error with the field that is wrong.
func Check(p idp.Publisher) error {
	switch p.Kind {
	case idp.PublisherNone, idp.PublisherHand:
		return nil
	case idp.PublisherFolder:
		return checkFolder(p)
	case idp.PublisherCloudflare:
		return nil
	}
	return idp.FailField("kind", "publisher.kind")
}

// Changes says what publishing by these settings will change, a sentence each; none where nothing is published from here.
func Changes(domain string, p idp.Publisher) []string {
	switch p.Kind {
	case idp.PublisherFolder:
		return (&folder{root: p.Root}).Changes()
	case idp.PublisherCloudflare:
		return cloudflareChanges(domain)
	}
	return []string{}
}

// maxDocument is how many bytes a document that is there may have.
const maxDocument = 64 << 10
