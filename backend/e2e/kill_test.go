//go:build e2e

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hearthkey/backend/admin"
	"hearthkey/backend/backendtest"
	"hearthkey/backend/control"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
)

// killCycles is how often hearthkeyd is killed; HEARTHKEY_KILL_CYCLES asks for more.
func killCycles(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("HEARTHKEY_KILL_CYCLES"))
	if err != nil {
		return 100
	}
	t.Logf("%d cycles", n)
	return n
}

// guest is a person on their way from being made to having a passkey, as far as hearthkeyd has acknowledged it.
type guest struct {
	*backendtest.Script
	user     idp.User
	secret   string // of the acknowledged invite, "" for none
	enrolled bool
}

// ledger is all that hearthkeyd has ever acknowledged.
type ledger struct {
	mu     sync.Mutex
	guests []*guest
}

func (l *ledger) note(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn()
}

// bomb kills hearthkeyd while the request of a random number is under way.
type bomb struct {
	daemon *daemon
	fuse   atomic.Int64
	once   sync.Once
	gone   atomic.Bool // the kill has begun
	killed chan struct{}
}

// tick counts a request that is about to be sent. The kill runs beside it.
func (b *bomb) tick() {
	if b.fuse.Add(-1) == 0 {
		go b.explode()
	}
}

func (b *bomb) explode() {
	b.once.Do(func() {
		b.gone.Store(true)
		b.daemon.kill()
		close(b.killed)
	})
}

func (b *bomb) RoundTrip(r *http.Request) (*http.Response, error) {
	b.tick()
	return http.DefaultTransport.RoundTrip(r)
}

// TestKilledDuringEnrolments kills hearthkeyd in the middle of making people, invites and passkeys, over and over. Whatever it acknowledged is there after the restart, and nothing is there by half.
func TestKilledDuringEnrolments(t *testing.T) {
	dir, port, book, cycles := t.TempDir(), freePort(t), &ledger{}, killCycles(t)
	for cycle := range cycles {
		d := start(t, dir, nil, "--port", port)
		t.Cleanup(d.kill)
		book.signIn(t, d, cycle)
		b := &bomb{daemon: d, killed: make(chan struct{})}
		b.fuse.Store(1 + rand.Int64N(60))
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() { book.enrolUntilKilled(t, b) })
		}
		all.Wait()
		<-b.killed
		http.DefaultClient.CloseIdleConnections()
		book.audit(t, copied(t, dir))
		if t.Failed() {
			t.Fatalf("in cycle %d. hearthkeyd said:\n%s", cycle, d.output())
		}
	}
	d := serve(t, dir, nil, "--port", port)
	api := dial(t, d)
	report, err := api.VerifyActivity(t.Context())
	if err != nil || report.Broken != 0 {
		t.Errorf("activity: %+v, %v", report, err)
	}
	enrolled := 0
	for _, g := range book.guests {
		if g.enrolled {
			enrolled++
		}
	}
	if enrolled < cycles {
		t.Errorf("only %d enrolments were acknowledged in %d cycles: too few to show anything", enrolled, cycles)
	}
	t.Logf("%d people, %d enrolments acknowledged, %d events", len(book.guests), enrolled, report.Events)
}

// TestKilledWhileStarting kills the very first start of a data directory at some point of it. The next start is as good as a first one.
func TestKilledWhileStarting(t *testing.T) {
	signs := []string{
		store.FileName + ".new", store.FileName + ".new-wal", store.FileName, store.FileName + "-wal", "vault.json", "hearthkey.key", "control.sock",
	}
	for round := range 5 * len(signs) {
		dir, port, sign := t.TempDir(), freePort(t), signs[round%len(signs)]
		first := exec.Command(hearthkeyd, "serve", "--data", dir, "--port", port)
		stdout, err := first.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		var started atomic.Bool // or ended
		go func() {
			for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != "Ready."; {
			}
			started.Store(true)
		}()
		for !started.Load() {
			if _, err := os.Stat(filepath.Join(dir, sign)); err == nil {
				break
			}
			runtime.Gosched()
		}
		_ = first.Process.Kill()
		_ = first.Wait()
		d := start(t, dir, nil, "--port", port)
		invite := d.invite
		if invite == "" { // it was killed after it had made the owner: the link is there for the asking
			invite = do[link](t, dir, "invite").URL
		}
		if err := newPerson(t, http.DefaultClient, d.issuer).Enrol(invite); err != nil {
			t.Errorf("killed at %s, the owner's invite does not work after the next start: %v", sign, err)
		}
		d.stop()
		http.DefaultClient.CloseIdleConnections()
	}
}

