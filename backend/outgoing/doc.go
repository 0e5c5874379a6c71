// Package outgoing is the careful HTTP client for addresses that the owner typed: back-channel logout, and whatever else this program is told to call. It is never used for an address that a stranger chose.
//
// Home apps live inside the home, so an address may lead inward: to this machine, the home's network, the tailnet. What it may not do is lead there by surprise. The rules:
//
//   - an address of the home as it stands there (an IP address, a single label, .local, ts.net and the like) may be inward;
//   - any other name is public, and is refused where it resolves inward, unless the owner has allowed that for this address (Request.Inward): otherwise whoever holds the name could aim this program at the home;
//   - metadata services of clouds, link-local, multicast and unspecified addresses, and this program's own listeners are refused always.
//
// Names are resolved here, every address is looked at, and the connection goes to the address that was looked at, so that a second answer of DNS changes nothing. TLS still asks for the name. No redirect is followed, but by Follow, which goes on to https alone and never from outside into the home; no proxy of the environment is used,
// no connection is kept; all of it takes 5 seconds and 64 KB at most. Addresses of the tailnet are reached through the node, where there is one.
//
// Every failure is an idp.Error that says what to do about it; the last part of its key is a word for logs (Reason).
//
// Client libraries that speak for themselves are given Dial or Transport, which hold them to the same rules of where they may go; their users bound redirects, time and length.
//
// Files: outgoing.go makes a request, follow.go goes along with redirects, transport.go lends the connections to other protocols, dial.go resolves and connects, address.go holds the rules.
package outgoing
