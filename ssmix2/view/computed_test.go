package view_test

import (
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2/view"
)

func day(t testing.TB, s string) view.Day {
	t.Helper()
	d, ok := view.ParseDay(s)
	if !ok || d.String() != s {
		t.Fatalf("%q is no day", s)
	}
	return d
}

func has(notes []view.Note, code string) bool {
	for _, n := range notes {
		if n.Code == code {
			return true
		}
	}
	return false
}

func parse(t testing.TB, lines string) *hl7.Message {
	t.Helper()
	m, err := hl7.Parse([]byte("MSH|^~\\&|HIS|T|GW|R|20251002||RDE^O11^RDE_O11|1|P|2.5\r" + lines))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMedication_EndOfThePrescription(t *testing.T) {
	t.Parallel()
	drugs := read(t, "OMP-01").Prescription
	if len(drugs) != 7 {
		t.Fatalf("%d drugs", len(drugs))
	}
	for i, want := range []struct {
		end, rule, doubt string
		use              view.Usage // on 12 October
	}{
		{"20251006", "drug.end.days", "", view.Over},
		{"20251015", "drug.end.interval", "days.dosing_or_calendar", view.InUse}, // 7 doses every second day span 14 days
		{"20251026", "drug.end.weekdays", "days.dosing_or_calendar", view.InUse}, // Thursday first, the eighth dose is due on Monday 27
		{"", "drug.end.none", "", view.Open},
		{"", "drug.end.none", "", view.Open},
		{"20251008", "drug.end.days", "", view.Over},
		{"20251008", "drug.end.days", "", view.Stopped},
	} {
		end := drugs[i].End()
		if end.OK != (want.end != "") || end.OK && end.Value.String() != want.end || end.Rule != want.rule || want.doubt != "" && !has(end.Doubts, want.doubt) {
			t.Errorf("drug %d: %+v %s, want %s by %s", i, end, end.Value, want.end, want.rule)
		}
		if use := drugs[i].On(day(t, "20251012")); use.Value != want.use || !use.OK {
			t.Errorf("drug %d: %v, want %s", i, use, want.use)
		}
		if rp := drugs[i].Rp(); !rp.OK || rp.Value != string(rune('1'+i)) {
			t.Errorf("drug %d: Rp %+v", i, rp)
		}
	}
	if use := drugs[0].On(day(t, "20251001")); use.Value != view.Before {
		t.Errorf("a day early: %+v", use)
	}
	if use := drugs[0].On(day(t, "20251006")); use.Value != view.InUse {
		t.Errorf("the last day: %+v", use)
	}
	if use := drugs[3].On(day(t, "20260601")); use.Value != view.OpenOld {
		t.Errorf("months later: %+v", use)
	}
	if !drugs[3].External() || drugs[3].AsNeeded() || !drugs[4].AsNeeded() || drugs[0].AsNeeded() {
		t.Error("external and as needed are mixed up")
	}
	if drugs[3].Least.State != view.NoValue || drugs[3].Most.State != view.Empty {
		t.Errorf("null and empty are not apart: %+v %+v", drugs[3].Least, drugs[3].Most)
	}
	if fits := drugs[0].TotalFits(); !fits.OK || !fits.Value {
		t.Errorf("5 days of 3 are 15: %+v", fits)
	}
	if drugs[6].Life != view.Cancelled || drugs[6].Drug.Display == "" {
		t.Errorf("the cancelled drug: %+v", drugs[6].Life)
	}
}

func TestMedication_EndThatCannotBeKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tq1, end, doubt string }{
		{"TQ1|1||U&朝食後&99X|||7^D|20251002", "20251008", ""},
		{"TQ1|1||U&朝食後&99X|||7^W|20251002", "", "days.unknown"},
		{"TQ1|1||U&朝食後&99X|||7^D", "", "start.missing"},
		{"TQ1|1||U&隔日　朝食後&99X|||7^D|20251002", "", "interval.unknown"},
		{"TQ1|1||1011000400000000&朝食後&JAMISDP01~D0AK0000&毎月10日、20日&JAMISDP01|||7^D|20251002", "", "interval.unknown"},
		{"TQ1|1||1011000400000000&朝食後&JAMISDP01~W0000000&なし&JAMISDP01|||7^D|20251002", "", "interval.unknown"},
		{"TQ1|1||1011000400000000&朝食後&JAMISDP01~W0100100&月、木&JAMISDP01|||2^D|20251003", "20251012", "start.other_weekday"},
		{"TQ1|1||1011000400000000&朝食後&JAMISDP01~CW100000&週１回&JAMISDP01|||4^D|20251002", "20251029", "days.dosing_or_calendar"},
		{"TQ1|1||U&夕食後&99X|||7^D|2025100218", "20251008", "start.within_day"},
		{"TQ1|1||U&夕食後&99X|||7^D|20251002|2025100524", "20251005", "end.midnight"},
		{"TQ1|1||U&夕食後&99X|||99999999^D|20251002", "", "days.unknown"},
		{"TQ1|1||U&夕食後&99X|||-3^D|20251002", "", "days.unknown"},
		{"NTE|1||timing is missing", "", "timing.missing"},
	} {
		list := view.MedicationsOf(parse(t, "ORC|NW|1||1\rRXE||1^X^99T|1||TAB\r"+c.tq1+"\r"))
		end := list[0].End()
		if end.OK != (c.end != "") || end.OK && end.Value.String() != c.end || c.doubt != "" && !has(end.Doubts, c.doubt) {
			t.Errorf("%s: %s %+v, want %s %s", c.tq1, end.Value, end, c.end, c.doubt)
		}
	}
}

