// Package tunnel joins the owner's tailnet and opens the ways in: Funnel for the internet, and the tailnet itself. It is the only importer of tailscale.com.
//
// One goroutine (run.go) owns the tsnet node. It wakes on an event of the node's bus, a method of Tunnel, a certificate or a listener that ended; each
// time it reads the node's status, lets judge.go decide the published state and the next steps, takes those steps and publishes a snapshot. Nothing
// else touches the node. So a change of rules belongs in judge.go, which is a pure function with a table of tests.
//
//	judge.go        status in, snapshot and next steps out
//	run.go          the owner: its loop, what it hears and knows
//	steps.go        what the owner does: node, login page, certificate, listeners
//	ear.go          what only the node's log says
//	name.go         the host name: who else has it, and asking for it again
//	doctor.go       what the tailnet lets the node do
//	outage.go       what the node's warnings mean
//	refusal.go      what control's answer to a login means
//	oauth.go        an auth key for an OAuth client secret
//	backoff.go      how long it waits after failures
//	node.go         one tsnet.Server with its event bus
//	door.go         the listeners and who serves them
//	visitor.go      who a connection and a request come from: the only place that knows FunnelConn and WhoIs
//	certificate.go  the certificate in use and its renewal
//	state.go        the node's keys, sealed in the database
//	board.go        the snapshot and who waits for the next one
//
// The host name is the issuer and the passkeys' RP ID, so the node serves only while the tailnet's name for it equals the pinned one. Before anything is
// pinned it joins and shows its name; a name that changed later is shown and never followed.
//
// The listeners speak HTTP/1.1 only. HTTP/2 would carry more requests, which nothing has needed yet, and brings its reset floods.
package tunnel
