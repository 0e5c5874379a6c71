package signin

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"

	"hearthkey/backend/idp"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 64 << 10

// parameters are those of the query of a GET, or of the form of a POST, whose query is not looked at.
func (p *Pages) parameters(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, idp.Fail(idp.Invalid, "page.request_wrong").Because(err)
		}
		return values, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, idp.Fail(idp.Invalid, "page.request_wrong")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, idp.Fail(idp.Invalid, "page.request_wrong").Because(err)
	}
	return r.PostForm, nil
}

// postedTX reads a form of ours and the request it belongs to, which is zero when there is none for this browser.
func (p *Pages) postedTX(w http.ResponseWriter, r *http.Request) (pending, caller, error) {
	form, err := p.parameters(w, r)
	if err != nil {
		return pending{}, caller{}, err
	}
	c, err := p.caller(r)
	if err != nil {
		return pending{}, caller{}, err
	}
	tx, _ := p.pendings.look(form.Get("tx"), c.key)
	return tx, c, nil
}

// readJSON reads what the script sends.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if !isJSON(r) { // a form of another site cannot say so without asking first (Fetch §3.2.3)
		return idp.Fail(idp.Invalid, "page.request_wrong")
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into)
	if err != nil {
		return idp.Fail(idp.Invalid, "page.request_wrong").Because(err)
	}
	return nil
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// answerJSON sends the script its answer.
func answerJSON(w http.ResponseWriter, status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return errors.Join(errors.New("encode the answer"), err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(raw)
	return err
}

// next tells the script where to go.
type next struct {
	Next string `json:"next"`
}
