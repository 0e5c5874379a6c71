//go:build !desktop && !dev

package main

import "hearthkey/backend/idp"

// haveScreen: Wails has no window in it without its build tags, and then neither GTK nor a browser engine is linked, which lets the tests of this package run anywhere.
func haveScreen() error { return idp.Fail(idp.Unavailable, "app.no_window") }
