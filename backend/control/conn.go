package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hearthkey/backend/idp"
)

// serve answers the calls of one connection in turn. Reading goes on during a call, so that the peer's leaving ends the call.
func (s *Server) serve(conn *net.UnixConn) {
	in := bufio.NewReader(conn)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if !s.greet(conn, in) {
		return
	}
	calls := make(chan []byte)
	go func() {
		defer cancel()
		defer close(calls)
		for readCall(ctx, in, calls) {
		}
	}()
	for body := range calls {
		out := s.answer(ctx, body)
		_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
		if err := writeFrame(conn, out); err != nil || body == nil {
			return
		}
	}
}

// readCall hands on one frame, nil for one that is too large. After that one no more can be found: it waits for the answer to have been sent.
func readCall(ctx context.Context, in *bufio.Reader, calls chan<- []byte) (more bool) {
	body, err := readFrame(in, maxCall)
	if err != nil && !errors.Is(err, errOversized) {
		return false
	}
	select {
	case calls <- body:
	case <-ctx.Done():
		return false
	}
	if err != nil {
		<-ctx.Done()
	}
	return err == nil
}

// greet checks who is there and that they speak this protocol, before anything is said.
func (s *Server) greet(conn *net.UnixConn, in *bufio.Reader) bool {
	if uid, ok := trusted(conn); !ok {
		s.log.Warn("control socket: refused another user", "uid", uid)
		return false
	}
	_ = conn.SetDeadline(time.Now().Add(greetTime))
	if line, err := readLine(in); err != nil || line != greeting {
		return false
	}
	_, err := fmt.Fprintf(conn, "%s %d %.64s\n", greeting, os.Getpid(), filepath.Base(os.Args[0]))
	return err == nil && conn.SetDeadline(time.Time{}) == nil
}

// answer carries out one call; body is nil for a frame that was too large.
func (s *Server) answer(ctx context.Context, body []byte) []byte {
	result, err := s.do(ctx, body)
	encoded, encodeErr := json.Marshal(answer{Result: result})
	if err == nil && encodeErr == nil && len(encoded) <= maxAnswer {
		return encoded
	}
	if err == nil {
		err = errors.Join(fmt.Errorf("answer of %d bytes", len(encoded)), encodeErr)
	}
	failure := FailureOf(err, s.log)
	encoded, _ = json.Marshal(answer{Error: &failure}) // strings alone always encode
	return encoded
}

func (s *Server) do(ctx context.Context, body []byte) (json.RawMessage, error) {
	if body == nil {
		return nil, tooLarge()
	}
	var in call
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, wrongArguments("", err)
	}
	if in.Method == methodShow {
		return nil, s.showWindow()
	}
	return Invoke(ctx, s.api, in.Method, in.Args)
}

func (s *Server) showWindow() error {
	s.mu.Lock()
	show := s.show
	s.mu.Unlock()
	if show == nil {
		return idp.Fail(idp.NotFound, "control.no_window")
	}
	show()
	return nil
}

func tooLarge() error {
	return idp.Fail(idp.Invalid, "control.too_large", "most", strconv.Itoa(maxCall>>20))
}
