package awake

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

func (c Config) withDefaults() Config { return c }

// onMains asks the system's own program; its first line names the source.
func (Config) onMains() (bool, error) {
	out, err := exec.Command("/usr/bin/pmset", "-g", "batt").Output()
	if err != nil {
		return false, err
	}
	source, _, _ := strings.Cut(string(out), "\n")
	return !strings.Contains(source, "'Battery Power'"), nil
}

// inhibit starts the system's own program, which holds an assertion against idle sleep until it is ended, or this process has.
func inhibit(string, string) (*hold, error) {
	cmd := exec.Command("/usr/bin/caffeinate", "-i", "-w", strconv.Itoa(os.Getpid()))
	if err := cmd.Start(); err != nil {
		return nil, errors.New("caffeinate does not start")
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	return &hold{
		release: func() { _ = cmd.Process.Kill(); <-ended },
		lost: func() bool {
			select {
			case <-ended:
				return true
			default:
				return false
			}
		},
	}, nil
}
