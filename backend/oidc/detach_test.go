package oidc_test

import (
	"context"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"hearthkey/backend/idp"
)

// within says whether a string is part of another's memory, and so keeps all of it.
func within(s, whole string) bool {
	if s == "" {
		return false
	}
	at, from := uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(unsafe.Pointer(unsafe.StringData(whole)))
	return at >= from && at < from+uintptr(len(whole))
}

// holders names the text fields of a struct that keep the memory of whole.
func holders(of any, whole string) (names []string) {
	v := reflect.ValueOf(of).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.String && within(f.String(), whole) {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}

func TestParsedRequestsKeepNoBody(t *testing.T) {
	h := newHome(t)
	form := request(h.app.ID, "state", "s1", "nonce", "n1", "response_mode", "form_post", "login_hint", "rose", "ui_locales", "en", "display", "page", "acr_values", "a")
	raw := form.Encode() + "&padding=" + strings.Repeat("x", 60<<10)
	raw = strings.ReplaceAll(strings.ReplaceAll(raw, "%3A", ":"), "%2F", "/") // nothing to unescape, so that values are slices of it
	form, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !within(form.Get("state"), raw) || !within(form.Get("redirect_uri"), raw) {
		t.Fatal("the values are copies: this test proves nothing")
	}
	req, err := h.provider.ParseAuthorize(context.Background(), form)
	if err != nil {
		t.Fatal(err)
	}
	if names := holders(req, raw); names != nil {
		t.Errorf("a request in flight keeps its whole body by %v", names)
	}

	const bye = "https://rp.example.com/bye"
	app, _ := h.addApp(idp.Client{Name: "Logout", PostLogoutRedirectURIs: []string{bye}})
	raw = "client_id=" + app.ID + "&post_logout_redirect_uri=" + bye + "&state=s1&padding=" + strings.Repeat("x", 60<<10)
	if form, err = url.ParseQuery(raw); err != nil {
		t.Fatal(err)
	}
	end, err := h.provider.ParseEndSession(context.Background(), form)
	if err != nil || end.RedirectURI != bye || end.State != "s1" {
		t.Fatal(end, err)
	}
	if names := holders(end, raw); names != nil {
		t.Errorf("a logout in flight keeps its whole body by %v", names)
	}
}