func TestPatient_Age(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		birth, on string
		age       int
		ok        bool
		doubt     string
	}{
		{"19470228", "20250227", 77, true, ""},
		{"19470228", "20250228", 78, true, ""},
		{"20000229", "20250228", 24, true, ""},
		{"20000229", "20250301", 25, true, ""},
		{"1947", "20250101", 78, true, "birth.year_only"},
		{"194705", "20250401", 77, true, "birth.month_only"},
		{"19470229", "20250401", 78, true, "birth.odd"},
		{"20251231", "20250401", 0, false, "birth.after_day"},
		{"M", "20250401", 0, false, "birth.missing"},
	} {
		p := view.PatientOf(parse(t, "PID|||1||||"+c.birth+"\r"))
		got := p.Age(day(t, c.on))
		if got.Value != c.age || got.OK != c.ok || c.doubt != "" && !has(got.Doubts, c.doubt) {
			t.Errorf("born %s, on %s: %+v", c.birth, c.on, got)
		}
	}
}

func TestResult_FlagIsSentOrComputed(t *testing.T) {
	t.Parallel()
	results := read(t, "OML-11").Lab.Panels[0].Results
	for i, want := range []struct {
		flag, rule string
	}{{"L", "flag.range"}, {"HH", "flag.sent"}, {"", "flag.range"}, {"", "flag.range"}, {"", "flag.range"}, {"", "flag.range"}, {"", "flag.range"}, {"", "flag.range"}} {
		if got := results[i].Flag(); got.Value != want.flag || got.Rule != want.rule || got.OK != (want.flag != "") {
			t.Errorf("%s: %+v, want %+v", results[i].Item.Display, got, want)
		}
	}
	for _, c := range []struct{ value, limits, flag string }{
		{"5.0", "3.5-5.0", "N"}, {"5.1", "3.5-5.0", "H"}, {"130", "<130", "H"}, {"129.9", "<130", "N"}, {"10", ">10", "L"}, {"10", "10以上", "N"}, {"10", "10未満", "H"},
		{"-14", "-30-90", "N"}, {"-31", "-30--10", "L"}, {"４．２", "３．５～５．０", "N"}, {"4", "", ""}, {"4", "陰性", ""}, {"4", "5-3", ""}, {"NaN", "1-2", ""}, {"2.3(±)", "1-2", ""}, {"<0.5", "1-2", ""},
	} {
		m := parse(t, "OBR|1\rOBX|1|NM|A^A^99T||"+c.value+"||"+c.limits+"||||F\r")
		r := view.PanelsOf(m).Panels[0].Results[0]
		if got := r.Flag(); got.Value != c.flag {
			t.Errorf("%s in %s: %+v, want %q", c.value, c.limits, got, c.flag)
		}
	}
}

