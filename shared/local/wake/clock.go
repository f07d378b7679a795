package wake

import (
	"sync/atomic"
	"time"
)

// Clock is the local cloud's clock: the machine's, moved forward by an offset
// that only Turn changes. The zero value shows the true time.
type Clock struct {
	offset atomic.Int64 // nanoseconds
}

// Now returns the turned time in UTC.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()).UTC() }

// Offset returns how far the clock is turned.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

func (c *Clock) set(offset time.Duration) { c.offset.Store(int64(offset)) }
