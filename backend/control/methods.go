package control

import (
	"context"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
)

// The owner's operations, each as package admin describes it.

// Status asks the process that holds the data.
func (c *Client) Status(ctx context.Context) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "Status")
}

// WaitForChange asks the process that holds the data.
func (c *Client) WaitForChange(ctx context.Context, since int64) (int64, error) {
	return ask[int64](ctx, c, "WaitForChange", since)
}

// CheckReach asks the process that holds the data.
func (c *Client) CheckReach(ctx context.Context) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "CheckReach")
}

// ReachHistory asks the process that holds the data.
func (c *Client) ReachHistory(ctx context.Context) (admin.ReachHistory, error) {
	return ask[admin.ReachHistory](ctx, c, "ReachHistory")
}

// SetUp asks the process that holds the data.
func (c *Client) SetUp(ctx context.Context, in admin.SetUp) (idp.User, error) {
	return ask[idp.User](ctx, c, "SetUp", in)
}

// StartTrial asks the process that holds the data.
func (c *Client) StartTrial(ctx context.Context, port int) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "StartTrial", port)
}

// ConnectTailnet asks the process that holds the data.
func (c *Client) ConnectTailnet(ctx context.Context, in admin.ConnectTailnet) error {
	return c.tell(ctx, "ConnectTailnet", in)
}

// Doctor asks the process that holds the data.
func (c *Client) Doctor(ctx context.Context) (admin.Doctor, error) {
	return ask[admin.Doctor](ctx, c, "Doctor")
}

// PinHostName asks the process that holds the data.
func (c *Client) PinHostName(ctx context.Context, name string) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "PinHostName", name)
}

// TakeBackName asks the process that holds the data.
func (c *Client) TakeBackName(ctx context.Context) error { return c.tell(ctx, "TakeBackName") }

// MovePlan asks the process that holds the data.
func (c *Client) MovePlan(ctx context.Context, to string) (admin.MovePlan, error) {
	return ask[admin.MovePlan](ctx, c, "MovePlan", to)
}

// MoveIssuer asks the process that holds the data.
func (c *Client) MoveIssuer(ctx context.Context, in admin.MoveInput) (admin.Moved, error) {
	return ask[admin.Moved](ctx, c, "MoveIssuer", in)
}

// Reinvite asks the process that holds the data.
func (c *Client) Reinvite(ctx context.Context, days int) (admin.Moved, error) {
	return ask[admin.Moved](ctx, c, "Reinvite", days)
}

// ForgetHost asks the process that holds the data.
func (c *Client) ForgetHost(ctx context.Context, host string) error {
	return c.tell(ctx, "ForgetHost", host)
}

// SetFunnel asks the process that holds the data.
func (c *Client) SetFunnel(ctx context.Context, on bool) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "SetFunnel", on)
}

// LogOutTailnet asks the process that holds the data.
func (c *Client) LogOutTailnet(ctx context.Context) error { return c.tell(ctx, "LogOutTailnet") }

// LogOutEffects asks the process that holds the data.
func (c *Client) LogOutEffects(ctx context.Context) (admin.LogOutEffects, error) {
	return ask[admin.LogOutEffects](ctx, c, "LogOutEffects")
}

// RenewNodeKey asks the process that holds the data.
func (c *Client) RenewNodeKey(ctx context.Context) error { return c.tell(ctx, "RenewNodeKey") }

// SetCarrier asks the process that holds the data.
func (c *Client) SetCarrier(ctx context.Context, answer string) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "SetCarrier", answer)
}

// SetPasskeyAdmin asks the process that holds the data.
func (c *Client) SetPasskeyAdmin(ctx context.Context, there bool) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "SetPasskeyAdmin", there)
}

// SetKeepAwake asks the process that holds the data.
func (c *Client) SetKeepAwake(ctx context.Context, on bool) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "SetKeepAwake", on)
}

// Users asks the process that holds the data.
func (c *Client) Users(ctx context.Context, query string) ([]admin.UserRow, error) {
	return ask[[]admin.UserRow](ctx, c, "Users", query)
}

// User asks the process that holds the data.
func (c *Client) User(ctx context.Context, id string) (admin.UserDetail, error) {
	return ask[admin.UserDetail](ctx, c, "User", id)
}

// CreateUser asks the process that holds the data.
func (c *Client) CreateUser(ctx context.Context, in admin.UserInput) (idp.User, error) {
	return ask[idp.User](ctx, c, "CreateUser", in)
}

