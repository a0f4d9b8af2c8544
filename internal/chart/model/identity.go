package model

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Identity is what two records of one number are compared by.
type Identity struct {
	Kanji, Kana string
	Birth       string // YYYYMMDD, or less
	Sex         string // M, F, O, U
}

// Who is the identity in words for a notice: the name, and the day of birth as
// YYYY-MM-DD as far as it is known.
func (i Identity) Who() (name, birth string) {
	if name = i.Kanji; name == "" {
		name = i.Kana
	}
	if birth = i.Birth; len(birth) == 8 {
		birth = birth[:4] + "-" + birth[4:6] + "-" + birth[6:]
	}
	return name, birth
}

// Difference is what two records of one number say differently.
type Difference struct {
	What          string // birth, name, sex
	First, Second string
}

// Differences compares two records of one patient number. What one of them does
// not say is no difference, nor are blanks, widths, older forms of a character
// (髙 and 高) or one that was lost on the way (■); a birth date that was written
// less exactly is compared as far as it goes. Names differ where both their
// kanji and their kana do, or the only one that both have.
func Differences(a, b Identity) []Difference {
	var out []Difference
	if n := min(len(a.Birth), len(b.Birth)); n > 0 && a.Birth[:n] != b.Birth[:n] {
		out = append(out, Difference{"birth", a.Birth, b.Birth})
	}
	kanji, kana := compareNames(a.Kanji, b.Kanji), compareNames(a.Kana, b.Kana)
	switch {
	case kanji == unlike && kana != same:
		out = append(out, Difference{"name", a.Kanji, b.Kanji})
	case kana == unlike && kanji != same:
		out = append(out, Difference{"name", a.Kana, b.Kana})
	}
	if known(a.Sex) && known(b.Sex) && a.Sex != b.Sex {
		out = append(out, Difference{"sex", a.Sex, b.Sex})
	}
	return out
}

// Another reports whether two records of one number are those of two people:
// both say a name and a day of birth, and both of these differ. One of them alone
// may be a marriage or a slip of the pen: that is for the reader to judge. Who was
// brought in without a name is registered under a made-up one, with a made-up day
// of birth, until somebody knows him: that is no other person.
func Another(a, b Identity) bool {
	if a.nameless() || b.nameless() {
		return false
	}
	var birth, name bool
	for _, d := range Differences(a, b) {
		birth, name = birth || d.What == "birth", name || d.What == "name"
	}
	return birth && name
}

// nameless tells a name that stands for nobody.
func (i Identity) nameless() bool {
	name := string(foldName(i.Kanji)) + " " + string(foldName(i.Kana))
	return slices.ContainsFunc([]string{"不明", "不詳", "身元", "氏名未", "名無", "未確認", "トリアージ", "フメイ", "アンノウン", "UNKNOWN"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}

func known(sex string) bool { return sex == "M" || sex == "F" }

// SameName reports whether two spellings stand for one name, as Differences sees
// it; false where one of them is empty.
func SameName(a, b string) bool { return compareNames(a, b) == same }

type likeness int

const (
	unsaid likeness = iota
	same
	unlike
)

func compareNames(a, b string) likeness {
	x, y := foldName(a), foldName(b)
	if len(x) == 0 || len(y) == 0 {
		return unsaid
	}
	if len(x) != len(y) {
		return unlike
	}
	for i := range x {
		if x[i] != y[i] && x[i] != '■' && y[i] != '■' {
			return unlike
		}
	}
	return same
}

// foldName makes spellings of a name comparable.
func foldName(s string) []rune {
	var out []rune
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.IsSpace(r):
			continue
		case r >= 'ぁ' && r <= 'ゖ':
			r += 'ァ' - 'ぁ'
		}
		out = append(out, plain(unicode.ToUpper(r)))
	}
	return out
}

// plain gives the plain form of a character that stands in names in an older
// one, as far as hospitals write both; others as they are.
func plain(r rune) rune {
	const pairs = "髙高﨑崎嵜崎濵浜濱浜邊辺邉辺齋斉齊斉斎斉澤沢廣広櫻桜國国眞真惠恵德徳嶋島嶌島𠮷吉栁柳瀨瀬"
	older := rune(0)
	for _, c := range pairs {
		switch {
		case older == 0:
			older = c
		case older == r:
			return c
		default:
			older = 0
		}
	}
	return r
}
