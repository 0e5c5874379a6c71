package idp

// AwakeState says whether this machine is kept from going to sleep by itself.
type AwakeState string

const (
	// AwakeOff: the owner has not asked for it, or nothing is served.
	AwakeOff AwakeState = "off"
	// AwakeHolding: the system was asked to stay awake, and took it.
	AwakeHolding AwakeState = "holding"
	// AwakeBattery: on battery the machine may sleep; it is held again on mains power.
	AwakeBattery AwakeState = "battery"
	// AwakeUnavailable: this system has no way to be asked, or refuses.
	AwakeUnavailable AwakeState = "unavailable"
)

// Awake is how keeping the machine awake stands.
type Awake struct {
	// On is the owner's wish.
	On bool `json:"on"`
	// State is what came of it.
	State AwakeState `json:"state"`
	// Detail is a sentence on State, "" when there is nothing to say.
	Detail string `json:"detail"`
}
