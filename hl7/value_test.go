package hl7_test

import (
	"testing"
	"time"

	"github.com/torideproject/toride/hl7"
)

// field parses one field of a segment.
func field(tb testing.TB, s string) hl7.Value {
	tb.Helper()
	m, err := hl7.Parse([]byte(head + "ZZZ|" + s + "|"))
	if err != nil {
		tb.Fatal(err)
	}
	return m.First("ZZZ").Field(1)
}

func TestValue_States(t *testing.T) {
	t.Parallel()
	m, err := hl7.Parse([]byte(head + `RXE|A||""|a^^""^c&&""` + "\r"))
	if err != nil {
		t.Fatal(err)
	}
	s := m.First("RXE")
	for i, c := range []struct {
		v    hl7.Value
		want hl7.State
		text string
	}{
		{s.Field(1), hl7.Present, "A"}, {s.Field(2), hl7.Empty, ""}, {s.Field(3), hl7.Null, ""}, {s.Field(5), hl7.Absent, ""}, {s.Field(0), hl7.Absent, ""},
		{s.Field(-7), hl7.Absent, ""}, {s.Field(4).Comp(1), hl7.Present, "a"}, {s.Field(4).Comp(2), hl7.Empty, ""}, {s.Field(4).Comp(3), hl7.Null, ""},
		{s.Field(4).Comp(5), hl7.Absent, ""}, {s.Field(4).Comp(4).Sub(2), hl7.Empty, ""}, {s.Field(4).Comp(4).Sub(3), hl7.Null, ""},
		{s.Field(4).Comp(4).Sub(4), hl7.Absent, ""}, {s.Field(4).Rep(2), hl7.Absent, ""}, {s.Field(4).Comp(0), hl7.Absent, ""},
		{m.First("ZZZ").Field(1), hl7.Absent, ""}, {hl7.Value{}.Comp(3).Sub(2), hl7.Absent, ""}, {s.Field(3).Comp(1), hl7.Null, ""}, {s.Field(3).Comp(2), hl7.Absent, ""},
	} {
		if c.v.State() != c.want || c.v.Text() != c.text {
			t.Errorf("%d: %v %q", i, c.v.State(), c.v.Text())
		}
	}
	if s.Field(2).NumReps() != 0 || s.Field(1).NumReps() != 1 || field(t, "a~~b").NumReps() != 3 {
		t.Error("repetitions are counted wrongly")
	}
}

