package tunneltest

import (
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"time"
	"unsafe"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// Approve approves the machine called host, as an admin does where Options.Approval wants it.
func (c *Cloud) Approve(t testing.TB, host string) {
	t.Helper()
	k := c.node(t, host).Key
	if !c.control.CompleteDeviceApproval(c.base, c.base+"/admin", &k) {
		t.Fatalf("%s cannot be approved", host)
	}
}

// Remove takes the machine called host out of the tailnet, as an admin does in the console. The node is not told: its polls are refused from now on, and
// it gets a login page where it registers again.
func (c *Cloud) Remove(t testing.TB, host string) {
	t.Helper()
	n := c.node(t, host)
	c.porter.mu.Lock()
	defer c.porter.mu.Unlock()
	c.porter.removed[n.Key] = &removal{path: fmt.Sprintf("/auth/again-%d", n.ID), done: make(chan struct{})}
	for s := range c.porter.streams[n.Key] {
		s.end()
	}
}

// OwnTags says which tags machines may ask for from now on; none without any.
func (c *Cloud) OwnTags(tags ...string) {
	c.porter.mu.Lock()
	defer c.porter.mu.Unlock()
	c.porter.owned = append([]string{}, tags...)
}

// AddMachine puts another machine called host into the tailnet. It does nothing but have its name.
func (c *Cloud) AddMachine(t testing.TB, host, os string) {
	t.Helper()
	id := tailcfg.NodeID(1000 + len(c.control.AllNodes()))
	own := []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 99, byte(id >> 8), byte(id)}), 32)}
	seen := time.Now().Add(-48 * time.Hour)
	c.control.UpdateNode(&tailcfg.Node{
		ID: id, StableID: tailcfg.StableNodeID(fmt.Sprintf("other-%d", id)), Key: key.NewNode().Public(), Machine: key.NewMachine().Public(),
		DiscoKey: key.NewDisco().Public(), Name: c.FQDN(host) + ".", Addresses: own, AllowedIPs: own, MachineAuthorized: true, LastSeen: &seen,
		Hostinfo: (&tailcfg.Hostinfo{Hostname: host, OS: os}).View(),
	})
}

// MagicDNS switches names for machines on or off for the whole tailnet, as an admin does on the DNS page.
func (c *Cloud) MagicDNS(t testing.TB, host string, on bool) {
	t.Helper()
	field := reflect.ValueOf(c.control).Elem().FieldByName("mu")
	mu := (*sync.Mutex)(unsafe.Pointer(field.UnsafeAddr())) // DNSConfig is public, and read under a lock that is not
	mu.Lock()
	c.control.DNSConfig = &tailcfg.DNSConfig{Proxied: on}
	mu.Unlock()
	c.control.UpdateNode(c.node(t, host))
}
