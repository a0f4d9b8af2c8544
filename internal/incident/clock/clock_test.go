package clock_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/pack"
)

func calendar(t testing.TB, added ...clock.Holiday) *clock.Calendar {
	t.Helper()
	h, err := clock.ShippedHolidays()
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.NewCalendar(h, added)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t testing.TB, s string) clock.Day {
	t.Helper()
	d, err := clock.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rules(t testing.TB) clock.Rules {
	t.Helper()
	r, err := clock.ShippedRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tokyo() *time.Location { return time.FixedZone("JST", 9*3600) }

// The vectors of the fact sheet on regulation, §3.1, and the days around the
// turn of the year where the rule bites.
func TestLast_Vectors(t *testing.T) {
	t.Parallel()
	cal := calendar(t)
	for _, v := range []struct{ known, day3, day5, d30, raw60, d60 string }{
		{"2022-10-31", "2022-11-02", "2022-11-04", "2022-11-29", "2022-12-29", "2023-01-04"},
		{"2021-10-31", "2021-11-02", "2021-11-04", "2021-11-29", "2021-12-29", "2022-01-04"},
		{"2024-05-20", "2024-05-22", "2024-05-24", "2024-06-18", "2024-07-18", "2024-07-18"},
		{"2026-09-02", "2026-09-04", "2026-09-06", "2026-10-01", "2026-10-31", "2026-11-02"},
		{"2026-11-01", "2026-11-03", "2026-11-05", "2026-11-30", "2026-12-30", "2027-01-04"},
	} {
		known := day(t, v.known)
		d60 := cal.Last(known, 60)
		got := fmt.Sprint(clock.Count(known, 3), clock.Count(known, 5), cal.Last(known, 30).Day, d60.Raw, d60.Day)
		want := fmt.Sprint(day(t, v.day3), day(t, v.day5), day(t, v.d30), day(t, v.raw60), day(t, v.d60))
		if got != want {
			t.Errorf("known %s:\n got %s\nwant %s", v.known, got, want)
		}
		if !d60.Sure() {
			t.Errorf("known %s: not sure: %+v", v.known, d60)
		}
	}
}

func TestLast_PassesOverHolidays(t *testing.T) {
	t.Parallel()
	cal := calendar(t)
	for _, v := range []struct {
		raw, want string
		steps     int
	}{
		{"2024-05-03", "2024-05-07", 4}, // Fri holiday, Sat, Sun holiday, Mon substitute
		{"2026-09-19", "2026-09-24", 5}, // Sat, Sun, holiday, day between two holidays, equinox
		{"2021-08-07", "2021-08-10", 3}, // moved for the games of 2021
		{"2025-12-28", "2026-01-05", 8}, // Sunday, year end, then Sunday 4 January
		{"2022-12-28", "2022-12-28", 0},
	} {
		due := cal.Last(day(t, v.raw), 1)
		if due.Day != day(t, v.want) || len(due.Steps) != v.steps {
			t.Errorf("%s: got %s over %d days, want %s over %d", v.raw, due.Day, len(due.Steps), v.want, v.steps)
		}
	}
}

func TestLast_MissingYearIsSaid(t *testing.T) {
	t.Parallel()
	cal := calendar(t)
	due := cal.Last(day(t, "2030-02-10"), 30)
	if len(due.MissingYears) != 1 || due.MissingYears[0] != 2030 || due.Sure() {
		t.Errorf("2030 is not covered, but the date is given without a warning: %+v", due)
	}
	// The year decides even when the search only enters it over the year end.
	due = cal.Last(day(t, "2028-12-30"), 1)
	if due.Day != day(t, "2029-01-04") || len(due.MissingYears) != 1 {
		t.Errorf("turn of 2028: %+v", due)
	}
	if due := cal.Last(day(t, "2026-11-04"), 1); !due.Sure() {
		t.Errorf("2026-11-04 is covered: %+v", due)
	}
}

func TestLast_ComputedEquinoxIsSaid(t *testing.T) {
	t.Parallel()
	// 2028-09-22 is computed: it stands on the way, or next to the last day.
	for _, raw := range []string{"2028-09-22", "2028-09-21"} {
		if due := calendar(t).Last(day(t, raw), 1); len(due.Computed) != 1 {
			t.Errorf("%s: computed equinox not named: %+v", raw, due)
		}
	}
	confirmed := clock.Holiday{Day: "2028-09-22", Name: pack.Words{JA: "秋分の日", EN: "Autumnal Equinox Day"}}
	due := calendar(t, confirmed).Last(day(t, "2028-09-22"), 1)
	if !due.Sure() || due.Day != day(t, "2028-09-25") {
		t.Errorf("confirmed by the hospital: %+v", due)
	}
}

func TestLast_AddedDay(t *testing.T) {
	t.Parallel()
	added := clock.Holiday{Day: "2026-12-01", Name: pack.Words{JA: "臨時の休日", EN: "Extra holiday"}}
	due := calendar(t, added).Last(day(t, "2026-11-02"), 30)
	if due.Day != day(t, "2026-12-02") || !due.Steps[0].Holiday.Added {
		t.Errorf("got %+v", due)
	}
}

// Every closed day in a row for a year must end, not loop.
func TestLast_EndsOnFullCalendar(t *testing.T) {
	t.Parallel()
	var added []clock.Holiday
	for i := range 366 {
		added = append(added, clock.Holiday{Day: day(t, "2026-01-01").Add(i).String(), Name: pack.Words{JA: "休", EN: "closed"}})
	}
	due := calendar(t, added...).Last(day(t, "2026-02-01"), 1)
	if len(due.Steps) > 31 {
		t.Errorf("%d steps", len(due.Steps))
	}
}

// The pack must say what the Act says: the test derives each year's holidays
// from the rules and compares.
func TestShippedHolidays_FollowTheAct(t *testing.T) {
	t.Parallel()
	cal := calendar(t)
	for _, year := range cal.Years() {
		want := fromAct(year)
		_, got := cal.Year(year)
		names := map[string]string{}
		for _, h := range got {
			names[h.Day] = h.Name.JA
		}
		for d, name := range want {
			if names[d] != name {
				t.Errorf("%s: pack says %q, the Act %q", d, names[d], name)
			}
		}
		if len(names) != len(want) {
			t.Errorf("%d: pack has %d days, the Act %d", year, len(names), len(want))
		}
	}
}

func fromAct(year int) map[string]string {
	date := func(m, d int) string { return fmt.Sprintf("%04d-%02d-%02d", year, m, d) }
	monday := func(m, n int) string {
		first := time.Date(year, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
		off := (int(time.Monday) - int(first.Weekday()) + 7) % 7
		return date(m, 1+off+7*(n-1))
	}
	equinox := func(base float64) int {
		return int(base+0.242194*float64(year-1980)) - (year-1980)/4
	}
	h := map[string]string{
		date(1, 1): "元日", monday(1, 2): "成人の日", date(2, 11): "建国記念の日", date(2, 23): "天皇誕生日",
		date(3, equinox(20.8431)): "春分の日", date(4, 29): "昭和の日", date(5, 3): "憲法記念日",
		date(5, 4): "みどりの日", date(5, 5): "こどもの日", monday(9, 3): "敬老の日",
		date(9, equinox(23.2488)): "秋分の日", date(11, 3): "文化の日", date(11, 23): "勤労感謝の日",
	}
	if year == 2021 { // Act on Special Measures for the Tokyo Games
		h[date(7, 22)], h[date(7, 23)], h[date(8, 8)] = "海の日", "スポーツの日", "山の日"
	} else {
		h[monday(7, 3)], h[monday(10, 2)], h[date(8, 11)] = "海の日", "スポーツの日", "山の日"
	}
	base := map[string]bool{}
	for d := range h {
		base[d] = true
	}
	for d := range base {
		t0, _ := time.Parse(time.DateOnly, d)
		if t0.Weekday() == time.Sunday {
			next := t0.AddDate(0, 0, 1)
			for base[next.Format(time.DateOnly)] {
				next = next.AddDate(0, 0, 1)
			}
			h[next.Format(time.DateOnly)] = "振替休日"
		}
		mid, end := t0.AddDate(0, 0, 1).Format(time.DateOnly), t0.AddDate(0, 0, 2).Format(time.DateOnly)
		if _, taken := h[mid]; base[end] && !taken {
			h[mid] = "国民の休日"
		}
	}
	return h
}

func TestRun_FactsStartClocks(t *testing.T) {
	t.Parallel()
	r, cal := rules(t), calendar(t)
	known := time.Date(2022, 10, 31, 7, 45, 0, 0, tokyo())
	fact := func(id string, at time.Time, answers map[string]clock.Answer) clock.Fact {
		return clock.Fact{ID: id, KnownAt: at, Answers: answers}
	}
	ids := func(cs []clock.Clock) string {
		s := ""
		for _, c := range cs {
			s += c.Rule.ID
			if c.Reference {
				s += "(ref)"
			}
			s += " "
		}
		return s
	}
	for name, v := range map[string]struct {
		facts []clock.Fact
		want  string
	}{
		"nothing recorded": {nil, ""},
		"all no":           {[]clock.Fact{fact("a", known, map[string]clock.Answer{"sensitive": "no", "financial": "no", "malicious": "no", "many": "no"})}, ""},
		"only unknown":     {[]clock.Fact{fact("a", known, map[string]clock.Answer{"sensitive": "unknown"})}, ""},
		"misdelivery":      {[]clock.Fact{fact("a", known, map[string]clock.Answer{"sensitive": "yes", "malicious": "no"})}, "prompt final30 notice "},
		"ransomware":       {[]clock.Fact{fact("a", known, map[string]clock.Answer{"sensitive": "may", "malicious": "may"})}, "prompt final30(ref) final60 notice "},
		"theft only":       {[]clock.Fact{fact("a", known, map[string]clock.Answer{"malicious": "yes"})}, "prompt final60 notice "},
	} {
		if got := ids(clock.Run(r, cal, tokyo(), v.facts)); got != v.want {
			t.Errorf("%s: got %q, want %q", name, got, v.want)
		}
	}
	later := fact("later", known.Add(72*time.Hour), map[string]clock.Answer{"malicious": "may"})
	early := fact("early", known, map[string]clock.Answer{"sensitive": "may"})
	cs := clock.Run(r, cal, tokyo(), []clock.Fact{later, early})
	if cs[0].Fact != "early" || cs[2].Fact != "later" || cs[2].Known != day(t, "2022-11-03") {
		t.Errorf("the earliest fact that starts a clock counts for it: %+v", cs)
	}
	if got := cs[0].Target(); got != day(t, "2022-11-04") {
		t.Errorf("preliminary report: target %s", got)
	}
}

// A quarter to eight in Tokyo is the day before in UTC: the hospital's day counts.
func TestRun_DayIsTheHospitals(t *testing.T) {
	t.Parallel()
	at := time.Date(2022, 10, 30, 22, 45, 0, 0, time.UTC)
	cs := clock.Run(rules(t), calendar(t), tokyo(), []clock.Fact{{KnownAt: at, Answers: map[string]clock.Answer{"malicious": "yes"}}})
	if cs[0].Known != day(t, "2022-10-31") || cs[1].Due.Day != day(t, "2023-01-04") {
		t.Errorf("got %+v", cs)
	}
	end := cs[1].Due.Day.End(tokyo())
	if !end.Equal(time.Date(2023, 1, 5, 0, 0, 0, 0, tokyo())) {
		t.Errorf("ends at %s", end)
	}
}

func TestRun_BeforeTheRules(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 10, 31, 3, 0, 0, 0, tokyo())
	cs := clock.Run(rules(t), calendar(t), tokyo(), []clock.Fact{{KnownAt: at, Answers: map[string]clock.Answer{"malicious": "yes"}}})
	if !cs[0].BeforeRule {
		t.Error("2021 is before these rules took effect, and that must be said")
	}
}

func TestFact_OpenQuestions(t *testing.T) {
	t.Parallel()
	f := clock.Fact{Answers: map[string]clock.Answer{"sensitive": clock.Yes, "many": clock.NotKnown, "malicious": clock.No}}
	var ids []string
	for _, c := range f.OpenQuestions(rules(t)) {
		ids = append(ids, c.ID)
	}
	if fmt.Sprint(ids) != "[financial many]" {
		t.Errorf("open: %v", ids)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	missing, computed := calendar(t).Coverage(day(t, "2028-06-01"), day(t, "2029-05-31"))
	if fmt.Sprint(missing) != "[2029]" || len(computed) != 1 {
		t.Errorf("missing %v, computed %v", missing, computed)
	}
}

func FuzzParseHolidays(f *testing.F) {
	f.Add([]byte(`{"head":{},"years":[{"year":2026,"standing":"official","holidays":[{"day":"2026-01-01","name":{"ja":"元日","en":"x"}}]}]}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := clock.ParseHolidays(data)
		if err == nil && len(h.Years) == 0 {
			t.Error("a pack without years was taken")
		}
	})
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte(`{"head":{},"categories":[],"clocks":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := clock.ParseRules(data); err == nil && len(r.Clocks) == 0 {
			t.Error("rules without clocks were taken")
		}
	})
}

func BenchmarkRun(b *testing.B) {
	r, cal := rules(b), calendar(b)
	facts := []clock.Fact{{KnownAt: time.Date(2022, 10, 31, 7, 45, 0, 0, tokyo()), Answers: map[string]clock.Answer{"malicious": "may", "sensitive": "may"}}}
	b.ReportAllocs()
	for b.Loop() {
		if len(clock.Run(r, cal, tokyo(), facts)) != 4 {
			b.Fatal("clocks missing")
		}
	}
}
