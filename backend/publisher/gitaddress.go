package publisher

import (
	"net"
	"net/url"
	"strings"

	"hearthkey/backend/idp"
)

// gitRemote is where a repository is.
type gitRemote struct {
	ssh     bool
	host    string // the name alone
	address string // host:port
	user    string // ssh
	path    string // as the server is asked for it
	base    string // https: the address without a slash at its end
}

// parseRemote reads a repository's address: https://host/path, ssh://user@host/path, or user@host:path as git itself takes it. An address over plain http or git is refused, since whoever listens would learn the token or change what is read.
func parseRemote(text string) (gitRemote, error) {
	if text == "" || strings.ContainsFunc(text, isControl) || strings.ContainsAny(text, " \\") {
		return gitRemote{}, idp.FailField("url", "git.address")
	}
	if !strings.Contains(text, "://") {
		return parseScp(text)
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") == "" {
		return gitRemote{}, idp.FailField("url", "git.address")
	}
	_, secret := u.User.Password()
	switch {
	case secret || u.Scheme == "https" && u.User != nil:
		return gitRemote{}, idp.FailField("url", "git.address_secret")
	case u.Scheme == "https":
		u.Path = strings.TrimRight(u.Path, "/")
		return gitRemote{host: u.Hostname(), address: withPort(u.Host, "443"), path: u.Path, base: u.String()}, nil
	case u.Scheme == "ssh":
		path := u.Path
		if strings.HasPrefix(path, "/~") { // as git does: a home on the server
			path = path[1:]
		}
		return sshRemote(u.User.Username(), u.Hostname(), withPort(u.Host, "22"), path)
	case u.Scheme == "http":
		return gitRemote{}, idp.FailField("url", "git.plain")
	}
	return gitRemote{}, idp.FailField("url", "git.address")
}

// parseScp reads user@host:path.
func parseScp(text string) (gitRemote, error) {
	place, path, found := strings.Cut(text, ":")
	user, host, named := strings.Cut(place, "@")
	if !named {
		user, host = "", place
	}
	if !found || strings.Contains(host, "/") {
		return gitRemote{}, idp.FailField("url", "git.address")
	}
	return sshRemote(user, host, net.JoinHostPort(host, "22"), path)
}

// sshRemote refuses what ssh or the program behind it would take for one of its options.
func sshRemote(user, host, address, path string) (gitRemote, error) {
	if user == "" {
		user = "git"
	}
	if host == "" || strings.Trim(path, "/") == "" || strings.HasPrefix(host, "-") || strings.HasPrefix(user, "-") || strings.HasPrefix(path, "-") {
		return gitRemote{}, idp.FailField("url", "git.address")
	}
	return gitRemote{ssh: true, host: host, address: address, user: user, path: path}, nil
}

// quoted is a path as git-shell and every shell read it back (git's sq_quote).
func quoted(path string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(path) + "'"
}

// gitDoor is how a remote over ssh is entered.
func gitDoor(c Config, r gitRemote) sshDoor {
	p := c.Settings
	return sshDoor{address: r.address, field: "url", user: r.user, auth: p.Auth, hostKey: p.HostKey, inward: p.Inward, credentials: c.Credentials, outgoing: c.Outgoing, hears: gitLong}
}

// checkGit looks at settings without going anywhere.
func checkGit(p idp.Publisher) error {
	remote, err := parseRemote(p.URL)
	switch {
	case err != nil:
		return err
	case strings.ContainsFunc(p.Root, isControl) || strings.Contains("/"+p.Root+"/", "/../") || strings.Contains("/"+p.Root+"/", "/.git/"):
		return idp.FailField("root", "git.root")
	case p.Branch != "" && !branchName(p.Branch):
		return idp.FailField("branch", "git.branch")
	case p.Pages != "" && p.Pages != pagesGitHub && p.Pages != pagesCodeberg:
		return idp.FailField("pages", "git.pages")
	case strings.ContainsAny(p.User, ":") || strings.ContainsFunc(p.User, isControl):
		return idp.FailField("user", "publisher.user")
	case remote.ssh:
		return gitDoor(Config{Settings: p}, remote).check()
	}
	return nil
}

// branchName says whether git takes a name for a branch (git-check-ref-format).
func branchName(name string) bool {
	bad := strings.ContainsAny(name, " ~^:?*[\\") || strings.ContainsFunc(name, isControl) || strings.Contains(name, "..") || strings.Contains(name, "//") || strings.Contains(name, "@{") || strings.Contains(name, "/.")
	return !bad && strings.Trim(name, "/") == name && !strings.HasPrefix(name, "-") && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, ".lock")
}
