package oidc

import "strings"

// Prompt is what the app asks to be shown (OIDC Core §3.1.2.1).
type Prompt struct {
	None          bool // nothing: answer from what is there, or fail
	Login         bool // sign in again; beside None only where the owner wants it for each sign-in at this app
	Consent       bool // ask for consent, even where it is remembered or skipped
	SelectAccount bool // let the person choose among accounts
}

// parsePrompt reads the space-separated list. Values not known are ignored; none beside anything else is an error.
func parsePrompt(list string) (p Prompt, problem string) {
	values := strings.Fields(list)
	for _, v := range values {
		switch v {
		case "none":
			p.None = true
		case "login":
			p.Login = true
		case "consent":
			p.Consent = true
		case "select_account":
			p.SelectAccount = true
		}
	}
	if p.None && len(values) > 1 {
		return p, "prompt none cannot be combined with other values"
	}
	return p, ""
}
