package tunneltest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// gate stands before the control server's answers to nodes, and adds what the real one does: names that nobody else has, tags that somebody must own, and
// machines that were removed.
type gate struct {
	c *Cloud

	mu      sync.Mutex
	owned   []string                           // tags that may be asked for; any if nil
	asked   map[tailcfg.StableNodeID]string    // the host name that a node last reported
	removed map[key.NodePublic]*removal        // machines that an admin removed
	streams map[key.NodePublic]map[*stream]any // open map polls
}

// removal is a machine that nobody knows any more. It gets a login page of its own.
type removal struct {
	path string
	done chan struct{} // closed when somebody logged in there
}

type stream struct{ end context.CancelFunc }

// startGate puts itself before the two requests of nodes, in the mux that answerFeatureQueries knows how to find.
func (c *Cloud) startGate(mux *http.ServeMux) {
	c.gate = &gate{c: c, asked: map[tailcfg.StableNodeID]string{}, removed: map[key.NodePublic]*removal{}, streams: map[key.NodePublic]map[*stream]any{}}
	machine, _ := mux.Handler(httptest.NewRequest(http.MethodPost, "/machine/register", nil))
	mux.HandleFunc("/machine/register", func(w http.ResponseWriter, r *http.Request) { c.gate.register(w, r, machine) })
	mux.HandleFunc("/machine/map", func(w http.ResponseWriter, r *http.Request) { c.gate.poll(w, r, machine) })
}

// read takes a request's body into v and leaves it to be read again.
func read(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	give(r, body)
	return json.Unmarshal(body, v)
}

func give(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

func (g *gate) register(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var req tailcfg.RegisterRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if tags := g.notOwned(req.Hostinfo); len(tags) > 0 {
		answer(w, tailcfg.RegisterResponse{Error: fmt.Sprintf("requested tags [%s] are invalid or not permitted", strings.Join(tags, " "))})
		return
	}
	if gone := g.removal(req.NodeKey); gone != nil {
		if req.Followup == "" {
			answer(w, tailcfg.RegisterResponse{AuthURL: g.c.base + gone.path})
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-gone.done:
		}
		g.forget(req.NodeKey)
		req.Followup = ""
		body, err := json.Marshal(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		give(r, body)
	}
	next.ServeHTTP(w, r)
	if req.Hostinfo != nil {
		g.name(req.NodeKey, req.Hostinfo.Hostname)
	}
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (g *gate) poll(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var req tailcfg.MapRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &stream{cancel}
	if !g.begin(req.NodeKey, s) {
		http.Error(w, "node not found", http.StatusNotFound)
		return
	}
	defer g.end(req.NodeKey, s)
	if req.Hostinfo != nil {
		g.name(req.NodeKey, req.Hostinfo.Hostname)
	}
	next.ServeHTTP(w, r.WithContext(ctx))
	g.certify(req.NodeKey)
}

// begin notes an open poll, unless the machine was removed.
func (g *gate) begin(k key.NodePublic, s *stream) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.removed[k] != nil {
		return false
	}
	if g.streams[k] == nil {
		g.streams[k] = map[*stream]any{}
	}
	g.streams[k][s] = nil
	return true
}

func (g *gate) end(k key.NodePublic, s *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.streams[k], s)
}

func (g *gate) removal(k key.NodePublic) *removal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.removed[k]
}

func (g *gate) forget(k key.NodePublic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.removed, k)
}

// login completes the login page of a removed machine, and says whether path is one.
func (g *gate) login(path string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, gone := range g.removed {
		if gone.path == path {
			close(gone.done)
			return true
		}
	}
	return false
}

// notOwned are the tags that nobody may give.
func (g *gate) notOwned(h *tailcfg.Hostinfo) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h == nil || g.owned == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.RequestTags), func(tag string) bool { return slices.Contains(g.owned, tag) })
}

// name gives a node the name it asks for, or that with the next number where another has it. A node keeps its name until it asks for another one.
func (g *gate) name(k key.NodePublic, host string) {
	n := g.c.control.Node(k)
	if n == nil || host == "" {
		return
	}
	g.mu.Lock()
	before, known := g.asked[n.StableID]
	g.asked[n.StableID] = host
	g.mu.Unlock()
	if known && before == host {
		return
	}
	label := host
	for i := 1; g.taken(label, n.StableID); i++ {
		label = fmt.Sprintf("%s-%d", host, i)
	}
	if firstLabel(n.Name) != label {
		n.Name = g.c.FQDN(label) + "."
		g.c.control.UpdateNode(n)
	}
	g.certify(k)
}

func (g *gate) taken(label string, but tailcfg.StableNodeID) bool {
	return slices.ContainsFunc(g.c.control.AllNodes(), func(n *tailcfg.Node) bool { return n.StableID != but && firstLabel(n.Name) == label })
}

// certify lets the control server here name the node's own name as the one that certificates are for: it takes the reported host name.
func (g *gate) certify(k key.NodePublic) {
	n := g.c.control.Node(k)
	if n == nil || !n.Hostinfo.Valid() || n.Hostinfo.Hostname() == firstLabel(n.Name) {
		return
	}
	h := n.Hostinfo.AsStruct()
	h.Hostname = firstLabel(n.Name)
	n.Hostinfo = h.View()
	g.c.control.UpdateNode(n)
}
