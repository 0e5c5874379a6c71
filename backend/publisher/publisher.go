// Package publisher puts a WebFinger document onto a domain's web server, by the ways that people have: a folder, SFTP, WebDAV, S3, a git repository, a Cloudflare Worker. It is the only importer of their client libraries.
//
// Every connection goes through outgoing's rules: an address that the owner typed may be in the home, a public name may not lead there by surprise, and this program's own listeners are never called.
//
// Each way is a Target in a file of its own. A write is atomic where the way allows: a new file is made beside the old one and takes its name, a commit is pushed, a script is deployed. What was there before can be put back.
package publisher

import (
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// Path is where a client looks for the document (RFC 7033 §10.1), below what the web server serves as /.
const Path = ".well-known/webfinger"

// Credentials are what a target is signed in to with. They are kept sealed.
type Credentials struct {
	Secret     string `json:"secret"`     // password, token, private key (PEM or OpenSSH), secret access key
	Passphrase string `json:"passphrase"` // of a private key
}

// Material is what is published: a document where files are served, a script where code answers.
type Material struct {
	Document []byte // a JRD
	Script   string // a Cloudflare Worker that answers for the domain
}

// Snapshot is what a target held before a write.
type Snapshot struct {
	There    bool   // something was there
	Document []byte // the file at Path; nil for a script
	Script   string // the Worker's
	Mark     string // the target's own name for this state: a commit, an ETag; "" for none
}

// Test is what a visit found.
type Test struct {
	Said        string // a sentence
	HostKey     string // as the host showed it, in authorized_keys format; "" for targets without one
	Fingerprint string // SHA256:...
}

// Target is one domain's place on one web server. It is for one use at a time; Close it.
// Errors are idp.Error that say what to do, with the field of idp.Publisher or "secret" where one is wrong.
type Target interface {
	// Changes says what Write will change there, a sentence each.
	Changes() []string
	// Test signs in and sees whether Write could be carried out, leaving everything as it is.
	Test(ctx context.Context) (Test, error)
	// Read tells what is there now.
	Read(ctx context.Context) (Snapshot, error)
	// Write publishes. What was there stays whole until the new one is.
	Write(ctx context.Context, m Material) error
	// Restore puts back what Read told of, and nothing where nothing was there.
	Restore(ctx context.Context, s Snapshot) error
	// Close ends the connection.
	Close() error
}

// Config is what targets are opened with.
type Config struct {
	Domain      string
	Settings    idp.Publisher
	Credentials Credentials
	Outgoing    *outgoing.Client
}
