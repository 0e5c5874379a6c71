package admin

import "hearthkey/backend/idp"

// WebFingerRow is a domain in the list.
type WebFingerRow struct {
	Domain      string            `json:"domain"`
	Publisher   idp.PublisherKind `json:"publisher"`
	Users       int               `json:"users"`   // enabled people whose e-mail address is at the domain
	Verdict     string            `json:"verdict"` // of the last look from outside: ok, warn, danger, unknown
	Summary     string            `json:"summary"` // a few words on it: "2 checks fail"
	CheckedAt   idp.Time          `json:"checkedAt"`
	PublishedAt idp.Time          `json:"publishedAt"`
}

// WebFingerDetail is all that there is to say of a domain.
type WebFingerDetail struct {
	WebFingerRow
	Scope          idp.WebFingerScope `json:"scope"`
	Accounts       []string           `json:"accounts"`
	Settings       idp.Publisher      `json:"settings"`       // of the publisher
	HasCredentials bool               `json:"hasCredentials"` // it has some, which are never shown
	Account        []string           `json:"account"`        // what publishing will change there, a sentence each
	Kept           string             `json:"kept"`           // what others had published there
	Published      string             `json:"published"`
	Busy           string             `json:"busy"`    // what is being done now: a sentence, "" when nothing is
	Problem        string             `json:"problem"` // why the last publishing came to nothing, since this process began; "" when it did not
	Check          WebFingerCheck     `json:"check"`
}

// WebFingerInput is what the owner chooses about a domain.
type WebFingerInput struct {
	Domain   string             `json:"domain"`   // or an e-mail address at it
	Scope    idp.WebFingerScope `json:"scope"`    // "" for domain
	Accounts []string           `json:"accounts"` // for scope accounts: names, or whole addresses at the domain
}

// WebFingerPlan is what stands on a domain now, and what publishing would make of it.
type WebFingerPlan struct {
	Domain  string     `json:"domain"`
	Found   string     `json:"found"`   // the document there, "" for none
	Where   string     `json:"where"`   // a sentence: where it was read
	Kind    string     `json:"kind"`    // whose it is, as recognised: Mastodon; "" for nobody's or an unknown one
	Foreign []string   `json:"foreign"` // what of it is kept, a few words each
	Notes   []string   `json:"notes"`   // what the owner has to know, a sentence each: which other issuer gives way, that one document has one subject
	Result  string     `json:"result"`  // the document with the issuer in it
	Diff    []DiffLine `json:"diff"`    // from Found to Result
	Digest  string     `json:"digest"`  // names Found, for PublishWebFinger
	Problem string     `json:"problem"` // a sentence on why it cannot be merged, "" when it can
	Same    bool       `json:"same"`    // nothing is left to change
}

// DiffLine is a line of two documents that were laid side by side.
type DiffLine struct {
	Sign string `json:"sign"` // "+", "-", "" for one that stays
	Text string `json:"text"`
}

// PublisherInput is how a domain's document gets there. Secrets left empty stay as they are.
type PublisherInput struct {
	idp.Publisher
	Secret     string `json:"secret"`     // password, token, private key, secret access key
	Passphrase string `json:"passphrase"` // of a private key
}

// PublisherTest is what a visit to the target found, without having changed anything there.
type PublisherTest struct {
	OK          bool     `json:"ok"`
	Said        string   `json:"said"`        // a sentence on what was found
	HostKey     string   `json:"hostKey"`     // as it was shown by the host, to be pinned; "" for publishers without one
	Fingerprint string   `json:"fingerprint"` // of HostKey: SHA256:...
	Pinned      bool     `json:"pinned"`      // HostKey is the one that is pinned
	Changes     []string `json:"changes"`     // what publishing will change, a sentence each
}

// WebFingerCheck is what a client on the internet finds at a domain, in the order in which it goes.
type WebFingerCheck struct {
	At       idp.Time           `json:"at"`      // 0 before the first look
	Verdict  string             `json:"verdict"` // ok, warn, danger, unknown
	Summary  string             `json:"summary"` // a sentence
	Address  string             `json:"address"` // that answered, "" for none
	Took     int64              `json:"took"`    // milliseconds to the answer
	Href     string             `json:"href"`    // the issuer that is named there, "" for none
	Host     string             `json:"host"`    // what serves the domain, as recognised: cloudflare, github, gitlab, codeberg, netlify, vercel, wordpress, s3, builder, caddy, nginx, apache, traefik, iis; "" for an unknown one
	Drifted  bool               `json:"drifted"` // it was in order once, and was not changed from here since
	Findings []WebFingerFinding `json:"findings"`
}

// WebFingerFinding is one thing that was looked at.
type WebFingerFinding struct {
	Key    string `json:"key"`    // dns, connect, tls, redirect, http, bot, status, json, type, cors, issuer, discovery, subject, encoding, rel, users, unknown, foreign, cache
	State  string `json:"state"`  // ok, warn, danger, unknown
	Title  string `json:"title"`  // what was found
	Detail string `json:"detail"` // what it means and how to mend it on that host, "" when it is fine
}

// WebFingerLines are what to put onto one kind of web server by hand.
type WebFingerLines struct {
	Host  string          `json:"host"`  // caddy, nginx, apache, traefik, worker, pages, netlify, vercel, github, wordpress, file, proxy, redirect
	Name  string          `json:"name"`  // Caddy
	Said  string          `json:"said"`  // sentences: what it does, how well it is proven
	Files []WebFingerFile `json:"files"` // in the order in which they are made
}

// WebFingerFile is one text with the place where it belongs.
type WebFingerFile struct {
	Where string `json:"where"` // a sentence
	Name  string `json:"name"`  // of the file, "" for lines within one
	Text  string `json:"text"`
}

// WebFingerGuideInput is what the owner says of a domain that has no website: yes, no, or "" before that.
type WebFingerGuideInput struct {
	Domain     string `json:"domain"`
	Cloudflare string `json:"cloudflare"` // its DNS may be at Cloudflare
	FreeHost   string `json:"freeHost"`   // a free web host is fine
}

// WebFingerGuide is the way for a domain without a website, and how far it is gone.
type WebFingerGuide struct {
	Domain    string            `json:"domain"`
	Looked    bool              `json:"looked"`    // name servers answered just now
	Problem   string            `json:"problem"`   // why they did not, "" when they did
	DNS       string            `json:"dns"`       // who runs its DNS, "" for an unknown one
	Servers   []string          `json:"servers"`   // its name servers
	Addresses []string          `json:"addresses"` // where the domain leads now
	Ask       string            `json:"ask"`       // the answer that is still missing: cloudflare, freeHost; "" when the way is clear
	Host      string            `json:"host"`      // whose lines to use: worker, github, file; "" before the way is clear
	Steps     []string          `json:"steps"`     // a sentence or two each
	Records   []WebFingerRecord `json:"records"`   // to enter where the DNS is run
	At        int               `json:"at"`        // the step, from 0, that enters them
	Extra     []string          `json:"extra"`     // addresses that lead elsewhere, whose records have to go
	Ready     bool              `json:"ready"`     // all records are there, and none leads elsewhere
}

// WebFingerRecord is a DNS record to enter.
type WebFingerRecord struct {
	Type  string `json:"type"` // A, AAAA
	Name  string `json:"name"`
	Value string `json:"value"`
	Seen  bool   `json:"seen"` // the internet is told so
}
