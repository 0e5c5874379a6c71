package idp

// WebFingerScope says whom a domain's WebFinger answers for.
type WebFingerScope string

// The scopes.
const (
	WebFingerWhole    WebFingerScope = "domain"   // every address of the domain, so that the answer says nothing of who exists
	WebFingerAccounts WebFingerScope = "accounts" // only those that the owner typed, which are public by that
)

// WebFingerDomain is a domain whose WebFinger (RFC 7033) names this issuer.
type WebFingerDomain struct {
	Domain      string         `json:"domain"` // in small letters, as DNS has it (punycode)
	Scope       WebFingerScope `json:"scope"`
	Accounts    []string       `json:"accounts"` // for WebFingerAccounts: the parts before @, sorted; they may stay while the scope is another
	Publisher   Publisher      `json:"publisher"`
	Kept        string         `json:"kept"`      // the document of others that was found there, whose entries are kept; "" for none
	Published   string         `json:"published"` // as it was last published, "" before that
	PublishedAt Time           `json:"publishedAt"`
	CreatedAt   Time           `json:"createdAt"`
}

// PublisherKind is a way by which a document gets onto a domain.
type PublisherKind string

// The publishers.
const (
	PublisherNone       PublisherKind = ""     // not chosen yet
	PublisherHand       PublisherKind = "hand" // the owner pastes what Hearthkey prepares
	PublisherFolder     PublisherKind = "folder"
	PublisherSFTP       PublisherKind = "sftp"
	PublisherWebDAV     PublisherKind = "webdav"
	PublisherS3         PublisherKind = "s3"
	PublisherGit        PublisherKind = "git"
	PublisherCloudflare PublisherKind = "cloudflare"
)

// Publisher is how a document gets onto a domain, without what is secret of it. Each kind uses the fields that name it.
type Publisher struct {
	Kind    PublisherKind `json:"kind"`
	Root    string        `json:"root,omitempty"`    // folder, sftp: the directory that the web server serves as /; s3, git: the same within bucket or repository, "" for its top
	URL     string        `json:"url,omitempty"`     // webdav: the collection that is served as /; s3: the endpoint; git: the remote, https or ssh
	Host    string        `json:"host,omitempty"`    // sftp: name or address, with a port where it is not 22
	User    string        `json:"user,omitempty"`    // sftp, webdav, git over https; s3: the access key's ID
	Auth    string        `json:"auth,omitempty"`    // sftp, git over ssh: password, key, agent
	HostKey string        `json:"hostKey,omitempty"` // sftp, git over ssh: as in authorized_keys, pinned once the owner has seen its fingerprint
	Bucket  string        `json:"bucket,omitempty"`  // s3
	Region  string        `json:"region,omitempty"`  // s3, "" for the endpoint's own
	Branch  string        `json:"branch,omitempty"`  // git, "" for the remote's own
	Pages   string        `json:"pages,omitempty"`   // git: what turns the repository into a site: github, codeberg, "" for something else
	Zone    string        `json:"zone,omitempty"`    // cloudflare: the zone's name, "" for the domain's own
	Inward  bool          `json:"inward,omitempty"`  // its public name may lead into the home
}
