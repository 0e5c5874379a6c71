package publisher

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3 is a bucket that is served as /, or a part of one.
type s3 struct {
	endpoint               *url.URL
	bucket, region, prefix string
	user                   string // the access key's ID
	inward                 bool
	credentials            Credentials
	outgoing               *outgoing.Client
}

func newS3(c Config) (*s3, error) {
	p := c.Settings
	endpoint, err := parseBase(p.URL)
	if err == nil && strings.Trim(endpoint.Path, "/") != "" {
		err = idp.FailField("url", "publisher.s3_path")
	}
	if err != nil {
		return nil, err
	}
	return &s3{endpoint, p.Bucket, p.Region, p.Root, p.User, p.Inward, c.Credentials, c.Outgoing}, nil
}

// bucketForm is what buckets may be called, in all dialects.
var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func checkS3(p idp.Publisher) error {
	_, err := newS3(Config{Settings: p})
	switch {
	case err != nil:
		return err
	case !bucketForm.MatchString(p.Bucket):
		return idp.FailField("bucket", "publisher.bucket")
	case p.User == "" || strings.ContainsFunc(p.User, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '/' }):
		return idp.FailField("user", "publisher.s3_user")
	case strings.ContainsFunc(p.Region, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '/' }):
		return idp.FailField("region", "publisher.region")
	case strings.ContainsFunc(p.Root, isControl) || p.Root != "" && path.Clean("/"+p.Root) != "/"+p.Root:
		return idp.FailField("root", "publisher.prefix")
	}
	return nil
}

func (s *s3) key() string { return path.Join(s.prefix, Path) }

// Changes names the object.
func (s *s3) Changes() []string {
	return []string{idp.Text("publisher.changes_s3", "object", s.key(), "bucket", s.bucket, "host", s.endpoint.Hostname(), "type", mediaType).String()}
}

// Close has nothing to end: no connection is kept.
func (s *s3) Close() error { return nil }

// admits says whether a request is for the endpoint: itself, the bucket's name before it, or, with Amazon, the region's own host.
func (s *s3) admits(u *url.URL) bool {
	const amazon = ".amazonaws.com"
	host, own := u.Hostname(), s.endpoint.Hostname()
	return u.Scheme == s.endpoint.Scheme && u.Port() == s.endpoint.Port() && (host == own || host == s.bucket+"."+own || strings.HasSuffix("."+own, amazon) && strings.HasSuffix(host, amazon))
}

// errand runs fn on a client of its own, with an end to its patience.
func (s *s3) errand(ctx context.Context, fn func(context.Context, minio.Core) error) error {
	if s.credentials.Secret == "" {
		return idp.FailField("secret", "publisher.s3_secret_missing")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := minio.New(s.endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(s.user, s.credentials.Secret, ""), Secure: s.endpoint.Scheme == "https", Region: s.region, MaxRetries: 2,
		Transport: &webDoor{ctx: ctx, admit: s.admits, transport: s.outgoing.Transport(s.inward), redirects: true},
	})
	if err != nil {
		return idp.FailField("url", "publisher.url").Because(err)
	}
	if err := fn(ctx, minio.Core{Client: client}); err != nil {
		return s.explain(ctx, err)
	}
	return nil
}

// Test writes an object beside the document's, and takes it away again.
func (s *s3) Test(ctx context.Context) (t Test, err error) {
	err = s.errand(ctx, func(ctx context.Context, c minio.Core) error {
		before, err := s.read(ctx, c)
		if err != nil {
			return err
		}
		t.Said = found(before)
		name := path.Join(s.prefix, wellKnown, besideName())
		if err := s.put(ctx, c, name, mediaType, []byte("{}\n")); err != nil {
			return err
		}
		return c.RemoveObject(ctx, s.bucket, name, minio.RemoveObjectOptions{})
	})
	if err != nil {
		return Test{}, err
	}
	return t, nil
}

