package control

import (
	"context"

	"hearthkey/backend/admin"
)

// SignUp asks the process that holds the data.
func (c *Client) SignUp(ctx context.Context) (admin.SignUp, error) {
	return ask[admin.SignUp](ctx, c, "SignUp")
}

// StartSignUp asks the process that holds the data.
func (c *Client) StartSignUp(ctx context.Context, in admin.SignUpInput) (admin.SignUp, error) {
	return ask[admin.SignUp](ctx, c, "StartSignUp", in)
}

// SetSignUpPeople asks the process that holds the data.
func (c *Client) SetSignUpPeople(ctx context.Context, userIDs []string) (admin.SignUp, error) {
	return ask[admin.SignUp](ctx, c, "SetSignUpPeople", userIDs)
}

// SignUpSecret asks the process that holds the data.
func (c *Client) SignUpSecret(ctx context.Context) (admin.NewSecret, error) {
	return ask[admin.NewSecret](ctx, c, "SignUpSecret")
}

// EndSignUpSessions asks the process that holds the data.
func (c *Client) EndSignUpSessions(ctx context.Context) (admin.SignUp, error) {
	return ask[admin.SignUp](ctx, c, "EndSignUpSessions")
}

// ForgetSignUp asks the process that holds the data.
func (c *Client) ForgetSignUp(ctx context.Context, typed string) error {
	return c.tell(ctx, "ForgetSignUp", typed)
}
