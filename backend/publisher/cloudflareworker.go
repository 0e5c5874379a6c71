package publisher

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"

	"github.com/cloudflare/cloudflare-go/v6/workers"
)

// compatibility is the date whose behaviour the script was written for. Cloudflare keeps it for as long as the Worker is there.
const compatibility = "2025-01-01"

const scriptFile = "worker.js"

// module says whether a script is of the kind with exports; the older kind listens for an event.
var module = regexp.MustCompile(`(?m)^\s*export\s+(default\b|\{)`)

// part is a script as the upload carries it.
type part struct {
	io.Reader
	kind string
}

// Filename is what metadata calls the part by.
func (part) Filename() string { return scriptFile }

// ContentType tells Cloudflare how to read it.
func (p part) ContentType() string { return p.kind }

// upload makes the script the Worker's only version in use.
func (c *cloudflare) upload(ctx context.Context, script string) error {
	var p workers.ScriptUpdateParams
	p.AccountID.Value, p.AccountID.Present = c.at.account, true
	meta, kind := &p.Metadata.Value, "application/javascript"
	if p.Metadata.Present = true; module.MatchString(script) {
		meta.MainModule.Value, meta.MainModule.Present, kind = scriptFile, true, "application/javascript+module"
	} else {
		meta.BodyPart.Value, meta.BodyPart.Present = scriptFile, true
	}
	meta.CompatibilityDate.Value, meta.CompatibilityDate.Present = compatibility, true
	p.Files.Value, p.Files.Present = []io.Reader{part{strings.NewReader(script), kind}}, true
	_, err := c.scripts.Update(ctx, scriptName(c.domain), p)
	return explainCloudflare(ctx, err, "cloudflare.scripts")
}

// script reads the Worker's text, if there is one.
func (c *cloudflare) script(ctx context.Context) (string, bool, error) {
	var p workers.ScriptContentGetParams
	p.AccountID.Value, p.AccountID.Present = c.at.account, true
	res, err := c.scripts.Content.Get(ctx, scriptName(c.domain), p)
	if isMissing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, explainCloudflare(ctx, err, "cloudflare.scripts")
	}
	defer func() { _ = res.Body.Close() }()
	text, err := scriptOf(res)
	return text, err == nil, explainCloudflare(ctx, err, "cloudflare.scripts")
}

// scriptOf reads the text itself or, for one with exports, the form's first file.
func scriptOf(res *http.Response) (string, error) {
	kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	var from io.Reader = res.Body
	if err == nil && strings.HasPrefix(kind, "multipart/") {
		first, err := multipart.NewReader(res.Body, params["boundary"]).NextPart()
		if err != nil {
			return "", err
		}
		from = first
	}
	text, err := io.ReadAll(from)
	return string(text), err
}

// removeScript takes the Worker away; that it is gone already is as well.
func (c *cloudflare) removeScript(ctx context.Context) error {
	return c.removeScriptNamed(ctx, scriptName(c.domain))
}

func (c *cloudflare) removeScriptNamed(ctx context.Context, name string) error {
	var p workers.ScriptDeleteParams
	p.AccountID.Value, p.AccountID.Present = c.at.account, true
	_, err := c.scripts.Delete(ctx, name, p)
	if isMissing(err) {
		return nil
	}
	return explainCloudflare(ctx, err, "cloudflare.scripts")
}

func (c *cloudflare) addRoute(ctx context.Context) error {
	var p workers.RouteNewParams
	p.ZoneID.Value, p.ZoneID.Present = c.at.id, true
	p.Pattern.Value, p.Pattern.Present = routePattern(c.domain), true
	p.Script.Value, p.Script.Present = scriptName(c.domain), true
	_, err := c.routes.New(ctx, p)
	return explainCloudflare(ctx, err, "cloudflare.routes")
}

func (c *cloudflare) removeRoute(ctx context.Context, id string) error {
	var p workers.RouteDeleteParams
	p.ZoneID.Value, p.ZoneID.Present = c.at.id, true
	_, err := c.routes.Delete(ctx, id, p)
	if isMissing(err) {
		return nil
	}
	return explainCloudflare(ctx, err, "cloudflare.routes")
}

// probe sees whether the token may change what Write changes.
func (c *cloudflare) probe(ctx context.Context) error {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	nobody := hex.EncodeToString(raw[:])
	if err := c.removeRoute(ctx, nobody); err != nil {
		return err
	}
	return c.removeScriptNamed(ctx, scriptPrefix+nobody)
}
