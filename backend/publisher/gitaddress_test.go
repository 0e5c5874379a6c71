package publisher

import (
	"testing"

	"hearthkey/backend/idp"
)

func TestParseRemote(t *testing.T) {
	for text, want := range map[string]gitRemote{
		"https://github.com/you/site.git":          {host: "github.com", address: "github.com:443", path: "/you/site.git", base: "https://github.com/you/site.git"},
		"https://codeberg.org/you/pages/":          {host: "codeberg.org", address: "codeberg.org:443", path: "/you/pages", base: "https://codeberg.org/you/pages"},
		"https://git.lan:3000/a/b":                 {host: "git.lan", address: "git.lan:3000", path: "/a/b", base: "https://git.lan:3000/a/b"},
		"ssh://git@github.com/you/site.git":        {ssh: true, host: "github.com", address: "github.com:22", user: "git", path: "/you/site.git"},
		"ssh://web@[fd12::1]:2222/srv/it's!.git":   {ssh: true, host: "fd12::1", address: "[fd12::1]:2222", user: "web", path: "/srv/it's!.git"},
		"ssh://web@example.com/~web/site.git":      {ssh: true, host: "example.com", address: "example.com:22", user: "web", path: "~web/site.git"},
		"git@github.com:you/site.git":              {ssh: true, host: "github.com", address: "github.com:22", user: "git", path: "you/site.git"},
		"example.com:site.git":                     {ssh: true, host: "example.com", address: "example.com:22", user: "git", path: "site.git"},
		"https://github.com/you/with%20spaces.git": {host: "github.com", address: "github.com:443", path: "/you/with spaces.git", base: "https://github.com/you/with%20spaces.git"},
	} {
		if got, err := parseRemote(text); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for text, key := range map[string]string{
		"": "address", "site": "address", "/srv/site.git": "address", "./a:b": "address", "file:///srv/site.git": "address", "git://example.com/site.git": "address", "ext::sh -c x": "address", "https://": "address", "https://github.com": "address", "https://github.com/": "address",
		"https://github.com/a?b=c": "address", "https://github.com/a#b": "address", "ssh://-oProxyCommand=x/a": "address", "ssh://-x@example.com/a": "address", "-x@example.com:a": "address", "git@example.com:-x": "address", "git@example.com:": "address", "git@example.com:a\nb": "address", `C:\site`: "address",
		"https://token@github.com/a/b": "address_secret", "https://you:token@github.com/a/b": "address_secret", "ssh://you:password@github.com/a/b": "address_secret", "http://github.com/a/b": "plain",
	} {
		_, err := parseRemote(text)
		failed(t, err, idp.Invalid, "url", "git."+key)
	}
	if got := quoted("a'b!c d"); got != `'a'\''b'\!'c d'` {
		t.Error(got)
	}
}

func TestCheckGit(t *testing.T) {
	good := idp.Publisher{Kind: idp.PublisherGit, URL: "https://github.com/you/site.git"}
	for _, change := range []func(*idp.Publisher){
		func(*idp.Publisher) {}, func(p *idp.Publisher) { p.Root = "docs" }, func(p *idp.Publisher) { p.Branch = "feature/x-1" }, func(p *idp.Publisher) { p.Pages = pagesGitHub },
		func(p *idp.Publisher) { p.URL, p.Auth = "git@github.com:you/site.git", authAgent },
	} {
		p := good
		if change(&p); check(p) != nil {
			t.Errorf("%+v: %v", p, check(p))
		}
	}
	for field, change := range map[string]func(*idp.Publisher){
		"url": func(p *idp.Publisher) { p.URL = "" }, "root": func(p *idp.Publisher) { p.Root = "a/../../b" }, "branch": func(p *idp.Publisher) { p.Branch = "a..b" }, "pages": func(p *idp.Publisher) { p.Pages = "gitlab" },
		"user": func(p *idp.Publisher) { p.User = "a:b" }, "auth": func(p *idp.Publisher) { p.URL = "git@github.com:you/site.git" },
	} {
		p := good
		if change(&p); check(p) == nil {
			t.Errorf("%s: %+v was taken", field, p)
		}
	}
	over := Tidy(idp.Publisher{Kind: idp.PublisherGit, URL: " https://github.com/you/site.git", User: "you", Auth: authAgent, HostKey: "x", Root: "/docs/"})
	if over != (idp.Publisher{Kind: idp.PublisherGit, URL: good.URL, User: "you", Root: "docs"}) || !NeedsSecret(over) {
		t.Errorf("over https %+v", over)
	}
	p := Tidy(idp.Publisher{Kind: idp.PublisherGit, URL: "git@github.com:you/site.git", Auth: authAgent, User: "you"})
	if p.User != "" || NeedsSecret(p) {
		t.Errorf("over ssh %+v", p)
	}
	failed(t, Check(p), idp.Invalid, "hostKey", "publisher.host_key_missing")
	for _, name := range []string{"-x", "a b", "a~b", "/a", "a/", "a//b", "a.lock", ".a", "a/.b", "a.", "@{x", "a@{b", "a:b", "a\\b"} {
		if name != "@{x" && branchName(name) || branchName("a@{b") {
			t.Errorf("%q is taken for a branch", name)
		}
	}
	for _, list := range [][]string{gitChanges(good), gitChanges(idp.Publisher{URL: good.URL, Branch: "pages", Pages: pagesGitHub})} {
		if len(list) == 0 || list[0] == "" {
			t.Error(list)
		}
	}
}
