package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"

	"golang.org/x/term"
)

// publisherFlags are the settings of a publisher, and where its secrets are read from: the command line itself is seen by everybody on the machine.
type publisherFlags struct {
	secret, passphrase, fingerprint string
}

func (c *call) publisherFlags(p *idp.Publisher) *publisherFlags {
	f := &publisherFlags{}
	text := func(at *string, name, does string) { c.flags.StringVar(at, name, "", does) }
	text(&p.Root, "root", "`folder` that the web server serves for the domain; within the bucket or repository for s3 and git")
	text(&p.URL, "url", "`address`: of the collection that is served (webdav), of the endpoint (s3), of the repository (git)")
	text(&p.Host, "host", "`name` or address of the server, with :PORT where it is not 22 (sftp)")
	text(&p.User, "user", "user `name`; the access key's ID for s3")
	text(&p.Auth, "auth", "how to sign in by SSH: `password, key or agent`")
	text(&p.HostKey, "host-key", "the server's host key as a `line` of authorized_keys")
	text(&f.fingerprint, "fingerprint", "the `fingerprint`, SHA256:..., that the server's host key has to have; else it is shown and asked about")
	text(&p.Bucket, "bucket", "`bucket` (s3)")
	text(&p.Region, "region", "`region` of the bucket, where the endpoint needs one (s3)")
	text(&p.Branch, "branch", "`branch` to publish on (git)")
	text(&p.Pages, "pages", "what makes a site of the repository: `github or codeberg` (git)")
	text(&p.Zone, "zone", "`zone` of the domain, where it is not its own (cloudflare)")
	c.flags.BoolVar(&p.Inward, "inward", false, "its public name may lead into the home")
	text(&f.secret, "secret-file", "`file` with the password, token, private key or secret access key; - for standard input. It is asked for at the terminal otherwise")
	text(&f.passphrase, "passphrase-file", "`file` with the passphrase of the private key; - for standard input")
	return f
}

func webFingerPublisher(c *call) error {
	in := admin.PublisherInput{}
	f := c.publisherFlags(&in.Publisher)
	if err := c.parse(1, 2); err != nil {
		return done(err)
	}
	in.Kind = idp.PublisherKind(c.word(1))
	return c.with(func(api admin.API) error {
		domain := strings.ToLower(c.words[0])
		before, err := api.WebFingerDomain(c.ctx, domain)
		if err != nil {
			return err
		}
		c.keepSettings(&in.Publisher, before.Settings)
		if err := c.readSecrets(&in, f, before); err != nil {
			return err
		}
		if err := c.confirmHostKey(api, domain, &in, f.fingerprint); err != nil {
			return err
		}
		d, err := api.SetPublisher(c.ctx, domain, in)
		if err != nil {
			return err
		}
		return c.print(d, func(w io.Writer) {
			fmt.Fprintf(w, "Kept for %s. Nothing is published yet. Publishing will:\n", d.Domain)
			for _, line := range d.Account {
				fmt.Fprintln(w, "  "+line)
			}
		})
	})
}

// keepSettings leaves as it is what no flag named, as long as the kind stays.
func (c *call) keepSettings(p *idp.Publisher, before idp.Publisher) {
	if p.Kind = cmp.Or(p.Kind, before.Kind); p.Kind != before.Kind {
		return
	}
	for name, pair := range map[string][2]*string{
		"root": {&p.Root, &before.Root}, "url": {&p.URL, &before.URL}, "host": {&p.Host, &before.Host}, "user": {&p.User, &before.User}, "auth": {&p.Auth, &before.Auth}, "bucket": {&p.Bucket, &before.Bucket},
		"region": {&p.Region, &before.Region}, "branch": {&p.Branch, &before.Branch}, "pages": {&p.Pages, &before.Pages}, "zone": {&p.Zone, &before.Zone},
	} {
		if !c.given(name) {
			*pair[0] = *pair[1]
		}
	}
	if !c.given("host-key") && p.Host == before.Host && p.URL == before.URL {
		p.HostKey = before.HostKey
	}
	if !c.given("inward") {
		p.Inward = before.Inward
	}
}

