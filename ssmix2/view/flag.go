package view

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Flag is the sender's flag, or where there is none one computed from the
// range: L, H or N. Rules: flag.sent (OBX-8, nothing computed), flag.range. It is
// not OK where value or range is no plain number; qualitative results are never
// flagged.
func (r *Result) Flag() Computed[string] {
	for _, f := range r.Flags {
		if f.Has() {
			return Computed[string]{Value: f.Code, OK: true, Rule: "flag.sent"}
		}
	}
	c := Computed[string]{Rule: "flag.range"}
	if len(r.Values) != 1 || !r.Range.Has() || r.Life != Live {
		c.doubt("flag.nothing")
		return c
	}
	key := SortKey(r.Values[0].Show)
	if !key.OK || key.Value.Class != Numeric || key.Value.Comparator != "" {
		c.doubt("flag.value", r.Values[0].Show)
		return c
	}
	b, ok := bounds(r.Range.Text)
	if !ok {
		c.doubt("flag.range_unknown", r.Range.Raw)
		return c
	}
	c.OK = true
	switch v := key.Value.Number; {
	case b.hasLow && (v < b.low || b.openLow && v == b.low):
		c.Value = "L"
	case b.hasHigh && (v > b.high || b.openHigh && v == b.high):
		c.Value = "H"
	default:
		c.Value = "N"
	}
	c.doubt("flag.not_sent")
	if r.Unit.State != Present {
		c.doubt("flag.no_unit")
	}
	return c
}

type limits struct {
	low, high                          float64
	hasLow, hasHigh, openLow, openHigh bool
}

// bounds reads 6.7-8.3, <130, >10, <=5, 3.5～5.0 and 3以上, 10未満.
func bounds(s string) (limits, bool) {
	s = strings.ReplaceAll(fold(s), " ", "")
	var b limits
	for _, k := range []struct {
		word      string
		low, open bool
	}{{"<=", false, false}, {"≦", false, false}, {"<", false, true}, {">=", true, false}, {"≧", true, false}, {">", true, true}} {
		if rest, ok := strings.CutPrefix(s, k.word); ok {
			return one(rest, k.low, k.open)
		}
	}
	for _, k := range []struct {
		word      string
		low, open bool
	}{{"以下", false, false}, {"未満", false, true}, {"以上", true, false}} {
		if rest, ok := strings.CutSuffix(s, k.word); ok {
			return one(rest, k.low, k.open)
		}
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '-' && s[i] != '~' {
			continue
		}
		low, err1 := plain(s[:i])
		high, err2 := plain(s[i+1:])
		if err1 && err2 && low <= high {
			b = limits{low: low, high: high, hasLow: true, hasHigh: true}
			return b, true
		}
	}
	return b, false
}

func one(s string, low, open bool) (limits, bool) {
	n, ok := plain(s)
	if low {
		return limits{low: n, hasLow: true, openLow: open}, ok
	}
	return limits{high: n, hasHigh: true, openHigh: open}, ok
}

// plain reads digits with at most one point and a minus, nothing else: no
// exponent, no hexadecimal, no infinity.
func plain(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789.-") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// fold makes full-width characters plain and the several dashes and tildes one.
func fold(s string) string {
	s = norm.NFKC.String(s)
	return dashes.Replace(strings.TrimSpace(s))
}

var dashes = strings.NewReplacer("－", "-", "−", "-", "‐", "-", "–", "-", "〜", "~", "～", "~", "〈", "<", "〉", ">")

// Class is the order of results that are no numbers.
type Class uint8

// The classes.
const (
	Numeric    Class = iota
	Negative         // -, 陰性
	Borderline       // +-, 少量
	Positive         // +, 陽性, 2+
	OtherText        // nothing that is understood
)

// Key is a result made comparable, for sorting alone: the result itself is what
// the sender wrote.
type Key struct {
	Class      Class   `json:"class"`
	Number     float64 `json:"number,omitempty"` // of Positive the number of plus signs
	Comparator string  `json:"comparator,omitempty"`
}

// SortKey makes a result comparable (rule sort.qualitative, after the National
// Hospital Organization's normalisation). It is not OK for a text that is not
// understood as a whole: two values in one text are not taken apart.
func SortKey(shown string) Computed[Key] {
	c := Computed[Key]{Rule: "sort.qualitative", Value: Key{Class: OtherText}}
	s := strings.ReplaceAll(fold(shown), " ", "")
	s = strings.Trim(s, "★")
	if n, ok := plain(s); ok {
		c.Value, c.OK = Key{Number: n}, true
		return c
	}
	if k, ok := compared(s); ok {
		c.Value, c.OK = k, true
		return c
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	switch bare {
	case "-", "陰性", "インセイ", "検出せず", "フケンシュツ", "ミケンシュツ":
		c.Value, c.OK = Key{Class: Negative}, true
	case "+-", "±", "-/+", "少量", "少数", "1+↓":
		c.Value, c.OK = Key{Class: Borderline}, true
	case "+", "陽性", "ヨウセイ", "検出":
		c.Value, c.OK = Key{Class: Positive, Number: 1}, true
	default:
		switch {
		case len(bare) == 2 && bare[0] >= '1' && bare[0] <= '5' && bare[1] == '+':
			c.Value, c.OK = Key{Class: Positive, Number: float64(bare[0] - '0')}, true
		case len(bare) >= 2 && len(bare) <= 5 && strings.Trim(bare, "+") == "":
			c.Value, c.OK = Key{Class: Positive, Number: float64(len(bare))}, true
		default:
			c.doubt("sort.unknown", shown)
		}
	}
	return c
}

// compared reads <n, n以上 and the like.
func compared(s string) (Key, bool) {
	for _, k := range [][2]string{{"<=", "<="}, {"=<", "<="}, {"≦", "<="}, {">=", ">="}, {"=>", ">="}, {"≧", ">="}, {"<", "<"}, {">", ">"}, {"↑", ">="}, {"↓", "<="}} {
		if rest, ok := strings.CutPrefix(s, k[0]); ok {
			n, ok := plain(rest)
			return Key{Number: n, Comparator: k[1]}, ok
		}
	}
	for _, k := range [][2]string{{"以上", ">="}, {"以下", "<="}, {"未満", "<"}, {"超過", ">"}, {"ミマン", "<"}, {"イカ", "<="}, {"~", ">="}, {"↑", ">="}, {"↓", "<="},
		{"<=", ">="}, {"≦", ">="}, {">=", "<="}, {"≧", "<="}, {"<", ">"}, {">", "<"}} {
		if rest, ok := strings.CutSuffix(s, k[0]); ok {
			n, ok := plain(rest)
			return Key{Number: n, Comparator: k[1]}, ok
		}
	}
	return Key{}, false
}
