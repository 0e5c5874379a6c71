package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearthkey/backend/idp"
	"hearthkey/backend/store"
	"hearthkey/backend/webfinger"
)

// How often domains are looked at by themselves: every six hours, and soon again where one look found something that may pass by itself, or nothing could be found.
const (
	webFingerEvery = 6 * time.Hour
	webFingerAgain = 5 * time.Minute
)

// webFingerReport is a look as it is kept, with what the next one is held against.
type webFingerReport struct {
	WebFingerCheck
	Good    string   `json:"good"`    // under which settings the domain was last in order, "" for never
	Failing int      `json:"failing"` // looks in a row that found it out of order
	Fault   string   `json:"fault"`   // key of the first thing that is wrong there, "" when nothing is
	Since   idp.Time `json:"since"`   // when that was first seen
	Told    bool     `json:"told"`    // the activity log tells of a drift, and not yet of its end
}

func readReport(ctx context.Context, r store.Reads, domain string) (w webFingerReport, err error) {
	text, err := r.WebFingerReport(ctx, domain)
	if err != nil || text == "" {
		return w, err
	}
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return w, fmt.Errorf("read the last look at %s: %w", domain, err)
	}
	return w, nil
}

// settingOf names what a domain ought to say, as the owner chose and published it.
func settingOf(l looked) string {
	return strings.Join(append([]string{l.issuer, string(l.domain.Scope), strconv.FormatInt(int64(l.domain.PublishedAt), 10)}, l.domain.Accounts...), " ")
}

// passing are the findings that may pass by themselves: a host that is restarted, a name server with a cold, a link that breaks between two questions. They count from the second look on.
var passing = []string{"dns", "connect", "status", "bot", "encoding", "rel", "users"}

// next is what is kept after another look. A domain drifts when it is out of order by itself: it was in order under these very settings before.
func (w webFingerReport) next(found webfinger.Report, setting string) webFingerReport {
	after := webFingerReport{WebFingerCheck: checkOf(found), Good: w.Good, Failing: w.Failing, Fault: w.Fault, Since: w.Since, Told: w.Told}
	if found.Verdict == webfinger.StateUnknown {
		after.Drifted = w.Drifted
		return after
	}
	after.Fault = faultOf(found)
	if after.Fault == "" {
		after.Good, after.Failing, after.Since, after.Told = setting, 0, 0, false
		return after
	}
	if after.Failing++; after.Fault != w.Fault || after.Since == 0 {
		after.Since = found.At
	}
	after.Drifted = after.Good == setting && (w.Drifted || after.Failing > 1 || !slices.Contains(passing, after.Fault))
	after.Told = after.Told || after.Drifted
	return after
}

// faultOf is the first thing that is wrong at the domain itself. An issuer out of reach is another matter, which the Overview tells by itself.
func faultOf(found webfinger.Report) string {
	for _, f := range found.Findings {
		if f.State == webfinger.StateDanger && f.Key != "discovery" {
			return f.Key
		}
	}
	return ""
}

func checkOf(r webfinger.Report) WebFingerCheck {
	c := WebFingerCheck{At: r.At, Verdict: r.Verdict, Summary: r.Summary, Address: r.Address, Took: r.Took, Href: r.Href, Host: r.Host, Findings: []WebFingerFinding{}}
	for _, f := range r.Findings {
		c.Findings = append(c.Findings, WebFingerFinding(f))
	}
	return c
}

// fails says whether a domain that was in use is out of order, for sure.
func (w webFingerReport) fails(d idp.WebFingerDomain) bool {
	inUse := w.Good != "" || d.PublishedAt != 0
	return w.Drifted || inUse && w.Fault != "" && (w.Failing > 1 || !slices.Contains(passing, w.Fault))
}

// due says whether it is time for another look.
func (w webFingerReport) due(now idp.Time) bool {
	wait := webFingerEvery
	if w.Verdict == webfinger.StateUnknown || w.Failing == 1 && slices.Contains(passing, w.Fault) {
		wait = webFingerAgain
	}
	return w.At == 0 || w.At > now || now.Sub(w.At) >= wait
}

// LookAtWebFinger looks at the domain whose last look is oldest, if it is time to: one in each call, so that they spread.
func (a *Admin) LookAtWebFinger(ctx context.Context) error {
	oldest, name := idp.Time(0), ""
	err := a.Store.View(ctx, func(r store.Reads) error {
		pin, err := r.Pin(ctx)
		if err != nil || !pin.Secure() {
			return err
		}
		domains, err := r.WebFingerDomains(ctx)
		for _, d := range domains {
			w, err := readReport(ctx, r, d.Domain)
			if err != nil {
				return err
			}
			if busy, _ := a.finger.of(d.Domain); busy == "" && w.due(a.Clock()) && (name == "" || w.At < oldest) {
				oldest, name = w.At, d.Domain
			}
		}
		return err
	})
	if err != nil || name == "" {
		return err
	}
	if err := a.lookAt(ctx, name); idp.CodeOf(err) != idp.NotFound { // it may have been removed meanwhile
		return err
	}
	return nil
}

// todoWebFinger names the domains that are out of order, and gives tray and notification their line.
func (a *Admin) todoWebFinger(ctx context.Context, r store.Reads, s *Status, add adder) error {
	if !s.Pin.Secure() {
		return nil
	}
	domains, err := r.WebFingerDomains(ctx)
	if err != nil {
		return err
	}
	for _, d := range domains {
		w, err := readReport(ctx, r, d.Domain)
		if err != nil {
			return err
		}
		if !w.fails(d) {
			continue
		}
		link, what := "webfinger/"+d.Domain, w.firstFault()
		if w.Drifted {
			add("webfinger_drift", "danger", link, "domain", d.Domain, "what", what)
		} else {
			add("webfinger_fails", "danger", link, "domain", d.Domain, "what", what)
		}
		if s.WebFinger.Key == "" {
			s.WebFinger = Notice{Key: link + "/" + w.Fault + "/" + strconv.FormatInt(int64(w.Since), 10), Title: idp.Text("wfcheck.notice", "domain", d.Domain).String(), Body: idp.Text("wfcheck.notice_body", "what", what).String()}
		}
	}
	return nil
}

// firstFault is the sentence of what is wrong. A look that could find nothing out leaves none.
func (w webFingerReport) firstFault() string {
	for _, f := range w.Findings {
		if f.Key == w.Fault {
			return f.Title
		}
	}
	return w.Summary
}
