package comply

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/reading"
)

func TestFiscalYear_BeginsInApril(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]int{"2026-03-31": 2025, "2026-04-01": 2026, "2027-01-04": 2026} {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := FiscalYear(d); got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
	if a, b := YearBounds(2026); a != "2026-04-01" || b != "2027-03-31" {
		t.Errorf("bounds %s %s", a, b)
	}
}

func TestAnswer_Warnings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a    Answer
		want []string
	}{
		"open":             {Answer{}, nil},
		"yes":              {Answer{Value: Yes, Confirmed: "2026-10-01", Who: "架空"}, nil},
		"yes, no day":      {Answer{Value: Yes, Who: "架空"}, []string{"comply.warn.noconfirmed"}},
		"yes, in future":   {Answer{Value: Yes, Confirmed: "2026-11-03", Who: "架空"}, []string{"comply.warn.confirmedfuture"}},
		"yes, last year":   {Answer{Value: Yes, Confirmed: "2026-03-31", Who: "架空"}, []string{"comply.warn.confirmedyear"}},
		"copied":           {Answer{Value: Yes, Copied: true, Who: "架空"}, []string{"comply.warn.copied"}},
		"nobody":           {Answer{Value: Yes, Confirmed: "2026-10-01"}, []string{"comply.warn.nowho"}},
		"no":               {Answer{Value: No, Confirmed: "2026-10-01", Target: "2027-03-31", Who: "架空"}, nil},
		"no, no target":    {Answer{Value: No, Confirmed: "2026-10-01", Who: "架空"}, []string{"comply.warn.notarget"}},
		"no, next year":    {Answer{Value: No, Confirmed: "2026-10-01", Target: "2027-04-01", Who: "架空"}, []string{"comply.warn.targetyear"}},
		"no, target past":  {Answer{Value: No, Confirmed: "2026-10-01", Target: "2026-11-01", Who: "架空"}, []string{"comply.warn.targetpast"}},
		"no, target today": {Answer{Value: No, Confirmed: "2026-10-01", Target: "2026-11-02", Who: "架空"}, nil},
	} {
		var got []string
		for _, m := range c.a.Warnings(2026, "2026-11-02") {
			got = append(got, m.Key)
		}
		if len(got) != len(c.want) || (len(got) > 0 && got[0] != c.want[0]) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestCount_RowsOfASheet(t *testing.T) {
	t.Parallel()
	bad := Evidence{Readings: []reading.Reading{{State: reading.Bad}}, Bad: 1}
	rows := []Row{
		{Answer: Answer{Value: Yes, Confirmed: "2026-10-01"}},
		{Answer: Answer{Value: Yes, Confirmed: "2026-10-01"}, Evidence: bad},
		{Answer: Answer{Value: No, Confirmed: "2026-10-01", Target: "2026-10-31"}},
		{Answer: Answer{Value: No, Confirmed: "2026-10-01"}},
		{Answer: Answer{Value: No}, Evidence: bad},
		{},
		{Answer: Answer{Value: Yes, Copied: true}},
		{Blank: true},
		{Skipped: true, Answer: Answer{Value: Yes}, Evidence: bad},
	}
	want := Progress{Total: 7, Yes: 2, No: 2, Missing: 3, Contradiction: 1, Overdue: 1, NoTarget: 2}
	if got := Count(rows, 2026, "2026-11-02"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEvidence_StatesStayApart(t *testing.T) {
	t.Parallel()
	state := func(states ...reading.State) reading.State {
		set, i := reading.Set{}, Item{}
		for n, s := range states {
			id := string(rune('a' + n))
			set[id] = reading.Reading{ID: id, State: s}
			i.Readings = append(i.Readings, id)
		}
		return EvidenceOf(i, set).State()
	}
	g, b, u, n := reading.Good, reading.Bad, reading.Unknown, reading.None
	for _, c := range []struct{ got, want reading.State }{
		{state(), u}, {state(g), g}, {state(g, b), b}, {state(g, u), u}, {state(n), n}, {state(n, u), u}, {state(g, n), g}, {state(u), u},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	e := EvidenceOf(Item{Readings: []string{"nobody.publishes.this"}}, reading.Set{})
	if e.State() != u || e.Unknown != 1 {
		t.Errorf("a reading that nobody published: %+v", e)
	}
	near := EvidenceOf(Item{Related: []string{"a"}}, reading.Set{"a": {State: b}})
	if near.State() != u || near.Wired() {
		t.Error("a related reading must not count")
	}
}
