package idp

import "time"

// ReachState is what a look at one way in found.
type ReachState string

// The states of a way in.
const (
	ReachOff     ReachState = "off"     // this way is not open, by choice or by mode
	ReachUnknown ReachState = "unknown" // not looked at yet, or the look itself was impossible
	ReachUp      ReachState = "up"      // our own nonce came back by it
	ReachDown    ReachState = "down"    // it did not
	ReachPaused  ReachState = "paused"  // the owner has paused it
)

// ReachKept is how long it is kept how people got in, with a day to spare for months and time zones.
const ReachKept = 31 * Day

// Reach is one way in, as it was last measured: never concluded from settings.
type Reach struct {
	Network   Network       `json:"network"`
	State     ReachState    `json:"state"`
	Since     Time          `json:"since"`     // when State began
	CheckedAt Time          `json:"checkedAt"` // of the last look, 0 before one
	Took      time.Duration `json:"took"`      // nanoseconds, of an answer
	Problem   string        `json:"problem"`   // a sentence on what is wrong and what to do, "" when nothing is
}