// UpdateUser asks the process that holds the data.
func (c *Client) UpdateUser(ctx context.Context, id string, in admin.UserInput) (idp.User, error) {
	return ask[idp.User](ctx, c, "UpdateUser", id, in)
}

// SetUserDisabled asks the process that holds the data.
func (c *Client) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return c.tell(ctx, "SetUserDisabled", id, disabled)
}

// DeleteUser asks the process that holds the data.
func (c *Client) DeleteUser(ctx context.Context, id string) error {
	return c.tell(ctx, "DeleteUser", id)
}

// Invite asks the process that holds the data.
func (c *Client) Invite(ctx context.Context, userID string) (admin.InviteLink, error) {
	return ask[admin.InviteLink](ctx, c, "Invite", userID)
}

// RevokeInvites asks the process that holds the data.
func (c *Client) RevokeInvites(ctx context.Context, userID string) error {
	return c.tell(ctx, "RevokeInvites", userID)
}

// RenamePasskey asks the process that holds the data.
func (c *Client) RenamePasskey(ctx context.Context, id string, name string) error {
	return c.tell(ctx, "RenamePasskey", id, name)
}

// RemovePasskey asks the process that holds the data.
func (c *Client) RemovePasskey(ctx context.Context, id string) error {
	return c.tell(ctx, "RemovePasskey", id)
}

// EndSession asks the process that holds the data.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.tell(ctx, "EndSession", id)
}

// EndSessions asks the process that holds the data.
func (c *Client) EndSessions(ctx context.Context, userID string) error {
	return c.tell(ctx, "EndSessions", userID)
}

// RevokeConsent asks the process that holds the data.
func (c *Client) RevokeConsent(ctx context.Context, userID string, clientID string) error {
	return c.tell(ctx, "RevokeConsent", userID, clientID)
}

// Groups asks the process that holds the data.
func (c *Client) Groups(ctx context.Context) ([]admin.GroupRow, error) {
	return ask[[]admin.GroupRow](ctx, c, "Groups")
}

// CreateGroup asks the process that holds the data.
func (c *Client) CreateGroup(ctx context.Context, in admin.GroupInput) (idp.Group, error) {
	return ask[idp.Group](ctx, c, "CreateGroup", in)
}

// UpdateGroup asks the process that holds the data.
func (c *Client) UpdateGroup(ctx context.Context, id string, in admin.GroupInput) (idp.Group, error) {
	return ask[idp.Group](ctx, c, "UpdateGroup", id, in)
}

// DeleteGroup asks the process that holds the data.
func (c *Client) DeleteGroup(ctx context.Context, id string) error {
	return c.tell(ctx, "DeleteGroup", id)
}

// Clients asks the process that holds the data.
func (c *Client) Clients(ctx context.Context, query string) ([]admin.ClientRow, error) {
	return ask[[]admin.ClientRow](ctx, c, "Clients", query)
}

// Client asks the process that holds the data.
func (c *Client) Client(ctx context.Context, id string) (admin.ClientDetail, error) {
	return ask[admin.ClientDetail](ctx, c, "Client", id)
}

// CreateClient asks the process that holds the data.
func (c *Client) CreateClient(ctx context.Context, in admin.ClientInput) (admin.NewClient, error) {
	return ask[admin.NewClient](ctx, c, "CreateClient", in)
}

// UpdateClient asks the process that holds the data.
func (c *Client) UpdateClient(ctx context.Context, id string, in admin.ClientInput) (admin.ClientDetail, error) {
	return ask[admin.ClientDetail](ctx, c, "UpdateClient", id, in)
}

// AddSecret asks the process that holds the data.
func (c *Client) AddSecret(ctx context.Context, clientID string, in admin.SecretInput) (admin.NewSecret, error) {
	return ask[admin.NewSecret](ctx, c, "AddSecret", clientID, in)
}

// RemoveSecret asks the process that holds the data.
func (c *Client) RemoveSecret(ctx context.Context, secretID string) error {
	return c.tell(ctx, "RemoveSecret", secretID)
}

// SetClientDisabled asks the process that holds the data.
func (c *Client) SetClientDisabled(ctx context.Context, id string, disabled bool) error {
	return c.tell(ctx, "SetClientDisabled", id, disabled)
}

// DeleteClient asks the process that holds the data.
func (c *Client) DeleteClient(ctx context.Context, id string) error {
	return c.tell(ctx, "DeleteClient", id)
}

// Preview asks the process that holds the data.
func (c *Client) Preview(ctx context.Context, in admin.PreviewInput) (admin.Preview, error) {
	return ask[admin.Preview](ctx, c, "Preview", in)
}

