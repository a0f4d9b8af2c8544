package sigma

import (
	"strconv"
	"strings"
	"time"
)

// ParseNumber reads the number in a value, for the modifiers lt, lte, gt and
// gte: decimal with an optional sign, fraction and exponent, or hexadecimal with
// 0x as Windows writes masks and handles. What is not wholly a number, an empty
// value, infinity and NaN are none. Integers beyond 2^53 are rounded.
func ParseNumber(text string) (float64, bool) {
	if hex, ok := cutHex(text); ok {
		n, err := strconv.ParseUint(hex, 16, 64)
		return float64(n), err == nil
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

func cutHex(text string) (string, bool) {
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		return hex, true
	}
	return strings.CutPrefix(text, "0X")
}

// ParseTime reads the point in time in a value, for the modifiers minute, hour,
// day, week, month and year: RFC 3339, the same with a blank or without a zone,
// with / between the parts of the date, or a date alone. The parts are those
// written, whatever the zone ("not designed to handle timezone or format
// conversions", modifiers appendix).
func ParseTime(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02") || len(text) > 64 {
		return time.Time{}, false
	}
	if text[4] == '/' && text[7] == '/' {
		text = text[:4] + "-" + text[5:7] + "-" + text[8:]
	}
	layout := "2006-01-02"
	if len(text) > 10 {
		layout += "T15:04:05"
		switch text[10] {
		case ' ':
			text = text[:10] + "T" + text[11:]
		case 'T':
		default:
			return time.Time{}, false
		}
		if len(text) > 19 && strings.ContainsAny(text[19:], "Z+-") {
			layout += "Z07:00"
		}
	}
	t, err := time.Parse(layout, text) // a fraction of the second is read whatever the layout
	return t, err == nil
}

// timeUnitOf gives the part of a time that a TimePart compares. Weeks are those
// of ISO 8601.
func timeUnitOf(t time.Time, u TimeUnit) int {
	switch u {
	case Minute:
		return t.Minute()
	case Hour:
		return t.Hour()
	case Day:
		return t.Day()
	case Week:
		_, week := t.ISOWeek()
		return week
	case Month:
		return int(t.Month())
	}
	return t.Year()
}

// Years that hour|gte and its like can name: from the zero of Windows' clock to
// well beyond the life of any log.
const firstYear, lastYear = 1601, 2200

// timeRange gives the least and greatest number of a unit.
func timeRange(u TimeUnit) (least, most int) {
	switch u {
	case Minute:
		return 0, 59
	case Hour:
		return 0, 23
	case Day:
		return 1, 31
	case Week:
		return 1, 53
	case Month:
		return 1, 12
	}
	return firstYear, lastYear
}

// timePart resolves hour: 3, and hour|gte: 22 into each of the hours it means.
func (it Item) timePart(f form, text string) (*Expr, *Problem) {
	n, ok := ParseNumber(text)
	if !ok || n != float64(int(n)) {
		return nil, problem(BadValue, it.key()+": "+text, WhyWholeNumber)
	}
	least, most := timeRange(f.unit)
	if !f.compared {
		if int(n) < least || int(n) > most {
			return nil, problem(BadValue, it.key()+": "+text, WhyBetween, least, most)
		}
		return leafExpr(&Match{Field: it.Field, Kind: TimePart, Unit: f.unit, Number: n}), nil
	}
	var kids []*Expr
	for i := least; i <= most; i++ {
		if ordered(float64(i), f.order, n) {
			kids = append(kids, leafExpr(&Match{Field: it.Field, Kind: TimePart, Unit: f.unit, Number: float64(i)}))
		}
	}
	if len(kids) == 0 {
		return &Expr{Op: False}, nil
	}
	return joinExpr(Or, kids), nil
}

// ordered says whether value stands to number as the order demands.
func ordered(value float64, o Order, number float64) bool {
	switch o {
	case Less:
		return value < number
	case LessEqual:
		return value <= number
	case Greater:
		return value > number
	}
	return value >= number
}
