package idp

// Passkey is a WebAuthn credential of one person. It works only under the RP ID and origin it was made for.
type Passkey struct {
	ID             string   `json:"id"`
	UserID         string   `json:"userId"`
	Name           string   `json:"name"`
	CredentialID   []byte   `json:"-"`
	PublicKey      []byte   `json:"-"` // COSE_Key (RFC 9052 §7)
	Algorithm      int64    `json:"-"` // COSE algorithm: -7, -8 or -257
	SignCount      uint32   `json:"-"`
	AAGUID         []byte   `json:"-"`
	Provider       string   `json:"provider"` // what the AAGUID is known as, "" when not known
	Transports     []string `json:"transports"`
	Attachment     string   `json:"attachment"`
	BackupEligible bool     `json:"backupEligible"` // can be synced between devices
	BackedUp       bool     `json:"backedUp"`
	RPID           string   `json:"rpId"`
	Origin         string   `json:"origin"`
	CreatedAt      Time     `json:"createdAt"`
	LastUsedAt     Time     `json:"lastUsedAt"`
	FlaggedAt      Time     `json:"flaggedAt"` // set when its counter went back: it is refused until removed
}

// Invite is a single-use link that lets one person enrol a passkey, and nothing else. Its secret is kept as a hash only.
type Invite struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"`
	CreatedAt Time   `json:"createdAt"`
	ExpiresAt Time   `json:"expiresAt"`
	UsedAt    Time   `json:"usedAt"`
	RevokedAt Time   `json:"revokedAt"`
	Epoch     int64  `json:"-"`
}

// Check says why the invite cannot be used now, or nil.
func (i Invite) Check(now Time, epoch int64) error {
	switch {
	case i.UsedAt != 0:
		return Fail(Expired, "invite.used")
	case i.RevokedAt != 0, i.Epoch != epoch:
		return Fail(Expired, "invite.revoked")
	case i.ExpiresAt.Passed(now):
		return Fail(Expired, "invite.expired")
	}
	return nil
}
