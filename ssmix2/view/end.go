package view

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
)

// OpenDays is how many days a drug without an end (external, as needed) counts
// as possibly in use.
const OpenDays = 90

// Usage says whether a drug is in use on a day.
type Usage string

// The usages. Open: the drug has no end and began at most OpenDays ago; OpenOld:
// longer ago. Undated: nothing could be computed, which is neither used nor
// ended. Only Over may be folded in a list, and none may be hidden.
const (
	Undated Usage = "undated"
	Before  Usage = "before"
	InUse   Usage = "in_use"
	Open    Usage = "open"
	OpenOld Usage = "open_old"
	Over    Usage = "over"
	Stopped Usage = "stopped" // the order was cancelled
)

// rhythm is how many doses' days come around in how many calendar days.
type rhythm struct {
	rule     string
	weekdays [7]bool // from Sunday
	every    int     // calendar days for each dosing day; 0: by weekdays
}

// Start is the first day of the drug: the earliest TQ1-7. It is not OK where no
// day was written; the order's day is not taken instead.
func (d *Medication) Start() Computed[Day] {
	c := Computed[Day]{Rule: "drug.start.earliest"}
	for _, t := range d.Timings {
		if day, ok := DayOf(t.Start.Time); ok && (!c.OK || day < c.Value) {
			c.Value, c.OK = day, true
		}
	}
	if !c.OK {
		c.doubt("start.missing")
	}
	return c
}

// End is the last day of the drug, of all its timings the latest. The rules:
//
//   - drug.end.sent: TQ1-8, as the sender wrote it;
//   - drug.end.days: TQ1-7 and the days of TQ1-6, the first day counted;
//   - drug.end.interval, drug.end.weekdays: the days of TQ1-6 are taken as
//     dosing days, and the last day is the one before a further dose would be
//     due (7 days every second day span 14 days). No source states this;
//   - drug.end.none: external and as-needed drugs have none. Not OK.
//
// Doubts say where a sender may mean otherwise.
func (d *Medication) End() Computed[Day] {
	c := Computed[Day]{Rule: "drug.end.unknown"}
	if len(d.Timings) == 0 {
		c.doubt("timing.missing")
	}
	for i := range d.Timings {
		e := d.end(&d.Timings[i])
		if !e.OK {
			e.Doubts = append(c.Doubts, e.Doubts...)
			return e
		}
		if !c.OK || e.Value > c.Value {
			e.Doubts = append(c.Doubts, e.Doubts...)
			c = e
		}
	}
	return c
}

func (d *Medication) end(t *Timing) Computed[Day] {
	c := Computed[Day]{Rule: "drug.end.unknown"}
	if end, ok := DayOf(t.End.Time); ok {
		c = Computed[Day]{Value: end, OK: true, Rule: "drug.end.sent"}
		if at := t.End.Time; at.Precision >= hl7.Hour && at.Hour == 24 && at.Minute == 0 && at.Sec == 0 {
			c.Value-- // 24:00 is the end of its day
			c.doubt("end.midnight", t.End.Raw)
		}
		return c
	}
	if t.End.Has() {
		c.doubt("end.odd", t.End.Raw)
	}
	if d.External() || d.AsNeeded() {
		c.Rule = "drug.end.none"
		return c
	}
	start, ok := DayOf(t.Start.Time)
	if !ok {
		c.doubt("start.missing", t.Start.Raw)
		return c
	}
	n, ok := days(t.Duration)
	if !ok {
		c.doubt("days.unknown", t.Duration.Raw)
		return c
	}
	if t.Start.Time.Odd {
		c.doubt("start.odd", t.Start.Raw)
	}
	if t.Start.Time.Precision >= hl7.Hour && t.Start.Time.Hour%24 != 0 {
		c.doubt("start.within_day", t.Start.Raw)
	}
	r, known := rhythmOf(t.Patterns, &c)
	if !known {
		return c
	}
	c.Rule, c.OK = r.rule, true
	if r.rule != "drug.end.days" {
		c.doubt("days.dosing_or_calendar", strconv.Itoa(n))
	}
	if r.every > 0 {
		c.Value = start + Day(n*r.every) - 1 //nolint:gosec // n ≤ 3650, every ≤ 7
		return c
	}
	c.Value = r.last(start, n, &c)
	return c
}

