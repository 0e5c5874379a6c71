// Package e2e drives hearthkeyd as its users do: a browser with a passkey, relying parties that are not ours, the command line, and kill -9.
//
// The tests stand behind build tags, because they need Debian packages that make installs: e2e (localhost, Chromium, Apache) and tailnet (through a whole local tailnet).
package e2e
