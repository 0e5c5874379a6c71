package reach

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// publicServers are name servers that anybody's phone may ask. This machine's own resolver would not do: inside a tailnet it answers the tailnet's address.
var publicServers = []string{"1.1.1.1:53", "8.8.8.8:53", "9.9.9.9:53"}

const (
	askTimeout = time.Second // of one server over one transport; all of them fit into a look
	askAtMost  = 1232        // bytes of an answer over UDP: what passes every network unbroken
)

var (
	errNoServer = errors.New("no name server answers")
	errNoName   = errors.New("the name servers do not know the name")
)

// addresses are what the internet is told for host: of the first server that knows any.
func addresses(ctx context.Context, servers []string, host string) ([]netip.Addr, error) {
	answered, why := false, error(nil)
	for _, server := range servers {
		for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
			found, err := ask(ctx, server, host, kind)
			if len(found) > 0 {
				return found, nil
			}
			if err != nil {
				why = err
				break
			}
			answered = true
		}
	}
	if answered {
		return nil, errNoName
	}
	return nil, fmt.Errorf("%w: %w", errNoServer, why)
}

// ask asks one server for one kind of address.
func ask(ctx context.Context, server, host string, kind dnsmessage.Type) ([]netip.Addr, error) {
	answer, err := query(ctx, server, host, kind)
	if err != nil {
		return nil, err
	}
	return read(answer)
}

func exchange(ctx context.Context, transport, server string, packed []byte, question dnsmessage.Message) (answer dnsmessage.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, transport, server)
	if err != nil {
		return answer, err
	}
	defer func() { _ = conn.Close() }()
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if transport == "tcp" {
		packed = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	}
	if _, err := conn.Write(packed); err != nil {
		return answer, err
	}
	for {
		raw, err := receive(conn, transport)
		if err != nil {
			return answer, err
		}
		if answer.Unpack(raw) == nil && answers(answer, question) { // anything else was sent by somebody who guesses
			return answer, nil
		}
	}
}

func receive(conn net.Conn, transport string) ([]byte, error) {
	raw := make([]byte, askAtMost)
	if transport == "udp" {
		n, err := conn.Read(raw)
		return raw[:n], err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	raw = make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, raw)
	return raw, err
}

// answers says whether a message is the answer to the question (RFC 5452 §9.1).
func answers(answer, question dnsmessage.Message) bool {
	return answer.Response && answer.ID == question.ID && len(answer.Questions) == 1 && answer.Questions[0] == question.Questions[0]
}

// read takes the addresses out of an answer, whatever aliases lead to them. A name that does not exist has none.
func read(answer dnsmessage.Message) (out []netip.Addr, err error) {
	switch answer.RCode {
	case dnsmessage.RCodeSuccess, dnsmessage.RCodeNameError:
	default:
		return nil, fmt.Errorf("the name server answers %s", answer.RCode)
	}
	for _, r := range answer.Answers {
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			out = append(out, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			out = append(out, netip.AddrFrom16(body.AAAA))
		}
	}
	return out, nil
}
