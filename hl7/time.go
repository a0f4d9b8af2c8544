package hl7

import "time"

// Precision says how much of a Time the sender wrote.
type Precision uint8

// The precisions. NoTime: nothing that could be read.
const (
	NoTime Precision = iota
	Year
	Month
	Day
	Hour
	Minute
	Second
	Fraction
)

// Time is a date or time of HL7 (TS, DTM, DT) as it was written: no clock and
// no place is assumed. The zero Time is one that is not there.
type Time struct {
	Raw         string // the component as it stood in the message
	Year        int16
	Month, Day  uint8 // from 1; 0: not written
	Hour        uint8 // 0 to 47: Japanese hospitals write 25:30 for half past one of the next day
	Minute, Sec uint8 // a leap second is 60
	Nano        int32
	Offset      int16 // minutes east of Greenwich, with HasOffset
	HasOffset   bool
	// Odd: something behind the part that was read makes no sense as a time,
	// or a day that its month does not have; Raw has it.
	Odd       bool
	Precision Precision
}

// ParseTime reads YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ] by its beginning and
// never fails: what cannot be understood ends it (Odd), and a string of zeros
// is no time. A fraction without its dot is read as such; slashes, hyphens,
// colons, blanks and T between the parts are passed over. It reads only the
// first component of a TS. It does not allocate.
//
// The known fault of writing HHMM behind four zeros (2011070100 1030 for half
// past ten) cannot be told from thirty seconds past ten past midnight.
func ParseTime(s string) Time {
	t := Time{Raw: s}
	r := timeReader{s: s}
	r.skip(" ")
	year, ok := r.digits(4)
	if !ok || year == 0 {
		t.Odd = !onlyZeros(s)
		return t
	}
	t.Year, t.Precision = int16(year), Year
	r.date(&t)
	if t.Precision == Day && !t.Odd {
		r.clock(&t)
	}
	if !t.Odd {
		r.zone(&t)
	}
	return t
}

// Times of a Value: ParseTime of its first component.
func TimeOf(v Value) Time {
	if v.State() != Present {
		return Time{}
	}
	return ParseTime(v.Text())
}

type timeReader struct {
	s string
	i int
}

