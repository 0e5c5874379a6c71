// Package vault keeps the one key that protects everything secret on this machine, and seals and opens with it.
//
// The key-encryption key is 32 random bytes. It lives in the keychain of the operating system, or, where there is none, under a passphrase asked for at
// start, or in a key file beside the data. The file vault.json in the data directory says which, and holds nothing secret. What is sealed (signing keys,
// the refresh key, the tailnet state, publisher credentials) is bound to its table and row, so that it opens nowhere else.
//
// The rule above all: a key that is missing or wrong stops the start with a sentence that says what to do. A new key is never made over old data, because
// every passkey's account would look whole while no app could be signed in to again.
//
// Files: vault.go opens, envelope.go seals, and keychain.go, passphrase.go, keyfile.go hold the three homes of the key.
package vault
