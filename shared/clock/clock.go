// Package clock makes the present moment a parameter: every rule that asks for
// the time gets a Clock through its constructor, so that a test can be at the
// last second of day 180.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time, always in UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock, moved by a fixed offset. The zero value is
// the true time; only the local cloud turns the clock.
type System struct {
	Offset time.Duration
}

// Now returns the machine's time plus the offset, in UTC and in whole
// milliseconds, as times are stored: what a call answers first, it answers
// again when it has read it back.
func (s System) Now() time.Time { return time.Now().Add(s.Offset).UTC().Truncate(time.Millisecond) }

// Manual is a clock that stands still until it is moved. It is safe for
// concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a manual clock that shows t.
func At(t time.Time) *Manual { return &Manual{now: t.UTC()} }

// Now returns the time the clock was last set to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock by d and returns the new time. A negative d steps
// the clock back, as a machine's clock may.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	return m.now
}
