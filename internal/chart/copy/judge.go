package copy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/torideproject/toride/ssmix2"
)

// judge weighs what a run saw against the limits and the generations before.
func judge(l *Limits, f *facts, past []Past, accepted []string, asOf time.Time) Judgement {
	j := Judgement{Verdict: Clean, Depth: DepthRun, At: asOf, Files: f.Files, Looked: f.Looked, NotDone: []Gap{GapKept, GapMeaning}}
	judgeContent(&j, l, f, usual(past, accepted))
	judgeOld(&j, l, f, asOf)
	judgeRhythm(&j, l, f.kinds, asOf.In(f.zone))
	if n := len(past); n > 0 {
		j.Compared = past[n-1].ID
		judgeBefore(&j, l, before{files: f.Files, bytes: f.Bytes, kinds: f.kinds}, past)
		judgeBurst(&j, l, f.New+f.Changed, f.Files, past)
		inherit(&j, l, past[n-1], accepted)
	} else {
		j.NotDone = append(j.NotDone, GapBefore)
	}
	return j
}

// inherit takes over from the generation before what stays in files that are
// kept: encrypted ones are not read again, and deleted ones are not missed
// twice. It ends when people accept that generation. What concerns single days
// is judged anew each night.
func inherit(j *Judgement, l *Limits, last Past, accepted []string) {
	if last.Note.Verdict != Suspect || slices.Contains(accepted, last.ID) {
		return
	}
	for _, f := range last.Note.Findings {
		switch f.Code {
		case CodeNote, CodeEnding, CodeEncrypted, CodeSilent, CodeUnparsable, CodeEmpty, CodeInPlace, CodeOld, CodeShrunk, CodeLight, CodeKindLess, CodeInherited:
			if f.Weight == Suspects {
				j.add(l, Finding{Code: CodeInherited, Weight: l.of(CodeInherited).Weight, Count: 1, Kind: last.ID})
				return
			}
		}
	}
}

// judgeContent weighs what stands in files and how they are named.
func judgeContent(j *Judgement, l *Limits, f *facts, usual map[Code]float64) {
	for _, c := range slices.SortedFunc(maps.Keys(f.counts), func(a, b Code) int { return cmp.Compare(l.rank(a), l.rank(b)) }) {
		n, of := f.counts[c], f.Looked
		switch c {
		case CodeInPlace, CodeCarried, CodeLinks, CodeNames, CodeIncomplete, CodeLayout, CodeFuture:
			of = f.Files
		}
		x := Finding{Code: c, Count: n, Of: of, Examples: f.examples[c]}
		if share := usual[c]; share > 0 && float64(n) <= 2*share*float64(of) {
			x.Weight = Notes
			j.add(l, x)
			continue
		}
		weighed(j, l, x)
	}
}

// weighed adds a finding: with its limit's weight beyond the limit, as a note
// below it.
func weighed(j *Judgement, l *Limits, f Finding) {
	limit := l.of(f.Code)
	f.Weight = Notes
	if f.Count >= limit.Least && float64(f.Count) >= limit.Share*float64(f.Of) {
		f.Weight = limit.Weight
	}
	j.add(l, f)
}

// usual is the share of files that look odd in generations that are clean or
// were accepted: some hospitals keep files of a maker's own format, or names
// with endings of their own. What two people once took for right, up to twice
// as much of it, is not suspect each night anew.
func usual(past []Past, accepted []string) map[Code]float64 {
	share := map[Code]float64{}
	for _, p := range past[max(0, len(past)-14):] {
		if p.Note.Verdict != Clean && !slices.Contains(accepted, p.ID) {
			continue
		}
		for _, f := range p.Note.Findings {
			switch f.Code {
			case CodeEncrypted, CodeUnparsable, CodeEmpty, CodeEnding:
				if f.Of > 0 {
					share[f.Code] = max(share[f.Code], float64(f.Count)/float64(f.Of))
				}
			}
		}
	}
	return share
}

// judgeOld counts changes to days that should rest by now.
func judgeOld(j *Judgement, l *Limits, f *facts, asOf time.Time) {
	limit := l.of(CodeOld)
	rest := dayNumber(asOf.In(f.zone).AddDate(0, 0, -limit.Days))
	var old int64
	var days []int
	for day, n := range f.touched {
		if day < rest {
			old += n
			days = append(days, day)
		}
	}
	if old >= limit.Least && float64(old) >= limit.Share*float64(f.Files) {
		slices.Sort(days)
		j.add(l, Finding{Code: CodeOld, Weight: limit.Weight, Count: old, Of: int64(len(days)), Day: days[0]})
	}
}

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return y*10000 + int(m)*100 + d
}

// before is a generation in numbers.
type before struct {
	files, bytes int64
	kinds        map[string]map[int]int64
}

