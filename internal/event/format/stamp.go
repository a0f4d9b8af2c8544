package format

import (
	"time"

	"github.com/torideproject/toride/internal/event"
)

// A device's time is plausible from MaxBehind before the entry was received (what a
// computer kept while its line was down comes late, and an agent that is new
// sends what its computer has kept) to MaxAhead after it.
const (
	MaxBehind = 400 * 24 * time.Hour
	MaxAhead  = 10 * time.Minute
)

// Zone gives the zone of the times that name none, by the ID of the configured
// source. It gives the same answer as long as Toride runs, and never nil.
type Zone func(source string) *time.Location

// Stamp sets the event's time to t, written offset seconds east of UTC. Where a
// live source's time is implausible the time stays that of receiving and Skew
// is set; a backfill's own time counts, however old.
func Stamp(e *event.Event, t time.Time, offset int32) {
	if t.IsZero() {
		return
	}
	e.Offset = offset
	if !e.Backfill && (t.Before(e.Received.Add(-MaxBehind)) || t.After(e.Received.Add(MaxAhead))) {
		e.Skew = true
		e.Time = e.Received
		return
	}
	e.Skew = false // of an envelope's time
	e.Time = t.UTC()
}

// Clock is a time as it stands in an entry.
type Clock struct {
	Year, Month, Day, Hour, Minute, Second, Nano int
	Offset                                       int  // seconds east of UTC
	Zoned                                        bool // Offset was written
}

// In gives the moment, and its offset; loc is used where the entry names no zone.
func (c Clock) In(loc *time.Location) (time.Time, int32) {
	if c.Zoned {
		t := time.Date(c.Year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Nano, time.UTC)
		return t.Add(-time.Duration(c.Offset) * time.Second), int32(c.Offset)
	}
	t := time.Date(c.Year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Nano, loc)
	_, offset := t.Zone()
	return t.UTC(), int32(offset)
}

// ParseClock reads the forms of ISO 8601 that logs use, and gives how many bytes it
// read: "2026-11-22T09:00:00.123456789+09:00", a blank or "_" for the T, slashes
// for the dashes, a comma before the fraction, +0900, +09, Z, a blank before the
// zone, or no zone.
func ParseClock(s string) (c Clock, n int, ok bool) {
	if len(s) < 19 || (s[4] != '-' && s[4] != '/') || s[7] != s[4] || (s[10] != 'T' && s[10] != ' ' && s[10] != 't' && s[10] != '_') {
		return c, 0, false
	}
	year, ok1 := digits4(s)
	month, ok2 := digits2(s[5:])
	day, ok3 := digits2(s[8:])
	if !ok1 || !ok2 || !ok3 || !c.setTime(s[11:]) {
		return c, 0, false
	}
	c.Year, c.Month, c.Day = year, month, day
	if !c.valid() {
		return c, 0, false
	}
	n = 19
	n += c.fraction(s[n:])
	n += c.zone(s[n:])
	return c, n, true
}

// ParseTime reads a time of day with its fraction and zone, as ParseClock does,
// and gives how many bytes it read.
func ParseTime(s string) (c Clock, n int, ok bool) {
	if !c.setTime(s) || c.Hour > 23 || c.Minute > 59 || c.Second > 60 {
		return c, 0, false
	}
	n = 8
	n += c.fraction(s[n:])
	if len(s) > n && (s[n] == '+' || s[n] == '-' || s[n] == 'Z') {
		n += c.zone(s[n:])
	}
	return c, n, true
}

// setTime reads "09:00:00" at the beginning of s.
func (c *Clock) setTime(s string) bool {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, ok1 := digits2(s)
	minute, ok2 := digits2(s[3:])
	second, ok3 := digits2(s[6:])
	c.Hour, c.Minute, c.Second = hour, minute, second
	return ok1 && ok2 && ok3
}

// valid is lenient with the second: 60 is a leap second, and the moment after 59.
func (c *Clock) valid() bool {
	return c.Month >= 1 && c.Month <= 12 && c.Day >= 1 && c.Day <= 31 && c.Hour <= 23 && c.Minute <= 59 && c.Second <= 60
}

