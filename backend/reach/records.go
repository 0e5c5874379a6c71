package reach

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// Records are what the internet is told of a domain.
type Records struct {
	Servers   []string     // the name servers of the zone that it is in, in small letters and without the last dot
	Addresses []netip.Addr // of both kinds
}

// Records asks public name servers for a domain's addresses, and for the servers that run its DNS. The error is that of the last server, when none answers.
func (i Internet) Records(ctx context.Context, domain string) (out Records, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if len(i.Servers) == 0 {
		i.Servers = publicServers
	}
	for _, server := range i.Servers {
		if out, err = recordsFrom(ctx, server, domain); err == nil {
			return out, nil
		}
	}
	return out, err
}

func recordsFrom(ctx context.Context, server, domain string) (out Records, err error) {
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		found, err := ask(ctx, server, domain, kind)
		if err != nil {
			return out, err
		}
		out.Addresses = append(out.Addresses, found...)
	}
	for zone := domain; strings.Contains(zone, ".") && len(out.Servers) == 0; _, zone, _ = strings.Cut(zone, ".") {
		answer, err := query(ctx, server, zone, dnsmessage.TypeNS)
		if err != nil {
			return out, err
		}
		for _, r := range answer.Answers {
			if ns, ok := r.Body.(*dnsmessage.NSResource); ok {
				out.Servers = append(out.Servers, strings.ToLower(strings.TrimSuffix(ns.NS.String(), ".")))
			}
		}
	}
	return out, nil
}

// query asks one server one question, over UDP and, where that fails or does not hold the answer, over TCP (RFC 7766 §5).
func query(ctx context.Context, server, host string, kind dnsmessage.Type) (answer dnsmessage.Message, err error) {
	name, err := dnsmessage.NewName(host + ".")
	if err != nil {
		return answer, err
	}
	question := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(rand.Uint32()), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := question.Pack()
	if err != nil {
		return answer, err
	}
	answer, err = exchange(ctx, "udp", server, packed, question)
	if err != nil || answer.Truncated {
		return exchange(ctx, "tcp", server, packed, question)
	}
	return answer, nil
}
