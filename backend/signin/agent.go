package signin

import (
	"regexp"
	"strings"
)

// agent is a kind of device in plain words. What a device calls itself is a stranger's text, so only our own words are shown, and of a program's name only letters that can say nothing.
type agent struct {
	key, done string // message keys: what it is, and that it is signed in
	name      string // of a program
}

func (a agent) text() string { return text(a.key, "name", a.name) }

// agents are told by marks in a User-Agent, the particular before the general: a television says Linux too.
var agents = []struct {
	marks *regexp.Regexp
	agent
}{
	{regexp.MustCompile(`(?i)AppleTV|Apple TV|tvOS`), agent{key: "page.agent_apple_tv", done: "page.device_done_tv"}},
	{regexp.MustCompile(`(?i)\bRoku|\bAFT[A-Z]|Fire TV|CrKey|Android ?TV|Google ?TV|BRAVIA|SHIELD|Web0S|webOS|Smart-?TV|SmartHub|Tizen|HbbTV|NetCast|VIDAA|Kodi`), agent{key: "page.agent_tv", done: "page.device_done_tv"}},
	{regexp.MustCompile(`(?i)PlayStation|Xbox|Nintendo`), agent{key: "page.agent_console", done: "page.device_done_console"}},
	{regexp.MustCompile(`iPad`), agent{key: "page.agent_ipad", done: "page.device_done_tablet"}},
	{regexp.MustCompile(`iPhone|iOS`), agent{key: "page.agent_iphone", done: "page.device_done_phone"}},
	{regexp.MustCompile(`(?i)Android.*Mobile`), agent{key: "page.agent_android_phone", done: "page.device_done_phone"}},
	{regexp.MustCompile(`(?i)Android`), agent{key: "page.agent_android", done: "page.device_done"}},
	{regexp.MustCompile(`(?i)CrOS`), agent{key: "page.agent_chromebook", done: "page.device_done_computer"}},
	{regexp.MustCompile(`(?i)Windows`), agent{key: "page.agent_windows", done: "page.device_done_computer"}},
	{regexp.MustCompile(`(?i)Macintosh|Mac OS|Darwin|macOS`), agent{key: "page.agent_mac", done: "page.device_done_computer"}},
	{regexp.MustCompile(`(?i)Linux|X11|BSD`), agent{key: "page.agent_linux", done: "page.device_done_computer"}},
}

var programName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,31}$`)

// agentOf reads a User-Agent (RFC 9110 §10.1.5).
func agentOf(userAgent string) agent {
	for _, a := range agents {
		if a.marks.MatchString(userAgent) {
			return a.agent
		}
	}
	product, _, _ := strings.Cut(userAgent, " ")
	name, _, _ := strings.Cut(product, "/")
	if programName.MatchString(name) && name != "Mozilla" {
		return agent{key: "page.agent_program", done: "page.device_done", name: name}
	}
	return agent{key: "page.agent_unknown", done: "page.device_done"}
}
