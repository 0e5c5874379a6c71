package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"hearthkey/backend/idp"
)

// assetPath is where the assets are served.
const assetPath = "/assets/"

type asset struct {
	kind string
	body []byte
}

// assetNames are the addresses of the assets, with a hash of their content in them.
type assetNames struct{ Style, Script, Icon string }

func loadAssets(files fs.FS) (map[string]asset, assetNames, error) {
	var names assetNames
	out := map[string]asset{}
	for _, a := range []struct {
		file, kind string
		name       *string
	}{
		{"style.css", "text/css; charset=utf-8", &names.Style},
		{"app.js", "text/javascript; charset=utf-8", &names.Script},
		{"favicon.svg", "image/svg+xml", &names.Icon},
	} {
		body, err := fs.ReadFile(files, a.file)
		if err != nil {
			return nil, names, err
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(a.file)
		name := strings.TrimSuffix(a.file, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		out[name] = asset{a.kind, body}
		*a.name = assetPath + name
	}
	return out, names, nil
}

// Asset serves a stylesheet, script or icon. Its name changes with its content, so it may be kept for good.
func (p *Pages) Asset(w http.ResponseWriter, r *http.Request) error {
	a, ok := p.assets[r.PathValue("name")]
	if !ok {
		return idp.Fail(idp.NotFound, "page.not_found")
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(a.body)
	return err
}
