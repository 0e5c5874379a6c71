package control

import (
	"context"

	"hearthkey/backend/admin"
)

// WebFingerDomains asks the process that holds the data.
func (c *Client) WebFingerDomains(ctx context.Context) ([]admin.WebFingerRow, error) {
	return ask[[]admin.WebFingerRow](ctx, c, "WebFingerDomains")
}

// WebFingerDomain asks the process that holds the data.
func (c *Client) WebFingerDomain(ctx context.Context, domain string) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "WebFingerDomain", domain)
}

// AddWebFingerDomain asks the process that holds the data.
func (c *Client) AddWebFingerDomain(ctx context.Context, in admin.WebFingerInput) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "AddWebFingerDomain", in)
}

// SetWebFingerDomain asks the process that holds the data.
func (c *Client) SetWebFingerDomain(ctx context.Context, in admin.WebFingerInput) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "SetWebFingerDomain", in)
}

// PlanWebFinger asks the process that holds the data.
func (c *Client) PlanWebFinger(ctx context.Context, domain string) (admin.WebFingerPlan, error) {
	return ask[admin.WebFingerPlan](ctx, c, "PlanWebFinger", domain)
}

// PublishWebFinger asks the process that holds the data.
func (c *Client) PublishWebFinger(ctx context.Context, domain, digest string) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "PublishWebFinger", domain, digest)
}

// UnpublishWebFinger asks the process that holds the data.
func (c *Client) UnpublishWebFinger(ctx context.Context, domain string) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "UnpublishWebFinger", domain)
}

// SetPublisher asks the process that holds the data.
func (c *Client) SetPublisher(ctx context.Context, domain string, in admin.PublisherInput) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "SetPublisher", domain, in)
}

// TestPublisher asks the process that holds the data.
func (c *Client) TestPublisher(ctx context.Context, domain string, in admin.PublisherInput) (admin.PublisherTest, error) {
	return ask[admin.PublisherTest](ctx, c, "TestPublisher", domain, in)
}

// CheckWebFinger asks the process that holds the data.
func (c *Client) CheckWebFinger(ctx context.Context, domain string) (admin.WebFingerDetail, error) {
	return ask[admin.WebFingerDetail](ctx, c, "CheckWebFinger", domain)
}

// WebFingerGuide asks the process that holds the data.
func (c *Client) WebFingerGuide(ctx context.Context, in admin.WebFingerGuideInput) (admin.WebFingerGuide, error) {
	return ask[admin.WebFingerGuide](ctx, c, "WebFingerGuide", in)
}

// WebFingerLines asks the process that holds the data.
func (c *Client) WebFingerLines(ctx context.Context, domain string) ([]admin.WebFingerLines, error) {
	return ask[[]admin.WebFingerLines](ctx, c, "WebFingerLines", domain)
}

// RemoveWebFingerDomain asks the process that holds the data.
func (c *Client) RemoveWebFingerDomain(ctx context.Context, domain string) error {
	return c.tell(ctx, "RemoveWebFingerDomain", domain)
}
