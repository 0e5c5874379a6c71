package main

import (
	"context"
	"net/http"

	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"hearthkey/backend/idp"
)

// explain shows why Hearthkey cannot start in a dialog of the system, and waits until it is closed. Only for a process that never had a window.
func explain(text string) {
	_ = runWails(&options.App{
		Title: "Hearthkey", Width: 1, Height: 1, Frameless: true, StartHidden: true,
		AssetServer: &assetserver.Options{Handler: http.NotFoundHandler()},
		Linux:       &linux.Options{Icon: icon("icon-256"), ProgramName: "hearthkey", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		OnStartup: func(ctx context.Context) {
			_, _ = runtime.MessageDialog(ctx, runtime.MessageDialogOptions{Type: runtime.ErrorDialog, Title: idp.Text("app.cannot_start").String(), Message: text})
			runtime.Quit(ctx)
		},
	})
}
