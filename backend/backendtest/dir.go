package backendtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hearthkey/backend"
	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/vault"
)

// beginning is where each provider's clock stands at first: a whole second of this run's real time, so that relying parties that know no other clock agree.
var beginning = idp.At(time.Now().Truncate(time.Second))

// prepared holds the files of a data directory that was opened once: making keys takes longer than most tests.
var prepared = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "hearthkey")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	b, err := backend.Open(ctx, backend.Options{Dir: dir, KeyKind: vault.KindFile, Clock: func() idp.Time { return beginning }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := b.Start(ctx); err != nil {
		return nil, err
	}
	if err := b.Stop(ctx); err != nil {
		return nil, err
	}
	return readAll(dir)
})

// readAll reads the files of a stopped provider: the database and the key.
func readAll(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	if files[store.FileName] == nil {
		return nil, fmt.Errorf("no database in %s", dir)
	}
	return files, nil
}

// newDir is a data directory for one provider. Its path is short, since the path of a socket in it has little room.
func newDir(t testing.TB) string {
	t.Helper()
	files, err := prepared()
	if err != nil {
		t.Fatalf("prepare a data directory: %v", err)
	}
	dir, err := os.MkdirTemp("", "hearthkey")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// logged is a log that is read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
