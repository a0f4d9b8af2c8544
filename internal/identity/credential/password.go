package credential

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/text"
)

// Lengths of passwords in characters: the ministry's guideline 7.0 (運用編 14)
// asks for 8 with letters and digits mixed where there is a second factor and
// for 13 where there is none; it asks for no periodic change.
const (
	MinWithSecond    = 8
	MinWithoutSecond = 13
	maxPassword      = 128
)

// Owner is what a guesser knows of a person: it must not carry the password.
type Owner struct {
	Login, Name, Hospital, Kana string
}

// PasswordFaults says what is wrong with a new password; nothing means that it
// is taken. The refused families are those which the ministry's notice of
// 2024-08-01 gives as bad examples: well-known words, runs of keys, the
// hospital's name; and the login.
func PasswordFaults(password string, second bool, of Owner) []text.Msg {
	var faults []text.Msg
	p := norm.NFKC.String(password)
	n := utf8.RuneCountInString(p)
	least := MinWithoutSecond
	if second {
		least = MinWithSecond
	}
	if n > maxPassword {
		return []text.Msg{text.M("identity.password.long", maxPassword)}
	}
	if n < least {
		return []text.Msg{text.M("identity.password.short", least)}
	}
	if n < MinWithoutSecond && !mixed(p) {
		faults = append(faults, text.M("identity.password.mix", MinWithoutSecond))
	}
	if key := guessable(p, of); key != "" {
		faults = append(faults, text.M(key))
	}
	return faults
}

// mixed reports whether there is a letter, and a digit or a sign.
func mixed(p string) bool {
	return strings.ContainsFunc(p, unicode.IsLetter) &&
		strings.ContainsFunc(p, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsSpace(r) })
}

// leftover is how many characters a password must have beside the guessable
// ones, and distinct how many different ones.
const (
	leftover = 5
	distinct = 4
)

// gap stands where something guessable was taken out.
const gap = '\x00'

// guessable takes out, one family after the other, what a guesser tries first.
// When too little is left, it gives the text key of the first
// family of which something was found.
func guessable(p string, of Owner) string {
	left := strings.ToLower(p)
	if tooLittle(left) {
		return "identity.password.few"
	}
	first := ""
	for _, family := range []struct {
		key   string
		strip func(string) string
	}{
		{"identity.password.hospital", func(s string) string { return stripWords(s, nameParts(of.Hospital, of.Kana)) }},
		{"identity.password.login", func(s string) string { return stripWords(s, nameParts(of.Login, of.Name)) }},
		{"identity.password.common", func(s string) string { return stripWords(s, commonWords()) }},
		{"identity.password.keys", stripRuns},
	} {
		before := left
		left = family.strip(left)
		if first == "" && left != before {
			first = family.key
		}
		if tooLittle(left) {
			return first
		}
	}
	return ""
}

func tooLittle(left string) bool {
	seen := map[rune]bool{}
	n := 0
	for _, r := range left {
		if r == gap || unicode.IsSpace(r) {
			continue
		}
		n++
		seen[r] = true
	}
	return n < leftover || len(seen) < distinct
}

// rows are the orders in which keys lie or letters follow each other.
func rows() []string {
	return []string{
		"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!\"#$%&'()=", "!@#$%^&*()", "7410", "8520", "9630", "147258369", "159", "753",
	}
}

// run is the length from which neighbours count as a run.
const run = 4

// stripRuns takes out runs of neighbours, forwards, backwards or of one
// character, and years.
func stripRuns(s string) string {
	rs := []rune(s)
	for _, row := range rows() {
		for _, line := range []string{row, reversed(row)} {
			rs = stripRow(rs, []rune(line))
		}
	}
	for i := 0; i < len(rs); {
		j := i + 1
		for j < len(rs) && rs[j] == rs[i] {
			j++
		}
		if j-i >= run-1 {
			blank(rs[i:j])
		}
		i = j
	}
	for i := 0; i+4 <= len(rs); i++ {
		if y := string(rs[i : i+4]); (strings.HasPrefix(y, "19") || strings.HasPrefix(y, "20")) && digits(y) {
			blank(rs[i : i+4])
		}
	}
	return string(rs)
}

func stripRow(rs, row []rune) []rune {
	least := min(run, len(row))
	for i := 0; i < len(rs); i++ {
		at := slices.Index(row, rs[i])
		if at < 0 {
			continue
		}
		n := 1
		for i+n < len(rs) && at+n < len(row) && rs[i+n] == row[at+n] {
			n++
		}
		if n >= least {
			blank(rs[i : i+n])
			i += n - 1
		}
	}
	return rs
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func blank(rs []rune) {
	for i := range rs {
		rs[i] = gap
	}
}

func reversed(s string) string {
	rs := []rune(s)
	slices.Reverse(rs)
	return string(rs)
}

// stripWords takes words out where they stand, also when letters are written
// as signs (p@ssw0rd).
func stripWords(s string, words []string) string {
	rs := []rune(s)
	for _, one := range []rune{'i', 'l'} {
		plain := unsign(rs, one)
		for _, w := range words {
			word := []rune(w)
			for i := 0; i+len(word) <= len(plain); i++ {
				if slices.Equal(plain[i:i+len(word)], word) {
					blank(rs[i : i+len(word)])
					blank(plain[i : i+len(word)])
				}
			}
		}
	}
	return string(rs)
}

// unsign writes signs as the letters that they are used for. The digit 1
// stands for i or for l.
func unsign(rs []rune, one rune) []rune {
	out := slices.Clone(rs)
	for i, r := range out {
		switch r {
		case '@', '4':
			out[i] = 'a'
		case '$', '5':
			out[i] = 's'
		case '0':
			out[i] = 'o'
		case '3':
			out[i] = 'e'
		case '7':
			out[i] = 't'
		case '1', '!', '|':
			out[i] = one
		}
	}
	return out
}

// nameParts gives the parts of names that are long enough to be noticed: three
// letters, or two of a script in which a letter says more.
func nameParts(names ...string) []string {
	var parts []string
	for _, name := range names {
		folded := strings.ToLower(norm.NFKC.String(name))
		split := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, part := range append(split, folded) {
			n := utf8.RuneCountInString(part)
			if n >= 3 || (n == 2 && len(part) > 2) {
				parts = append(parts, string(unsign([]rune(part), 'i')), string(unsign([]rune(part), 'l')), part)
			}
		}
	}
	// Longer ones first: what a short one takes out would hide a long one.
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(parts)
}

// commonWords are words that guessers try first, in lower case.
func commonWords() []string {
	return []string{
		"administrator", "password", "passwd", "welcome", "default", "changeme", "letmein", "iloveyou", "operator",
		"hospital", "byouin", "byoin", "clinic", "iryou", "kango", "kangoshi", "karte", "nurse", "doctor", "medical",
		"security", "himitsu", "angou", "sakura", "nippon", "japan", "toride", "fortinet", "fortigate", "windows", "server",
		"admin", "guest", "master", "kanri", "user", "root", "login", "test", "pass", "temp", "abc", "病院", "看護", "医療", "管理者", "砦",
	}
}
