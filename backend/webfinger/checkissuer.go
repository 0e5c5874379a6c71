package webfinger

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"hearthkey/backend/idp"
	"hearthkey/backend/outgoing"
)

// issuer compares what is named with this issuer, byte for byte, as Tailscale does (OpenID Connect Discovery §4.3).
func (v *visit) issuer(doc document) {
	found := doc.issuers()
	v.wrong = !doc.names(v.Issuer)
	if len(found) == 0 {
		if rel := doc.nearly(); rel != "" {
			v.danger("issuer", "publish", "rel_misspelt", "rel", rel, "right", Rel)
			return
		}
		v.danger("issuer", "publish", "issuer_none", "domain", v.domain.Domain)
		return
	}
	v.report.Href = found[0]
	if len(found) > 1 {
		v.danger("issuer", "publish", "issuer_many", "count", strconv.Itoa(len(found)))
		return
	}
	switch href := found[0]; {
	case href == v.Issuer:
		v.ok("issuer", "issuer")
	case strings.TrimRight(href, "/") == strings.TrimRight(v.Issuer, "/"):
		v.danger("issuer", "publish", "issuer_slash", "href", href, "issuer", v.Issuer)
	case strings.TrimSpace(href) == v.Issuer:
		v.danger("issuer", "publish", "issuer_space", "issuer", v.Issuer)
	case strings.EqualFold(href, v.Issuer):
		v.danger("issuer", "publish", "issuer_case", "href", href, "issuer", v.Issuer)
	case strings.TrimPrefix(href, "http://") == strings.TrimPrefix(v.Issuer, "https://"):
		v.danger("issuer", "publish", "issuer_http", "href", href, "issuer", v.Issuer)
	case strings.HasPrefix(href, v.Issuer+"/.well-known/"):
		v.danger("issuer", "publish", "issuer_discovery", "href", href, "issuer", v.Issuer)
	default:
		v.danger("issuer", "publish", "issuer_other", "href", href, "issuer", v.Issuer)
	}
}

// subject tells of a document that is one for all: RFC 7033 §4.4.1 lets the subject differ from what was asked for, and be left out. Only one that should be there is missed.
func (v *visit) subject(doc document) {
	asked := Account(v.Ask[0], v.domain.Domain)
	switch wanted := DocumentOf(v.domain, v.Issuer).Subject; {
	case doc.Subject == "" && wanted == "":
		v.ok("subject", "subject_none")
	case doc.Subject == "":
		v.warn("subject", "publish", "subject_none", "subject", wanted)
	case !strings.EqualFold(doc.Subject, asked):
		v.ok("subject", "subject_one", "subject", doc.Subject)
	}
}

// discovery asks the issuer itself who it is, since Tailscale compares that with what the domain names.
func (v *visit) discovery(ctx context.Context) {
	a, err := v.Client.Do(ctx, outgoing.Request{Method: http.MethodGet, URL: v.Issuer + "/.well-known/openid-configuration"})
	var said struct {
		Issuer string `json:"issuer"`
	}
	switch {
	case errors.Is(err, outgoing.ErrOffline):
		v.noName(v.Issuer, "dns", err)
	case outgoing.Reason(err) == "unreachable": // many routers keep machines at home from their own public address
		v.warn("discovery", "", "discovery_unseen", "issuer", v.Issuer)
	case err != nil:
		v.danger("discovery", "", "discovery_none", "issuer", v.Issuer)
	case a.Status != http.StatusOK || json.Unmarshal(a.Body, &said) != nil:
		v.danger("discovery", "", "discovery_other", "issuer", v.Issuer)
	case said.Issuer != v.Issuer:
		v.danger("discovery", "", "discovery_differs", "issuer", v.Issuer, "said", said.Issuer)
	default:
		v.ok("discovery", "discovery")
	}
}

