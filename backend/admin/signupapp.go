package admin

import (
	"context"
	"slices"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// signUpInput is the app as Tailscale needs it: it sends no PKCE and no pushed requests, takes RS256 and ES256 only, and people come from anywhere, since their tailnet may be down.
func signUpInput(signer string) ClientInput {
	return ClientInput{Name: "Tailscale", RedirectURIs: []string{tailscaleRedirect}, IDTokenAlgorithm: idp.RS256, NetworkRule: idp.NetworkAnywhere,
		LaunchURL: tailscaleConsole, Access: Access{UserIDs: []string{signer}}}
}

// signUpApp is the app that stands for Tailscale, which lets in who signs up. One that is there already is used, with what Tailscale cannot work with put right.
func (a *Admin) signUpApp(ctx context.Context, tx *store.Tx, before idp.SignUp, signer idp.User) (id string, err error) {
	clients, err := tx.Clients(ctx, "")
	if err != nil {
		return "", err
	}
	there := slices.IndexFunc(clients, func(c idp.Client) bool { return c.ID == before.ClientID && before.Begun() })
	if there < 0 {
		there = slices.IndexFunc(clients, func(c idp.Client) bool { return !c.Public && slices.Contains(c.RedirectURIs, tailscaleRedirect) })
	}
	if there >= 0 {
		return clients[there].ID, a.mendApp(ctx, tx, clients[there], before, signer)
	}
	in, err := checkClient(signUpInput(signer.ID))
	if err != nil {
		return "", err
	}
	c := idp.Client{ID: idp.NewID(idp.PrefixClient), CreatedAt: a.Clock()}
	fillClient(&c, in, a.Clock())
	if err := tx.CreateClient(c); err != nil {
		return "", err
	}
	if err := tx.SetAccess(c.ID, accessRows(c.ID, in.Access)); err != nil {
		return "", err
	}
	return c.ID, tx.Record(a.aboutClient(idp.EventAppCreated, c))
}

// mendApp makes an app work for Tailscale, and lets the signer in.
func (a *Admin) mendApp(ctx context.Context, tx *store.Tx, c idp.Client, before idp.SignUp, signer idp.User) error {
	mended := forTailscale(c)
	if !appServes(c) {
		mended.UpdatedAt = a.Clock()
		if err := tx.UpdateClient(mended); err != nil {
			return err
		}
		if err := tx.Record(a.aboutClient(idp.EventAppChanged, mended)); err != nil {
			return err
		}
	}
	access, _, err := readAccess(ctx, tx.Reads, c.ID)
	if err != nil {
		return err
	}
	if before.UserID != signer.ID { // the address was corrected, and with it who signs up
		access.UserIDs = slices.DeleteFunc(access.UserIDs, func(id string) bool { return id == before.UserID })
	}
	if may, err := tx.HasAccess(ctx, signer.ID, c.ID); err != nil {
		return err
	} else if !may {
		access.UserIDs = append(access.UserIDs, signer.ID)
	}
	return a.changeAccess(ctx, tx, mended, access)
}

// forTailscale is the app with what Tailscale cannot work with put right.
func forTailscale(c idp.Client) idp.Client {
	c.RequirePKCE, c.RequirePAR, c.UserInfoOnly, c.NetworkRule, c.DisabledAt = false, false, false, idp.NetworkAnywhere, 0
	c.TailnetSignIn = false // a click on a node of the tailnet that this very sign-in opens
	if c.IDTokenAlgorithm != idp.ES256 {
		c.IDTokenAlgorithm = idp.RS256
	}
	if !slices.Contains(c.RedirectURIs, tailscaleRedirect) {
		c.RedirectURIs = append(slices.Clone(c.RedirectURIs), tailscaleRedirect)
	}
	return c
}

// appServes says whether Tailscale can work with the app as it is.
func appServes(c idp.Client) bool {
	m := forTailscale(c)
	return !c.Public && !c.Disabled() && c.RequirePKCE == m.RequirePKCE && c.RequirePAR == m.RequirePAR && c.UserInfoOnly == m.UserInfoOnly && c.NetworkRule == m.NetworkRule &&
		c.TailnetSignIn == m.TailnetSignIn && c.IDTokenAlgorithm == m.IDTokenAlgorithm && len(c.RedirectURIs) == len(m.RedirectURIs)
}

// secretInHand is how long a secret that nobody has used counts as one that was only looked at: it ends when another is made. An older one may have been handed to Tailscale's support, who take their time.
const secretInHand = time.Hour

// SignUpSecret gives the app a secret, shown once. Before Tailscale has been told of anybody, those that were made within the hour and never used end; after that all go on, since Tailscale changes its own only through its support.
func (a *Admin) SignUpSecret(ctx context.Context) (out NewSecret, err error) {
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := a.signing(ctx, tx.Reads)
		if err != nil {
			return err
		}
		if s.client.ID == "" {
			return idp.Fail(idp.Conflict, "signup.not_begun")
		}
		for _, old := range s.secrets {
			if s.told == 0 && old.LastUsedAt == 0 && a.Clock().Sub(old.CreatedAt) < secretInHand {
				if err := a.removeSecret(tx, s.client, old.ID); err != nil {
					return err
				}
			}
		}
		out, err = a.addSecret(tx, s.client, SecretInput{Name: "Tailscale"})
		return err
	})
	return out, err
}
