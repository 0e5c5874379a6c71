package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"hearthkey/backend/idp"
	"hearthkey/frontend"
)

// window is the desktop that Wails gives. Its methods may be called from any goroutine; before the window exists they wait for it.
type window struct {
	app      *App
	tray     *tray
	leave    func() error
	ctx      context.Context // of Wails, set before started is closed
	started  chan struct{}
	ended    chan struct{}
	quitting atomic.Bool
	notify   sync.Once
}

func newWindow() *window {
	return &window{started: make(chan struct{}), ended: make(chan struct{})}
}

// options of the window. dir tells its single instance from that of another data directory.
func (w *window) options(dir string) *options.App {
	sum := sha256.Sum256([]byte(dir))
	return &options.App{
		Title: "Hearthkey", Width: 1180, Height: 760, MinWidth: 900, MinHeight: 600,
		StartHidden:      w.app.hidden,
		BackgroundColour: options.NewRGB(0xfa, 0xf8, 0xf5), // --bg, until the page paints
		AssetServer:      &assetserver.Options{Assets: frontend.Admin, Middleware: pageHeaders},
		Bind:             []any{w.app},
		ErrorFormatter:   func(err error) any { return formatError(err, w.app.log) },
		DragAndDrop:      &options.DragAndDrop{DisableWebViewDrop: true}, // a dropped file would be navigated to
		Linux:            &linux.Options{Icon: icon("icon-256"), ProgramName: "hearthkey", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               "hearthkey-" + hex.EncodeToString(sum[:8]),
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { w.Show() },
		},
		OnStartup:     func(ctx context.Context) { w.ctx = ctx; close(w.started) },
		OnDomReady:    w.pageLoaded,
		OnBeforeClose: w.keepOpen,
		OnShutdown:    func(context.Context) { _ = w.leave() },
	}
}

// pageLoaded keeps the page from being left: links out of it do nothing, since addresses are opened by OpenInBrowser alone.
func (w *window) pageLoaded(ctx context.Context) {
	runtime.WindowExecJS(ctx, `for (const kind of ['click', 'auxclick']) addEventListener(kind, (e) => {
	const link = e.target instanceof Element && e.target.closest('a[href]')
	if (link && (link.origin !== location.origin || link.target === '_blank')) e.preventDefault()
}, true)`)
	w.tray.start()
}

// keepOpen is asked when the window is closed: where a tray shows the icon it hides instead, and says so the first time.
func (w *window) keepOpen(ctx context.Context) bool {
	if w.quitting.Load() || !hasTrayHost() {
		return false
	}
	runtime.WindowHide(ctx)
	w.app.log.Info("the window was closed to the tray")
	if w.app.prefs.closedToTray() {
		runtime.EventsEmit(ctx, "tray-notice")
		go w.Notify(idp.Text("app.closed_title").String(), idp.Text("app.closed_body").String())
	}
	return true
}

// do carries out f once the window exists, and not at all after its end.
func (w *window) do(f func(ctx context.Context)) {
	select {
	case <-w.ended:
	case <-w.started:
		f(w.ctx)
	}
}

// Emit tells the page of an event.
func (w *window) Emit(event string, data ...any) {
	w.do(func(ctx context.Context) { runtime.EventsEmit(ctx, event, data...) })
}

// Copy sets the clipboard.
func (w *window) Copy(text string) (err error) {
	w.do(func(ctx context.Context) { err = runtime.ClipboardSetText(ctx, text) })
	return err
}

// Open hands an address to the system's browser; the caller has checked it.
func (w *window) Open(address string) {
	w.do(func(ctx context.Context) { runtime.BrowserOpenURL(ctx, address) })
}

// Notify shows a notification of the desktop, where it has them.
func (w *window) Notify(title, body string) {
	w.do(func(ctx context.Context) {
		var err error
		w.notify.Do(func() { err = runtime.InitializeNotifications(ctx) })
		if err == nil {
			err = runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "hearthkey", Title: title, Body: body})
		}
		if err != nil {
			w.app.log.Debug("notification", "error", err)
		}
	})
}

// Show brings the window up.
func (w *window) Show() {
	w.do(func(ctx context.Context) { runtime.WindowShow(ctx); runtime.WindowUnminimise(ctx) })
}

// Hide takes the window off the screen.
func (w *window) Hide() { w.do(runtime.WindowHide) }

// Quit ends the program, tray or not.
func (w *window) Quit() {
	w.quitting.Store(true)
	w.do(runtime.Quit)
}
