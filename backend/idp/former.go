package idp

// Former is a host that was the issuer until the owner moved on. For as long as it still leads here it says where its passkeys may be used now (WebAuthn Level 3 §5.11), and sends people to the issuer.
type Former struct {
	Pin    Pin  `json:"pin"`
	LeftAt Time `json:"leftAt"`
}

// FormerOf finds the former host of a name, as a request or an RP ID spells it; false when it never was the issuer.
func FormerOf(list []Former, host string) (Former, bool) {
	for _, f := range list {
		if f.Pin.HostName == host {
			return f, true
		}
	}
	return Former{}, false
}
