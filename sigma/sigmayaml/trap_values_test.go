package sigmayaml

import (
	"fmt"
	"testing"

	"github.com/torideproject/toride/sigma"
)

func TestTrap_FieldRef(t *testing.T) {
	t.Parallel()
	r := item(t, "SubjectUserName|fieldref: TargetUserName")
	fits(t, r, "SubjectUserName=Alice", "TargetUserName=ALICE")
	misses(t, r, "SubjectUserName=Alice", "TargetUserName=bob")
	misses(t, r, "SubjectUserName=Alice")
	misses(t, r)
	fits(t, item(t, "Image|fieldref|endswith: Name"), `Image=C:\x\cmd.exe`, "Name=CMD.exe")
	fits(t, item(t, "Image|endswith|fieldref: Name"), `Image=C:\x\cmd.exe`, "Name=CMD.exe")
	fits(t, item(t, "Image|fieldref|contains: Name"), `Image=C:\cmd.exe.bak`, "Name=cmd")
	misses(t, item(t, "Image|fieldref|startswith: Name"), `Image=C:\cmd.exe`, "Name=cmd")
	misses(t, item(t, "A|fieldref|cased: B"), "A=x", "B=X")
	fits(t, item(t, "A|fieldref|neq: B"), "A=x", "B=y")
}

func TestTrap_NumbersAreComparedAsText(t *testing.T) {
	t.Parallel()
	fits(t, item(t, "EventID: 4688"), "EventID=4688")
	fits(t, item(t, "EventID: '4688'"), "EventID=4688")
	misses(t, item(t, "EventID: 4688"), "EventID=4688.0")
	misses(t, item(t, "EventID: 46"), "EventID=4688")
	fits(t, item(t, "EventID|startswith: 46"), "EventID=4688")
	// A number written in another way is what YAML says, and what was written.
	fits(t, item(t, "Mask: 0x10"), "Mask=0X10")
	fits(t, item(t, "Mask: 0x10"), "Mask=16")
	fits(t, item(t, "Flag: true"), "Flag=True")
	fits(t, item(t, "Day: 2026-11-22"), "Day=2026-11-22")
	fits(t, item(t, "Version: 1.10"), "Version=1.10")
}

func TestTrap_CaseBeyondASCII(t *testing.T) {
	t.Parallel()
	for written, logged := range map[string]string{
		"Microsoft® Windows® Operating System": "MICROSOFT® WINDOWS® OPERATING SYSTEM",
		"ａｄｍｉｎ":                                "ＡＤＭＩＮ", // full width
		"電子カルテサーバé":                            "電子カルテサーバÉ",
		"kelvin":                               "\u212Aelvin",
		"sharp":                                "ſharp",
		"σίγμας":                               "ΣΊΓΜΑΣ",
		"straße":                               "STRAẞE",
		"ⱥ":                                    "Ⱥ", // grows by a byte
		"привет":                               "ПРИВЕТ",
		"ǆ":                                    "ǅ",
		"tschüß, İi!":                          "TSCHÜẞ, İI!", // İ folds to itself alone
	} {
		for _, m := range []string{"", "|contains", "|startswith", "|endswith"} {
			fits(t, item(t, "F"+m+": '"+written+"'"), "F="+logged)
			fits(t, item(t, "F"+m+": '"+logged+"'"), "F="+written)
			misses(t, item(t, "F"+m+"|cased: '"+logged+"'"), "F="+written)
		}
	}
	misses(t, item(t, "F: 'straße'"), "F=STRASSE") // one character for one
	misses(t, item(t, "F: 'i'"), "F=İ")
	misses(t, item(t, "F: 'ア'"), "F=ｱ") // width is not case
	misses(t, item(t, "F: 'ア'"), "F=ァ")
}

