package idp

import "time"

// Time is an instant in Unix milliseconds; zero means "never" or "not yet". Tokens alone use seconds (RFC 7519 §2).
type Time int64

// At converts t to milliseconds.
func At(t time.Time) Time { return Time(t.UnixMilli()) }

// Std converts to the standard library's time, in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Unix is the instant in whole seconds, as tokens hold it.
func (t Time) Unix() int64 { return int64(t) / 1000 }

// Add moves the instant by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// Sub is the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Millisecond }

// Passed says whether the instant is set and lies at or before now.
func (t Time) Passed(now Time) bool { return t != 0 && t <= now }

// Clock tells the time. Every package takes the one clock that backend hands out, so that tests move time in one place.
type Clock func() Time

// SystemClock reads the machine's clock.
func SystemClock() Time { return At(time.Now()) }

// Day is 24 hours.
const Day = 24 * time.Hour