// last is the day before the dose behind the n-th one, by weekdays.
func (r *rhythm) last(start Day, n int, c *Computed[Day]) Day {
	if !r.weekdays[start.time().Weekday()] {
		c.doubt("start.other_weekday", start.time().Weekday().String())
	}
	for day := start; ; day++ {
		if !r.weekdays[day.time().Weekday()] {
			continue
		}
		if n == 0 {
			return day - 1
		}
		n--
	}
}

// days reads the number of days of TQ1-6, 1 to 3650; the unit must be a day or
// missing.
func days(q Quantity) (int, bool) {
	switch strings.ToLower(strings.TrimSpace(q.Unit.Code)) {
	case "", "d", "day", "日", "日分":
	default:
		if q.Unit.Display != "日" && q.Unit.Display != "日分" {
			return 0, false
		}
	}
	number := strings.TrimSpace(q.Number)
	if rest, ok := strings.CutPrefix(number, "D"); ok { // D7, as in TQ fields before 2.5
		number = rest
	}
	n, err := strconv.Atoi(number)
	return n, err == nil && n >= 1 && n <= 3650
}

// rhythmOf reads the additional usage code behind the first pattern: I1100000
// every second day, W and seven digits from Sunday the days of the week,
// CW100000 once a week. Another additional code, or a text that speaks of an
// interval without a code, leaves the end unknown.
func rhythmOf(patterns []Coded, c *Computed[Day]) (rhythm, bool) {
	r := rhythm{rule: "drug.end.days", every: 1}
	for _, p := range patterns {
		code := p.Code
		if p.System != "JAMISDP01" && p.AltSystem == "JAMISDP01" {
			code = p.AltCode
		}
		switch {
		case code == "I1100000":
			r = rhythm{rule: "drug.end.interval", every: 2}
		case code == "CW100000":
			r = rhythm{rule: "drug.end.interval", every: 7}
		case len(code) == 8 && code[0] == 'W' && strings.Trim(code[1:], "01") == "" && strings.Contains(code, "1"):
			r = rhythm{rule: "drug.end.weekdays"}
			for i := range r.weekdays {
				r.weekdays[i] = code[1+i] == '1'
			}
		case len(code) == 8 && (p.System == "JAMISDP01" || p.AltSystem == "JAMISDP01"), speaksOfInterval(p.Display):
			c.doubt("interval.unknown", p.Raw)
			return r, false
		}
	}
	return r, true
}

func speaksOfInterval(s string) bool {
	for _, word := range []string{"隔日", "日おき", "曜日", "週１回", "週1回", "隔週", "毎週"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}

// On says whether the drug is in use on a day (rule drug.use: from Start to End;
// without an end by rule, OpenDays from the start).
func (d *Medication) On(day Day) Computed[Usage] {
	c := Computed[Usage]{Value: Undated, Rule: "drug.use"}
	if d.Life != Live {
		return Computed[Usage]{Value: Stopped, OK: true, Rule: "drug.use.order"}
	}
	start, end := d.Start(), d.End()
	c.Doubts = append(append(c.Doubts, start.Doubts...), end.Doubts...)
	switch {
	case start.OK && day < start.Value:
		c.Value = Before
	case end.OK && day > end.Value:
		c.Value = Over
	case start.OK && end.OK:
		c.Value = InUse
	case start.OK && end.Rule == "drug.end.none" && day-start.Value <= OpenDays:
		c.Value = Open
	case start.OK && end.Rule == "drug.end.none":
		c.Value = OpenOld
	}
	c.OK = c.Value != Undated
	return c
}

// TotalFits compares RXE-10 with the daily total times the days (rule
// drug.total): false is a reason to look at the original. It is not OK where a
// number is missing, units differ or the drug has no end.
func (d *Medication) TotalFits() Computed[bool] {
	c := Computed[bool]{Rule: "drug.total"}
	daily, err1 := strconv.ParseFloat(strings.TrimSpace(d.Daily.Number), 64)
	total, err2 := strconv.ParseFloat(strings.TrimSpace(d.Dispensed.Number), 64)
	if err1 != nil || err2 != nil || len(d.Timings) != 1 {
		c.doubt("total.missing")
		return c
	}
	n, ok := days(d.Timings[0].Duration)
	if !ok || d.Daily.Unit.Code != d.Dispensed.Unit.Code {
		c.doubt("total.unit", d.Daily.Raw, d.Dispensed.Unit.Raw)
		return c
	}
	diff := daily*float64(n) - total
	c.OK, c.Value = true, diff < 0.001 && diff > -0.001
	return c
}
