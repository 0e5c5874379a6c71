package publisher

import (
	"strings"

	"hearthkey/backend/idp"
)

// Tidy leaves what a kind of publisher uses of its settings, without the spaces that come along when people copy.
func Tidy(p idp.Publisher) idp.Publisher {
	trim := strings.TrimSpace
	out := idp.Publisher{Kind: p.Kind}
	switch p.Kind {
	case idp.PublisherFolder:
		out.Root = trim(p.Root)
	case idp.PublisherSFTP:
		out.Host, out.User, out.Auth, out.HostKey, out.Root, out.Inward = trim(p.Host), trim(p.User), trim(p.Auth), trim(p.HostKey), trim(p.Root), p.Inward
	case idp.PublisherWebDAV:
		out.URL, out.User, out.Inward = trim(p.URL), trim(p.User), p.Inward
	case idp.PublisherS3:
		out.URL, out.User, out.Bucket, out.Region, out.Root, out.Inward = trim(p.URL), trim(p.User), trim(p.Bucket), trim(p.Region), strings.Trim(trim(p.Root), "/"), p.Inward
	case idp.PublisherGit:
		out.URL, out.User, out.Auth, out.HostKey, out.Inward = trim(p.URL), trim(p.User), trim(p.Auth), trim(p.HostKey), p.Inward
		out.Root, out.Branch, out.Pages = strings.Trim(trim(p.Root), "/"), trim(p.Branch), trim(p.Pages)
		if remote, err := parseRemote(out.URL); err == nil && remote.ssh {
			out.User = "" // the address names it
		} else if err == nil {
			out.Auth, out.HostKey = "", ""
		}
	case idp.PublisherCloudflare:
		out.Zone = trim(p.Zone)
	}
	if key, err := parseHostKey(out.HostKey); err == nil {
		out.HostKey = shown(key).HostKey // without a comment
	}
	return out
}

// maxSecret is how many bytes a password or a private key may have.
const maxSecret = 32 << 10

// CheckCredentials says whether what was typed can be what a publisher signs in with, without going anywhere. Its errors are idp.Error on secret or passphrase.
func CheckCredentials(p idp.Publisher, c Credentials) error {
	switch {
	case len(c.Secret) > maxSecret:
		return idp.FailField("secret", "publisher.secret_long")
	case len(c.Passphrase) > maxSecret:
		return idp.FailField("passphrase", "publisher.secret_long")
	case !NeedsSecret(p):
		return nil
	case c.Secret == "":
		return idp.FailField("secret", "publisher.secret_missing")
	case p.Auth == authKey && (p.Kind == idp.PublisherSFTP || p.Kind == idp.PublisherGit):
		_, err := parseKey(c)
		return err
	}
	return nil
}

// NeedsSecret says whether a publisher signs in with something that has to be kept.
func NeedsSecret(p idp.Publisher) bool {
	switch p.Kind {
	case idp.PublisherNone, idp.PublisherHand, idp.PublisherFolder:
		return false
	}
	return p.Auth != authAgent
}
