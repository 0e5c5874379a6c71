package public

import "net/http"

// policy is the content security policy of every answer. form-action binds the whole redirect chain after a form in Chromium, so no form post ends in a redirect that leaves the issuer; the page of response_mode form_post takes form-action out, alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// permissions leaves pages the passkeys and nothing else of what a browser could do.
const permissions = "publickey-credentials-create=(self), publickey-credentials-get=(self), accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// setHeaders puts on what every answer carries. Handlers say where they want another Cache-Control.
func (s *Server) setHeaders(h http.Header, isolated bool) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")        // for what does not know frame-ancestors
	h.Set("Referrer-Policy", "same-origin") // under no-referrer browsers send Origin: null with forms
	h.Set("Permissions-Policy", permissions)
	h.Set("Cache-Control", "no-store")
	if s.pin.Secure() {
		h.Set("Strict-Transport-Security", "max-age=63072000") // RFC 6797 §6.1
	}
	if isolated {
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
}
