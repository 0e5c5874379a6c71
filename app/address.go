package main

import (
	"net/url"

	"hearthkey/backend/admin"
)

// tailscaleLogin is where nodes are let into a tailnet.
const tailscaleLogin = "login.tailscale.com"

// mayOpen is the list of what the window may hand to the system's browser: pages of the issuer, Tailscale's login, and the very pages that the tunnel names. Text from outside can thus never send
// the owner elsewhere by a link.
func mayOpen(address string, s admin.Status) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return false
	}
	if u.Scheme == "https" && u.Host == tailscaleLogin {
		return true
	}
	if issuer, err := url.Parse(s.Pin.Issuer); err == nil && issuer.Host != "" && u.Scheme == issuer.Scheme && u.Host == issuer.Host {
		return true
	}
	web := u.Scheme == "https" || u.Scheme == "http"
	return web && (address == s.Tunnel.LoginURL || address == s.Tunnel.EnableURL)
}
