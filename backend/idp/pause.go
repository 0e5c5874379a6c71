package idp

// Pause is the owner's wish that nobody signs in from the internet for a while. What was given before goes on, and so does the tailnet.
type Pause struct {
	On    bool `json:"on"`
	Until Time `json:"until"` // when it ends by itself, 0 where the owner ends it
}

// Holds says whether sign-in from the internet is paused now.
func (p Pause) Holds(now Time) bool { return p.On && (p.Until == 0 || !p.Until.Passed(now)) }
