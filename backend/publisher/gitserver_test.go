package publisher

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
	"github.com/go-git/go-git/v5/storage/memory"

	"hearthkey/backend/idp"
)

// gitServer is a repository in memory behind go-git's own server, which knows neither depth nor filter: what the real git does stands in the tests tagged e2e.
type gitServer struct {
	mu      sync.Mutex
	store   *memory.Storage
	backend transport.Transport
	pushing func() // as a push begins
}

func newGitServer(t *testing.T, branch string) (*gitServer, Config) {
	t.Helper()
	s := &gitServer{store: memory.NewStorage()}
	endpoint, err := transport.NewEndpoint("https://git.example.com/site.git")
	if err != nil {
		t.Fatal(err)
	}
	s.backend = server.NewServer(server.MapLoader{endpoint.String(): s.store})
	if err := s.store.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName(branch))); err != nil {
		t.Fatal(err)
	}
	host := newTestHost(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if user, token, _ := r.BasicAuth(); user != "git" || token != "secret-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err := s.serve(w, r, endpoint); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}), "git.example.com")
	return s, Config{Domain: "example.com", Outgoing: host.client(), Credentials: Credentials{Secret: "secret-token"}, Settings: idp.Publisher{Kind: idp.PublisherGit, URL: endpoint.String()}}
}

func (s *gitServer) serve(w http.ResponseWriter, r *http.Request, endpoint *transport.Endpoint) error {
	service := r.URL.Query().Get("service")
	if r.Method == http.MethodPost {
		service = r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		w.Header().Set("Content-Type", "application/x-"+service+"-result")
	} else {
		w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	}
	if service == receivePack {
		if s.pushing != nil && r.Method == http.MethodGet {
			s.pushing()
		}
		session, err := s.backend.NewReceivePackSession(endpoint, nil)
		if err != nil {
			return err
		}
		if r.Method == http.MethodGet {
			return advertise(w, session, service)
		}
		req := packp.NewReferenceUpdateRequest()
		if err := req.Decode(r.Body); err != nil {
			return err
		}
		report, err := session.ReceivePack(r.Context(), req)
		return errors.Join(err, report.Encode(w))
	}
	session, err := s.backend.NewUploadPackSession(endpoint, nil)
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		return advertise(w, session, service)
	}
	req := packp.NewUploadPackRequest()
	if err := req.UploadRequest.Decode(r.Body); err != nil {
		return err
	}
	res, err := session.UploadPack(r.Context(), req)
	if err != nil {
		return err
	}
	return res.Encode(w)
}

func advertise(w io.Writer, session transport.Session, service string) error {
	refs, err := session.AdvertisedReferences()
	if err != nil {
		return err
	}
	refs.Prefix = [][]byte{[]byte("# service=" + service), pktline.Flush}
	return refs.Encode(w)
}

// others commits a file as somebody else would.
func (s *gitServer) others(t *testing.T, branch, name, text string) {
	t.Helper()
	blob := s.store.NewEncodedObject()
	blob.SetType(plumbing.BlobObject)
	w, _ := blob.Writer()
	_, _ = io.WriteString(w, text)
	hash, err := s.store.SetEncodedObject(blob)
	ref := plumbing.NewBranchReferenceName(branch)
	made := &object.Commit{Message: "theirs", Author: object.Signature{When: time.Now()}, Committer: object.Signature{When: time.Now()}}
	entries := []object.TreeEntry{{Name: name, Mode: filemode.Regular, Hash: hash}}
	if old, none := s.store.Reference(ref); none == nil {
		before, failed := object.GetCommit(s.store, old.Hash())
		if failed != nil {
			t.Fatal(failed)
		}
		tree, failed := before.Tree()
		if failed != nil {
			t.Fatal(failed)
		}
		made.ParentHashes = []plumbing.Hash{old.Hash()}
		for _, e := range tree.Entries {
			if e.Name != name {
				entries = append([]object.TreeEntry{e}, entries...)
			}
		}
	}
	store := func(o encoder) plumbing.Hash {
		into := s.store.NewEncodedObject()
		if err := o.Encode(into); err != nil {
			t.Fatal(err)
		}
		h, _ := s.store.SetEncodedObject(into)
		return h
	}
	made.TreeHash = store(&object.Tree{Entries: entries})
	if err := errors.Join(err, s.store.SetReference(plumbing.NewHashReference(ref, store(made)))); err != nil {
		t.Fatal(err)
	}
}

// show is a file of a branch, "" for none.
func (s *gitServer) show(branch, name string) string {
	ref, err := s.store.Reference(plumbing.NewBranchReferenceName(branch))
	if err != nil {
		return ""
	}
	commit, err := object.GetCommit(s.store, ref.Hash())
	if err != nil {
		return ""
	}
	file, err := commit.File(name)
	if err != nil {
		return ""
	}
	text, _ := file.Contents()
	return text
}

func TestGit(t *testing.T) {
	s, c := newGitServer(t, "trunk")
	s.others(t, "trunk", "index.html", "<h1>")
	publishes(t, mustOpen(t, c), func() string { return s.show("trunk", ".well-known/webfinger") })
	if s.show("trunk", "index.html") != "<h1>" {
		t.Error("the site was lost")
	}
	s.others(t, "pages", "index.html", "<h2>")
	c.Settings.Branch, c.Settings.Root = "pages", "site"
	publishes(t, mustOpen(t, c), func() string { return s.show("pages", "site/.well-known/webfinger") })
	c.Settings.Branch = "gone"
	_, err := mustOpen(t, c).Read(t.Context())
	failed(t, err, idp.Invalid, "branch", "git.no_branch")
	if !strings.Contains(err.Error(), "pages, trunk") {
		t.Error(err)
	}
}

// TestGitRace: somebody pushes between our reading and our pushing. Once is made good, twice is said; theirs stays.
func TestGitRace(t *testing.T) {
	for times := 1; times <= 2; times++ {
		s, c := newGitServer(t, "main")
		s.others(t, "main", "index.html", "<h1>")
		left := times
		s.pushing = func() {
			if left--; left >= 0 {
				s.others(t, "main", "theirs", strings.Repeat("x", left+1))
			}
		}
		err := mustOpen(t, c).Write(t.Context(), Material{Document: []byte(newDocument)})
		if s.show("main", "theirs") != "x" {
			t.Error("theirs was lost")
		}
		if held := s.show("main", ".well-known/webfinger"); times == 1 && (err != nil || held != newDocument) || times == 2 && held != "" {
			t.Errorf("%v, holds %q", err, held)
		}
		if times == 2 {
			failed(t, err, idp.Conflict, "", "git.raced")
		}
	}
}
