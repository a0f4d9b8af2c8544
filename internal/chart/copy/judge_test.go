package copy

import (
	"slices"
	"testing"
	"time"
)

// year gives a count for each day of the ninety before as-of.
func year(asOf time.Time, n func(day time.Time) int64) map[int]int64 {
	out := map[int]int64{}
	for back := 1; back <= 90; back++ {
		day := asOf.AddDate(0, 0, -back)
		if c := n(day); c > 0 {
			out[dayNumber(day)] = c
		}
	}
	return out
}

func found(t *testing.T, kinds map[string]map[int]int64, asOf time.Time) (suspects, notes []Code) {
	t.Helper()
	l, err := DefaultLimits()
	if err != nil {
		t.Fatal(err)
	}
	j := Judgement{Verdict: Clean}
	judgeRhythm(&j, l, kinds, asOf)
	for _, f := range j.Findings {
		if f.Weight == Suspects {
			suspects = append(suspects, f.Code)
		} else {
			notes = append(notes, f.Code)
		}
	}
	if (j.Verdict == Suspect) != (len(suspects) > 0) {
		t.Errorf("verdict %s with %v", j.Verdict, suspects)
	}
	return suspects, notes
}

func TestJudgeRhythm(t *testing.T) {
	t.Parallel()
	asOf := time.Date(2026, 11, 24, 2, 0, 0, 0, time.FixedZone("JST", 9*3600)) // Tuesday; Monday 23rd is a holiday
	week := func(day time.Time) int64 {
		if day.Weekday() == time.Sunday || day.Day() == 23 && day.Month() == 11 {
			return 40
		}
		return 400
	}
	since := func(days int, then func(time.Time) int64) func(time.Time) int64 {
		return func(day time.Time) int64 {
			if day.After(asOf.AddDate(0, 0, -days-1)) {
				return then(day)
			}
			return week(day)
		}
	}
	none := func(time.Time) int64 { return 0 }
	closed := func(day time.Time) int64 {
		if day.Weekday() == time.Sunday {
			return 0
		}
		return 100
	}
	for name, x := range map[string]struct {
		days           map[int]int64
		suspect, noted []Code
	}{
		"a holiday":             {year(asOf, week), nil, nil},
		"stopped for two days":  {year(asOf, since(2, none)), []Code{CodeStopped}, nil},
		"stopped for one day":   {year(asOf, since(1, none)), nil, []Code{CodeFew}},
		"a tenth":               {year(asOf, since(1, func(time.Time) int64 { return 5 })), nil, []Code{CodeFew}},
		"six times as many":     {year(asOf, since(1, func(time.Time) int64 { return 2500 })), []Code{CodeMany}, nil},
		"closed on Sundays":     {year(asOf, closed), nil, nil},
		"closed for a week":     {year(asOf, func(d time.Time) int64 { return closed(d) * b(d.Before(asOf.AddDate(0, 0, -8))) }), []Code{CodeStalled, CodeStopped}, nil},
		"silent for a month":    {year(asOf, since(30, none)), []Code{CodeStalled}, nil},
		"silent for a year":     {year(asOf.AddDate(-1, 0, 0), week), []Code{CodeStalled}, nil},
		"rare, then nothing":    {year(asOf.AddDate(0, -1, 0), func(d time.Time) int64 { return b(d.Day() == 5) }), nil, nil},
		"rare":                  {year(asOf, func(d time.Time) int64 { return b(d.Day() == 5) }), nil, nil},
		"new since three weeks": {year(asOf, func(d time.Time) int64 { return 50 * b(d.After(asOf.AddDate(0, 0, -21))) }), nil, nil},
	} {
		s, n := found(t, map[string]map[int]int64{"OML-11": x.days}, asOf)
		if !slices.Equal(s, x.suspect) || !slices.Equal(n, x.noted) {
			t.Errorf("%s: suspects %v, notes %v", name, s, n)
		}
	}
}

func b(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

func TestJudge_BurstOldAndInherited(t *testing.T) {
	t.Parallel()
	l, err := DefaultLimits()
	if err != nil {
		t.Fatal(err)
	}
	asOf := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	var past []Past
	for i := range 5 {
		past = append(past, Past{ID: generation(i + 1), Files: 100_000, Bytes: 1e9, Added: 900, Note: Judgement{Verdict: Clean}})
	}
	f := newFacts()
	f.zone, f.Files, f.Bytes, f.New, f.Looked = time.UTC, 100_900, 1e9, 900, 900
	if j := judge(l, &f, past, nil, asOf); j.Verdict != Clean || j.Compared != "000005" {
		t.Errorf("a usual night: %+v", j)
	}
	f.New, f.touched[20260101] = 12_000, 3000
	j := judge(l, &f, past, nil, asOf)
	if got := suspects(j); !slices.Equal(got, []Code{CodeOld, CodeBurst}) {
		t.Errorf("a burst: %v", got)
	}
	past[4].Note = j
	f.New, f.touched = 900, map[int]int64{}
	if got := suspects(judge(l, &f, past, nil, asOf)); !slices.Equal(got, []Code{CodeInherited}) {
		t.Errorf("the night after: %v", got)
	}
	if got := suspects(judge(l, &f, past, []string{"000005"}, asOf)); len(got) > 0 {
		t.Errorf("after it was accepted: %v", got)
	}
}

// A maker's own format that two people accepted once is not suspect each night
// anew; more than twice as much of it is.
func TestJudge_UsualShare(t *testing.T) {
	t.Parallel()
	l, err := DefaultLimits()
	if err != nil {
		t.Fatal(err)
	}
	asOf := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	past := []Past{{ID: "000001", Files: 1000, Bytes: 1e6, Note: Judgement{Verdict: Suspect, Findings: []Finding{{Code: CodeEncrypted, Weight: Suspects, Count: 20, Of: 1000}}}}}
	f := newFacts()
	f.zone, f.Files, f.Bytes, f.Looked = time.UTC, 1000, 1e6, 1000
	for _, x := range []struct {
		n        int64
		accepted []string
		want     []Code
	}{
		{30, nil, []Code{CodeEncrypted, CodeInherited}},
		{30, []string{"000001"}, nil},
		{60, []string{"000001"}, []Code{CodeEncrypted}},
	} {
		f.counts[CodeEncrypted] = x.n
		if got := suspects(judge(l, &f, past, x.accepted, asOf)); !slices.Equal(got, x.want) {
			t.Errorf("%d, accepted %v: %v", x.n, x.accepted, got)
		}
	}
}

func generation(n int) string { return "00000" + string(rune('0'+n)) }

func suspects(j Judgement) (out []Code) {
	for _, f := range j.Findings {
		if f.Weight == Suspects {
			out = append(out, f.Code)
		}
	}
	return out
}

func TestParseLimits_RefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "{", `{"limits":[{"code":"x","weight":"bad"}]}`, `{"limits":[{"code":"x","weight":"notes"},{"code":"x","weight":"notes"}]}`, `{"limits":[{"code":"x","weight":"notes","share":2}]}`} {
		if _, err := ParseLimits([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
