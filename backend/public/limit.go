package public

import (
	"fmt"
	"sync"
	"time"

	"hearthkey/backend/idp"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// class sorts requests by what they cost and what could be guessed with them.
type class string

const (
	classFree   class = "free"           // bytes in memory: documents, assets
	classPage   class = "page"           // pages and what they ask for
	classFinish class = "passkey finish" // an answer of an authenticator
	classProbe  class = "probe"          // health and reachability
	classFinger class = "webfinger"      // who asks for the issuer of an address
	classApp    class = "app"            // apps, which call from shared addresses: never held up by source
	classFailed class = "failed client"  // an app that did not prove who it is
	classClient class = "client"         // an app that did
	classPush   class = "push"           // an app's request that is kept until a person comes for it
	classCode   class = "device code"    // a code that a person types
	classWrong  class = "wrong code"     // one that no device waits under
	classGuess  class = "wrong codes"    // the same, from all sources together
)

// limit is a bucket: burst at once, and one more after every refill.
type limit struct {
	burst  int
	refill time.Duration
}

func perMinute(n int) limit { return limit{burst: n, refill: time.Minute / time.Duration(n)} }

// limits is the whole table. A class that is not in it has no limit.
var limits = map[class]limit{
	classPage:   perMinute(120),
	classFinish: perMinute(20),
	classProbe:  perMinute(60),
	classFinger: perMinute(60),
	classFailed: {burst: 10, refill: 6 * time.Second},
	classClient: perMinute(3000),
	classPush:   perMinute(60),
	classCode:   perMinute(10),
	classWrong:  {burst: 10, refill: 6 * time.Minute},
	classGuess:  {burst: 600, refill: 6 * time.Second},
}

// credential says whether a class is refused when its limit cannot be told.
func (c class) credential() bool {
	return c == classFinish || c == classApp || c == classPush || c == classCode
}

// bucketsAtMost bounds the memory of a flood from many sources: the least recently used bucket is forgotten for the newest. Nothing behind a limit can be guessed in the few tries that forgetting gives.
const bucketsAtMost = 50_000

type bucketKey struct {
	class   class
	network idp.Network
	who     string
}

// Limits counts requests per source, and per client once it is authenticated. It is safe for concurrent use.
type Limits struct {
	clock   idp.Clock
	mu      sync.Mutex
	buckets *simplelru.LRU[bucketKey, *rate.Limiter]
}

// NewLimits makes the product's limits, all buckets full.
func NewLimits(clock idp.Clock) (*Limits, error) {
	buckets, err := simplelru.NewLRU[bucketKey, *rate.Limiter](bucketsAtMost, nil)
	if err != nil {
		return nil, fmt.Errorf("make the limits: %w", err)
	}
	return &Limits{clock: clock, buckets: buckets}, nil
}

// FailedClient counts a failed client authentication from a source (idp.Visitor.SourceKey) and says whether that source has had too many, and for how long. It is for oidc.Config.
func (l *Limits) FailedClient(source string) (retryAfter time.Duration, blocked bool) {
	return l.take(bucketKey{class: classFailed, who: source})
}

// Client counts a request of a known app, under the key that oidc gives it, and says whether it has made too many, and for how long. It is for oidc.Config, too.
func (l *Limits) Client(key string) (retryAfter time.Duration, blocked bool) {
	return l.take(bucketKey{class: classClient, who: key})
}

// WrongCode says whether a visitor has typed too many wrong user codes of devices, after counting one more when wrong. It is for oidc.Config, too.
// Codes are short enough to be guessed with patience (RFC 8628 §5.1), so that once it says yes even a right one must not be told from a wrong one.
// While all in that network together type too many, the first wrong one is too many: that leaves nothing to those who guess from many sources, and lets in who types the right one.
func (l *Limits) WrongCode(v idp.Visitor, wrong bool) (blocked bool) {
	one, all := bucketKey{classWrong, v.Network, v.SourceKey()}, bucketKey{class: classGuess, network: v.Network}
	if wrong {
		l.take(one)
		l.take(all)
	}
	left := l.left(one)
	return left < 1 || left < float64(limits[classWrong].burst) && l.left(all) < 1
}

// visit counts a request of a visitor. Each network has buckets of its own, so that the internet holds up nobody on the tailnet.
func (l *Limits) visit(c class, v idp.Visitor) (retryAfter time.Duration, blocked bool) {
	return l.take(bucketKey{class: c, network: v.Network, who: v.SourceKey()})
}

// left is what a bucket holds; less than 1 refuses the next. It takes nothing.
func (l *Limits) left(key bucketKey) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.buckets.Get(key)
	if !ok {
		return float64(limits[key.class].burst)
	}
	return bucket.TokensAt(l.clock().Std())
}

func (l *Limits) take(key bucketKey) (time.Duration, bool) {
	table, limited := limits[key.class]
	if !limited {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.buckets.Get(key)
	if !ok {
		bucket = rate.NewLimiter(rate.Every(table.refill), table.burst)
		l.buckets.Add(key, bucket)
	}
	now := l.clock().Std()
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait <= 0 {
		return 0, false
	}
	r.CancelAt(now)
	return wait, true
}
