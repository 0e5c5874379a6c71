// Package oidc is the OpenID Provider's protocol: what apps speak to. It is the only importer of go-jose, signs with it, and leaves browsers, cookies and pages to signin.
//
// The back channel is whole here: Token, PAR, DeviceAuthorize, Introspect, Revoke, UserInfo, Discovery and JWKS are HTTP handlers. Of the front channel it has the rules alone: signin calls
// ParseAuthorize, shows what there is to show, asks MayUse, and ends with IssueCode and the Answer of Success or Failure; ParseEndSession is the same for logout, and FindDevice with AllowDevice or DenyDevice for devices.
//
// Whether a person may use an app is decided by idp.MayUse and nowhere else. It is asked at authorize, at the confirmation of a device, at code and device redemption, at refresh, at userinfo and at introspection, each time in the transaction that acts on it.
// A refusal that changes something (a code burned, a grant revoked) is an outcome: it commits with its event, and the answer goes out after the commit. Signatures are made after it too, so that the one writer never waits for one.
//
// Where what is checked:
//
//	oidc.go         Provider, its parts, answers to trouble of ours
//	metadata.go     OIDC Discovery §3-4, RFC 8414, RFC 9207 §3: discovery, key set, their ETags
//	keys.go         the provider's keys, opened and handed out
//	keypair.go      RFC 7517 §4, RFC 7518 §3.3-3.4, RFC 8037: keys made and sealed
//	ring.go         RFC 7517 §5: the keys of one moment and the key set
//	rotation.go     keys that follow each other, by schedule and by hand
//	jwt.go          RFC 7515, RFC 7519, RFC 8725: signing, and verifying what comes back
//	authorize.go    RFC 6749 §3.1, §4.1.1, §4.1.2.1, OIDC Core §3.1.2.1-3.1.2.6: the authorization request
//	par.go          RFC 9126: pushed requests, kept and taken
//	parameter.go    RFC 6749 appendix A.5: lengths and characters; hints
//	redirect.go     RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1: redirect addresses, compared and registered
//	scope.go        RFC 6749 §3.3, OIDC Core §5.4, §11
//	prompt.go       OIDC Core §3.1.2.1, prompt
//	pkce.go         RFC 7636, RFC 9700 §2.1.1, §4.8.2
//	answer.go       RFC 6749 §4.1.2, RFC 9207 §2, Form Post Response Mode: the authorization response
//	code.go         RFC 6749 §4.1.2-4.1.3, §10.5: codes made and redeemed
//	token.go        RFC 6749 §3.2, §5.1: the token endpoint
//	form.go         RFC 6749 §3.2, appendix B: bodies, repeated parameters
//	tokenerror.go   RFC 6749 §5.2: its errors
//	clientauth.go   RFC 6749 §2.3, RFC 7617: client authentication
//	device.go       RFC 8628 §3.1-3.2, §6.1: a device asks; user codes
//	devicefind.go   RFC 8628 §5.1, §5.4: what a person typed, and whether the device is near
//	deviceanswer.go RFC 8628 §3.3: a person allows or denies it
//	devicepoll.go   RFC 8628 §3.4-3.5: the device polls, and redeems
//	refresh.go      RFC 6749 §6, §10.4, RFC 9700 §4.14.2: rotation, grace, replay
//	accesstoken.go  RFC 9068: access tokens, opaque and as JWT, made and found
//	claims.go       OIDC Core §2, §3.1.3.6, §5: ID token and claims
//	claimsparam.go  OIDC Core §5.5, Unmet Authentication Requirements: single claims, essential acr
//	preview.go      what an app would be told
//	userinfo.go     OIDC Core §5.3, RFC 6750
//	endsession.go   OIDC RP-Initiated Logout
//	logouts.go      OIDC Back-Channel Logout §2.5: the queue, and who is told at the same time
//	logouttoken.go  OIDC Back-Channel Logout §2.4, §2.8: one attempt, its token, its answer
//	clientcredentials.go  RFC 6749 §4.4: apps that act for themselves
//	introspect.go   RFC 7662: what a token is worth now
//	revoke.go       RFC 7009: tokens that apps give up
//	cors.go         Fetch §3.2: which pages of other origins may read an answer
//	activity.go     the events of the above
package oidc
