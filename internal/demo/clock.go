package demo

import (
	"sync/atomic"
	"time"
)

// Clock lets the demo's story begin days before now. It is the clock of the
// whole app while the story is told, and stands at the real time afterwards.
type Clock struct {
	real   func() time.Time
	offset atomic.Int64
	told   func(at time.Time)
}

// NewClock makes a clock that shows the real time.
func NewClock(real func() time.Time) *Clock { return &Clock{real: real} }

// Now is the clock's time.
func (c *Clock) Now() time.Time { return c.real().Add(time.Duration(c.offset.Load())) }

// Watch lets told know, while the story is told, how far it has come. It is
// called before the telling, once.
func (c *Clock) Watch(told func(at time.Time)) { c.told = told }

// at sets how far the clock stands from the real time.
func (c *Clock) at(offset time.Duration) { c.offset.Store(int64(offset)) }

// set lets the clock show a time, from which it goes on.
func (c *Clock) set(to time.Time) { c.at(to.Sub(c.real())) }

// fiscalEnd is the last day of the Japanese fiscal year in which a month lies.
func fiscalEnd(year, month int) string {
	if month >= 4 {
		year++
	}
	return time.Date(year, 3, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
