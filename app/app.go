package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
)

// App is bound to the window: each exported method can be called from its page. Every method of admin.API has one of the same name here; those in this file are the desktop's own.
type App struct {
	ctx    context.Context // ends with the process
	api    admin.API
	desk   desktop
	prefs  *prefs
	log    *slog.Logger
	remote string // what Remote answers
	hidden bool   // started in the tray: the first paint shows nothing
}

// desktop is what the bound methods need of the machine. The real one is the window's; the test bridge has one that keeps what it is told.
type desktop interface {
	Emit(event string, data ...any)
	Copy(text string) error
	Open(url string)
	Notify(title, body string)
	Show()
	Hide()
	Quit()
}

// Remote is the sentence that says which process holds the data, "" when it is this one.
func (a *App) Remote() string { return a.remote }

// Ready says that the page shows something: the window appears, unless it was started hidden.
func (a *App) Ready() (err error) {
	defer a.caught(&err)
	a.log.Info("the page is ready")
	if !a.hidden {
		a.desk.Show()
	}
	return nil
}

// Copy puts text on the clipboard.
func (a *App) Copy(text string) (err error) {
	defer a.caught(&err)
	if err := a.desk.Copy(text); err != nil {
		return idp.Fail(idp.Unavailable, "app.clipboard").Because(err)
	}
	return nil
}

// OpenInBrowser opens one of our own addresses in the system's browser; Denied for any other.
func (a *App) OpenInBrowser(address string) (err error) {
	defer a.caught(&err)
	s, err := a.api.Status(a.ctx)
	if err != nil {
		return err
	}
	if !mayOpen(address, s) {
		return idp.Fail(idp.Denied, "app.address_foreign")
	}
	a.desk.Open(address)
	return nil
}

// TrayNotice says whether the window was closed to the tray and the owner has not yet read what that means.
func (a *App) TrayNotice() (_ bool, err error) {
	defer a.caught(&err)
	return a.prefs.noticeDue(), nil
}

// DismissTrayNotice remembers that the owner has read it.
func (a *App) DismissTrayNotice() (err error) {
	defer a.caught(&err)
	return a.prefs.dismissNotice()
}

// caught turns a panic of the method that defers it into an error: the page would wait for an answer for ever.
func (a *App) caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic in a bound method: %v\n%s", p, debug.Stack())
	}
}

// formatError is an error as it reaches the page: one JSON object, as text, since Wails puts what comes into new Error(...).
func formatError(err error, log *slog.Logger) string {
	text, _ := json.Marshal(control.FailureOf(err, log)) // strings alone always encode
	return string(text)
}
