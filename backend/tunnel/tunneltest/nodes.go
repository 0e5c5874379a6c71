package tunneltest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tailscale.com/tailcfg"
)

// CompleteLogin does what a person does at loginURL: opens the page and connects the device.
func (c *Cloud) CompleteLogin(t testing.TB, loginURL string) {
	t.Helper()
	res, err := http.Post(loginURL, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("login page %s answers %s", loginURL, res.Status)
	}
}

// Allow says, as an admin of the tailnet does, whether the node called host may have certificates and Funnel. The node is told at once.
func (c *Cloud) Allow(t testing.TB, host string, https, funnel bool) {
	t.Helper()
	c.control.SetNodeCapMap(c.node(t, host).Key, capabilities(https, funnel))
}

// Rename gives the node called host another name, as an admin or a collision does.
func (c *Cloud) Rename(t testing.TB, host, name string) {
	t.Helper()
	c.call(c.node(t, host), name)
}

// ExpireKey lets the key of the node called host end at that instant. While the node has a login open it has two keys, and both end then: the control
// server here gives a new key the old one's end, where the real one gives it half a year.
func (c *Cloud) ExpireKey(t testing.TB, host string, at time.Time) {
	t.Helper()
	c.node(t, host)
	for _, n := range c.control.AllNodes() {
		if firstLabel(n.Name) == host {
			n.KeyExpiry = at
			c.control.UpdateNode(n)
		}
	}
}

// Nodes lists the names, without the domain, that nodes have now.
func (c *Cloud) Nodes() []string {
	var out []string
	for _, n := range c.control.AllNodes() {
		out = append(out, firstLabel(n.Name))
	}
	return out
}

// node finds the newest node of that name.
func (c *Cloud) node(t testing.TB, host string) *tailcfg.Node {
	t.Helper()
	var found *tailcfg.Node
	for _, n := range c.control.AllNodes() {
		if firstLabel(n.Name) == host {
			found = n
		}
	}
	if found == nil {
		t.Fatalf("no node is called %q; there are %v", host, c.Nodes())
	}
	return found
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}
