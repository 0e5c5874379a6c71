// Package webfinger is RFC 7033 and all that this home needs of it: the document that names an issuer (OpenID Connect Discovery §2), the endpoint on the issuer's own host, what to put onto web servers by hand, and the look from outside that says whether Tailscale will accept what is there.
package webfinger

// Rel is the link relation of an issuer (OpenID Connect Discovery §2).
const Rel = "http://openid.net/specs/connect/1.0/issuer"

// MediaType is that of a document (RFC 7033 §10.2).
const MediaType = "application/jrd+json"
