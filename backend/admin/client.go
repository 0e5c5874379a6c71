package admin

import (
	"cmp"
	"context"

	"hearthkey/backend/idp"
	"hearthkey/backend/oidc"
	"hearthkey/backend/store"
)

// Clients lists apps by name.
func (a *Admin) Clients(ctx context.Context, query string) ([]ClientRow, error) {
	rows := []ClientRow{}
	err := a.Store.View(ctx, func(r store.Reads) error {
		clients, err := r.Clients(ctx, query)
		if err != nil {
			return err
		}
		for _, c := range clients {
			row, err := clientRow(ctx, r, c)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

func clientRow(ctx context.Context, r store.Reads, c idp.Client) (row ClientRow, err error) {
	row.Client = c
	if row.Access, row.AccessText, err = readAccess(ctx, r, c.ID); err != nil {
		return row, err
	}
	people, err := r.CountPeople(ctx, c.ID)
	if err != nil {
		return row, err
	}
	row.People = int(people)
	row.LastUsed, err = lastUsed(ctx, r, c.ID)
	return row, err
}

// lastUsed is when somebody last signed in to an app, in a browser or on a device, or when it last acted for itself.
func lastUsed(ctx context.Context, r store.Reads, id string) (last idp.Time, err error) {
	for _, kind := range []string{idp.EventAuthorized, idp.EventDeviceAllowed, idp.EventAppActed} {
		at, err := r.LastEvent(ctx, id, kind)
		if err != nil {
			return 0, err
		}
		last = max(last, at)
	}
	return last, nil
}

// Client is the panel of one app.
func (a *Admin) Client(ctx context.Context, id string) (d ClientDetail, err error) {
	err = a.Store.View(ctx, func(r store.Reads) error {
		d, err = clientDetail(ctx, r, id)
		return err
	})
	return d, err
}

func clientDetail(ctx context.Context, r store.Reads, id string) (d ClientDetail, err error) {
	c, err := r.Client(ctx, id)
	if err != nil {
		return d, err
	}
	row, err := clientRow(ctx, r, c)
	if err != nil {
		return d, err
	}
	d = ClientDetail{Client: c, Access: row.Access, People: row.People, LastUsed: row.LastUsed}
	if d.Secrets, err = r.ClientSecrets(ctx, id); err != nil {
		return d, err
	}
	pin, err := r.Pin(ctx)
	d.Endpoints = endpoints(pin.Issuer)
	return d, err
}

// endpoints are the addresses under issuer; all empty before an issuer is pinned.
func endpoints(issuer string) Endpoints {
	if issuer == "" {
		return Endpoints{}
	}
	return Endpoints{
		Issuer:        issuer,
		Discovery:     issuer + oidc.PathDiscovery,
		Authorization: issuer + oidc.PathAuthorize,
		Token:         issuer + oidc.PathToken,
		UserInfo:      issuer + oidc.PathUserInfo,
		JWKS:          issuer + oidc.PathJWKS,
		EndSession:    issuer + oidc.PathEndSession,
		PAR:           issuer + oidc.PathPAR,
		Introspection: issuer + oidc.PathIntrospect,
		Revocation:    issuer + oidc.PathRevoke,
		DeviceCode:    issuer + oidc.PathDeviceAuthorize,
	}
}

// InputOf is the input that changes nothing of an app.
func InputOf(d ClientDetail) ClientInput {
	c := d.Client
	return ClientInput{
		ID: c.ID, Name: c.Name, Public: c.Public, Native: c.Native, AllowHTTP: c.AllowHTTP,
		RequirePKCE: c.RequirePKCE, RequirePAR: c.RequirePAR, SkipConsent: c.SkipConsent, Reauthenticate: c.Reauthenticate, AlwaysRefresh: c.AlwaysRefresh,
		ClientCredentials: c.ClientCredentials, DeviceGrant: c.DeviceGrant, DeviceAnywhere: c.DeviceAnywhere,
		UserInfoOnly: c.UserInfoOnly, IDTokenAlgorithm: c.IDTokenAlgorithm, AccessFormat: c.AccessFormat, Audience: c.Audience,
		AccessLife: c.AccessLife, IDTokenLife: c.IDTokenLife, RefreshIdle: c.RefreshIdle, RefreshAbsolute: c.RefreshAbsolute,
		NetworkRule: c.NetworkRule, TailnetHint: c.TailnetHint, TailnetEnrol: c.TailnetEnrol, TailnetSignIn: c.TailnetSignIn, LaunchURL: c.LaunchURL, InitiateLoginURI: c.InitiateLoginURI,
		BackchannelLogoutURI: c.BackchannelLogoutURI, BackchannelInward: c.BackchannelInward,
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, Access: d.Access,
	}
}

func fillClient(c *idp.Client, in ClientInput, now idp.Time) {
	c.Name, c.Public, c.Native, c.AllowHTTP = in.Name, in.Public, in.Native, in.AllowHTTP
	c.RequirePKCE, c.RequirePAR, c.SkipConsent, c.Reauthenticate, c.AlwaysRefresh = in.RequirePKCE, in.RequirePAR, in.SkipConsent, in.Reauthenticate, in.AlwaysRefresh
	c.ClientCredentials, c.DeviceGrant, c.DeviceAnywhere = in.ClientCredentials, in.DeviceGrant, in.DeviceAnywhere
	c.UserInfoOnly, c.IDTokenAlgorithm, c.AccessFormat, c.Audience = in.UserInfoOnly, in.IDTokenAlgorithm, in.AccessFormat, in.Audience
	c.AccessLife, c.IDTokenLife, c.RefreshIdle, c.RefreshAbsolute = in.AccessLife, in.IDTokenLife, in.RefreshIdle, in.RefreshAbsolute
	c.TailnetHint, c.TailnetEnrol, c.TailnetSignIn = in.TailnetHint, in.TailnetEnrol, in.TailnetSignIn
	c.NetworkRule, c.LaunchURL, c.InitiateLoginURI = in.NetworkRule, in.LaunchURL, in.InitiateLoginURI
	c.BackchannelLogoutURI, c.BackchannelInward = in.BackchannelLogoutURI, in.BackchannelInward
	c.RedirectURIs, c.PostLogoutRedirectURIs = in.RedirectURIs, in.PostLogoutRedirectURIs
	c.UpdatedAt = now
}

// CreateClient registers an app. An ID of the owner's own may be one that a deleted app had: its consents, grants and tokens went with it.
func (a *Admin) CreateClient(ctx context.Context, in ClientInput) (out NewClient, err error) {
	if in, err = checkClient(in); err != nil {
		return out, err
	}
	c := idp.Client{ID: cmp.Or(in.ID, idp.NewID(idp.PrefixClient)), CreatedAt: a.Clock()}
	fillClient(&c, in, a.Clock())
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		if err := checkTailnet(ctx, tx.Reads, idp.Client{}, in); err != nil {
			return err
		}
		if err := tx.CreateClient(c); err != nil {
			return err
		}
		if err := tx.SetAccess(c.ID, accessRows(c.ID, in.Access)); err != nil {
			return err
		}
		if err := tx.Record(a.aboutClient(idp.EventAppCreated, c)); err != nil {
			return err
		}
		if !c.Public {
			secret, err := a.addSecret(tx, c, SecretInput{})
			if err != nil {
				return err
			}
			out.Secret = secret.Value
		}
		out.Detail, err = clientDetail(ctx, tx.Reads, c.ID)
		return err
	})
	return out, err
}

// UpdateClient replaces an app's settings and who may use it.
func (a *Admin) UpdateClient(ctx context.Context, id string, in ClientInput) (d ClientDetail, err error) {
	if in, err = checkClient(in); err != nil {
		return d, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(ctx, id)
		if err != nil {
			return err
		}
		if in.ID != "" && in.ID != id {
			return idp.FailField("id", "admin.client_id_fixed")
		}
		if c.Public != in.Public {
			return idp.FailField("public", "admin.public_fixed")
		}
		if err := checkTailnet(ctx, tx.Reads, c, in); err != nil {
			return err
		}
		fillClient(&c, in, a.Clock())
		if err := tx.UpdateClient(c); err != nil {
			return err
		}
		if err := a.endWhatChanged(tx, c); err != nil {
			return err
		}
		if err := a.changeAccess(ctx, tx, c, in.Access); err != nil {
			return err
		}
		if err := tx.Record(a.aboutClient(idp.EventAppChanged, c)); err != nil {
			return err
		}
		d, err = clientDetail(ctx, tx.Reads, id)
		return err
	})
	return d, err
}

// endWhatChanged ends for good what the app's settings allow no more, so that changing them back revives nothing.
func (a *Admin) endWhatChanged(tx *store.Tx, c idp.Client) error {
	if !c.TailnetSignIn {
		if _, err := tx.RevokeClicks(c.ID, a.Clock()); err != nil {
			return err
		}
	}
	if err := tx.EndGrantsOutside(c, a.Clock()); err != nil || c.ClientCredentials {
		return err
	}
	return tx.RevokeTokensOfClient(c.ID, a.Clock())
}

// SetClientDisabled switches an app off or on. Off ends all its codes and tokens for good; on, people sign in to it again.
func (a *Admin) SetClientDisabled(ctx context.Context, id string, disabled bool) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(ctx, id)
		if err != nil || c.Disabled() == disabled {
			return err
		}
		kind := idp.EventAppEnabled
		c.DisabledAt = 0
		if disabled {
			kind, c.DisabledAt = idp.EventAppDisabled, a.Clock()
			if err := tx.RevokeGrantsOfClient(id, idp.ClientDisabled, a.Clock()); err != nil {
				return err
			}
		}
		if err := tx.UpdateClient(c); err != nil {
			return err
		}
		return tx.Record(a.aboutClient(kind, c))
	})
}

// DeleteClient removes an app with its secrets and tokens.
func (a *Admin) DeleteClient(ctx context.Context, id string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Client(ctx, id)
		if err != nil {
			return err
		}
		if err := guardApp(ctx, tx.Reads, c); err != nil {
			return err
		}
		if err := tx.DeleteClient(id); err != nil {
			return err
		}
		return tx.Record(a.aboutClient(idp.EventAppDeleted, c))
	})
}
