//go:build bridge

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// bridgeDesk is a desktop that keeps what it is told, for tests to ask.
type bridgeDesk struct {
	mu        sync.Mutex
	listeners map[chan []byte]bool
	told      told
}

// told is what GET /desk answers.
type told struct {
	Clipboard     string   `json:"clipboard"`
	Opened        []string `json:"opened"` // addresses, oldest first
	Notifications []string `json:"notifications"`
	Visible       bool     `json:"visible"`
	Tray          string   `json:"tray"` // its status line
}

func newBridgeDesk() *bridgeDesk {
	return &bridgeDesk{listeners: map[chan []byte]bool{}, told: told{Opened: []string{}, Notifications: []string{}}}
}

func (d *bridgeDesk) note(change func(t *told)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.told)
}

// Emit tells every page that listens. One that does not keep up misses events, as a number that only grows can be missed.
func (d *bridgeDesk) Emit(event string, data ...any) {
	if data == nil {
		data = []any{}
	}
	line, _ := json.Marshal(map[string]any{"name": event, "data": data}) // numbers and strings
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.listeners {
		select {
		case c <- line:
		default:
		}
	}
}

// Copy keeps the text.
func (d *bridgeDesk) Copy(text string) error {
	d.note(func(t *told) { t.Clipboard = text })
	return nil
}

// Open keeps the address.
func (d *bridgeDesk) Open(address string) {
	d.note(func(t *told) { t.Opened = append(t.Opened, address) })
}

// Notify keeps the words.
func (d *bridgeDesk) Notify(title, body string) {
	d.note(func(t *told) { t.Notifications = append(t.Notifications, title+": "+body) })
}

// Show notes it.
func (d *bridgeDesk) Show() { d.note(func(t *told) { t.Visible = true }) }

// Hide notes it.
func (d *bridgeDesk) Hide() { d.note(func(t *told) { t.Visible = false }) }

// Quit is left to who started the bridge.
func (d *bridgeDesk) Quit() {}

func (d *bridgeDesk) tray(line string) { d.note(func(t *told) { t.Tray = line }) }

func (d *bridgeDesk) report(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(d.told)
}

// events are server-sent, one per Emit.
func (d *bridgeDesk) events(w http.ResponseWriter, r *http.Request) {
	lines := make(chan []byte, 64)
	d.mu.Lock()
	d.listeners[lines] = true
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.listeners, lines)
		d.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	_ = out.Flush()
	for {
		select {
		case line := <-lines:
			if _, err := fmt.Fprintf(w, "data: %s\n\n", line); err != nil || out.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
