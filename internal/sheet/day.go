package sheet

import (
	"strconv"
	"strings"
	"time"
)

// Precision says how much of a date was written.
type Precision uint8

// What was written: a day, a month, a year, or a Japanese fiscal year (年度,
// April to March).
const (
	ToDay Precision = iota + 1
	ToMonth
	ToYear
	ToFiscalYear
)

// Date is a date as somebody wrote it, perhaps without its day.
type Date struct {
	Year, Month, Day int // Month and Day are 0 where they were not written
	Precision        Precision
}

// First is the first day that the date may mean, as 2006-01-02.
func (d Date) First() string {
	switch d.Precision {
	case ToMonth:
		return iso(d.Year, d.Month, 1)
	case ToYear:
		return iso(d.Year, 1, 1)
	case ToFiscalYear:
		return iso(d.Year, 4, 1)
	}
	return iso(d.Year, d.Month, d.Day)
}

// Last is the last day that the date may mean: a contract "until 2026年3月"
// ends on 2026-03-31.
func (d Date) Last() string {
	switch d.Precision {
	case ToMonth:
		return iso(d.Year, d.Month+1, 0)
	case ToYear:
		return iso(d.Year, 12, 31)
	case ToFiscalYear:
		return iso(d.Year+1, 3, 31)
	}
	return iso(d.Year, d.Month, d.Day)
}

func iso(year, month, day int) string {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// ParseDate reads a date as Japanese offices write it: 令和7年4月1日, 令和元年5月,
// R7.4.1, R07/04/01, ㋿7.4.1, 昭和63年, 平成32年3月31日 (written before the era
// changed), 2025/4/1, 2025-04-01, 20250401, 2025年4月, 令和7年度, 1 Apr 2025,
// each in full or half width, with a weekday or a time of day behind it, and
// the serial numbers of Excel (20,000 to 80,000: 1954 to 2119). What could be
// read in two ways (4/1/2025) and what no calendar has (2025/2/30) is not read.
func ParseDate(s string) (Date, bool) {
	s = strings.ToLower(Narrow(s))
	if len(s) > 60 || s == "" {
		return Date{}, false
	}
	s = strings.TrimSpace(cutTail(s))
	if digits(s) {
		return dateFromDigits(s)
	}
	if d, ok := englishDate(s); ok {
		return d, true
	}
	base, rest := cutEra(s)
	rest, fiscal := strings.CutSuffix(strings.TrimSpace(rest), "年度")
	if fiscal {
		year, ok := yearIn(base, strings.TrimSpace(rest))
		return Date{Year: year, Precision: ToFiscalYear}, ok && plausible(year)
	}
	parts, ok := dateParts(rest)
	if !ok {
		return Date{}, false
	}
	year, ok := yearIn(base, parts[0])
	if !ok || !plausible(year) {
		return Date{}, false
	}
	return checked(year, parts[1:])
}

// cutTail removes a weekday in brackets, a time of day and 「まで」「頃」.
func cutTail(s string) string {
	for _, suffix := range []string{"まで", "迄", "から", "より", "頃", "ごろ", "~", "~"} {
		s = strings.TrimSuffix(s, suffix)
	}
	if n := strings.IndexAny(s, "(["); n > 0 {
		s = s[:n]
	}
	if n := strings.IndexAny(s, " t"); n > 0 && strings.Contains(s[n:], ":") {
		s = s[:n]
	}
	return s
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// dateFromDigits reads 20250401, 202504 and Excel's serials.
func dateFromDigits(s string) (Date, bool) {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return Date{}, false
	case len(s) == 8 && plausible(n/10000):
		return checked(n/10000, []string{s[4:6], s[6:]})
	case len(s) == 4 && plausible(n):
		return Date{Year: n, Precision: ToYear}, true
	case len(s) == 6 && plausible(n/100):
		return checked(n/100, []string{s[4:]})
	case len(s) == 5 && n >= 20_000 && n <= 80_000:
		t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		return Date{t.Year(), int(t.Month()), t.Day(), ToDay}, true
	}
	return Date{}, false
}

// plausible keeps typing errors out: nothing in a register is older.
func plausible(year int) bool { return year >= 1900 && year <= 2199 }

// cutEra cuts an era's name off and gives the year before its first; 0 means
// that there was no era. NFKC has made ㋿ and ㍻ their words.
func cutEra(s string) (int, string) {
	for _, era := range []struct {
		name string
		base int
	}{{"令和", 2018}, {"平成", 1988}, {"昭和", 1925}, {"r", 2018}, {"h", 1988}, {"s", 1925}, {"令", 2018}, {"平", 1988}, {"昭", 1925}} {
		if rest, ok := strings.CutPrefix(s, era.name); ok {
			return era.base, strings.TrimLeft(rest, " .")
		}
	}
	return 0, s
}

func yearIn(base int, s string) (int, bool) {
	s = strings.TrimSuffix(s, "年")
	if base == 0 {
		n, err := strconv.Atoi(s)
		return n, err == nil && len(s) == 4
	}
	if s == "元" {
		return base + 1, true
	}
	n, err := strconv.Atoi(s)
	return base + n, err == nil && n >= 1 && n <= 99 && len(s) <= 2
}

// dateParts cuts year, month and day apart.
func dateParts(s string) ([]string, bool) {
	var parts []string
	if strings.Contains(s, "年") {
		s = strings.NewReplacer("年", "/", "月", "/", "日", "").Replace(s)
	}
	s = strings.TrimSuffix(s, "/")
	for _, sep := range []string{"/", "-", "."} {
		if strings.Contains(s, sep) {
			parts = strings.Split(s, sep)
			break
		}
	}
	if parts == nil {
		parts = []string{s}
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
		if len(parts[i]) > 4 || parts[i] == "" || !digits(parts[i]) && parts[i] != "元" {
			return nil, false
		}
	}
	return parts, len(parts) <= 3
}

// checked makes a Date of a year and the rest, if a calendar has it.
func checked(year int, rest []string) (Date, bool) {
	if len(rest) == 0 {
		return Date{Year: year, Precision: ToYear}, true
	}
	month, err := strconv.Atoi(rest[0])
	if err != nil || month < 1 || month > 12 {
		return Date{}, false
	}
	if len(rest) == 1 {
		return Date{Year: year, Month: month, Precision: ToMonth}, true
	}
	day, err := strconv.Atoi(rest[1])
	if err != nil || day < 1 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return Date{}, false
	}
	return Date{year, month, day, ToDay}, true
}

// englishDate reads dates whose month is a word.
func englishDate(s string) (Date, bool) {
	if !ascii(s) || strings.Trim(s, "0123456789/.- ") == "" {
		return Date{}, false
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	for _, layout := range []string{"2 Jan 2006", "2-Jan-2006", "2-Jan-06", "2 January 2006", "Jan 2, 2006", "January 2, 2006",
		"Jan 2 2006", "January 2006", "Jan 2006", "Jan-2006"} {
		t, err := time.Parse(layout, s)
		if err != nil || !plausible(t.Year()) {
			continue
		}
		if strings.Contains(layout, "2 ") || strings.Contains(layout, "2-") || strings.Contains(layout, "2,") {
			return Date{t.Year(), int(t.Month()), t.Day(), ToDay}, true
		}
		return Date{Year: t.Year(), Month: int(t.Month()), Precision: ToMonth}, true
	}
	return Date{}, false
}