func TestValue_Escapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a\F\b\S\c\T\d\R\e\E\f`:                 `a|b^c&d~e\f`,
		`one\.br\two\.sp\three`:                 "one\ntwo\nthree",
		`\H\bold\N\ plain`:                      "bold plain",
		`\X41\\X4243\`:                          "ABC",
		`\X1B24424240\`:                         "太",
		`\M2442\B@O:\C2842\ end`:                "太郎 end",
		`\M2442\B@O:`:                           "太郎",
		`C:\data\file`:                          `C:\data\file`,
		`\Xgg\ \X1\ \Zlocal\ \`:                 `\Xgg\ \X1\ \Zlocal\ \`,
		`50\% \F\`:                              `50\% |`,
		`\M99\ \C\`:                             `\M99\ \C\`,
		`\E\F\E\`:                               `\F\`,
		`\.in+2\text`:                           `\.in+2\text`,
		"\x1b$B$\"\\F\x1b(B\\F\\\x1b$B$$\x1b(B": "あ榮|い",
	} {
		if got := field(t, in).Text(); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
	// The delimiters are found before the escapes are undone, and only once.
	v := field(t, `a\S\b^c`)
	if v.Comp(1).Text() != "a^b" || v.Comp(2).Text() != "c" || v.All() != "a^b^c" {
		t.Errorf("%q %q %q", v.Comp(1).Text(), v.Comp(2).Text(), v.All())
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*3600)
	for in, c := range map[string]struct {
		want string // in Japan; "" for no time
		p    hl7.Precision
		odd  bool
	}{
		"2011":                        {"2011-01-01T00:00:00+09:00", hl7.Year, false},
		"201107":                      {"2011-07-01T00:00:00+09:00", hl7.Month, false},
		"20110701":                    {"2011-07-01T00:00:00+09:00", hl7.Day, false},
		"2011070108":                  {"2011-07-01T08:00:00+09:00", hl7.Hour, false},
		"201107010830":                {"2011-07-01T08:30:00+09:00", hl7.Minute, false},
		"20110701083015":              {"2011-07-01T08:30:15+09:00", hl7.Second, false},
		"20110701083015.1234":         {"2011-07-01T08:30:15.1234+09:00", hl7.Fraction, false},
		"20080203163012345":           {"2008-02-03T16:30:12.345+09:00", hl7.Fraction, false},
		"201601011500.321":            {"2016-01-01T15:00:00+09:00", hl7.Minute, true},
		"20110701083015+0000":         {"2011-07-01T17:30:15+09:00", hl7.Second, false},
		"20110701083015.5-0330":       {"2011-07-01T21:00:15.5+09:00", hl7.Fraction, false},
		"20110701083015Z":             {"2011-07-01T17:30:15+09:00", hl7.Second, false},
		"201107012530":                {"2011-07-02T01:30:00+09:00", hl7.Minute, false},
		"20111231470000":              {"2012-01-01T23:00:00+09:00", hl7.Second, false},
		"201107014800":                {"2011-07-01T00:00:00+09:00", hl7.Day, true},
		"201107010860":                {"2011-07-01T08:00:00+09:00", hl7.Hour, true},
		"20110000":                    {"2011-01-01T00:00:00+09:00", hl7.Year, false},
		"20110700":                    {"2011-07-01T00:00:00+09:00", hl7.Month, false},
		"20111301":                    {"2011-01-01T00:00:00+09:00", hl7.Year, true},
		"20110231":                    {"2011-02-01T00:00:00+09:00", hl7.Month, true},
		"20240229":                    {"2024-02-29T00:00:00+09:00", hl7.Day, false},
		"19000229":                    {"1900-02-01T00:00:00+09:00", hl7.Month, true},
		"201107010000":                {"2011-07-01T00:00:00+09:00", hl7.Minute, false},
		"2011/07/01":                  {"2011-07-01T00:00:00+09:00", hl7.Day, false},
		"2011-07-01T08:30:15":         {"2011-07-01T08:30:15+09:00", hl7.Second, false},
		"2011-07-01 08:30":            {"2011-07-01T08:30:00+09:00", hl7.Minute, false},
		"2011-0900":                   {"2011-01-01T18:00:00+09:00", hl7.Year, false},
		"20110701頃":                   {"2011-07-01T00:00:00+09:00", hl7.Day, true},
		" 20110701 ":                  {"2011-07-01T00:00:00+09:00", hl7.Day, false},
		"00000000":                    {"", hl7.NoTime, false},
		"":                            {"", hl7.NoTime, false},
		"小学校低学年の頃":                    {"", hl7.NoTime, true},
		"99":                          {"", hl7.NoTime, true},
		"20110701083015+2500":         {"2011-07-01T08:30:15+09:00", hl7.Second, true},
		"20110701083015.123456789012": {"2011-07-01T08:30:15.123456789+09:00", hl7.Fraction, false},
	} {
		got := hl7.ParseTime(in)
		at := got.In(tokyo)
		text := at.Format(time.RFC3339Nano)
		if got.IsZero() {
			if text = ""; !at.IsZero() {
				t.Errorf("%q: %v", in, at)
			}
		}
		if text != c.want || got.Precision != c.p || got.Odd != c.odd || got.Raw != in {
			t.Errorf("%q: %q, precision %d, odd %v", in, text, got.Precision, got.Odd)
		}
	}
	if got := hl7.ParseTime("201112312530").Date(); got != "20120101" {
		t.Errorf("the day of 25:30 is %s", got)
	}
	if got := hl7.ParseTime("201112").Date(); got != "" {
		t.Errorf("the day of a month is %s", got)
	}
}

func TestCWE_SixShapes(t *testing.T) {
	t.Parallel()
	for in, c := range map[string]struct{ display, local, standard string }{
		"100607002^アレビアチン１０倍散^HOT9":                 {"アレビアチン１０倍散", "", "100607002"},
		"E002^生化学的検査^99O03":                         {"生化学的検査", "E002", ""},
		"3A010000002327101^総蛋白^JC10^10222^ＴＰ^99X03": {"ＴＰ", "10222", "3A010000002327101"},
		"10222^ＴＰ^99X03^3A010000002327101^総蛋白^JC10": {"ＴＰ", "10222", "3A010000002327101"},
		"^^^3A010000002327101^総蛋白^JC10":             {"総蛋白", "", "3A010000002327101"},
		"^^^10222^ＴＰ^99X03":                         {"ＴＰ", "10222", ""},
		"^５時間一定速度で^99IC6":                           {"５時間一定速度で", "", ""},
		"3A010000002327101^総蛋白^JC10^10222^^99X03":   {"総蛋白", "10222", "3A010000002327101"},
		"mm(hg)^mmHg^ ISO+":                         {"mmHg", "", "mm(hg)"},
		"K297^^I10^O^外来時^JHSD0004":                  {"外来時", "", "K297"},
		"777^^99ABC":                                {"777", "777", ""},
		"1^甲^NEW1^2^乙^L":                            {"乙", "2", "1"},
		"":                                          {"", "", ""},
		"3&錠&MR9P":                                  {"錠", "", "3"},
		"^^^^^^^^口頭":                                {"口頭", "", ""},
	} {
		m, err := hl7.Parse([]byte("MSH|^~\\&|||||||||||||||UNICODE UTF-8\rZZZ|" + in + "\r"))
		if err != nil {
			t.Fatal(err)
		}
		w := hl7.CWEOf(m.First("ZZZ").Field(1))
		local, _, _, _ := w.Local()
		standard, _, _, _ := w.Standard()
		if w.Display() != c.display || local != c.local || standard != c.standard {
			t.Errorf("%s: %q, local %q, standard %q", in, w.Display(), local, standard)
		}
	}
	for _, s := range hl7.StandardSystems() {
		if hl7.KindOf(s) != hl7.Standard || hl7.KindOf(" "+s) != hl7.Standard {
			t.Errorf("%s is no standard", s)
		}
	}
	for s, want := range map[string]hl7.SystemKind{"99": hl7.Unknown, "99Z": hl7.Local, "9901": hl7.Local, "L": hl7.Local, "L99U01": hl7.Local, "LN": hl7.Standard,
		"HL70162": hl7.Standard, "HL7": hl7.Unknown, "JHSP0003": hl7.Standard, "": hl7.Unnamed, "XYZ": hl7.Unknown} {
		if hl7.KindOf(s) != want {
			t.Errorf("%q is %d", s, hl7.KindOf(s))
		}
	}
}
