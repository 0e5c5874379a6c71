// Package backend wires the rooms of Hearthkey into one process: Open takes the data, Start serves it, Stop gives it back.
//
// # The house
//
//	app/                 the desktop: window, tray, and the Go methods the window calls. Only importer of wails and systray
//	frontend/            embed.go: the pages as files for Go
//	frontend/admin       the window's pages: Svelte, TypeScript
//	frontend/public      the pages members see: templates, one stylesheet, one script
//	frontend/e2e         page tests of the window
//	backend/             this package: all wiring
//	backend/idp          the vocabulary, MayUse, clock, errors, texts. Standard library only
//	backend/store        SQLite: one file per noun, the grouping writer, migrations. Only importer of database/sql. storetest helps tests
//	backend/vault        the key-encryption key and the envelopes under it
//	backend/oidc         the protocol. Only importer of go-jose
//	backend/passkey      WebAuthn ceremonies. Only importer of go-webauthn. passkeytest is a software authenticator
//	backend/waiting      what waits in memory for somebody's next step, within bounds
//	backend/signin       the browser front channel: authorize steps, session cookie, consent, invite and account pages
//	backend/public       everything the internet can reach: the route list, limits, headers
//	backend/tunnel       only importer of tailscale.com: the node, Funnel, the network of a request. tunneltest is a whole local tailnet
//	backend/reach        measures whether people get in, by the ways that they come, and keeps the history
//	backend/awake        keeps the machine from going to sleep by itself, while on mains power
//	backend/outgoing     the careful HTTP client for addresses that the owner typed
//	backend/webfinger    the document that names the issuer on a domain, its endpoint, and the look from outside
//	backend/publisher    puts that document onto web servers. Only importer of the clients for SFTP, WebDAV, S3, git and Cloudflare
//	backend/admin        what the owner can do; each change writes its activity event
//	backend/control      the control socket: admin's operations from another process of the owner
//	backend/cmd/hearthkeyd  the same backend without a desktop
//	backend/e2e          relying parties, browser and kill tests
//	backend/bench        the load program
//	backend/probes       attacks on a running provider, and the bugs that they were seen to find
//	backend/backendtest  a whole provider in the process of a test, with people and apps
//
// # Who may import whom
//
//	app, cmd/hearthkeyd ─► backend, control, admin, vault
//	app, backend, public ─► frontend
//	backend ─► admin, control, public, signin, oidc, passkey, tunnel, reach, outgoing, webfinger, publisher, awake, vault, store
//	control ─► admin
//	admin   ─► oidc, tunnel, webfinger, publisher, outgoing, vault, store     what the owner can do
//	public  ─► signin, oidc, webfinger, store            what the internet can reach
//	signin  ─► oidc, passkey, waiting, store
//	passkey ─► waiting, store
//	oidc, tunnel ─► vault, store
//	webfinger ─► store
//	reach   ─► store
//	oidc, webfinger, publisher ─► outgoing
//	waiting, awake, vault, store ─► idp              as everything else may; store keeps sealed bytes and knows no key
//
// layers_test.go reads the imports and holds them to this.
//
// # The golden path
//
// GET /authorize → public's route list → signin parses by oidc, keeps the request in memory, 303 to /sign-in?tx=ID → passkey verifies, signin sets the session → /authorize/continue?tx=ID → idp.MayUse → consent → oidc makes grant and code, 303 with code, state, iss → POST /api/oidc/token → client authentication → store.RedeemCode and the tokens in one transaction → signing → JSON.
//
// Where the person is signed in and has allowed the app, /authorize answers with the code at once.
//
// # The window's path
//
// a page in frontend/admin → api.ts → generated binding → app → admin.API → one transaction: row and event → back. A failure is idp.Error: a JSON string over the bridge, red text under its field.
//
// # A change of issuer
//
// The pin in the store says which issuer this is. serve builds the public side for it; admin.StartTrial and PinHostName change it and call back through admin.Reach.
package backend