func TestTrap_RegexpsAreCasedAndUnanchored(t *testing.T) {
	t.Parallel()
	r := item(t, `F|re: 'cmd\.exe'`)
	fits(t, r, "F=run cmd.exe now")
	misses(t, r, "F=CMD.EXE")
	fits(t, item(t, `F|re|i: 'cmd\.exe'`), "F=CMD.EXE")
	misses(t, item(t, "F|re: '^a.b$'"), "F=a\nb")
	fits(t, item(t, "F|re|s: '^a.b$'"), "F=a\nb")
	fits(t, item(t, "F|re|m: '^b$'"), "F=a\nb")
	misses(t, item(t, "F|re: '^b$'"), "F=a\nb")
	fits(t, item(t, "F|re|i|s|m: '^A.B$'"), "F=x\na\nb")
	misses(t, item(t, "F|re|startswith: 'b|c'"), "F=ab")
	fits(t, item(t, "F|re|endswith: 'a|b'"), "F=ab")
	misses(t, item(t, "F|re: 'a*b'"), "F=a*c") // * is the expression's, not Sigma's
}

func TestTrap_DigitsBeforeTheStar(t *testing.T) {
	t.Parallel()
	r := rule(t, "selection1_a:\n  A: 1\nselection1_b:\n  A: 2\nselection2:\n  A: 3\ncondition: 1 of selection1*")
	fits(t, r, "A=2")
	misses(t, r, "A=3")
	r = rule(t, "1a:\n  A: 1\n1b:\n  B: 2\ncondition: all of 1*")
	fits(t, r, "A=1", "B=2")
	misses(t, r, "A=1")
}

func TestTrap_ListsAreOrMapsAreAnd(t *testing.T) {
	t.Parallel()
	r := rule(t, "s:\n  - A: 1\n    B: 2\n  - C:\n      - 3\n      - 4\ncondition: s")
	fits(t, r, "A=1", "B=2")
	fits(t, r, "C=4")
	misses(t, r, "A=1", "C=5")
	all := item(t, "F|contains|all:\n  - a\n  - b")
	fits(t, all, "F=b a")
	misses(t, all, "F=a")
	mixed := rule(t, "s:\n  - word\n  - A: 1\ncondition: s")
	fits(t, mixed, "A=1")
	fits(t, mixed, "B=a word")
	misses(t, mixed, "B=1")
}

func TestTrap_UnderscoredDetectionsAreNoneOfThem(t *testing.T) {
	t.Parallel()
	r := rule(t, "a:\n  A: 1\n_b:\n  B: 2\ncondition: all of them")
	fits(t, r, "A=1")
	r = rule(t, "_a:\n  A: 1\n_b:\n  B: 2\ncondition: all of _*")
	misses(t, r, "A=1")
}

func TestTrap_Precedence(t *testing.T) {
	t.Parallel()
	r := rule(t, "a:\n  A: 1\nb:\n  B: 1\nc:\n  C: 1\ncondition: a or b AND NOT c")
	fits(t, r, "A=1", "C=1")
	fits(t, r, "B=1")
	misses(t, r, "B=1", "C=1")
	r = rule(t, "a:\n  A: 1\nb:\n  B: 1\nc:\n  C: 1\ncondition: not(a or b)and c")
	fits(t, r, "C=1")
	misses(t, r, "A=1", "C=1")
	fits(t, rule(t, "a:\n  A: 1\nb:\n  B: 1\ncondition:\n  - a\n  - b"), "B=1")
}

func TestTrap_Encodings(t *testing.T) {
	t.Parallel()
	fits(t, item(t, "F|base64|contains: 'foo'"), "F=x Zm9v y")
	offset := item(t, "F|base64offset|contains: 'http://'")
	for _, b := range []string{"aHR0cDovLw==", "eGh0dHA6Ly8=", "eHhodHRwOi8v"} { // at 0, 1 and 2 bytes
		fits(t, offset, "F="+b)
	}
	misses(t, offset, "F=aHR0cHM6Ly8=")
	wide := item(t, "F|wide|base64offset|contains: 'ping'")
	fits(t, wide, "F=cABpAG4AZwA=")
	fits(t, wide, "F=eABwAGkAbgBnAA==")
	fits(t, item(t, "F|utf16|base64: 'a'"), "F=//5hAA==")
	fits(t, item(t, "F|utf16be|base64: 'a'"), "F=AGE=")
	fits(t, item(t, "F|utf16le|base64: '給'"), "F=Zn0=")
	fits(t, item(t, "F|base64offset|contains: '給食'"), "F=6Ki157Wm6aOf") // bytes, not characters, decide where it is cut
}