// judgeBefore compares with the newest generation before.
func judgeBefore(j *Judgement, l *Limits, now before, past []Past) {
	last := past[len(past)-1]
	if less := last.Files - now.files; exceeds(l.of(CodeShrunk), less, last.Files) {
		j.add(l, Finding{Code: CodeShrunk, Weight: l.of(CodeShrunk).Weight, Count: less, Of: last.Files})
	}
	if less := last.Bytes - now.bytes; exceeds(l.of(CodeLight), less, last.Bytes) {
		j.add(l, Finding{Code: CodeLight, Weight: l.of(CodeLight).Weight, Count: less, Of: last.Bytes})
	}
	if last.Counts == nil {
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(last.Counts)) {
		had, has := sum(last.Counts[kind]), sum(now.kinds[kind])
		if less := had - has; exceeds(l.of(CodeKindLess), less, had) {
			j.add(l, Finding{Code: CodeKindLess, Weight: l.of(CodeKindLess).Weight, Count: less, Of: had, Kind: kind})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(now.kinds)) {
		if n := sum(now.kinds[kind]); last.Counts[kind] == nil && n >= l.of(CodeKindNew).Least {
			j.add(l, Finding{Code: CodeKindNew, Weight: l.of(CodeKindNew).Weight, Count: n, Kind: kind})
		}
	}
}

func exceeds(limit Limit, less, of int64) bool {
	return less > 0 && less >= limit.Least && float64(less) >= limit.Share*float64(of)
}

func sum(days map[int]int64) (n int64) {
	for _, c := range days {
		n += c
	}
	return n
}

// judgeBurst compares how much was written with the incremental runs before.
func judgeBurst(j *Judgement, l *Limits, written, files int64, past []Past) {
	limit := l.of(CodeBurst)
	var most int64
	runs := 0
	for _, p := range past[max(0, len(past)-14):] {
		if !p.Full {
			most = max(most, p.Added)
			runs++
		}
	}
	if runs < 3 || !exceeds(limit, written, files) || float64(written) < limit.Factor*float64(most) {
		return
	}
	j.add(l, Finding{Code: CodeBurst, Weight: limit.Weight, Count: written, Of: most})
}

// rhythmDays is how many days before the last ones say what is usual.
const rhythmDays = 56

// judgeRhythm compares the last days of each type with the eight weeks before.
// A public holiday looks like a Sunday: what counts as far fewer, or none, must
// be so in comparison with every day of those weeks.
func judgeRhythm(j *Judgement, l *Limits, kinds map[string]map[int]int64, asOf time.Time) {
	judgeStalled(j, l, kinds, asOf)
	stopped, few, many := l.of(CodeStopped), l.of(CodeFew), l.of(CodeMany)
	span := max(1, stopped.Days)
	yesterday := asOf.AddDate(0, 0, -1)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if kind == otherKind || kind == "OMD" { // meals are often written in one go at discharge
			continue
		}
		days, day := kinds[kind], dayNumber(yesterday)
		at := func(back int) int64 { return days[dayNumber(yesterday.AddDate(0, 0, -back))] }
		least, most, known := int64(-1), int64(0), 0
		for back := span; back < span+rhythmDays; back++ {
			n := at(back)
			most = max(most, n)
			if n > 0 {
				known++
			}
			if least < 0 || n < least {
				least = n
			}
		}
		if known < rhythmDays/2 { // too rare, or too young, to have a rhythm
			continue
		}
		var lately int64
		for back := range span {
			lately += at(back)
		}
		week, weeks := int64(0), int64(-1) // the last seven days, and the least of the weeks before
		for w := range 1 + rhythmDays/7 {
			var n int64
			for back := 7 * w; back < 7*w+7; back++ {
				n += at(back)
			}
			if w == 0 {
				week = n
			} else if weeks < 0 || n < weeks {
				weeks = n
			}
		}
		switch {
		case week == 0 && weeks >= stopped.Least: // types that rest on Sundays
			j.add(l, Finding{Code: CodeStopped, Weight: stopped.Weight, Count: 7, Of: weeks, Kind: kind, Day: day})
		case lately == 0 && least >= stopped.Least:
			j.add(l, Finding{Code: CodeStopped, Weight: stopped.Weight, Count: int64(span), Of: least, Kind: kind, Day: day})
		case least >= few.Least && float64(at(0)) < few.Factor*float64(least):
			j.add(l, Finding{Code: CodeFew, Weight: few.Weight, Count: at(0), Of: least, Kind: kind, Day: day})
		}
		if n := at(0); n >= many.Least && float64(n) > many.Factor*float64(most) {
			j.add(l, Finding{Code: CodeMany, Weight: many.Weight, Count: n, Of: most, Kind: kind, Day: day})
		}
	}
}

// isStandard reports whether a kind is a type of standard storage.
func isStandard(kind string) bool {
	_, ok := ssmix2.TypeOf(kind)
	return ok
}
