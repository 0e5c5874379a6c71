package signin

import (
	"net/http"

	"hearthkey/backend/idp"
)

// AccountStepUp notes that the person has used a passkey just now.
func (p *Pages) AccountStepUp(w http.ResponseWriter, r *http.Request) error {
	var in answered
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	c, err := p.signedIn(r)
	if err != nil {
		return err
	}
	proof, err := p.passkey.FinishSignIn(r.Context(), in.Ceremony, in.Response)
	if err != nil {
		return err
	}
	if proof.User.ID != c.acting.user.ID {
		return idp.Fail(idp.Denied, "passkey.not_yours")
	}
	if _, err := p.begin(w, r, c, beginning{user: proof.User, passkey: proof.Passkey, acr: idp.ACRPasskey}); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, next{"/account?done=confirmed"})
}

// AccountStepUpOptions gives the page a fresh ceremony for AccountStepUp.
func (p *Pages) AccountStepUpOptions(w http.ResponseWriter, r *http.Request) error {
	c, err := p.signedIn(r)
	if err != nil {
		return err
	}
	options, err := p.stepUp(r, c.acting.user)()
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, options)
}
