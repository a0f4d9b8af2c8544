package clock

import (
	"fmt"
	"time"
)

// Day is a calendar day without a time or zone. The zero value is no day.
type Day struct{ t time.Time }

// DayOf gives the day on which t falls in the hospital's zone.
func DayOf(t time.Time, zone *time.Location) Day {
	if t.IsZero() {
		return Day{}
	}
	y, m, d := t.In(zone).Date()
	return Day{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// ParseDay reads a day like 2026-01-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("clock: %q is not a day like 2026-01-31", s)
	}
	return Day{t}, nil
}

// Zero reports whether this is no day.
func (d Day) Zero() bool { return d.t.IsZero() }

// Add gives the day n days later; n may be negative.
func (d Day) Add(n int) Day { return Day{d.t.AddDate(0, 0, n)} }

// Year gives the calendar year.
func (d Day) Year() int { return d.t.Year() }

// Weekday gives the day of the week.
func (d Day) Weekday() time.Weekday { return d.t.Weekday() }

// Before reports whether d is earlier than e.
func (d Day) Before(e Day) bool { return d.t.Before(e.t) }

// Sub gives the days from e to d; negative when d is earlier.
func (d Day) Sub(e Day) int { return int(d.t.Sub(e.t) / (24 * time.Hour)) }

// Time gives midnight UTC of the day, for printing as a day.
func (d Day) Time() time.Time { return d.t }

// End gives the last instant of the day in the zone: the moment at which a
// clock that ends on this day runs out.
func (d Day) End(zone *time.Location) time.Time {
	y, m, day := d.t.Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, zone)
}

// String writes the day like 2026-01-31; no day is the empty string.
func (d Day) String() string {
	if d.Zero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}
