// Package frontend carries the web files that the binary serves: the owner's window and the pages that members see.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:admin/dist
var admin embed.FS

//go:embed public/pages public/app.js public/style.css public/favicon.svg
var public embed.FS

// Admin is the built window, with index.html at its root. Before `npm run build` it holds only an empty marker file, so the
// module compiles and its tests run without Node.
var Admin = sub(admin, "admin/dist")

// Public is the folder frontend/public: the templates, the stylesheet and the script of the pages that members see.
var Public = sub(public, "public")

// sub panics on a folder that is not embedded, which the compiler has already ruled out.
func sub(files embed.FS, dir string) fs.FS {
	tree, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return tree
}
