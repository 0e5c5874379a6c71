package oidc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

// TestSuccessor wants each part to count: without the key and the seed nothing leads from a spent token to a live one.
func TestSuccessor(t *testing.T) {
	k := &ring{refresh: map[string][]byte{"a": []byte("key a"), "b": []byte("key b")}}
	const presented = "0123456789012345678901234567890123456789012"
	seed := []byte("0123456789abcdef")
	mac := hmac.New(sha256.New, []byte("key a"))
	mac.Write([]byte(presented + string(seed) + "openid email"))
	want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	if got, ok := k.successor("a", presented, seed, "openid email"); !ok || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	seen := map[string]bool{want: true}
	for name, next := range map[string]func() (string, bool){
		"key":   func() (string, bool) { return k.successor("b", presented, seed, "openid email") },
		"token": func() (string, bool) { return k.successor("a", "x"+presented[1:], seed, "openid email") },
		"seed":  func() (string, bool) { return k.successor("a", presented, []byte("0123456789abcdeX"), "openid email") },
		"scope": func() (string, bool) { return k.successor("a", presented, seed, "openid") },
	} {
		got, ok := next()
		if !ok || seen[got] {
			t.Errorf("another %s gives %q again", name, got)
		}
		seen[got] = true
	}
	if _, ok := k.successor("nope", presented, seed, "openid"); ok {
		t.Error("a key that is not there derives something")
	}
	if _, ok := k.successor("a", presented, nil, "openid"); ok {
		t.Error("an erased seed derives something")
	}
}
