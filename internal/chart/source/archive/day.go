package archive

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
)

var (
	western = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\D.*)?$`)
	era     = regexp.MustCompile(`^(明治|大正|昭和|平成|令和|[MTSHRmtshr])\s*\.?\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\D.*)?$`)
	eraFlat = regexp.MustCompile(`^(?:([MTSHRmtshr])(\d{2})|([1-5])(\d{2}))(\d{2})(\d{2})$`)
	flat    = regexp.MustCompile(`^(\d{8})(?:\d{2}|\d{4}|\d{6}|\d{9})?(?:\D.*)?$`)
)

// parseDay reads a calendar day as people and programs write it: 20240305, with
// a time behind it or not, 2024/3/5, 2024-03-05, 2024年3月5日, 令和6年3月5日, R6.3.5,
// and 5060305 as billing programs write it (the era's number first). It gives
// YYYYMMDD; "" for what is no day of the calendar. Years of two digits without
// an era are not guessed at.
func parseDay(s string) string {
	if len(s) == 8 && digits(s) {
		return valid(s) // by far the most common
	}
	s = strings.TrimSpace(norm.NFKC.String(s))
	if m := flat.FindStringSubmatch(s); m != nil {
		return valid(m[1])
	}
	if m := western.FindStringSubmatch(s); m != nil {
		return join8(number(m[1]), number(m[2]), number(m[3]))
	}
	if m := era.FindStringSubmatch(s); m != nil {
		return join8(eraYear(m[1], m[2]), number(m[3]), number(m[4]))
	}
	if m := eraFlat.FindStringSubmatch(s); m != nil {
		return join8(eraYear(m[1]+m[3], m[2]+m[4]), number(m[5]), number(m[6]))
	}
	return ""
}

// eraYear gives the western year of an era's year; the change of eras within a
// year is left to the calendar.
func eraYear(name, year string) int {
	n := 1
	if year != "元" {
		n = number(year)
	}
	if n < 1 {
		return 0
	}
	switch strings.ToUpper(name) {
	case "明治", "M", "1":
		return 1867 + n
	case "大正", "T", "2":
		return 1911 + n
	case "昭和", "S", "3":
		return 1925 + n
	case "平成", "H", "4":
		return 1988 + n
	}
	return 2018 + n
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func join8(y, m, d int) string {
	if y < 1000 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	return valid(strconv.Itoa(y*10000 + m*100 + d))
}

func valid(s string) string {
	if _, ok := model.ParseDay(s); !ok || s < "18500101" || s > "22000101" {
		return ""
	}
	return s
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// parseSex reads how hospitals write it; "" for anything else.
func parseSex(s string) string {
	switch strings.ToUpper(norm.NFKC.String(s)) {
	case "男", "男性", "M", "MALE", "1":
		return "M"
	case "女", "女性", "F", "FEMALE", "2":
		return "F"
	case "その他", "O", "OTHER", "3", "9":
		return "O"
	case "不明", "U", "UNKNOWN", "0":
		return "U"
	}
	return ""
}
