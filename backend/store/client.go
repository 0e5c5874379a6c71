package store

import (
	"cmp"
	"context"
	"strings"

	"hearthkey/backend/idp"
)

// clientSettings are the columns that can change, in the order of settingsOf.
var clientSettings = []string{
	"name", "public", "native", "allow_http", "require_pkce", "require_par", "skip_consent", "reauthenticate", "always_refresh",
	"client_credentials", "device_grant", "device_anywhere", "userinfo_only", "id_token_algorithm", "access_format", "audience",
	"access_life", "id_token_life", "refresh_idle", "refresh_absolute", "network_rule", "tailnet_hint", "tailnet_enrol", "tailnet_sign_in",
	"launch_url", "initiate_login_uri", "backchannel_logout_uri", "backchannel_inward", "updated_at", "disabled_at",
}

var clientColumns = "id, created_at, " + strings.Join(clientSettings, ", ")

// settingsOf are the fields behind clientSettings, to read or to write.
func settingsOf(c *idp.Client) []any {
	return []any{
		&c.Name, &c.Public, &c.Native, &c.AllowHTTP, &c.RequirePKCE, &c.RequirePAR, &c.SkipConsent, &c.Reauthenticate, &c.AlwaysRefresh,
		&c.ClientCredentials, &c.DeviceGrant, &c.DeviceAnywhere, &c.UserInfoOnly, &c.IDTokenAlgorithm, &c.AccessFormat, &c.Audience,
		&c.AccessLife, &c.IDTokenLife, &c.RefreshIdle, &c.RefreshAbsolute, &c.NetworkRule, &c.TailnetHint, &c.TailnetEnrol, &c.TailnetSignIn,
		&c.LaunchURL, &c.InitiateLoginURI, &c.BackchannelLogoutURI, &c.BackchannelInward, &c.UpdatedAt, &c.DisabledAt,
	}
}

func scanClient(row scanner) (c idp.Client, err error) {
	err = row.Scan(append([]any{&c.ID, &c.CreatedAt}, settingsOf(&c)...)...)
	return c, err
}

// withDefaults names what an app that says nothing means.
func withDefaults(c idp.Client) idp.Client {
	c.IDTokenAlgorithm = cmp.Or(c.IDTokenAlgorithm, idp.RS256)
	c.AccessFormat = cmp.Or(c.AccessFormat, idp.FormatOpaque)
	c.NetworkRule = cmp.Or(c.NetworkRule, idp.NetworkAnywhere)
	return c
}

// Client reads one app with its addresses; idp.NotFound.
func (r Reads) Client(ctx context.Context, id string) (idp.Client, error) {
	return recall(r, label{of: ofClient, a: id}, func() (idp.Client, error) {
		c, err := one(ctx, r, scanClient, "client.not_found", "SELECT "+clientColumns+" FROM clients WHERE id = ?", id)
		if err != nil {
			return c, err
		}
		return r.withURIs(ctx, c)
	})
}

// Clients lists apps by name. query filters by part of name or client ID, "" lists all.
func (r Reads) Clients(ctx context.Context, query string) ([]idp.Client, error) {
	clients, err := all(ctx, r, scanClient, "SELECT "+clientColumns+` FROM clients WHERE ? = '' OR name LIKE ?2 ESCAPE '\' OR id LIKE ?2 ESCAPE '\' ORDER BY lower(name), id`, query, likePart(query))
	if err != nil {
		return nil, err
	}
	for i := range clients {
		if clients[i], err = r.withURIs(ctx, clients[i]); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

func (r Reads) withURIs(ctx context.Context, c idp.Client) (_ idp.Client, err error) {
	const query = "SELECT uri FROM client_uris WHERE client_id = ? AND kind = ? ORDER BY position"
	if c.RedirectURIs, err = all(ctx, r, scanString, query, c.ID, "redirect"); err != nil {
		return c, err
	}
	c.PostLogoutRedirectURIs, err = all(ctx, r, scanString, query, c.ID, "post_logout")
	return c, err
}

// CreateClient adds an app. idp.Conflict when its ID is taken.
func (tx *Tx) CreateClient(c idp.Client) error {
	c = withDefaults(c)
	_, err := tx.exec("INSERT INTO clients ("+clientColumns+") VALUES (?, ?"+strings.Repeat(", ?", len(clientSettings))+")", append([]any{c.ID, c.CreatedAt}, settingsOf(&c)...)...)
	if isUnique(err) {
		taken := idp.Fail(idp.Conflict, "client.id_taken", "id", c.ID)
		taken.Field = "id"
		return taken
	}
	if err != nil {
		return err
	}
	return tx.setURIs(c)
}

// UpdateClient replaces what can change of an app: all but its ID and time of creation.
func (tx *Tx) UpdateClient(c idp.Client) error {
	c = withDefaults(c)
	err := tx.mustChange("client.not_found", "UPDATE clients SET "+strings.Join(clientSettings, " = ?, ")+" = ? WHERE id = ?", append(settingsOf(&c), c.ID)...)
	if err != nil {
		return err
	}
	return tx.setURIs(c)
}

func (tx *Tx) setURIs(c idp.Client) error {
	if _, err := tx.exec("DELETE FROM client_uris WHERE client_id = ?", c.ID); err != nil {
		return err
	}
	for kind, uris := range map[string][]string{"redirect": c.RedirectURIs, "post_logout": c.PostLogoutRedirectURIs} {
		for i, uri := range uris {
			if _, err := tx.exec("INSERT INTO client_uris (client_id, kind, position, uri) VALUES (?, ?, ?, ?)", c.ID, kind, i, uri); err != nil {
				return err
			}
		}
	}
	if _, err := tx.exec("DELETE FROM client_origins WHERE client_id = ?", c.ID); err != nil {
		return err
	}
	for _, origin := range c.Origins() {
		if _, err := tx.exec("INSERT INTO client_origins (client_id, origin) VALUES (?, ?)", c.ID, origin); err != nil {
			return err
		}
	}
	return nil
}

// IsOrigin says whether origin is one of an enabled public app's, for CORS (Fetch §3.2).
func (r Reads) IsOrigin(ctx context.Context, origin string) (bool, error) {
	n, err := r.number(ctx, "SELECT EXISTS (SELECT 1 FROM client_origins o JOIN clients c ON c.id = o.client_id WHERE o.origin = ? AND c.disabled_at = 0)", origin)
	return n == 1, err
}

// DeleteClient removes an app with its secrets, grants and tokens.
func (tx *Tx) DeleteClient(id string) error {
	return tx.mustChange("client.not_found", "DELETE FROM clients WHERE id = ?", id)
}
