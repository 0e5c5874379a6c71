// Package reach measures whether people can get in, by the ways that they come: it asks public name servers for the pinned name, connects to the address that they answer, checks the certificate as a browser does, and reads back a text that only this
// process could have given. Nothing here is concluded from a setting, and what could not be looked at is unknown.
//
//	public    the internet's way: public DNS, the relay or proxy that it names, TLS, our own nonce
//	tailnet   through the node to the node's own address. It shows that the node takes visitors, not that the tailnet's rules let others as far as the node
//	local     localhost, for a trial
//
// The looks come every minute while all is well and sooner after a failure, a change of the tunnel or of the machine's addresses, and a sleep. Sleep shows as time in which nothing here ran: whatever was known before it is unknown at once. Where the
// tunnel says that it serves and nobody gets through, the watchdog lets it listen anew and then start anew, less often each time.
//
//	ask.go        asks the name servers
//	look.go       one look at one way in
//	round.go      which ways a mode has
//	why.go        a failure as the sentence that tells the way out
//	watch.go      when to look, and what is known now
//	awake.go      sleep, a changed clock, changed addresses
//	watchdog.go   when to listen and to start anew
//	history.go    the spans of the last 30 days
package reach
