package synth

import (
	"strconv"
	"time"
)

// clock is a time of the hospital's wall clock, in milliseconds; day a calendar
// day since 1 January 1970. SS-MIX2 knows no offsets and neither do these.
type (
	clock int64
	day   int32
)

const (
	minute clock = 60_000
	hour         = 60 * minute
	oneDay       = 24 * hour
	noDay  day   = -1 << 31
)

func clockOf(t time.Time) clock {
	return clock(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).UnixMilli())
}

func (c clock) day() day {
	d := c / oneDay
	if c%oneDay < 0 {
		d--
	}
	return day(d) //nolint:gosec // years 1 to 9999
}

func (d day) at(h, m int) clock { return clock(d)*oneDay + clock(h)*hour + clock(m)*minute }

func (d day) weekday() int { return (int(d)%7 + 11) % 7 } // 1 January 1970 was a Thursday, 4

// civil is the day's date, after the arithmetic of the proleptic Gregorian
// calendar with years that begin in March.
func (d day) civil() (y, m, dd int) {
	z := int(d) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dd = doy - (153*mp+2)/5 + 1
	if m = mp + 3; m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, dd
}

func two(b []byte, n int) []byte { return append(b, byte('0'+n/10%10), byte('0'+n%10)) } //nolint:gosec // digits

func (d day) append(b []byte) []byte {
	y, m, dd := d.civil()
	return two(two(two(two(b, y/100), y), m), dd)
}

func (d day) String() string {
	if d == noDay {
		return "-"
	}
	return string(d.append(nil))
}

// append writes the first n digits of YYYYMMDDHHMMSSFFF, n being 8, 12, 14 or 17.
func (c clock) append(b []byte, n int) []byte {
	at := len(b)
	d := c.day()
	b = d.append(b)
	rest := int(c - clock(d)*oneDay)
	b = two(two(two(b, rest/3_600_000), rest/60_000%60), rest/1000%60)
	ms := rest % 1000
	b = append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)) //nolint:gosec // digits
	return b[:at+n]
}

func (c clock) text(n int) string { return string(c.append(make([]byte, 0, 17), n)) }

func (c clock) time() time.Time { return time.UnixMilli(int64(c)).UTC() }

func itoa(n int) string { return strconv.Itoa(n) }
