package store

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
)

const passkeyColumns = "id, user_id, name, credential_id, public_key, algorithm, sign_count, aaguid, provider, transports, attachment, backup_eligible, backed_up, rp_id, origin, created_at, last_used_at, flagged_at"

func scanPasskey(row scanner) (p idp.Passkey, err error) {
	var transports string
	err = row.Scan(&p.ID, &p.UserID, &p.Name, &p.CredentialID, &p.PublicKey, &p.Algorithm, &p.SignCount, &p.AAGUID, &p.Provider, &transports, &p.Attachment, &p.BackupEligible, &p.BackedUp, &p.RPID, &p.Origin, &p.CreatedAt, &p.LastUsedAt, &p.FlaggedAt)
	p.Transports = strings.Fields(transports)
	return p, err
}

// Passkey reads one passkey; idp.NotFound.
func (r Reads) Passkey(ctx context.Context, id string) (idp.Passkey, error) {
	return one(ctx, r, scanPasskey, "passkey.not_found", "SELECT "+passkeyColumns+" FROM passkeys WHERE id = ?", id)
}

// PasskeyByCredentialID reads the passkey of a WebAuthn credential ID; idp.NotFound.
func (r Reads) PasskeyByCredentialID(ctx context.Context, credentialID []byte) (idp.Passkey, error) {
	return one(ctx, r, scanPasskey, "passkey.not_found", "SELECT "+passkeyColumns+" FROM passkeys WHERE credential_id = ?", credentialID)
}

// Passkeys lists a person's passkeys, oldest first.
func (r Reads) Passkeys(ctx context.Context, userID string) ([]idp.Passkey, error) {
	return all(ctx, r, scanPasskey, "SELECT "+passkeyColumns+" FROM passkeys WHERE user_id = ? ORDER BY created_at, id", userID)
}

// CountPasskeys is how many passkeys there are, and how many of them belong to another RP ID than rpID.
func (r Reads) CountPasskeys(ctx context.Context, rpID string) (total, elsewhere int64, err error) {
	_, _, err = first(ctx, r, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(&total, &elsewhere) }, "SELECT count(*), coalesce(sum(rp_id <> ?), 0) FROM passkeys", rpID)
	return total, elsewhere, err
}

// AddPasskey keeps a verified passkey; idp.Conflict when its credential ID is known already, whoever has it.
func (tx *Tx) AddPasskey(p idp.Passkey) error {
	_, err := tx.exec("INSERT INTO passkeys ("+passkeyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		p.ID, p.UserID, p.Name, p.CredentialID, p.PublicKey, p.Algorithm, p.SignCount, p.AAGUID, p.Provider, strings.Join(p.Transports, " "), p.Attachment, p.BackupEligible, p.BackedUp, p.RPID, p.Origin, p.CreatedAt, p.LastUsedAt, p.FlaggedAt)
	if isUnique(err) {
		return idp.Fail(idp.Conflict, "passkey.known")
	}
	return err
}

// TouchPasskey notes a use: the counter and backup state that the authenticator told, compare-and-set so that a counter never goes back. It answers false when the counter did not grow, which is a copied authenticator unless both are 0 (WebAuthn §6.1.1).
func (tx *Tx) TouchPasskey(id string, signCount uint32, backedUp bool, now idp.Time) (bool, error) {
	n, err := tx.changed("UPDATE passkeys SET sign_count = ?1, backed_up = ?2, last_used_at = ?3 WHERE id = ?4 AND flagged_at = 0 AND (sign_count < ?1 OR (sign_count = 0 AND ?1 = 0))", signCount, backedUp, now, id)
	return n == 1, err
}

// FlagPasskey refuses a passkey from now on.
func (tx *Tx) FlagPasskey(id string, now idp.Time) error {
	return tx.mustChange("passkey.not_found", "UPDATE passkeys SET flagged_at = ? WHERE id = ?", now, id)
}

// RenamePasskey gives a passkey another name; idp.NotFound.
func (tx *Tx) RenamePasskey(id, name string) error {
	return tx.mustChange("passkey.not_found", "UPDATE passkeys SET name = ? WHERE id = ?", name, id)
}

// RemovePasskey forgets a passkey; idp.NotFound.
func (tx *Tx) RemovePasskey(id string) error {
	return tx.mustChange("passkey.not_found", "DELETE FROM passkeys WHERE id = ?", id)
}

// UseChallenge notes that a ceremony's challenge was answered; false when it was before. hash is the challenge's SHA-256.
func (tx *Tx) UseChallenge(hash []byte, expires idp.Time) (bool, error) {
	n, err := tx.changed("INSERT INTO challenges (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING", hash, expires)
	return n == 1, err
}
