// Package tunneltest is a whole tailnet on loopback, for tests that need a visitor from the internet or a member of the tailnet.
//
// Start brings up a control server with its login page, a relay, a STUN server, public DNS, a certificate authority that speaks ACME, and a
// Funnel edge. Only the real code of Tailscale and of Let's Encrypt's Pebble runs; nothing leaves 127.0.0.1.
//
//	cloud := tunneltest.Start(t, tunneltest.Options{})
//	// the node under test: in this process it finds the cloud by itself; another process is started with cloud.Env()
//	cloud.WaitFor(t, "id.tail1234.ts.net")
//	visitor := cloud.Visitor(netip.MustParseAddrPort("203.0.113.7:54321")) // from the internet, checks the certificate
//	member, login := cloud.Member(t, "alice-laptop")                        // from the tailnet
//	flags := cloud.ChromiumFlags("id.tail1234.ts.net")                      // a real browser
//
// One process can hold one cloud at a time: Tailscale reads the address of the certificate authority from the environment. What it does not
// show: real DNS, Tailscale's own relays and edge, Let's Encrypt's limits, NAT.
package tunneltest
