package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"

	"hearthkey/backend"
	"hearthkey/backend/idp"
)

// runDesktop takes the data or finds who holds it, and shows the window until it is quit. The data comes first: Wails ends a second launch by itself, at a point where nothing could be given back.
func runDesktop(ctx context.Context, o backend.Options, hidden bool) error {
	w := newWindow()
	s, err := takeSeat(ctx, o, w.Show)
	if err != nil {
		return cannotStart{err}
	}
	life, end := context.WithCancel(context.Background())
	leave := sync.OnceValue(func() error { end(); return s.leave() })
	w.app = &App{ctx: life, api: s.api, desk: w, prefs: readPrefs(s.dir), log: o.Log, remote: s.remote(), hidden: hidden}
	w.leave = leave
	if w.app.remote != "" {
		o.Log.Info(w.app.remote)
	}
	w.tray = newTray(w.app)
	if s.own != nil || runtime.GOOS == "darwin" {
		w.tray.start() // beside another process it waits for the page, since the data may turn out to have a window already
	}
	go w.app.watch(w.tray.show)
	defer context.AfterFunc(ctx, w.Quit)() // SIGTERM means it: Wails would ask, and the window would hide
	err = runWails(w.options(s.dir))
	close(w.ended)
	w.tray.stop()
	return errors.Join(err, leave())
}

// runWails shows a window until it is quit. Where no display answers, Wails panics.
func runWails(o *options.App) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = idp.Fail(idp.Unavailable, "app.window_failed", "reason", fmt.Sprint(p))
		}
	}()
	return wails.Run(o)
}
