package tunneltest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// errRead ends the handshake that readServerName begins only to have the ClientHello parsed.
var errRead = errors.New("server name read")

// readServerName reads a TLS ClientHello and returns its bytes and the server name in it (RFC 6066 §3). The parsing is crypto/tls's own.
func readServerName(c net.Conn) (hello []byte, name string, err error) {
	var seen bytes.Buffer
	err = tls.Server(readOnly{Conn: c, r: io.TeeReader(c, &seen)}, &tls.Config{
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			name = h.ServerName
			return nil, errRead
		},
	}).Handshake()
	switch {
	case !errors.Is(err, errRead):
		return nil, "", err
	case name == "":
		return nil, "", errors.New("the visitor names no server")
	}
	return seen.Bytes(), name, nil
}

// readOnly lets a handshake read and throws away what it writes.
type readOnly struct {
	net.Conn
	r io.Reader
}

func (c readOnly) Read(p []byte) (int, error)  { return c.r.Read(p) }
func (c readOnly) Write(p []byte) (int, error) { return len(p), nil }
