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
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// porter stands before the control server's answers to nodes, and adds what the real one does: names that nobody else has, tags that somebody must own, and
// machines that were removed.
type porter struct {
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

// startPorter puts itself before the two requests of nodes, in the mux that answerFeatureQueries knows how to find.
func (c *Cloud) startPorter(mux *http.ServeMux) {
	c.porter = &porter{c: c, asked: map[tailcfg.StableNodeID]string{}, removed: map[key.NodePublic]*removal{}, streams: map[key.NodePublic]map[*stream]any{}}
	machine, _ := mux.Handler(httptest.NewRequest(http.MethodPost, "/machine/register", nil))
	mux.HandleFunc("/machine/register", func(w http.ResponseWriter, r *http.Request) { c.porter.register(w, r, machine) })
	mux.HandleFunc("/machine/map", func(w http.ResponseWriter, r *http.Request) { c.porter.poll(w, r, machine) })
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

// write makes v the request's body.
func write(r *http.Request, v any) error {
	body, err := json.Marshal(v)
	give(r, body)
	return err
}

func give(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

func (p *porter) register(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var req tailcfg.RegisterRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if tags := p.notOwned(req.Hostinfo); len(tags) > 0 {
		answer(w, tailcfg.RegisterResponse{Error: fmt.Sprintf("requested tags [%s] are invalid or not permitted", strings.Join(tags, " "))})
		return
	}
	if gone := p.removal(req.NodeKey); gone != nil {
		if req.Followup == "" {
			answer(w, tailcfg.RegisterResponse{AuthURL: p.c.base + gone.path})
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-gone.done:
		}
		p.forget(req.NodeKey)
		req.Followup = ""
		if err := write(r, req); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	next.ServeHTTP(w, r)
	if loggedOut := !req.Expiry.IsZero() && req.Expiry.Before(time.Now()); !loggedOut && req.Hostinfo != nil {
		p.comeBack(req.NodeKey, req.OldNodeKey)
		p.name(req.NodeKey, req.Hostinfo.Hostname)
	}
}

// comeBack gives a machine its name again that logged out, or was stopped before it had kept its key: it is listed under it until an admin removes it, and known by its machine key. The node that now gets a new key keeps its name meanwhile.
func (p *porter) comeBack(k, old key.NodePublic) {
	n := p.c.control.Node(k)
	if n == nil {
		return
	}
	for _, before := range p.c.control.AllNodes() {
		if before.Key != k && before.Key != old && before.Machine == n.Machine {
			p.c.call(before, fmt.Sprintf("left-%d", before.ID))
		}
	}
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func (p *porter) poll(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var req tailcfg.MapRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &stream{cancel}
	if !p.begin(req.NodeKey, s) {
		http.Error(w, "node not found", http.StatusNotFound)
		return
	}
	defer p.end(req.NodeKey, s)
	if req.Hostinfo != nil {
		p.name(req.NodeKey, req.Hostinfo.Hostname)
		if n := p.c.control.Node(req.NodeKey); n != nil {
			req.Hostinfo.Hostname = firstLabel(n.Name) // or the node would be told of certificates for the name that it asks for, until the next change
		}
		if err := write(r, req); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	next.ServeHTTP(w, r.WithContext(ctx))
	if n := p.c.control.Node(req.NodeKey); n != nil { // an admin may have renamed it meanwhile
		p.c.call(n, firstLabel(n.Name))
	}
}

// begin notes an open poll, unless the machine was removed.
func (p *porter) begin(k key.NodePublic, s *stream) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed[k] != nil {
		return false
	}
	if p.streams[k] == nil {
		p.streams[k] = map[*stream]any{}
	}
	p.streams[k][s] = nil
	return true
}

func (p *porter) end(k key.NodePublic, s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.streams[k], s)
}

func (p *porter) removal(k key.NodePublic) *removal {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.removed[k]
}

func (p *porter) forget(k key.NodePublic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.removed, k)
}

// login completes the login page of a removed machine, and says whether path is one.
func (p *porter) login(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, gone := range p.removed {
		if gone.path == path {
			close(gone.done)
			return true
		}
	}
	return false
}

// notOwned are the tags that nobody may give.
func (p *porter) notOwned(h *tailcfg.Hostinfo) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h == nil || p.owned == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.RequestTags), func(tag string) bool { return slices.Contains(p.owned, tag) })
}

// name gives a node the name it asks for, or that with the next number where another has it. A node keeps its name until it asks for another one.
func (p *porter) name(k key.NodePublic, host string) {
	n := p.c.control.Node(k)
	if n == nil || host == "" {
		return
	}
	p.mu.Lock()
	before, known := p.asked[n.StableID]
	p.asked[n.StableID] = host
	p.mu.Unlock()
	if known && before == host {
		return
	}
	label := host
	for i := 1; p.taken(label, n.StableID); i++ {
		label = fmt.Sprintf("%s-%d", host, i)
	}
	p.c.call(n, label)
}

func (p *porter) taken(label string, but tailcfg.StableNodeID) bool {
	return slices.ContainsFunc(p.c.control.AllNodes(), func(n *tailcfg.Node) bool { return n.StableID != but && firstLabel(n.Name) == label })
}

// call names a node, and with it what its certificates are for, which the control server here takes from the reported host name. Both come to the node at
// once, as from the real one: between the two it would have to stop serving.
func (c *Cloud) call(n *tailcfg.Node, label string) {
	if name := c.FQDN(label) + "."; n.Name != name || n.Hostinfo.Valid() && n.Hostinfo.Hostname() != label {
		n.Name = name
		if n.Hostinfo.Valid() {
			h := n.Hostinfo.AsStruct()
			h.Hostname = label
			n.Hostinfo = h.View()
		}
		c.control.UpdateNode(n)
	}
}