func dial(t testing.TB, d *daemon) *control.Client {
	t.Helper()
	api, err := control.Dial(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	return api
}

// enrolUntilKilled makes people with a passkey, one after another, as long as hearthkeyd lives.
func (l *ledger) enrolUntilKilled(t *testing.T, b *bomb) {
	api, err := control.Dial(b.daemon.dir)
	if err != nil {
		survives(t, b, "the control socket", err)
		return
	}
	defer func() { _ = api.Close() }()
	for {
		if what, err := l.enrolOne(t, b, api); err != nil {
			survives(t, b, what, err)
			return
		}
	}
}

// survives fails the test when a request failed although nobody was killed.
func survives(t *testing.T, b *bomb, what string, err error) {
	if !b.gone.Load() {
		t.Errorf("%s failed while hearthkeyd lived: %v", what, err)
		b.explode()
	}
}

func (l *ledger) enrolOne(t *testing.T, b *bomb, api admin.API) (what string, err error) {
	g := &guest{Script: newPerson(t, &http.Client{Transport: b}, b.daemon.issuer)}
	b.tick()
	name := idp.NewInviteSecret()
	g.user, err = api.CreateUser(t.Context(), admin.UserInput{UserName: name, Name: name, Email: name + "@home.example"})
	if err != nil {
		return "CreateUser", err
	}
	l.note(func() { l.guests = append(l.guests, g) })
	b.tick()
	invite, err := api.Invite(t.Context(), g.user.ID)
	if err != nil {
		return "Invite", err
	}
	l.note(func() { g.secret = invite.URL[strings.LastIndex(invite.URL, "/")+1:] })
	if err := g.Enrol(invite.URL); err != nil {
		return "the enrolment", err
	}
	l.note(func() { g.enrolled = true })
	return "", nil
}

// signIn has a few people of before use their passkeys, the last acknowledged first.
func (l *ledger) signIn(t *testing.T, d *daemon, cycle int) {
	t.Helper()
	tried := 0
	for i := len(l.guests) - 1; i >= 0 && tried < 3; i-- {
		if g := l.guests[i]; g.enrolled {
			tried++
			with := newPerson(t, http.DefaultClient, d.issuer)
			with.Authenticator = g.Authenticator
			if err := with.SignIn(); err != nil {
				t.Fatalf("cycle %d: %s was enrolled and cannot sign in: %v", cycle, g.user.ID, err)
			}
		}
	}
}

// copied opens a copy of what the killed process left behind, which checks all of it, so that the next start meets the files as they are.
func copied(t *testing.T, dir string) *store.Store {
	t.Helper()
	to := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		from := filepath.Join(dir, store.FileName+suffix)
		if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s, err := store.Open(t.Context(), filepath.Join(to, store.FileName))
	if err != nil {
		t.Fatalf("after the kill: %v (%v)", err, errors.Unwrap(err))
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("after the kill: %v (%v)", err, errors.Unwrap(err))
	}
	return s
}

// audit compares what is there with what was acknowledged, and closes s.
func (l *ledger) audit(t *testing.T, s *store.Store) {
	t.Helper()
	defer func() { _ = s.Close() }()
	events := map[string]int{}
	list, err := s.Events(t.Context(), store.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		events[e.Kind+" "+e.UserID]++
	}
	for _, g := range l.guests {
		if err := g.audit(t, s, events); err != nil {
			t.Errorf("%s: %v", g.user.ID, err)
		}
	}
	if n, broken, err := s.VerifyChain(t.Context()); err != nil || broken != 0 || int(n) != len(list) {
		t.Errorf("the chain of %d events breaks at %d: %v", n, broken, err)
	}
}

// audit looks at one person. Everything that an enrolment does is one transaction: all of it is there or nothing.
func (g *guest) audit(t *testing.T, s *store.Store, events map[string]int) error {
	ctx := t.Context()
	if u, err := s.User(ctx, g.user.ID); err != nil || u != g.user {
		return fmt.Errorf("was acknowledged as %+v and is %+v (%w)", g.user, u, err)
	}
	if n := events[idp.EventUserCreated+" "+g.user.ID]; n != 1 {
		return fmt.Errorf("%d events of the creation", n)
	}
	passkeys, err := s.Passkeys(ctx, g.user.ID)
	if err != nil {
		return err
	}
	if g.secret == "" { // nobody knows the link, if there is one
		if len(passkeys) > 0 {
			return errors.New("a passkey without a link")
		}
		return nil
	}
	invite, err := s.InviteByHash(ctx, idp.Hash(g.secret))
	if err != nil || events[idp.EventInvited+" "+g.user.ID] != 1 {
		return fmt.Errorf("the invite was acknowledged: %w, %d events", err, events[idp.EventInvited+" "+g.user.ID])
	}
	parts := []bool{invite.UsedAt != 0, len(passkeys) == 1, events[idp.EventPasskeyAdded+" "+g.user.ID] == 1, events[idp.EventSignedIn+" "+g.user.ID] >= 1}
	for _, there := range parts {
		switch {
		case there != parts[0]:
			return fmt.Errorf("half an enrolment: link used, passkey, event, sign-in: %v", parts)
		case !there && g.enrolled:
			return errors.New("an acknowledged enrolment is gone")
		}
	}
	if g.enrolled && string(passkeys[0].CredentialID) != string(g.Authenticator.CredentialID) {
		return errors.New("another passkey than the one that was made")
	}
	return nil
}
