package publisher

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

const (
	gitPatience = 3 * time.Minute // for one errand: hosts run hooks before they answer a push
	gitLong     = 256 << 20       // bytes of one answer
	gitAgent    = "hearthkey"

	uploadPack  = "git-upload-pack"  // the service that is read from
	receivePack = "git-receive-pack" // the service that is pushed to
)

// gitTalk is one conversation with one of a server's two services (gitprotocol-pack, version 0). go-git's own transports dial by themselves, follow redirects with the token and read the user's ssh_config, so only its encoders are used.
type gitTalk struct {
	refs     *packp.AdvRefs
	exchange func(body io.Reader) (io.ReadCloser, error) // once: sends a request, gives the answer
	end      func()
}

// advertised reads what a service begins with. A repository without any commit is empty, not an error.
func advertised(r io.Reader) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	if err := refs.Decode(r); err != nil && !errors.Is(err, packp.ErrEmptyAdvRefs) {
		return nil, err
	}
	return refs, nil
}

// download asks for one commit without its history, and without what is too big to be of use here where the server can leave it out. The answer is a pack.
func (t *gitTalk) download(commit plumbing.Hash) (io.ReadCloser, error) {
	req := packp.NewUploadPackRequest()
	req.Wants = []plumbing.Hash{commit}
	offers := t.refs.Capabilities
	want := func(c capability.Capability, values ...string) bool {
		return offers.Supports(c) && req.Capabilities.Set(c, values...) == nil
	}
	want(capability.OFSDelta)
	want(capability.Agent, gitAgent)
	if want(capability.Shallow) {
		req.Depth = packp.DepthCommits(1)
	}
	if want(capability.Filter) {
		req.Filter = packp.FilterBlobLimit(maxDocument+1, packp.BlobLimitPrefixNone)
	}
	body := new(bytes.Buffer)
	if err := req.UploadRequest.Encode(body); err != nil {
		return nil, err
	}
	if err := pktline.NewEncoder(body).EncodeString("done\n"); err != nil {
		return nil, err
	}
	answer, err := t.exchange(body)
	if err != nil {
		return nil, err
	}
	res := packp.NewUploadPackResponse(req)
	if err := res.Decode(answer); err != nil {
		return nil, errors.Join(err, answer.Close())
	}
	return res, nil
}

// push asks for a branch to go from one commit to another whose objects are sent along. The server compares and sets, so nothing of others is ever lost.
func (t *gitTalk) push(store storer.EncodedObjectStorer, branch plumbing.ReferenceName, from, to plumbing.Hash, send []plumbing.Hash) (*packp.ReportStatus, error) {
	req := packp.NewReferenceUpdateRequest()
	req.Commands = []*packp.Command{{Name: branch, Old: from, New: to}}
	want := func(c capability.Capability, values ...string) bool {
		return t.refs.Capabilities.Supports(c) && req.Capabilities.Set(c, values...) == nil
	}
	want(capability.Agent, gitAgent)
	if !want(capability.ReportStatus) {
		return nil, errors.New("the server does not report what becomes of a push")
	}
	side := want(capability.Sideband64k)
	body := new(bytes.Buffer)
	if err := req.Encode(body); err != nil {
		return nil, err
	}
	if _, err := packfile.NewEncoder(body, store, false).Encode(send, 0); err != nil {
		return nil, err
	}
	answer, err := t.exchange(body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Close() }()
	var said io.Reader = answer
	if side {
		said = sideband.NewDemuxer(sideband.Sideband64k, answer)
	}
	report := packp.NewReportStatus()
	return report, report.Decode(said)
}

// within runs fn with an end to its patience.
func within(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	return fn(ctx)
}
