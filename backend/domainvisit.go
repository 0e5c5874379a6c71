package backend

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"hearthkey/backend/admin"
	"hearthkey/backend/idp"
	"hearthkey/backend/public"
)

// How long each part of a visit to the owner's own name may take.
const (
	findTime    = 5 * time.Second
	connectTime = 4 * time.Second
	answerTime  = 5 * time.Second
)

// visitDomain visits the owner's own name as anybody would, and a second time with headers that a stranger could send, and tells what arrived behind the proxy.
func (b *Backend) visitDomain(ctx context.Context) (admin.DomainVisit, error) {
	pin, err := b.store.Pin(ctx)
	if err != nil {
		return admin.DomainVisit{}, err
	}
	d, err := b.store.Domain(ctx)
	if err != nil {
		return admin.DomainVisit{}, err
	}
	p, err := b.current()
	if err != nil || p.pin.Issuer != pin.Issuer {
		return admin.DomainVisit{}, idp.Fail(idp.Unavailable, "backend.not_serving")
	}
	if err := b.serveProxy(ctx, pin); err != nil {
		return admin.DomainVisit{}, err
	}
	v := admin.DomainVisit{Pin: pin, Listen: d.Listen, ServesTo: d.Proxies}
	b.mu.Lock()
	v.Problem = b.problems[problemProxy]
	b.mu.Unlock()
	b.findDomain(ctx, &v)
	if v.Stage == admin.VisitDone {
		b.callDomain(ctx, p, &v)
	}
	return v, ctx.Err()
}

// findDomain looks the name up.
func (b *Backend) findDomain(ctx context.Context, v *admin.DomainVisit) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	found, public, err := b.opts.Internet.Find(ctx, v.Pin.RPID)
	v.Public = public
	if err != nil || len(found) == 0 {
		v.Stage = admin.VisitName
		return
	}
	for _, a := range found {
		v.Found = append(v.Found, a.Unmap())
	}
}

// callDomain asks for a nonce back, and once more with forged headers where that worked or at least arrived.
func (b *Backend) callDomain(ctx context.Context, p *provider, v *admin.DomainVisit) {
	nonce := p.server.Nonce()
	end := p.server.Watch(nonce)
	b.callOnce(ctx, v, nonce, nil)
	v.Plain = arrivals(end())
	if len(v.Plain) == 0 || !v.Plain[0].Trusted {
		return
	}
	forged := p.server.Nonce()
	end = p.server.Watch(forged)
	again := *v
	b.callOnce(ctx, &again, forged, http.Header{
		"X-Forwarded-For":   {admin.ForgedAddress.String()},
		"X-Forwarded-Proto": {"http"},
		"Forwarded":         {"for=" + admin.ForgedAddress.String() + ";proto=http"},
	})
	v.Forged = arrivals(end())
}

// callOnce connects to the first address that takes it, shakes hands as a browser does, and asks.
func (b *Backend) callOnce(ctx context.Context, v *admin.DomainVisit, nonce string, more http.Header) {
	conn := b.dialFirst(ctx, v)
	if conn == nil {
		v.Stage = admin.VisitConnection
		return
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	began := time.Now()
	secure := tls.Client(conn, &tls.Config{ServerName: v.Pin.RPID, RootCAs: b.opts.Internet.Roots, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		v.Stage, v.Because = admin.VisitCertificate, err.Error()
		return
	}
	status, answer, err := askNonce(ctx, secure, v.Pin.Issuer+public.PathReach+"?nonce="+nonce, more)
	v.Status, v.Took = status, time.Since(began)
	if err != nil || answer != nonce {
		v.Stage = admin.VisitAnswer
	}
}

func (b *Backend) dialFirst(ctx context.Context, v *admin.DomainVisit) net.Conn {
	port, err := strconv.ParseUint(b.opts.Internet.PortOf(v.Pin), 10, 16)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	for i, a := range v.Found {
		if i == 4 { // as many as a browser tries before people give up
			break
		}
		v.Address = netip.AddrPortFrom(a, uint16(port))
		d := net.Dialer{Timeout: connectTime / time.Duration(min(4, len(v.Found)))}
		if conn, err := d.DialContext(ctx, "tcp", v.Address.String()); err == nil {
			return conn
		}
	}
	return nil
}

// askNonce asks over a connection, by no proxy of the environment and following no redirect.
func askNonce(ctx context.Context, conn net.Conn, address string, more http.Header) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	req.Close = true
	req.Header.Set("User-Agent", "Hearthkey")
	for name, values := range more {
		req.Header[name] = values
	}
	if err := req.Write(conn); err != nil {
		return 0, "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 16<<10)), req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func arrivals(came []public.Arrival) []admin.DomainArrival {
	var out []admin.DomainArrival
	for _, a := range came {
		one := admin.DomainArrival{
			Peer: a.Peer, Trusted: a.Trusted, Host: a.Host, For: a.For, Forwarded: a.Other, Proto: a.Proto, Source: a.Origin.Source, Scheme: a.Origin.Scheme,
		}
		if a.Problem != nil {
			one.Problem = a.Problem.Error()
		}
		out = append(out, one)
	}
	return out
}