func (c *Clock) fraction(s string) int {
	if len(s) < 2 || (s[0] != '.' && s[0] != ',') || s[1]-'0' > 9 {
		return 0
	}
	i, scale := 1, 100_000_000
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		c.Nano += int(s[i]-'0') * scale
		scale /= 10
	}
	return i
}

func (c *Clock) zone(s string) int {
	blank := 0
	if len(s) > 1 && s[0] == ' ' {
		blank = 1
	}
	z := s[blank:]
	switch {
	case z == "":
		return 0
	case (z[0] == 'Z' || z[0] == 'z') && (len(z) == 1 || !letter(z[1])):
		c.Zoned = true
		return blank + 1
	case z[0] != '+' && z[0] != '-':
		return 0
	}
	offset, n, ok := ParseOffset(z)
	if !ok {
		return 0
	}
	c.Zoned, c.Offset = true, offset
	return blank + n
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// ParseOffset reads +09:00, +0900 and +09, and gives seconds and the bytes read.
func ParseOffset(s string) (offset, n int, ok bool) {
	if len(s) < 3 || (s[0] != '+' && s[0] != '-') {
		return 0, 0, false
	}
	hour, ok := digits2(s[1:])
	if !ok || hour > 18 {
		return 0, 0, false
	}
	offset, n = hour*3600, 3
	rest := s[3:]
	if len(rest) > 0 && rest[0] == ':' {
		rest, n = rest[1:], 4
	}
	if minute, ok := digits2(rest); ok && minute < 60 {
		offset, n = offset+minute*60, n+2
	} else if n == 4 {
		n = 3
	}
	if s[0] == '-' {
		offset = -offset
	}
	return offset, n, true
}

func digits2(s string) (int, bool) {
	if len(s) < 2 {
		return 0, false
	}
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

func digits4(s string) (int, bool) {
	a, ok1 := digits2(s)
	if len(s) < 4 {
		return 0, false
	}
	b, ok2 := digits2(s[2:])
	return a*100 + b, ok1 && ok2
}

// Epoch reads a number of seconds, milliseconds, microseconds or nanoseconds
// since 1970; which of them it is follows from its size (1973 to 5138).
func Epoch(s string) (time.Time, bool) {
	whole, fraction := s, ""
	for i := 0; i < len(s); i++ {
		if s[i] == '.' {
			whole, fraction = s[:i], s[i+1:]
			break
		}
	}
	n := Uint(whole)
	switch {
	case n < 100_000_000:
		return time.Time{}, false
	case n < 100_000_000_000:
		nano, scale := 0, 100_000_000
		for i := 0; i < len(fraction) && fraction[i]-'0' <= 9; i++ {
			nano += int(fraction[i]-'0') * scale
			scale /= 10
		}
		return time.Unix(int64(n), int64(nano)).UTC(), true
	case n < 100_000_000_000_000:
		return time.UnixMilli(int64(n)).UTC(), true
	case n < 100_000_000_000_000_000:
		return time.UnixMicro(int64(n)).UTC(), true
	}
	return time.Unix(0, int64(n)).UTC(), n < 1<<63
}

// StampText reads a time in a form of ParseClock or Epoch and stamps the event
// with it; it says whether it could. loc is for times that name no zone.
func StampText(e *event.Event, s string, loc *time.Location) bool {
	if c, n, ok := ParseClock(s); ok && n == len(s) {
		t, offset := c.In(loc)
		Stamp(e, t, offset)
		return true
	}
	if t, ok := Epoch(s); ok {
		Stamp(e, t, 0)
		return true
	}
	return false
}

// Yearless gives the moment of a time without a year: the latest that is not
// more than a day after the time of receiving, so that 31 December arriving on
// 1 January is last year's, and a device an hour ahead on New Year's Eve is in
// the next.
func Yearless(c Clock, received time.Time, loc *time.Location) (time.Time, int32) {
	limit := received.Add(24 * time.Hour)
	around := limit.In(loc).Year()
	for year := around; year > around-9; year-- { // 29 February is at most 8 years back
		if c.Month == 2 && c.Day == 29 && !leap(year) {
			continue
		}
		c.Year = year
		if t, offset := c.In(loc); !t.After(limit) {
			return t, offset
		}
	}
	return time.Time{}, 0
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }
