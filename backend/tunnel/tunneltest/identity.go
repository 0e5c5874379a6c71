package tunneltest

import (
	"testing"

	"tailscale.com/tailcfg"
)

// Tag gives the machine called host these tags in place of those that it has, as an admin does in the console; none without any. Its peers are told at once.
func (c *Cloud) Tag(t testing.TB, host string, tags ...string) {
	t.Helper()
	n := c.node(t, host)
	n.Tags = tags
	c.control.UpdateNode(n)
}

// ShareIn makes the machine called host one that a person of another tailnet shares into this one, or its owner's own again.
func (c *Cloud) ShareIn(t testing.TB, host string, shared bool) {
	t.Helper()
	n := c.node(t, host)
	n.Sharer = 0
	if shared {
		n.Sharer = tailcfg.UserID(4711)
	}
	c.control.UpdateNode(n)
}