// CustomClaims asks the process that holds the data.
func (c *Client) CustomClaims(ctx context.Context) ([]admin.CustomClaim, error) {
	return ask[[]admin.CustomClaim](ctx, c, "CustomClaims")
}

// SetClaimScope asks the process that holds the data.
func (c *Client) SetClaimScope(ctx context.Context, claim, scope string) error {
	return c.tell(ctx, "SetClaimScope", claim, scope)
}

// SigningKeys asks the process that holds the data.
func (c *Client) SigningKeys(ctx context.Context) (admin.SigningKeys, error) {
	return ask[admin.SigningKeys](ctx, c, "SigningKeys")
}

// RotateSigningKey asks the process that holds the data.
func (c *Client) RotateSigningKey(ctx context.Context, algorithm string, atOnce bool) (admin.SigningKeys, error) {
	return ask[admin.SigningKeys](ctx, c, "RotateSigningKey", algorithm, atOnce)
}

// WithdrawSigningKey asks the process that holds the data.
func (c *Client) WithdrawSigningKey(ctx context.Context, id string) (admin.SigningKeys, error) {
	return ask[admin.SigningKeys](ctx, c, "WithdrawSigningKey", id)
}

// SetKeyRotation asks the process that holds the data.
func (c *Client) SetKeyRotation(ctx context.Context, days int) (admin.SigningKeys, error) {
	return ask[admin.SigningKeys](ctx, c, "SetKeyRotation", days)
}

// PausePublic asks the process that holds the data.
func (c *Client) PausePublic(ctx context.Context, minutes int) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "PausePublic", minutes)
}

// ResumePublic asks the process that holds the data.
func (c *Client) ResumePublic(ctx context.Context) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "ResumePublic")
}

// TailnetPeople asks the process that holds the data.
func (c *Client) TailnetPeople(ctx context.Context) (admin.TailnetPeople, error) {
	return ask[admin.TailnetPeople](ctx, c, "TailnetPeople")
}

// LinkTailnetLogin asks the process that holds the data.
func (c *Client) LinkTailnetLogin(ctx context.Context, userID, tailscaleID string) error {
	return c.tell(ctx, "LinkTailnetLogin", userID, tailscaleID)
}

// UnlinkTailnetLogin asks the process that holds the data.
func (c *Client) UnlinkTailnetLogin(ctx context.Context, tailscaleID string) error {
	return c.tell(ctx, "UnlinkTailnetLogin", tailscaleID)
}

// Approvals asks the process that holds the data.
func (c *Client) Approvals(ctx context.Context) ([]admin.ApprovalRow, error) {
	return ask[[]admin.ApprovalRow](ctx, c, "Approvals")
}

// Approve asks the process that holds the data.
func (c *Client) Approve(ctx context.Context, id string) error { return c.tell(ctx, "Approve", id) }

// Deny asks the process that holds the data.
func (c *Client) Deny(ctx context.Context, id string) error { return c.tell(ctx, "Deny", id) }

// SetEnrolAtOnce asks the process that holds the data.
func (c *Client) SetEnrolAtOnce(ctx context.Context, on bool) error {
	return c.tell(ctx, "SetEnrolAtOnce", on)
}

// Activity asks the process that holds the data.
func (c *Client) Activity(ctx context.Context, q admin.ActivityQuery) (admin.ActivityPage, error) {
	return ask[admin.ActivityPage](ctx, c, "Activity", q)
}

// VerifyActivity asks the process that holds the data.
func (c *Client) VerifyActivity(ctx context.Context) (admin.ChainReport, error) {
	return ask[admin.ChainReport](ctx, c, "VerifyActivity")
}

// Domain asks the process that holds the data.
func (c *Client) Domain(ctx context.Context) (admin.Domain, error) {
	return ask[admin.Domain](ctx, c, "Domain")
}

// PinDomain asks the process that holds the data.
func (c *Client) PinDomain(ctx context.Context, in admin.DomainInput) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "PinDomain", in)
}

// SetDomain asks the process that holds the data.
func (c *Client) SetDomain(ctx context.Context, in admin.DomainInput) (admin.Status, error) {
	return ask[admin.Status](ctx, c, "SetDomain", in)
}

// CheckDomain asks the process that holds the data.
func (c *Client) CheckDomain(ctx context.Context) (admin.DomainCheck, error) {
	return ask[admin.DomainCheck](ctx, c, "CheckDomain")
}
