package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hearthkey/backend/control"
)

// daemon is a running hearthkeyd.
type daemon struct {
	cmd    *exec.Cmd
	ended  chan error
	issuer string
	api    *control.Client
}

// start runs the binary on a data directory and waits until it says Ready.
func start(binary, dir string, port int) (*daemon, error) {
	d := &daemon{ended: make(chan error, 1)}
	d.cmd = exec.Command(binary, "serve", "--data", dir, "--key", "file", "--port", strconv.Itoa(port))
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	if err := d.waitReady(out); err != nil {
		return nil, err
	}
	d.api, err = control.Dial(dir)
	return d, err
}

func (d *daemon) waitReady(out io.Reader) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if issuer, ok := strings.CutPrefix(lines.Text(), "Issuer: "); ok {
			d.issuer = issuer
		}
		if lines.Text() == "Ready." {
			go func() {
				_, _ = io.Copy(io.Discard, out)
				d.ended <- d.cmd.Wait()
			}()
			return nil
		}
	}
	return fmt.Errorf("hearthkeyd ended before it was ready: %w", d.cmd.Wait())
}

// stop ends it as systemd does.
func (d *daemon) stop() error {
	_ = d.api.Close()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return <-d.ended
}

// cpu is the processor time that the process has used: exactly, by its threads, where the kernel tells that, else by its clock ticks of 10 ms.
func (d *daemon) cpu() time.Duration {
	var sum int64
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", d.cmd.Process.Pid))
	for _, t := range tasks {
		raw, _ := os.ReadFile(t)
		first, _, _ := strings.Cut(string(raw), " ")
		n, _ := strconv.ParseInt(first, 10, 64)
		sum += n
	}
	if sum > 0 {
		return time.Duration(sum)
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+2:]))
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// rss is the memory that the process holds, in bytes.
func (d *daemon) rss() int64 {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

// idle waits until the process has done nothing worth mentioning for a second, at most half a minute.
func (d *daemon) idle(ctx context.Context) {
	before := d.cpu()
	for range 30 {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		now := d.cpu()
		if now-before < 20*time.Millisecond {
			return
		}
		before = now
	}
}

// size is how many bytes the database takes on the disk, its log included.
func size(dir string) (n int64) {
	files, _ := filepath.Glob(filepath.Join(dir, "hearthkey.db*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}
