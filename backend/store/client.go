package store

import (
	"context"

	"hearthkey/backend/idp"
)

const clientColumns = "id, name, public, native, allow_http, require_pkce, skip_consent, always_refresh, launch_url, created_at, updated_at, disabled_at"

func scanClient(row scanner) (c idp.Client, err error) {
	err = row.Scan(&c.ID, &c.Name, &c.Public, &c.Native, &c.AllowHTTP, &c.RequirePKCE, &c.SkipConsent, &c.AlwaysRefresh, &c.LaunchURL, &c.CreatedAt, &c.UpdatedAt, &c.DisabledAt)
	return c, err
}

// Client reads one app with its addresses; idp.NotFound.
func (r Reads) Client(ctx context.Context, id string) (idp.Client, error) {
	c, err := one(ctx, r, scanClient, "client.not_found", "SELECT "+clientColumns+" FROM clients WHERE id = ?", id)
	if err != nil {
		return c, err
	}
	return r.withURIs(ctx, c)
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

// CreateClient adds an app.
func (tx *Tx) CreateClient(c idp.Client) error {
	_, err := tx.exec("INSERT INTO clients ("+clientColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		c.ID, c.Name, c.Public, c.Native, c.AllowHTTP, c.RequirePKCE, c.SkipConsent, c.AlwaysRefresh, c.LaunchURL, c.CreatedAt, c.UpdatedAt, c.DisabledAt)
	if err != nil {
		return err
	}
	return tx.setURIs(c)
}

// UpdateClient replaces what can change of an app: all but its ID and time of creation.
func (tx *Tx) UpdateClient(c idp.Client) error {
	err := tx.mustChange("client.not_found", `UPDATE clients SET name = ?, public = ?, native = ?, allow_http = ?, require_pkce = ?, skip_consent = ?, always_refresh = ?, launch_url = ?, updated_at = ?, disabled_at = ? WHERE id = ?`,
		c.Name, c.Public, c.Native, c.AllowHTTP, c.RequirePKCE, c.SkipConsent, c.AlwaysRefresh, c.LaunchURL, c.UpdatedAt, c.DisabledAt, c.ID)
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
	return nil
}

// DeleteClient removes an app with its secrets, grants and tokens.
func (tx *Tx) DeleteClient(id string) error {
	return tx.mustChange("client.not_found", "DELETE FROM clients WHERE id = ?", id)
}
