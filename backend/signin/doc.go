// Package signin is the browser's front channel: the pages that members see, the browser cookie, and the steps between an app's request and its answer.
//
//	GET  /authorize            parse by oidc, answer where nothing is to be shown, else keep the request (pending.go) and 303 to the sign-in page or on
//	POST /authorize            the same without reading the cookie, 303 to /authorize/continue
//	GET  /sign-in?tx=          the page; its ceremony stands in it
//	POST /sign-in/passkey      passkey verifies, a session begins (session.go), the script goes to /authorize/continue
//	GET  /away                 where the ceremony leads of somebody who may sign in from the tailnet only, and is elsewhere (away.go)
//	POST /sign-in/tailnet      one click by the person whose node asks, where the app allows it (tailnet.go): a session for that app alone
//	POST /enrol/ask            asks the owner for a first passkey (enrolask.go); GET /enrol waits and makes it (enrol.go)
//	GET  /authorize/continue   decide (decide.go): sign in, choose, refuse, ask, or answer
//	POST /consent              remember the yes, answer
//	GET  /device               the code of a device is typed (device.go), 303 to its confirmation
//	GET  /device/confirm       who asks for what; a passkey used on it lets the device in (deviceask.go)
//
// An answer leaves by a 303, or by the leaving page where a form was posted: browsers hold a form's whole chain of redirects to form-action (leave.go).
// Requests in flight live in bounded memory, bound to the browser's cookie: an anonymous visit writes nothing durable.
package signin
