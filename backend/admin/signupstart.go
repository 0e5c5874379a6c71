package admin

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// mailDomains are the largest that give addresses to everybody. Nobody but their owners can publish there.
var mailDomains = []string{
	"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com", "me.com", "mac.com", "aol.com",
	"proton.me", "protonmail.com", "pm.me", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.com", "mail.ru", "yandex.com", "fastmail.com", "zoho.com", "tutanota.com", "tuta.io", "hey.com",
}

// signUpAddress takes the address with which the tailnet is to be signed up, and its domain.
func signUpAddress(text string) (email, domain string, err error) {
	if email, err = checkEmail(text); err != nil {
		return "", "", err
	}
	if domain = webfinger.NameOf(email); email == "" || domain == "" {
		return "", "", idp.FailField("email", "signup.email")
	}
	if slices.Contains(mailDomains, domain) {
		return "", "", idp.FailField("email", "signup.not_yours", "domain", domain)
	}
	return email, domain, nil
}

// StartSignUp makes what a sign-up at Tailscale needs here: a user with exactly that address, verified; the app; the domain in the list. Until Tailscale has been told of the user it may be called again, to correct.
func (a *Admin) StartSignUp(ctx context.Context, in SignUpInput) (out SignUp, err error) {
	email, domain, err := signUpAddress(in.Email)
	if err != nil {
		return out, err
	}
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := a.maySignUp(ctx, tx.Reads, email, domain)
		if err != nil {
			return err
		}
		s := idp.SignUp{Email: email, Domain: domain, StartedAt: a.Clock()}
		user, err := a.signUpUser(ctx, tx, email, in.Person)
		if err != nil {
			return err
		}
		s.UserID = user.ID
		if s.ClientID, err = a.signUpApp(ctx, tx, before, user); err != nil {
			return err
		}
		if err := a.signUpDomain(ctx, tx, domain); err != nil {
			return err
		}
		if before.Email == s.Email && before.UserID == s.UserID && before.ClientID == s.ClientID {
			s.StartedAt = before.StartedAt
		}
		if err := tx.SetSignUp(s); err != nil {
			return err
		}
		e := a.aboutUser(idp.EventSignUpBegun, user, "domain", domain)
		e.ClientID = s.ClientID
		if err := tx.Record(e); err != nil {
			return err
		}
		out, err = a.readSignUp(ctx, tx.Reads)
		return err
	})
	return out, err
}

// maySignUp refuses where Tailscale could not use the issuer, for a domain that nobody can publish on, and for another address than the one that Tailscale knows.
func (a *Admin) maySignUp(ctx context.Context, r store.Reads, email, domain string) (idp.SignUp, error) {
	before, err := r.SignUp(ctx)
	if err != nil {
		return before, err
	}
	pin, err := r.Pin(ctx)
	if err != nil {
		return before, err
	}
	if refused := signUpRefused(pin); refused != nil {
		return before, refused
	}
	if err := mayAnswerFor(domain, pin); err != nil {
		return before, idp.FailField("email", "signup.not_public", "domain", domain)
	}
	at, err := arrived(ctx, r, before)
	if err == nil && at != 0 && email != before.Email {
		return before, idp.FailField("email", "signup.bound", "email", before.Email, "domain", before.Domain)
	}
	return before, err
}

// signUpUser is the person with exactly that address. Where nobody has it, the one whom the owner chose gets it.
func (a *Admin) signUpUser(ctx context.Context, tx *store.Tx, email, person string) (idp.User, error) {
	users, err := tx.Users(ctx, "")
	if err != nil {
		return idp.User{}, err
	}
	if i := slices.IndexFunc(users, func(u idp.User) bool { return store.SameAddress(u.Email, email) }); i >= 0 {
		u := users[i]
		if u.Disabled() {
			return u, idp.FailField("email", "signup.switched_off", "name", u.Name)
		}
		return a.giveAddress(tx, u, email)
	}
	owner, err := tx.Owner(ctx)
	if err != nil {
		return owner, err
	}
	switch {
	case person == "owner" || person == "" && owner.Email == "":
		return a.giveAddress(tx, owner, email)
	case person == "new":
		return a.newSigner(ctx, tx, owner, email)
	}
	return owner, idp.FailField("person", "signup.whose", "email", email, "name", owner.Name, "before", owner.Email)
}

// giveAddress makes the address a person's, as it is spelled, unless it is already. One that the owner typed counts as verified.
func (a *Admin) giveAddress(tx *store.Tx, u idp.User, email string) (idp.User, error) {
	if u.Email == email && u.EmailVerified {
		return u, nil
	}
	u.Email, u.EmailVerified, u.UpdatedAt = email, true, a.Clock()
	if err := tx.UpdateUser(u); err != nil {
		return u, err
	}
	return u, tx.Record(a.aboutUser(idp.EventUserChanged, u))
}

// newSigner makes a user of its own for the address, named as the owner is.
func (a *Admin) newSigner(ctx context.Context, tx *store.Tx, owner idp.User, email string) (idp.User, error) {
	name := strings.Map(func(r rune) rune {
		if userNameForm.MatchString("a" + string(r)) {
			return r
		}
		return '-'
	}, email[:strings.LastIndexByte(email, '@')])
	name = cmp.Or(strings.TrimLeft(name, "._-"), "tailscale")
	for n := 2; ; n++ {
		_, err := tx.UserByName(ctx, name)
		if idp.CodeOf(err) == idp.NotFound {
			break
		}
		if err != nil {
			return idp.User{}, err
		}
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(n)
	}
	u, err := a.checkedUser(UserInput{Name: owner.Name, UserName: name, Email: email})
	if err != nil {
		return u, err
	}
	if err := tx.CreateUser(u); err != nil {
		return u, err
	}
	return u, tx.Record(a.aboutUser(idp.EventUserCreated, u))
}

// signUpDomain puts the domain on the list of those whose WebFinger names the issuer, unless it is there.
func (a *Admin) signUpDomain(ctx context.Context, tx *store.Tx, domain string) error {
	if _, err := tx.WebFingerDomain(ctx, domain); err == nil || idp.CodeOf(err) != idp.NotFound {
		return err
	}
	if err := tx.AddWebFingerDomain(idp.WebFingerDomain{Domain: domain, Scope: idp.WebFingerWhole, CreatedAt: a.Clock()}); err != nil {
		return err
	}
	return tx.Record(a.aboutWebFinger(idp.EventWebFingerAdded, domain))
}
