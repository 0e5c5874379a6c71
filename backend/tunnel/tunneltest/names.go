package tunneltest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// names is the public DNS as the certificate authority sees it: the TXT records that nodes set through control, and every A record on loopback.
type names struct {
	addr string
	mu   sync.Mutex
	txt  map[string][]string

	hidden bool // no name has an address
}

// startNames serves DNS over TCP, which one listener gives a port for.
func (c *Cloud) startNames(t testing.TB) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.names = &names{addr: ln.Addr().String(), txt: map[string][]string{}}
	srv := &dns.Server{Listener: ln, Handler: c.names}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = ln.Close() })
}

func (n *names) addTXT(name, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := strings.ToLower(dns.Fqdn(name))
	n.txt[k] = append(n.txt[k], value)
}

// ServeDNS answers TXT and A; everything else is an empty answer.
func (n *names) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg).SetReply(q)
	for _, x := range q.Question {
		h := dns.RR_Header{Name: x.Name, Rrtype: x.Qtype, Class: dns.ClassINET}
		switch x.Qtype {
		case dns.TypeTXT:
			n.mu.Lock()
			for _, v := range n.txt[strings.ToLower(x.Name)] {
				m.Answer = append(m.Answer, &dns.TXT{Hdr: h, Txt: []string{v}})
			}
			n.mu.Unlock()
		case dns.TypeA:
			n.mu.Lock()
			if !n.hidden {
				m.Answer = append(m.Answer, &dns.A{Hdr: h, A: net.IPv4(127, 0, 0, 1)})
			}
			n.mu.Unlock()
		}
	}
	_ = w.WriteMsg(m)
}
