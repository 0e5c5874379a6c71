package control

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// greeting is the first word of either side; the number changes when frames do.
const greeting = "hearthkey-control/1"

const (
	maxLine   = 128      // bytes of a greeting line
	maxCall   = 4 << 20  // bytes of a call; a picture fits
	maxAnswer = 64 << 20 // bytes of an answer; ten thousand users fit
)

// errOversized is a frame that announces more bytes than its reader takes.
var errOversized = errors.New("frame too large")

type call struct {
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args"` // an array
}

type answer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Failure        `json:"error,omitempty"`
}

// readFrame reads one frame of at most limit bytes. io.EOF means that the peer left between frames.
func readFrame(r io.Reader, limit uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > limit {
		return nil, errOversized
	}
	body := make([]byte, size)
	_, err := io.ReadFull(r, body)
	return body, err
}

// writeFrame writes head and body in one piece, so that a peer that is gone has seen all or nothing.
func writeFrame(w io.Writer, body []byte) error {
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	_, err := w.Write(append(frame, body...))
	return err
}

// readLine reads a greeting line without its end.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for len(line) < maxLine {
		b, err := r.ReadByte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return string(line), nil
		}
		line = append(line, b)
	}
	return "", errors.New("greeting too long")
}

// parseGreeting reads the server's line.
func parseGreeting(line string) (pid int, program string, err error) {
	word, rest, _ := strings.Cut(line, " ")
	if word != greeting {
		return 0, "", fmt.Errorf("greeting %q", line)
	}
	number, program, _ := strings.Cut(rest, " ")
	pid, err = strconv.Atoi(number)
	return pid, program, err
}
