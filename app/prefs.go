package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"

	"hearthkey/backend/idp"
)

// prefs is what the window remembers between starts, in window.json of the data directory. A file that is missing or damaged is as good as none.
type prefs struct {
	path string

	mu     sync.Mutex
	saved  savedPrefs
	closed bool // to the tray, in this run
}

type savedPrefs struct {
	TrayNoticeRead bool   `json:"trayNoticeRead"`
	Announced      string `json:"announced"` // the key of the newest warning about an end that was shown on the desktop
	WebFinger      string `json:"webFinger"` // the same of a domain that is out of order
}

func readPrefs(dir string) *prefs {
	p := &prefs{path: filepath.Join(dir, "window.json")}
	if raw, err := os.ReadFile(p.path); err == nil {
		_ = json.Unmarshal(raw, &p.saved)
	}
	return p
}

// closedToTray notes a closing and says whether to explain it: at the first of this run, until the owner has read it once.
func (p *prefs) closedToTray() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := !p.closed
	p.closed = true
	return first && !p.saved.TrayNoticeRead
}

func (p *prefs) noticeDue() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed && !p.saved.TrayNoticeRead
}

func (p *prefs) dismissNotice() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.saved.TrayNoticeRead = true
	return p.save()
}

// announce notes a warning, and says whether it is another than the one of its kind before.
func (p *prefs) announce(key string, kind func(*savedPrefs) *string) (first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := kind(&p.saved)
	if *last == key {
		return false, nil
	}
	*last = key
	return true, p.save()
}

// The kinds of warnings.
func ofEnds(s *savedPrefs) *string      { return &s.Announced }
func ofWebFinger(s *savedPrefs) *string { return &s.WebFinger }

// save is called with mu held.
func (p *prefs) save() error {
	raw, err := json.Marshal(p.saved)
	if err != nil {
		return err
	}
	next := p.path + ".new"
	if err = os.WriteFile(next, raw, 0o600); err == nil {
		err = os.Rename(next, p.path)
	}
	if err != nil {
		return idp.Fail(idp.Unavailable, "app.prefs", "path", p.path).Because(err)
	}
	return nil
}
