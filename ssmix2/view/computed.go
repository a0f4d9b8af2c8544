package view

import (
	"fmt"
	"time"

	"github.com/torideproject/toride/hl7"
)

// Computed is something this package worked out. OK is false where the rule
// could not be applied; Doubts then say why.
type Computed[T any] struct {
	Value  T      `json:"value"`
	OK     bool   `json:"ok"`
	Rule   string `json:"rule"` // stable name
	Doubts []Note `json:"doubts,omitempty"`
}

func (c *Computed[T]) doubt(code string, args ...string) {
	c.Doubts = append(c.Doubts, Note{code, args})
}

// Day is a calendar day, in days since 1 January 1970.
type Day int32

// DayOf is the calendar day of a time; ok is false unless the day was written.
func DayOf(t hl7.Time) (Day, bool) { return ParseDay(t.Date()) }

// ParseDay reads YYYYMMDD; ok is false for what is no day of the calendar.
func ParseDay(s string) (Day, bool) {
	at, err := time.Parse("20060102", s)
	if err != nil {
		return 0, false
	}
	return Day(at.Unix() / 86400), true //nolint:gosec // years 0 to 9999
}

func (d Day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String writes YYYYMMDD.
func (d Day) String() string { return d.time().Format("20060102") }

// MarshalText is String.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDay.
func (d *Day) UnmarshalText(text []byte) error {
	day, ok := ParseDay(string(text))
	if !ok {
		return fmt.Errorf("view: %q is no day", text)
	}
	*d = day
	return nil
}

// Age is the patient's age in full years on a day (rule age.full_years: a year
// is full on the birthday, 29 February's on 1 March). It is not OK where the
// year of birth was not written or lies behind the day; a doubt where only year
// or month were.
func (p Patient) Age(on Day) Computed[int] {
	c := Computed[int]{Rule: "age.full_years"}
	b, at := p.Birth.Time, on.time()
	switch {
	case b.Precision < hl7.Year:
		c.doubt("birth.missing", p.Birth.Raw)
		return c
	case b.Odd:
		c.doubt("birth.odd", p.Birth.Raw)
	}
	c.Value = at.Year() - int(b.Year)
	switch {
	case b.Precision == hl7.Year:
		c.doubt("birth.year_only", p.Birth.Raw)
	case b.Precision == hl7.Month:
		c.doubt("birth.month_only", p.Birth.Raw)
		if int(at.Month()) < int(b.Month) {
			c.Value--
		}
	case int(at.Month()) < int(b.Month), int(at.Month()) == int(b.Month) && at.Day() < int(b.Day):
		c.Value--
	}
	if c.OK = c.Value >= 0; !c.OK {
		c.Value = 0
		c.doubt("birth.after_day", p.Birth.Raw, on.String())
	}
	if c.Value > 130 {
		c.doubt("birth.implausible", p.Birth.Raw)
	}
	return c
}
