package store

import (
	"context"
	"strings"

	"hearthkey/backend/idp"
)

const deviceColumns = "hash, user_hash, client_id, scope, network, source, user_agent, created_at, expires_at, interval_s, polled_at, tries, state, grant_id"

func scanDevice(row scanner) (d idp.DeviceCode, err error) {
	err = row.Scan(&d.Hash, &d.UserHash, &d.ClientID, &d.Scope, &d.Network, &d.Source, &d.UserAgent, &d.CreatedAt, &d.ExpiresAt, &d.Interval, &d.PolledAt, &d.Tries, &d.State, &d.GrantID)
	return d, err
}

// AddDeviceCode keeps a device's request; idp.Conflict when its user code is in use, which asks for another.
func (tx *Tx) AddDeviceCode(d idp.DeviceCode) error {
	_, err := tx.exec("INSERT INTO device_codes ("+deviceColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.Hash, d.UserHash, d.ClientID, d.Scope, d.Network, d.Source, d.UserAgent, d.CreatedAt, d.ExpiresAt, d.Interval, d.PolledAt, d.Tries, d.State, d.GrantID)
	if isUnique(err) {
		return idp.Fail(idp.Conflict, "token.device_again").Because(err)
	}
	return err
}

// DeviceCode reads a device's request by the hash of its device code; idp.NotFound.
func (r Reads) DeviceCode(ctx context.Context, hash []byte) (idp.DeviceCode, error) {
	return one(ctx, r, scanDevice, "token.no_device", "SELECT "+deviceColumns+" FROM device_codes WHERE hash = ?", hash)
}

// DeviceByUserCode reads a device's request by the hash of its user code; idp.NotFound. Whether it still waits, its state and times say.
func (r Reads) DeviceByUserCode(ctx context.Context, userHash []byte) (idp.DeviceCode, error) {
	return one(ctx, r, scanDevice, "token.no_device", "SELECT "+deviceColumns+" FROM device_codes WHERE user_hash = ?", userHash)
}

// WaitingDeviceAmong reads a device that waits under one of some user codes, by their hashes; idp.NotFound.
func (r Reads) WaitingDeviceAmong(ctx context.Context, userHashes [][]byte, now idp.Time) (idp.DeviceCode, error) {
	args := []any{now}
	for _, h := range userHashes {
		args = append(args, h)
	}
	marks := strings.TrimPrefix(strings.Repeat(", ?", len(userHashes)), ", ")
	return one(ctx, r, scanDevice, "token.no_device", "SELECT "+deviceColumns+" FROM device_codes WHERE state = 'waiting' AND expires_at > ? AND user_hash IN ("+marks+") LIMIT 1", args...)
}

// PollDevice notes a device's poll, and what it must wait between two from now on, in seconds.
func (tx *Tx) PollDevice(hash []byte, interval int64, now idp.Time) error {
	_, err := tx.exec("UPDATE device_codes SET polled_at = ?, interval_s = ? WHERE hash = ?", now, interval, hash)
	return err
}

// CountDeviceTry counts a wrong answer at a device's confirmation; the last that limit allows denies the request. It answers how many are left.
func (tx *Tx) CountDeviceTry(hash []byte, limit int) (left int, err error) {
	n, err := tx.changed("UPDATE device_codes SET tries = tries + 1, state = CASE WHEN tries + 1 >= ?2 THEN 'denied' ELSE state END WHERE hash = ?1 AND state = 'waiting'", hash, limit)
	if err != nil || n == 0 {
		return 0, err
	}
	d, err := tx.DeviceCode(context.Background(), hash)
	return max(0, limit-d.Tries), err
}

// AnswerDevice approves (with the grant) or denies (grantID "") a request that waits; false when it does not wait any more.
func (tx *Tx) AnswerDevice(hash []byte, grantID string, now idp.Time) (bool, error) {
	state := idp.DeviceDenied
	if grantID != "" {
		state = idp.DeviceApproved
	}
	n, err := tx.changed("UPDATE device_codes SET state = ?, grant_id = ? WHERE hash = ? AND state = 'waiting' AND expires_at > ?", state, grantID, hash, now)
	return n == 1, err
}

// RedeemDevice spends an approved request. spent is true for the one caller that did (RFC 8628 §3.5).
func (tx *Tx) RedeemDevice(hash []byte) (d idp.DeviceCode, spent bool, err error) {
	return first(context.Background(), tx.Reads, scanDevice, "UPDATE device_codes SET state = 'used' WHERE hash = ? AND state = 'approved' RETURNING "+deviceColumns, hash)
}
