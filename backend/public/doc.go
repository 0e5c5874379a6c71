// Package public is everything that the internet and the tailnet can reach: the complete list of routes, the limits, the headers, and the servers that carry them. Nothing of the owner's is here, and nothing here leads to it.
//
// A request goes through these steps, in this order, each cheaper than the next:
//
//	server.go     HTTP/1.1 with short deadlines and small headers
//	proxied.go    behind the owner's own reverse proxy: who may connect, and who visits (forwarded.go)
//	turnstile.go  how many connections there may be, in all and from one source
//	dispatch.go   the one Host, then the one list of routes; anything else is the same cheap refusal
//	former.go     what a host that was the issuer before still answers
//	header.go     what every answer carries
//	origin.go     first-party forms come from our own pages
//	limit.go      how often a source may ask
//	routes.go     the handler
//	failure.go    what went wrong, as a page for people and as JSON for machines
package public
