package tunneltest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"unsafe"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
)

// startControl starts the control server and its login page.
func (c *Cloud) startControl(t testing.TB, relays *tailcfg.DERPMap) {
	t.Helper()
	caps := capabilities(!c.opts.NoHTTPS, !c.opts.NoFunnel)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.base = "http://" + ln.Addr().String()
	c.controlGate = newGate(ln)
	c.control = &testcontrol.Server{
		Logf:                    c.opts.Logf,
		ExplicitBaseURL:         c.base,
		DERPMap:                 relays,
		DNSConfig:               &tailcfg.DNSConfig{Proxied: true},
		MagicDNSDomain:          c.opts.Domain,
		DefaultNodeCapabilities: &caps,
		RequireAuth:             c.opts.Login,
		RequireAuthKey:          c.opts.AuthKey,
		AllOnline:               true,
		OnSetDNS:                func(r *tailcfg.SetDNSRequest) error { c.names.addTXT(r.Name, r.Value); return nil },
	}
	c.answerFeatureQueries()
	mux := http.NewServeMux()
	mux.Handle("/", c.control)
	mux.HandleFunc("GET /auth/{id}", loginPage)
	mux.HandleFunc("POST /auth/{id}", c.login)
	srv := &http.Server{Handler: mux, ErrorLog: silent}
	go func() { _ = srv.Serve(c.controlGate) }()
	t.Cleanup(closeServer(srv))
}

// capabilities are what control tells a node that it may do.
func capabilities(https, funnel bool) tailcfg.NodeCapMap {
	caps := tailcfg.NodeCapMap{}
	if https {
		caps[tailcfg.CapabilityHTTPS] = nil
	}
	if funnel {
		caps[tailcfg.NodeAttrFunnel] = nil
		caps[tailcfg.CapabilityFunnelPorts+"?ports=443,8443,10000"] = nil
	}
	return caps
}

func loginPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><title>Connect device</title><h1>Connect device</h1><form method=post><button>Connect</button></form>`)
}

func (c *Cloud) login(w http.ResponseWriter, r *http.Request) {
	if !c.porter.login(r.URL.Path) && !c.control.CompleteAuth(r.URL.Path) {
		http.Error(w, "there is no such login", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><title>Connected</title><h1>Device connected</h1>`)
}

// answerFeatureQueries adds the endpoint that testcontrol lacks, and panics on. Nodes speak to it inside their encrypted connection, so no proxy in
// front can answer; the only way in is testcontrol's own mux, which it keeps private and makes at its first request.
func (c *Cloud) answerFeatureQueries() {
	c.control.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/generate_204", nil))
	field := reflect.ValueOf(c.control).Elem().FieldByName("mux")
	mux := *(**http.ServeMux)(unsafe.Pointer(field.UnsafeAddr()))
	c.startPorter(mux)
	mux.HandleFunc("/machine/feature/query", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(tailcfg.QueryFeatureResponse{
			Complete: c.opts.EnableURL == "", URL: c.opts.EnableURL, ShouldWait: c.opts.EnableURL != "",
		})
	})
}