func TestTrap_Networks(t *testing.T) {
	t.Parallel()
	r := item(t, "Ip|cidr:\n  - 10.0.0.0/8\n  - 2001:db8::/32\n  - 192.0.2.7")
	for _, ip := range []string{"10.255.0.1", "::ffff:10.1.2.3", "2001:DB8::5", "192.0.2.7", "2001:db8::1%3"} {
		fits(t, r, "Ip="+ip)
	}
	for _, ip := range []string{"11.0.0.1", "2001:db9::1", "10.0.0", "10.0.0.1:80", "", "-", "192.0.2.8", "010.0.0.1"} {
		misses(t, r, "Ip="+ip)
	}
}

func TestTrap_NumbersAndTimes(t *testing.T) {
	t.Parallel()
	gte := item(t, "Size|gte: 16")
	for value, want := range map[string]bool{"16": true, "0x10": true, "16.5": true, "1e2": true, "15": false, "-20": false, "": false, "many": false, "17 ": false, "inf": false, "0x": false, "1_000": false} {
		if got := says(t, gte, event("Size="+value)); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	misses(t, gte)
	fits(t, item(t, "Size|lt: 0x10"), "Size=15")
	misses(t, item(t, "Size|gt: 3\nSize|lte: 5"), "Size=6")
	fits(t, item(t, "Time|hour: 3"), "Time=2026-11-22T03:59:59+09:00") // as it is written
	fits(t, item(t, "Time|hour|gte: 22"), "Time=2026-11-22 23:00:00.123")
	misses(t, item(t, "Time|hour|gte: 22"), "Time=2026-11-22 21:59:59")
	fits(t, item(t, "Time|week: 53"), "Time=2026/12/31 00:00:00")
	fits(t, item(t, "Time|year|lt: 2026\nTime|month: 2\nTime|day: 29"), "Time=2024-02-29")
	misses(t, item(t, "Time|minute: 0"), "Time=yesterday")
}

func TestTrap_ExistsAndNeq(t *testing.T) {
	t.Parallel()
	fits(t, item(t, "F|exists: true"), "F=")
	misses(t, item(t, "F|exists: false"), "F=")
	fits(t, item(t, "F|exists: false"), "G=1")
	neq := item(t, "F|neq:\n  - a\n  - b")
	misses(t, neq, "F=B")
	fits(t, neq, "F=c")
	fits(t, neq, "G=a")
	fits(t, item(t, "F|contains|neq: a"), "F=bcd")
}

func TestTrap_Placeholders(t *testing.T) {
	t.Parallel()
	r := item(t, "User|expand: '%admins%'")
	fits(t, r, "User=ROOT")
	fits(t, r, "User=adm_x")
	misses(t, r, "User=%admins%")
	fits(t, item(t, "User: '%admins%'"), "User=%admins%") // without expand it is text
	fits(t, item(t, "User|contains|expand: 'x%admins%y'"), "User=axrooty")
	fits(t, item(t, `User|expand: '\%plain%admins%'`), "User=%plainroot")
	fits(t, item(t, "Ip|cidr|expand: '%nets%'"), "Ip=192.0.2.9")
	fits(t, item(t, "F|re|expand: '^%admins%$'"), "F=adm_*") // literally, in an expression
	_, problems := Read("f.yml", []byte("title: x\nlogsource: {product: p}\ndetection:\n  s:\n    User|expand: '%nobody%'\n  condition: s\n"), Options{})
	if len(problems) != 1 || problems[0].Code != sigma.NoPlaceholder || problems[0].Line != 5 || problems[0].Construct != "%nobody%" {
		t.Errorf("%v", problems)
	}
}

// The order of a map must never show: the same text gives the same expression.
func TestTrap_SameTextSameExpression(t *testing.T) {
	t.Parallel()
	text := "b:\n  Z: 1\n  A: 2\n  M|contains|all: [x, y]\na:\n  - Q: 1\n  - C: 2\ncondition: 1 of them or all of b*"
	first := ""
	for range 20 {
		got := show(rule(t, text).Condition)
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("%s\n%s", got, first)
		}
	}
}

func show(e *sigma.Expr) string {
	if e.Op == sigma.Leaf {
		return e.Match.Field + e.Match.Text
	}
	text := fmt.Sprint(e.Op, "(")
	for _, k := range e.Kids {
		text += show(k) + " "
	}
	return text + ")"
}