// Read takes the object, and its content type as the mark.
func (s *s3) Read(ctx context.Context) (before Snapshot, err error) {
	err = s.errand(ctx, func(ctx context.Context, c minio.Core) error {
		before, err = s.read(ctx, c)
		return err
	})
	return before, err
}

func (s *s3) read(ctx context.Context, c minio.Core) (Snapshot, error) {
	stream, info, _, err := c.GetObject(ctx, s.bucket, s.key(), minio.GetObjectOptions{})
	if codeOf(err) == minio.NoSuchKey {
		return Snapshot{}, nil
	}
	if err != nil {
		return Snapshot{}, err
	}
	defer func() { _ = stream.Close() }()
	document, err := readDocument(stream, s.key())
	return Snapshot{There: true, Document: document, Mark: info.ContentType}, err
}

// put writes one object, which is there whole or not at all. Caches may keep it for five minutes, so that a change is soon seen.
// Its digest is in the signature: the library's signed stream, which it takes otherwise where there is no TLS, ends the program when a server answers early.
func (s *s3) put(ctx context.Context, c minio.Core, name, contentType string, b []byte) error {
	digest := sha256.Sum256(b)
	_, err := c.PutObject(ctx, s.bucket, name, bytes.NewReader(b), int64(len(b)), "", hex.EncodeToString(digest[:]),
		minio.PutObjectOptions{ContentType: contentType, CacheControl: "max-age=300", DisableContentSha256: true})
	return err
}

// Write replaces the object.
func (s *s3) Write(ctx context.Context, m Material) error {
	return s.errand(ctx, func(ctx context.Context, c minio.Core) error { return s.put(ctx, c, s.key(), mediaType, m.Document) })
}

// Restore puts the old object back with its content type, or takes ours away.
func (s *s3) Restore(ctx context.Context, before Snapshot) error {
	return s.errand(ctx, func(ctx context.Context, c minio.Core) error {
		if before.There {
			return s.put(ctx, c, s.key(), before.Mark, before.Document)
		}
		err := c.RemoveObject(ctx, s.bucket, s.key(), minio.RemoveObjectOptions{})
		if codeOf(err) == minio.NoSuchKey {
			return nil
		}
		return err
	})
}

// codeOf is the code of an answer of S3, "" for another error.
func codeOf(err error) string {
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

// explain makes a sentence of what the service said.
func (s *s3) explain(ctx context.Context, err error) error {
	var known *idp.Error
	var answer minio.ErrorResponse
	host := s.endpoint.Hostname()
	if errors.As(err, &known) || !errors.As(err, &answer) || ctx.Err() != nil {
		return onTheWay(ctx, err, "url", host)
	}
	switch answer.Code {
	case "InvalidAccessKeyId":
		known = idp.FailField("user", "publisher.s3_user_unknown", "host", host)
	case "SignatureDoesNotMatch":
		known = idp.FailField("secret", "publisher.s3_secret_wrong", "host", host)
	case minio.AccessDenied:
		known = idp.FailField("user", "publisher.s3_denied", "bucket", s.bucket, "object", s.key())
	case minio.NoSuchBucket:
		known = idp.FailField("bucket", "publisher.s3_no_bucket", "bucket", s.bucket, "host", host)
	case "AuthorizationHeaderMalformed", "InvalidRegion", "PermanentRedirect":
		known = idp.FailField("region", "publisher.s3_region", "region", oneLine(answer.Region, 60))
	case "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "InsufficientStorage":
		known = idp.Fail(idp.Unavailable, "publisher.full", "where", s.bucket)
	case "RequestTimeTooSkewed":
		known = idp.Fail(idp.Unavailable, "publisher.s3_clock", "host", host)
	default:
		if answer.StatusCode == http.StatusForbidden {
			known = idp.FailField("user", "publisher.s3_denied", "bucket", s.bucket, "object", s.key())
			break
		}
		known = idp.Fail(idp.Unavailable, "publisher.s3_failed", "host", host, "reason", oneLine(answer.Code+" "+answer.Message, 200))
	}
	return known.Because(err)
}
