package text

import (
	"strconv"
	"time"
)

// Number prints n with a comma between groups of three digits, as both
// languages do.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Date prints a day with its weekday: 2026年8月22日(土) or Sat 22 Aug 2026.
func Date(lang Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if lang == EN {
		return t.Format("Mon 2 Jan 2006")
	}
	weekdays := [...]string{"日", "月", "火", "水", "木", "金", "土"}
	return t.Format("2006年1月2日") + "(" + weekdays[t.Weekday()] + ")"
}

// DateTime prints a day and the time of day to the minute.
func DateTime(lang Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Date(lang, t) + " " + t.Format("15:04")
}