// readSecrets takes the secrets from where the flags say, or asks for one at the terminal where none is kept.
func (c *call) readSecrets(in *admin.PublisherInput, f *publisherFlags, before admin.WebFingerDetail) (err error) {
	if f.secret == "-" && f.passphrase == "-" {
		return usageError{"only one of --secret-file and --passphrase-file can be standard input"}
	}
	if in.Secret, err = c.readSecret(f.secret); err != nil {
		return err
	}
	if in.Passphrase, err = c.readSecret(f.passphrase); err != nil {
		return err
	}
	fd, needed := int(os.Stdin.Fd()), map[idp.PublisherKind]string{idp.PublisherSFTP: "Password", idp.PublisherWebDAV: "Password", idp.PublisherS3: "Secret access key", idp.PublisherGit: "Token", idp.PublisherCloudflare: "Token"}[in.Kind]
	if in.Secret != "" || needed == "" || in.Auth == "agent" || in.Auth == "key" || before.HasCredentials && before.Settings.Kind == in.Kind || c.stdin != os.Stdin || !term.IsTerminal(fd) {
		return nil
	}
	fmt.Fprintf(c.stderr, "%s: ", needed)
	raw, err := term.ReadPassword(fd)
	fmt.Fprintln(c.stderr)
	in.Secret = string(raw)
	return err
}

// readSecret reads a file, or standard input for "-". A last end of line is the file's and not the secret's.
func (c *call) readSecret(file string) (string, error) {
	var raw []byte
	var err error
	switch file {
	case "":
	case "-":
		raw, err = io.ReadAll(io.LimitReader(c.stdin, 64<<10))
	default:
		raw, err = os.ReadFile(file)
	}
	return strings.TrimRight(string(raw), "\r\n"), err
}

// confirmHostKey has the server show its key where none is pinned, and takes it if it has the fingerprint that was named, or if somebody at the terminal says so.
func (c *call) confirmHostKey(api admin.API, domain string, in *admin.PublisherInput, fingerprint string) error {
	if in.HostKey != "" && fingerprint == "" || in.Kind != idp.PublisherSFTP && (in.Kind != idp.PublisherGit || strings.HasPrefix(in.URL, "http")) {
		return nil
	}
	bare := admin.PublisherInput{Publisher: in.Publisher}
	bare.HostKey = ""
	t, err := api.TestPublisher(c.ctx, domain, bare)
	if err != nil {
		return err
	}
	if t.HostKey == "" {
		return fmt.Errorf("%s", t.Said)
	}
	switch {
	case fingerprint != "" && fingerprint != t.Fingerprint:
		return fmt.Errorf("the server showed the key %s, not %s. Nothing was sent there and nothing was changed", t.Fingerprint, fingerprint)
	case fingerprint == "":
		fmt.Fprintf(c.stderr, "%s\nIs it the right one? Type yes: ", t.Said)
		answer, _ := bufio.NewReader(io.LimitReader(c.stdin, 100)).ReadString('\n')
		if strings.TrimSpace(answer) != "yes" {
			return fmt.Errorf("the host key was not confirmed, so nothing was changed. Name its fingerprint with --fingerprint, or say yes")
		}
	}
	in.HostKey = t.HostKey
	return nil
}

func webFingerTest(c *call) error {
	if err := c.parse(1, 1); err != nil {
		return done(err)
	}
	return c.with(func(api admin.API) error {
		domain := strings.ToLower(c.words[0])
		d, err := api.WebFingerDomain(c.ctx, domain)
		if err != nil {
			return err
		}
		t, err := api.TestPublisher(c.ctx, domain, admin.PublisherInput{Publisher: d.Settings})
		if err != nil {
			return err
		}
		if err := c.print(t, func(w io.Writer) { fmt.Fprintln(w, t.Said) }); err != nil || t.OK {
			return err
		}
		return fmt.Errorf("%s could not be published to", domain)
	})
}
