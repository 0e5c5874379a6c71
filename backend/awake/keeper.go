// Package awake keeps this machine from going to sleep by itself while it is on mains power, so that people can sign in at night too. Each system is asked in its own way, and forgets the wish when this process ends, however it ends.
// Closing the lid and choosing Sleep are left to the system and the person.
//
// No library does it for all three systems and lets go on battery, so the few calls stand here: logind and the desktop's session over D-Bus on Linux, caffeinate on macOS, SetThreadExecutionState on Windows.
package awake

import (
	"sync"

	"hearthkey/backend/idp"
)

// Config says where the machine tells of its power. The zero value is this machine.
type Config struct {
	Power string // Linux: the folder of power supplies; /sys/class/power_supply when empty
}

// Keeper keeps the machine awake. It is safe for concurrent use.
type Keeper struct {
	cfg Config

	mu    sync.Mutex
	state idp.Awake
	held  *hold // nil while nothing is held
}

// hold is a wish that the system took.
type hold struct {
	release func()
	lost    func() bool // the system has forgotten it
}

// New makes a Keeper that holds nothing.
func New(cfg Config) *Keeper {
	return &Keeper{cfg: cfg.withDefaults(), state: idp.Awake{State: idp.AwakeOff}}
}

// State is how it stands.
func (k *Keeper) State() idp.Awake {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Set begins to keep the machine awake, or ends it. It answers whether State changed.
func (k *Keeper) Set(on bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.become(on)
}

// Look holds or lets go as the power says now, and asks again where the system forgot. It answers whether State changed. Call it every now and then.
func (k *Keeper) Look() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.become(k.state.On)
}

// Stop lets go.
func (k *Keeper) Stop() { k.Set(false) }

func (k *Keeper) become(on bool) bool {
	before := k.state
	k.state = k.judge(on)
	k.state.On = on
	return k.state != before
}

func (k *Keeper) judge(on bool) idp.Awake {
	if k.held != nil && k.held.lost() {
		k.letGo()
	}
	if !on {
		k.letGo()
		return idp.Awake{State: idp.AwakeOff}
	}
	mains, err := k.cfg.onMains()
	switch {
	case err != nil:
		k.letGo()
		return idp.Awake{State: idp.AwakeUnavailable, Detail: idp.Text("awake.power_unknown", "reason", err.Error()).String()}
	case !mains:
		k.letGo()
		return idp.Awake{State: idp.AwakeBattery, Detail: idp.Text("awake.battery").String()}
	}
	if k.held == nil {
		if k.held, err = inhibit(idp.Text("awake.who").String(), idp.Text("awake.why").String()); err != nil {
			return idp.Awake{State: idp.AwakeUnavailable, Detail: idp.Text("awake.unavailable", "reason", err.Error()).String()}
		}
	}
	return idp.Awake{State: idp.AwakeHolding, Detail: idp.Text("awake.holding").String()}
}

func (k *Keeper) letGo() {
	if k.held != nil {
		k.held.release()
		k.held = nil
	}
}
