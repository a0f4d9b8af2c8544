package copy

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Verdict is what is said of a generation.
type Verdict string

// The verdicts. Clean says that nothing of what was looked at crossed a limit,
// and nothing more.
const (
	Clean      Verdict = "clean"
	Suspect    Verdict = "suspect"
	Unreadable Verdict = "unreadable"
	NotChecked Verdict = "not_checked"
)

// Mark is how the verdict is shown.
func (v Verdict) Mark() web.Mark {
	m := web.Mark{Level: web.Unclear, Say: text.M("copy.verdict." + string(v))}
	switch v {
	case Clean:
		m.Level = web.Done
	case Suspect:
		m.Level = web.Danger
	case Unreadable:
		m.Level = web.Danger
	}
	return m
}

// Depth is how far was looked.
type Depth string

// The depths. AtRun looks at what a run read; Quick at counts, sizes and a
// sample of contents; Full at every byte of the medium and every file.
const (
	DepthRun   Depth = "run"
	DepthQuick Depth = "quick"
	DepthFull  Depth = "full"
)

// Finding is one thing that was found wanting.
type Finding struct {
	Code   Code   `json:"code"`
	Weight Weight `json:"weight"`
	Count  int64  `json:"count"`
	Of     int64  `json:"of,omitempty"`   // of what was looked at or was there before
	Kind   string `json:"kind,omitempty"` // the data type it is about
	Day    int    `json:"day,omitempty"`  // YYYYMMDD
	// Examples name paths, which hold patients' numbers: they never stand in a
	// manifest.
	Examples []string `json:"examples,omitempty"`
	// Detail is the fault behind it, for CodeMedium and CodeSigned.
	Detail *text.Msg `json:"detail,omitempty"`
}

// Say is the finding in words.
func (f Finding) Say() text.Msg {
	if f.Detail != nil {
		return text.M("copy.finding."+string(f.Code)+".detail", *f.Detail)
	}
	day := any("")
	if f.Day > 0 {
		day = text.Day(timeOf(f.Day, time.UTC))
	}
	return text.M("copy.finding."+string(f.Code), f.Count, f.Of, f.Kind, day)
}

// Mark is how the finding is shown.
func (f Finding) Mark() web.Mark {
	if f.Weight == Suspects {
		return web.Mark{Level: web.Danger, Say: text.M("copy.weight.suspects")}
	}
	return web.Mark{Level: web.Info, Say: text.M("copy.weight.notes")}
}

// Judgement is what was found of a generation, and by looking at what.
type Judgement struct {
	Verdict  Verdict   `json:"verdict"`
	Depth    Depth     `json:"depth"`
	At       time.Time `json:"at"`
	Files    int64     `json:"files"`    // of the generation
	Looked   int64     `json:"looked"`   // whose content was looked at
	Compared string    `json:"compared"` // the generation it was compared with; "" is none
	Findings []Finding `json:"findings,omitempty"`
	NotDone  []Gap     `json:"not_done,omitempty"`
}

// Gap names something that was not looked at: its text is "copy.gap.<gap>".
type Gap string

// What may not have been looked at.
const (
	GapContent  Gap = "content"  // no key: contents stay sealed
	GapKept     Gap = "kept"     // contents of files that did not change were not read again
	GapSample   Gap = "sample"   // contents beyond the sample
	GapBytes    Gap = "bytes"    // the medium's bytes were not read through
	GapBefore   Gap = "before"   // nothing to compare with
	GapLog      Gap = "log"      // the transaction storage was not replayed, or there is none
	GapIndex    Gap = "index"    // the index export was not read, or there is none
	GapSigned   Gap = "signed"   // nobody said whose signature counts
	GapFiles    Gap = "files"    // the list of files was not opened
	GapMeaning  Gap = "meaning"  // whether what is written is right cannot be seen by a machine
	GapRhythm   Gap = "rhythm"   // nothing says up to when the days should be full
	GapManifest Gap = "manifest" // a plain folder has no signature
)

// Say is the gap in words.
func (g Gap) Say() text.Msg { return text.M("copy.gap." + string(g)) }

// add puts a finding in and lets the verdict follow.
func (j *Judgement) add(l *Limits, f Finding) {
	j.Findings = append(j.Findings, f)
	slices.SortStableFunc(j.Findings, func(a, b Finding) int {
		if a.Weight != b.Weight {
			if a.Weight == Suspects {
				return -1
			}
			return 1
		}
		return l.rank(a.Code) - l.rank(b.Code)
	})
	if f.Weight == Suspects && j.Verdict != Unreadable {
		j.Verdict = Suspect
	}
}

// clear is the judgement without examples, for the manifest.
func (j Judgement) clear() Judgement {
	j.Findings = slices.Clone(j.Findings)
	for i := range j.Findings {
		j.Findings[i].Examples, j.Findings[i].Detail = nil, nil
	}
	return j
}

// worst gives the worse of two verdicts; NotChecked yields to any other.
func worst(a, b Verdict) Verdict {
	rank := func(v Verdict) int {
		return slices.Index([]Verdict{NotChecked, Clean, Suspect, Unreadable}, v)
	}
	if rank(a) >= rank(b) {
		return a
	}
	return b
}
