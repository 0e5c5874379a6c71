package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// Prefixes of identifiers, one per noun.
const (
	PrefixUser     = "usr"
	PrefixGroup    = "grp"
	PrefixClient   = "app"
	PrefixSecret   = "sec"
	PrefixPasskey  = "psk"
	PrefixInvite   = "inv"
	PrefixBrowser  = "brw"
	PrefixSession  = "ses"
	PrefixGrant    = "gnt"
	PrefixKey      = "key"
	PrefixPending  = "tx"
	PrefixIncident = "ref"
	PrefixLogout   = "out"
	PrefixApproval = "apr"
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID makes an identifier: the noun's prefix, an underscore, and 128 random bits in base32. It is never reused.
func NewID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return prefix + "_" + base32Lower.EncodeToString(b[:])
}

// NewReference makes the short text that ties a page's "something went wrong" to a log line, such as "R7K-2MQ".
func NewReference() string {
	var b [5]byte
	_, _ = rand.Read(b[:])
	s := strings.ToUpper(base32Lower.EncodeToString(b[:]))
	return s[:3] + "-" + s[3:6]
}

// NewSecret makes a bearer secret: 256 random bits in base64url without padding, 43 characters.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewInviteSecret makes the secret part of an invite link: 128 random bits in base32, 26 characters that survive being typed.
func NewInviteSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return base32Lower.EncodeToString(b[:])
}

// Hash is the SHA-256 of a bearer secret: the only form in which one is stored.
func Hash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}
