package awake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func (c Config) withDefaults() Config {
	if c.Power == "" {
		c.Power = "/sys/class/power_supply"
	}
	return c
}

// onMains reads the kernel's power supplies (Documentation/ABI/testing/sysfs-class-power), by systemd's rule: mains when one is online; battery when one that feeds this machine drains, or mains are offline; mains where neither is known, as on most desktops.
func (c Config) onMains() (bool, error) {
	supplies, err := os.ReadDir(c.Power)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	battery := false
	for _, s := range supplies {
		read := func(name string) string {
			raw, _ := os.ReadFile(filepath.Join(c.Power, s.Name(), name)) // a supply may go while it is read
			return strings.TrimSpace(string(raw))
		}
		if read("scope") == "Device" { // a mouse, not this machine
			continue
		}
		switch read("type") {
		case "Mains", "USB", "Wireless":
			if online := read("online"); online != "" && online != "0" {
				return true, nil
			}
			battery = battery || read("type") == "Mains"
		case "Battery":
			battery = battery || read("status") == "Discharging"
		}
	}
	return !battery, nil
}
