//go:build !linux && !darwin && !windows

package awake

import "errors"

func (c Config) withDefaults() Config { return c }

func (Config) onMains() (bool, error) { return true, nil }

func inhibit(string, string) (*hold, error) {
	return nil, errors.New("Hearthkey knows no way on this system")
}
