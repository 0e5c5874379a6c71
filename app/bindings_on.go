//go:build bindings

package main

import (
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
)

// bindingsBuild: the Wails tool builds and runs this program under the tag bindings only to look at the bound types, so it opens nothing.
const bindingsBuild = true

func generateBindings() error { return wails.Run(&options.App{Bind: []any{&App{}}}) }