func TestSortKey_QualitativeResults(t *testing.T) {
	t.Parallel()
	for shown, want := range map[string]view.Key{
		"(-)": {Class: view.Negative}, "陰性": {Class: view.Negative}, "  -": {Class: view.Negative}, "★陽性★": {Class: view.Positive, Number: 1},
		"（２＋）": {Class: view.Positive, Number: 2}, "+++": {Class: view.Positive, Number: 3}, "±": {Class: view.Borderline}, "1+↓": {Class: view.Borderline},
		"< 0.5": {Number: 0.5, Comparator: "<"}, "10以上": {Number: 10, Comparator: ">="}, "3 ミマン": {Number: 3, Comparator: "<"}, "＞１００": {Number: 100, Comparator: ">"}, "-3.2": {Number: -3.2},
	} {
		if got := view.SortKey(shown); !got.OK || got.Value != want {
			t.Errorf("%q: %+v, want %+v", shown, got, want)
		}
	}
	for _, shown := range []string{"", "1個～/100", "集菌:(-)", "3+ 貪食有", ":<0.5", "2.3(±)", "1e5", "0x10", "Inf", "--", "."} {
		if got := view.SortKey(shown); got.OK || got.Value.Class != view.OtherText {
			t.Errorf("%q: %+v is understood", shown, got)
		}
	}
}

func TestProblem_TitleAndStanding(t *testing.T) {
	t.Parallel()
	list := read(t, "PPR-01").Problems
	for i, want := range []struct {
		title, rule  string
		active, mask bool
		life         view.Life
		icd, class   string
	}{
		{"急性胃炎", "problem.name.parts", true, false, view.Live, "K29.7", "入院時"},
		{"架空症候群の疑い", "problem.name.sent", true, true, view.Live, "", ""},
		{"右大腿骨骨折術後", "problem.name.sent", false, false, view.Live, "S72.00", ""},
		{"感冒", "problem.name.parts", false, false, view.Deleted, "", ""},
	} {
		p := &list[i]
		if got := p.Title(); got.Value != want.title || got.Rule != want.rule {
			t.Errorf("%d: %+v", i, got)
		}
		if p.Active().Value != want.active || p.Confidential != want.mask || p.Life != want.life || p.ICD.Text != want.icd || p.Class.Display != want.class {
			t.Errorf("%d: %v %v %s %q %q", i, p.Active(), p.Confidential, p.Life, p.ICD.Text, p.Class.Display)
		}
	}
	if !list[0].Suspected() || !list[0].Main() || list[1].Main() {
		t.Error("suspected and main are mixed up")
	}
}

func TestTableName(t *testing.T) {
	t.Parallel()
	for table, code := range map[string]string{"HL70001": "F", "0112": "20", "JHSD0004": "H", "MR9P": "TAB", "0069": "10"} {
		if ja, en, ok := view.TableName(table, code); !ok || ja == "" || en == "" {
			t.Errorf("%s %s: %q %q", table, code, ja, en)
		}
	}
	if _, _, ok := view.TableName("0001", ""); ok {
		t.Error("no code has a name")
	}
	if _, _, ok := view.TableName("9999", "A"); ok {
		t.Error("an unknown table has a name")
	}
}
