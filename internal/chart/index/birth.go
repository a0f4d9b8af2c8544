package index

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// days are days of birth from one to another as YYYYMMDD numbers, both with.
type days struct{ from, to int32 }

func (d days) has(birth int32) bool { return d.from <= birth && birth <= d.to }

var (
	westernDay = regexp.MustCompile(`^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?年?|年)$`)
	eraDay     = regexp.MustCompile(`^(明治|大正|昭和|平成|令和|[mtshr])(\d{1,2}|元)(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?|年)?$`)
	plainDay   = regexp.MustCompile(`^\d{8}$`)
)

// birthDays reads a day of birth as people type it: 20240305, 2024/3/5,
// 2024年3月5日, S60.3.5, 昭和60年3月5日, also without day or month where it cannot
// be taken for a number (2024/3, S60). Four digits alone are no day: 0305 would
// fit everybody. The era's first and last days are not looked at.
func birthDays(s string) (days, bool) {
	s = strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case strings.ContainsRune("‐‑‒–—―−ー", r):
			return '-'
		}
		return r
	}, norm.NFKC.String(s)))
	if plainDay.MatchString(s) {
		return dayRange(s[:4], s[4:6], s[6:], 0)
	}
	if m := westernDay.FindStringSubmatch(s); m != nil {
		return dayRange(m[1], m[2], m[3], 0)
	}
	if m := eraDay.FindStringSubmatch(s); m != nil {
		year := m[2]
		if year == "元" {
			year = "1"
		}
		return dayRange(year, m[3], m[4], eraBefore(m[1]))
	}
	return days{}, false
}

// eraBefore gives the year before an era's first.
func eraBefore(era string) int {
	switch era {
	case "明治", "m":
		return 1867
	case "大正", "t":
		return 1911
	case "昭和", "s":
		return 1925
	case "平成", "h":
		return 1988
	}
	return 2018
}

func dayRange(year, month, day string, before int) (days, bool) {
	y, err := strconv.Atoi(year)
	y += before
	if err != nil || y < 1850 || y > 2100 || year == "0" {
		return days{}, false
	}
	from := int32(y * 10000)
	if month == "" {
		return days{from, from + 9999}, true
	}
	m, _ := strconv.Atoi(month)
	if m < 1 || m > 12 {
		return days{}, false
	}
	from += int32(m * 100)
	if day == "" {
		return days{from, from + 99}, true
	}
	d, _ := strconv.Atoi(day)
	if d < 1 || time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() != d {
		return days{}, false
	}
	from += int32(d)
	return days{from, from}, true
}

// birthNumber packs Brief.Birth: YYYYMMDD with zeros for what is not known; 0
// is none.
func birthNumber(s string) int32 {
	if len(s) > 8 {
		s = s[:8]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) < 4 {
		return 0
	}
	for range 8 - len(s) {
		n *= 10
	}
	return int32(n)
}

// birthText is the other way around.
func birthText(n int32) string {
	switch {
	case n == 0:
		return ""
	case n%10000 == 0:
		return strconv.Itoa(int(n / 10000))
	case n%100 == 0:
		return strconv.Itoa(int(n / 100))
	}
	return strconv.Itoa(int(n))
}
