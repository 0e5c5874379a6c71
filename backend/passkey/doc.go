// Package passkey runs the WebAuthn ceremonies: signing in, stepping up and enrolling. It is the only importer of go-webauthn.
//
// Every ceremony wants a discoverable credential with user verification, no attestation, and one of ES256, EdDSA and RS256. Its challenge lives in bounded memory for five minutes of the injected clock and counts once. The library checks the signed data (WebAuthn §7.1, §7.2); this package adds what the library leaves to others or does loosely: the exact origin, the clock, the counter, backup eligibility, and that an unknown passkey and one of a disabled person are refused by the same words after the same work.
//
// After a move the passkeys of a former host may sign in on the issuer's pages (WebAuthn Level 3 §5.11, related origins): the same checks under that host's RP ID, the issuer still the one origin. Enrolling and stepping up are the issuer's own.
package passkey