// digits reads n digits and goes behind them.
func (r *timeReader) digits(n int) (int, bool) {
	if r.i+n > len(r.s) {
		return 0, false
	}
	v := 0
	for _, c := range []byte(r.s[r.i : r.i+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	r.i += n
	return v, true
}

// skip passes over one character of a set.
func (r *timeReader) skip(set string) bool {
	for k := 0; k < len(set); k++ {
		if r.i < len(r.s) && r.s[r.i] == set[k] {
			r.i++
			return true
		}
	}
	return false
}

func (r *timeReader) date(t *Time) {
	sep := r.skip("/") || (r.i+2 < len(r.s) && r.s[r.i] == '-' && !r.offset() && r.skip("-"))
	month, ok := r.digits(2)
	switch {
	case !ok:
		t.Odd = sep
		return
	case month == 0:
		t.Odd = !onlyZeros(r.s[r.i:])
		r.i = len(r.s)
		return
	case month > 12:
		t.Odd = true
		return
	}
	t.Month, t.Precision = uint8(month), Month
	if sep {
		r.skip("/-")
	}
	day, ok := r.digits(2)
	switch {
	case !ok:
		return
	case day == 0:
		t.Odd = !onlyZeros(r.s[r.i:])
		r.i = len(r.s)
		return
	case day > daysIn(month, int(t.Year)):
		t.Odd = true
		return
	}
	t.Day, t.Precision = uint8(day), Day
}

// offset reports whether -HHMM at the end follows: 2011-0900 is a year and its
// offset, 2011-09-01 is a day.
func (r *timeReader) offset() bool {
	rest := r.s[r.i+1:]
	return len(rest) == 4 && rest[2] != '-' && rest[2] != '/'
}

func (r *timeReader) clock(t *Time) {
	r.skip(" T")
	from := r.i
	for _, part := range []struct {
		to  *uint8
		max int
		p   Precision
	}{{&t.Hour, 47, Hour}, {&t.Minute, 59, Minute}, {&t.Sec, 60, Second}} {
		if part.p > Hour {
			r.skip(":")
		}
		v, ok := r.digits(2)
		if !ok {
			return
		}
		if v > part.max {
			t.Odd, r.i = true, from
			return
		}
		*part.to, t.Precision = uint8(v), part.p
		from = r.i
	}
	r.fraction(t)
}

// fraction reads digits behind the seconds, with a dot or without.
func (r *timeReader) fraction(t *Time) {
	r.skip(".,")
	scale := int32(100_000_000)
	for ; r.i < len(r.s) && r.s[r.i] >= '0' && r.s[r.i] <= '9'; r.i++ {
		t.Nano += int32(r.s[r.i]-'0') * scale
		scale /= 10
		t.Precision = Fraction
	}
}

// zone reads the offset, and calls what is left over odd.
func (r *timeReader) zone(t *Time) {
	sign := int16(1)
	switch {
	case r.skip("Z"):
		t.HasOffset = true
	case r.skip("+"):
		t.zone(r, sign)
	case r.skip("-"):
		t.zone(r, -sign)
	}
	for r.skip(" ") {
	}
	t.Odd = t.Odd || r.i < len(r.s)
}

func (t *Time) zone(r *timeReader, sign int16) {
	h, ok := r.digits(2)
	if !ok || h > 14 {
		t.Odd = true
		return
	}
	r.skip(":")
	m, ok := r.digits(2)
	if !ok || m > 59 {
		m = 0
	}
	t.Offset, t.HasOffset = sign*int16(h*60+m), true
}

func onlyZeros(s string) bool {
	for _, c := range []byte(s) {
		if c != '0' && c != ' ' && c != '.' {
			return false
		}
	}
	return true
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// IsZero reports whether there is no time at all.
func (t Time) IsZero() bool { return t.Precision == NoTime }

// In gives the instant, with what was not written taken as its beginning
// (January, the first, midnight). An offset in the message wins over loc;
// hours from 24 are of the next day. The zero time.Time where there is none.
func (t Time) In(loc *time.Location) time.Time {
	if t.Precision == NoTime {
		return time.Time{}
	}
	if t.HasOffset {
		at := time.Date(int(t.Year), time.Month(max(1, t.Month)), int(max(1, t.Day)), int(t.Hour), int(t.Minute), int(t.Sec), int(t.Nano), time.UTC)
		return at.Add(-time.Duration(t.Offset) * time.Minute).In(loc)
	}
	return time.Date(int(t.Year), time.Month(max(1, t.Month)), int(max(1, t.Day)), int(t.Hour), int(t.Minute), int(t.Sec), int(t.Nano), loc)
}

// Date gives the day as eight digits, YYYYMMDD, hours from 24 carried over;
// "" unless the day was written.
func (t Time) Date() string {
	if t.Precision < Day {
		return ""
	}
	y, m, d := int(t.Year), int(t.Month), int(t.Day)
	if t.Hour >= 24 {
		at := time.Date(y, time.Month(m), d+1, 0, 0, 0, 0, time.UTC)
		y, m, d = at.Year(), int(at.Month()), at.Day()
	}
	var b [8]byte
	for i := 3; i >= 0; i-- {
		b[i], y = byte('0'+y%10), y/10
	}
	b[4], b[5], b[6], b[7] = byte('0'+m/10), byte('0'+m%10), byte('0'+d/10), byte('0'+d%10)
	return string(b[:])
}

// AppendTime appends at as HL7 writes it, without offset, with the given
// precision; Fraction has four digits, as the SS-MIX2 samples do.
func AppendTime(dst []byte, at time.Time, p Precision) []byte {
	layouts := [...]string{"", "2006", "200601", "20060102", "2006010215", "200601021504", "20060102150405", "20060102150405.0000"}
	return at.AppendFormat(dst, layouts[min(p, Fraction)])
}
