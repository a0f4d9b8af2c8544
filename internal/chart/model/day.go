package model

import (
	"time"

	"github.com/torideproject/toride/ssmix2/view"
)

// ParseDay reads YYYYMMDD; ok is false for what is no day of the calendar.
func ParseDay(s string) (Day, bool) { return view.ParseDay(s) }

// DayOf is the calendar day of an instant, in the zone that it carries.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400) //nolint:gosec // days of years 0 to 9999
}

// StampOf writes an instant as the hospital's clock reads in a zone, to the
// second; "" for the zero instant.
func StampOf(t time.Time, zone *time.Location) Stamp {
	if t.IsZero() {
		return ""
	}
	if zone != nil {
		t = t.In(zone)
	}
	return Stamp(t.Format("20060102150405"))
}

// Time is the instant of a stamp on a clock of the zone, its missing parts
// taken as their beginnings; ok is false unless at least the day was written.
func (s Stamp) Time(zone *time.Location) (t time.Time, ok bool) {
	const layout = "20060102150405"
	n := min(len(s), len(layout))
	if zone == nil {
		zone = time.UTC
	}
	if n < 8 || n%2 != 0 {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(layout[:n], string(s[:n]), zone)
	return t, err == nil
}
