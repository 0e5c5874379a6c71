package publisher

import (
	"context"

	"hearthkey/backend/idp"
)

// Open gives the target that a domain's settings name. It looks at the settings, which may lack a host key until Test has shown one, and connects to nothing yet. Its errors are idp.Error with the field that is wrong; idp.Conflict where nothing is published from here.
func Open(ctx context.Context, c Config) (Target, error) {
	if err := check(c.Settings); err != nil {
		return nil, err
	}
	switch c.Settings.Kind {
	case idp.PublisherFolder:
		return &folder{root: c.Settings.Root}, nil
	case idp.PublisherSFTP:
		return newSFTP(c), nil
	case idp.PublisherGit:
		return openGit(c)
	case idp.PublisherWebDAV:
		return newWebDAV(c)
	case idp.PublisherS3:
		return newS3(c)
	case idp.PublisherCloudflare:
		return openCloudflare(c)
	}
	return nil, idp.Fail(idp.Conflict, "publisher.none", "domain", c.Domain)
}

// Check says whether settings can be kept, without going anywhere: a host key has to be pinned where there is one. Its errors are idp.Error with the field that is wrong.
func Check(p idp.Publisher) error {
	err := check(p)
	if err == nil && p.HostKey == "" && hasHostKey(p) {
		return idp.FailField("hostKey", "publisher.host_key_missing")
	}
	return err
}

// hasHostKey says whether settings lead to a server that shows a host key.
func hasHostKey(p idp.Publisher) bool {
	remote, err := parseRemote(p.URL)
	return p.Kind == idp.PublisherSFTP || p.Kind == idp.PublisherGit && err == nil && remote.ssh
}

func check(p idp.Publisher) error {
	switch p.Kind {
	case idp.PublisherNone, idp.PublisherHand:
		return nil
	case idp.PublisherFolder:
		return checkFolder(p)
	case idp.PublisherSFTP:
		return checkSFTP(p)
	case idp.PublisherGit:
		return checkGit(p)
	case idp.PublisherWebDAV:
		return checkWebDAV(p)
	case idp.PublisherS3:
		return checkS3(p)
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
	case idp.PublisherSFTP:
		return newSFTP(Config{Settings: p}).Changes()
	case idp.PublisherGit:
		return gitChanges(p)
	case idp.PublisherWebDAV:
		if t, err := newWebDAV(Config{Settings: p}); err == nil {
			return t.Changes()
		}
	case idp.PublisherS3:
		if t, err := newS3(Config{Settings: p}); err == nil {
			return t.Changes()
		}
	case idp.PublisherCloudflare:
		return cloudflareChanges(domain)
	}
	return []string{}
}

// maxDocument is how many bytes a document that is there may have.
const maxDocument = 64 << 10