// encoding asks with the colon and the at sign as they stand: clients write them in both ways, and shields and rewrites take offence at one.
func (v *visit) encoding(ctx context.Context) {
	switch r := v.brief(ctx, question{account: v.Ask[0], rel: true, bare: true}); {
	case v.wrong, v.cutOff(r): // the first answer was too
	case r.names:
		v.ok("encoding", "encoding")
	default:
		v.danger("encoding", "query", "encoding", "domain", v.domain.Domain)
	}
}

// agents are how Go's own client introduces itself, which Tailscale's servers are made with.
const agents = "Go-http-client/2.0"

// agent asks under the name of programs, which shields against bots turn away.
func (v *visit) agent(ctx context.Context) {
	r := v.brief(ctx, question{account: v.Ask[0], rel: true, agent: agents})
	who := challenged(r.last)
	switch {
	case v.wrong, v.cutOff(r):
	case r.names:
		v.ok("bot", "bot")
	case who != "":
		v.danger("bot", "bot", "bot", "who", who, "status", strconv.Itoa(r.status))
	default:
		v.danger("bot", "bot", "agent", "domain", v.domain.Domain)
	}
}

// withoutRel asks for the whole document, as older clients do, and looks in it for what others had there.
func (v *visit) withoutRel(ctx context.Context) {
	r := v.brief(ctx, question{account: v.Ask[0]})
	switch {
	case v.wrong, v.cutOff(r):
	case r.names:
		v.ok("rel", "rel")
	default:
		v.danger("rel", "query", "rel", "domain", v.domain.Domain)
	}
	if v.domain.Kept != "" && r.err == nil && r.status == http.StatusOK {
		v.foreign(ctx, r)
	}
}

// foreign looks for the entries of others. Where they are one account's, that one is asked for.
func (v *visit) foreign(ctx context.Context, r reply) {
	kept, err := readDocument([]byte(v.domain.Kept))
	if err != nil {
		return
	}
	if whose := entriesOf(v.domain, v.Issuer).keptFor; len(whose) > 0 && !containsFold(whose, v.Ask[0]) {
		r = v.brief(ctx, question{account: whose[0]})
	}
	if r.status == 0 { // no answer came, which says nothing of entries
		return
	}
	if gone := r.doc.lacks(kept); len(gone) > 0 {
		v.warn("foreign", "publish", "foreign", "domain", v.domain.Domain, "what", strings.Join(gone[:min(len(gone), 5)], ", "))
		return
	}
	v.ok("foreign", "foreign")
}

// users asks for everybody else who has to have an answer, as many as there is time for.
func (v *visit) users(ctx context.Context) {
	if len(v.Ask) < 2 || v.wrong {
		return
	}
	var without []string
	asked := 1 // the first had an answer
	for _, account := range v.Ask[1:] {
		r := v.brief(ctx, question{account: account, rel: true})
		if ctx.Err() != nil || v.cutOff(r) { // nothing is known of who is left
			break
		}
		if asked++; !r.names {
			without = append(without, account+"@"+v.domain.Domain)
		}
	}
	switch {
	case len(without) > 0:
		v.danger("users", "query", "users", "who", strings.Join(without, ", "), "with", strconv.Itoa(asked-len(without)), "of", strconv.Itoa(asked))
	case asked > 1:
		v.ok("users", "users", "count", strconv.Itoa(asked))
	}
}

// unknown asks for somebody who does not exist. Where the whole domain is answered for, that one has an answer too, which says nothing of who exists; else none (RFC 7033 §4.2).
func (v *visit) unknown(ctx context.Context) {
	if v.wrong {
		return
	}
	r := v.brief(ctx, question{account: "nobody-" + strings.ToLower(idp.NewSecret()[:12]), rel: true})
	whole := v.domain.Scope != idp.WebFingerAccounts
	switch {
	case v.cutOff(r):
	case whole && r.names:
		v.ok("unknown", "unknown_all")
	case whole:
		v.warn("unknown", "query", "unknown_closed", "domain", v.domain.Domain)
	case r.names:
		v.warn("unknown", "query", "unknown_open", "domain", v.domain.Domain)
	default:
		v.ok("unknown", "unknown_none")
	}
}
