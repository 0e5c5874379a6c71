package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/control"
	"hearthkey/backend/tunnel/tunneltest"
)

const (
	restarts   = 5  // whose median is told
	besideEach = 16 // workers of the rows that compare the two paths
)

// scene stands in for the test that a local tailnet belongs to. Whatever goes wrong ends the run.
type scene struct {
	testing.TB
	dir     string
	cleanup []func()
}

func (s *scene) Helper()                   {}
func (s *scene) Cleanup(f func())          { s.cleanup = append(s.cleanup, f) }
func (s *scene) Fatal(args ...any)         { panic(errors.New(fmt.Sprint(args...))) }
func (s *scene) Fatalf(f string, a ...any) { panic(fmt.Errorf(f, a...)) }

// TempDir makes a folder below the run's own.
func (s *scene) TempDir() string {
	dir, err := os.MkdirTemp(s.dir, "cloud-")
	if err != nil {
		s.Fatal(err)
	}
	return dir
}

// Setenv holds until the scene ends.
func (s *scene) Setenv(key, value string) {
	before, was := os.LookupEnv(key)
	if err := os.Setenv(key, value); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if was {
			_ = os.Setenv(key, before)
		} else {
			_ = os.Unsetenv(key)
		}
	})
}

func (s *scene) end() {
	for _, f := range slices.Backward(s.cleanup) {
		f()
	}
}

// tailnet puts a second provider on a local tailnet and measures what its node costs: time to be reachable again, memory, and the same requests through Funnel as over loopback. The edge and the control server take processor time of their own here.
func (r *runner) tailnet(ctx context.Context) (err error) {
	s := &scene{dir: r.dir}
	defer s.end()
	defer func() {
		if p, ok := recover().(error); ok {
			err = errors.Join(err, p)
		}
	}()
	cloud := tunneltest.Start(s, tunneltest.Options{})
	dir := filepath.Join(r.dir, "node")
	alone, err := r.join(ctx, cloud, dir)
	if err != nil {
		return fmt.Errorf("join the local tailnet: %w", err)
	}
	d, times, err := r.restarted(ctx, cloud, dir)
	if err != nil {
		return fmt.Errorf("start on the kept node: %w", err)
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	d.idle(ctx)
	with := d.rss()
	fmt.Printf("\nfrom start to publicly reachable, measured through the edge, on a kept node: %.0f ms (median of %d, slowest %.0f ms)\n", ms(times[len(times)/2]), len(times), ms(times[len(times)-1]))
	fmt.Printf("memory that the node adds: %.1f MiB (%.1f with it, %.1f without)\n", float64(with-alone)/(1<<20), float64(with)/(1<<20), float64(alone)/(1<<20))
	cloud.WaitFor(s, cloud.FQDN("id"))
	return r.paths(ctx, cloud, d)
}

// join makes a provider whose owner has pinned a name on the tailnet, and answers the memory that it held before.
func (r *runner) join(ctx context.Context, cloud *tunneltest.Cloud, dir string) (alone int64, err error) {
	d, err := startOn(r.binary, dir, cloud.Env())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	d.idle(ctx)
	alone = d.rss()
	if _, err := d.api.SetUp(ctx, admin.SetUp{Home: "Bench", Name: "Bench", UserName: "bench"}); err != nil {
		return alone, err
	}
	if err := d.api.ConnectTailnet(ctx, admin.ConnectTailnet{HostName: "id", Funnel: true}); err != nil {
		return alone, err
	}
	st, err := d.until(ctx, func(s admin.Status) bool { return s.Tunnel.DNSName != "" && s.Tunnel.State == "needs_name" })
	if err != nil {
		return alone, err
	}
	if _, err := d.api.PinHostName(ctx, st.Tunnel.DNSName); err != nil {
		return alone, err
	}
	_, err = d.until(ctx, isPublic)
	return alone, err
}

func isPublic(s admin.Status) bool { return s.State == admin.StatePublic }

// restarted starts the provider again and again, and leaves the last one running.
func (r *runner) restarted(ctx context.Context, cloud *tunneltest.Cloud, dir string) (d *daemon, times []time.Duration, err error) {
	for n := range restarts {
		began := time.Now()
		if d, err = startOn(r.binary, dir, cloud.Env()); err != nil {
			return nil, nil, err
		}
		if _, err = d.until(ctx, isPublic); err != nil {
			return nil, nil, errors.Join(err, d.stop())
		}
		times = append(times, time.Since(began))
		if n < restarts-1 {
			if err := d.stop(); err != nil {
				return nil, nil, err
			}
		}
	}
	slices.Sort(times)
	return d, times, nil
}

// startOn is start on a tailnet, without a trial.
func startOn(binary, dir string, env []string) (*daemon, error) {
	d := &daemon{ended: make(chan error, 1)}
	d.cmd = exec.Command(binary, "serve", "--data", dir, "--key", "file", "--no-trial")
	d.cmd.Env = append(os.Environ(), env...)
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	if err := d.waitReady(out); err != nil {
		return nil, err
	}
	d.api, err = control.Dial(dir)
	return d, err
}

// until waits for a state, by its changes.
func (d *daemon) until(ctx context.Context, ok func(admin.Status) bool) (admin.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var since int64
	for {
		s, err := d.api.Status(ctx)
		if err != nil || ok(s) {
			return s, err
		}
		if since, err = d.api.WaitForChange(ctx, since); err != nil {
			return s, fmt.Errorf("the state stays %s, the tunnel %s: %w", s.State, s.Tunnel.State, err)
		}
	}
}

// paths drives both providers alike: the trial over loopback, the other through the edge, on connections that are kept.
func (r *runner) paths(ctx context.Context, cloud *tunneltest.Cloud, onNode *daemon) error {
	visitor := cloud.Visitor(netip.AddrPort{})
	t := visitor.Transport.(*http.Transport)
	t.MaxIdleConnsPerHost = besideEach
	defer t.CloseIdleConnections()
	var rows []row
	for _, path := range []struct {
		name   string
		d      *daemon
		issuer string
		client *http.Client
	}{
		{"loopback", r.d, r.d.issuer, newClient(nil)},
		{"Funnel", onNode, "https://" + cloud.FQDN("id"), visitor},
	} {
		made, err := path.d.api.CreateClient(ctx, admin.ClientInput{Name: "Path " + path.name, ClientCredentials: true, IDTokenAlgorithm: "ES256"})
		if err != nil {
			return err
		}
		for _, step := range []struct {
			what string
			call func(int) error
		}{
			{"discovery", func(int) error { return fetched(path.client.Get(path.issuer + "/.well-known/openid-configuration")) }},
			{"credentials", func(int) error {
				req, err := http.NewRequest(http.MethodPost, path.issuer+"/api/oidc/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
				if err != nil {
					return err
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.SetBasicAuth(url.QueryEscape(made.Detail.Client.ID), url.QueryEscape(made.Secret))
				return fetched(path.client.Do(req))
			}},
		} {
			m, err := measure(path.d, step.what+", "+path.name, besideEach, min(r.n, 2000), 0, step.call)
			if err != nil {
				return err
			}
			rows = append(rows, m)
		}
	}
	printRows(os.Stdout, rows)
	return nil
}

// fetched reads an answer to its end, so that its connection is kept; only 200 is one.
func fetched(res *http.Response, err error) error {
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if closed := res.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", res.Status)
	}
	return err
}
