package reach

import (
	"net"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// TestRecords asks a real name server, for a name within a zone.
func TestRecords(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	zone := map[string]string{
		"home.example.com. A": "home.example.com. 60 IN A 192.0.2.1", "home.example.com. AAAA": "home.example.com. 60 IN AAAA 2001:db8::1",
		"example.com. NS": "example.com. 60 IN NS AMY.ns.cloudflare.com.",
	}
	srv := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if text := zone[q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]]; text != "" {
			rr, err := dns.NewRR(text)
			if err != nil {
				t.Error(err)
			}
			m.Answer = []dns.RR{rr}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.Shutdown() })
	got, err := Internet{Servers: []string{conn.LocalAddr().String()}}.Records(t.Context(), "home.example.com")
	if err != nil || !slices.Equal(got.Servers, []string{"amy.ns.cloudflare.com"}) || len(got.Addresses) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
}
