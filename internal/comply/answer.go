package comply

import (
	"time"

	"github.com/torideproject/toride/internal/text"
)

// Value is an answer: はい, いいえ, or none yet.
type Value string

// The values. Open is no answer, which is neither yes nor no.
const (
	Open Value = ""
	Yes  Value = "yes"
	No   Value = "no"
)

// Answer is what a person said for one item of a sheet in a fiscal year.
type Answer struct {
	Value     Value
	Confirmed string // day 2006-01-02 on which it was confirmed (確認日), or empty
	Target    string // day by which a いいえ is to become はい (目標日), or empty
	Who       string // who confirmed it, as written
	Note      string
	// Copied says that the answer was taken over from an earlier year or
	// edition and nobody has confirmed it since.
	Copied bool
	At     time.Time
	By     string // the signed-in person who entered it
}

// Done reports whether the answer counts: it has a value, and a person gave
// the day on which it was confirmed.
func (a Answer) Done() bool { return a.Value != Open && a.Confirmed != "" && !a.Copied }

// FiscalYear is the fiscal year of a day: it begins on 1 April.
func FiscalYear(t time.Time) int {
	if t.Month() < time.April {
		return t.Year() - 1
	}
	return t.Year()
}

// YearBounds gives the first and the last day of a fiscal year as 2006-01-02.
func YearBounds(fy int) (first, last string) {
	return time.Date(fy, time.April, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
		time.Date(fy+1, time.March, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Warnings are what an inspector would ask about an answer. today is the day
// in the hospital's zone as 2006-01-02.
func (a Answer) Warnings(fy int, today string) []text.Msg {
	if a.Value == Open {
		return nil
	}
	var w []text.Msg
	first, last := YearBounds(fy)
	day := func(s string) any {
		if d, ok := text.ParseDay(s); ok {
			return d
		}
		return s
	}
	switch {
	case a.Copied:
		w = append(w, text.M("comply.warn.copied"))
	case a.Confirmed == "":
		w = append(w, text.M("comply.warn.noconfirmed"))
	case a.Confirmed > today:
		w = append(w, text.M("comply.warn.confirmedfuture", day(a.Confirmed)))
	case a.Confirmed < first || a.Confirmed > last:
		w = append(w, text.M("comply.warn.confirmedyear", day(a.Confirmed)))
	}
	if a.Value == No {
		switch {
		case a.Target == "":
			w = append(w, text.M("comply.warn.notarget", day(last)))
		case a.Target < first || a.Target > last:
			w = append(w, text.M("comply.warn.targetyear", day(a.Target), day(first), day(last)))
		case a.Target < today:
			w = append(w, text.M("comply.warn.targetpast", day(a.Target)))
		}
	}
	if a.Who == "" {
		w = append(w, text.M("comply.warn.nowho"))
	}
	return w
}

// Row is one item of a sheet with everything that is shown beside it.
type Row struct {
	Item     Item
	ID       string // mhlw-cl-r7:H:2-④
	No       string // as shown
	Answer   Answer
	Evidence Evidence
	Before   []Earlier // answers of earlier editions and years; shown, never taken over
	Files    int       // documents attached to the topic
	Warnings []text.Msg
	Skipped  bool // item 0 was answered いいえ, so nothing further applies
	Blank    bool // may stay empty: there is no vendor
}

// Earlier is the answer of an earlier edition or year to the same matter.
type Earlier struct {
	Catalogue string
	Edition   Words
	Year      int
	No        string
	Answer    Answer
}

// Missing reports whether a person still has to answer the row.
func (r Row) Missing() bool { return !r.Skipped && !r.Blank && !r.Answer.Done() }

// Contradicts reports whether the answer はい stands against a reading that
// found something wanting.
func (r Row) Contradicts() bool {
	return !r.Skipped && r.Answer.Value == Yes && r.Evidence.Bad > 0
}

// Progress counts the rows of a sheet.
type Progress struct {
	Total         int // rows that want an answer
	Yes           int // confirmed はい
	No            int // confirmed いいえ
	Missing       int // no answer, not confirmed, or copied
	Contradiction int
	Overdue       int // いいえ whose target day has passed
	NoTarget      int // いいえ without a target day in the fiscal year
}

// Count counts rows. today is 2006-01-02.
func Count(rows []Row, fy int, today string) Progress {
	var p Progress
	first, last := YearBounds(fy)
	for _, r := range rows {
		if r.Skipped || r.Blank && r.Answer.Value == Open {
			continue
		}
		p.Total++
		if r.Contradicts() {
			p.Contradiction++
		}
		if r.Answer.Value == No {
			switch {
			case r.Answer.Target == "" || r.Answer.Target < first || r.Answer.Target > last:
				p.NoTarget++
			case r.Answer.Target < today:
				p.Overdue++
			}
		}
		switch {
		case r.Missing():
			p.Missing++
		case r.Answer.Value == Yes:
			p.Yes++
		default:
			p.No++
		}
	}
	return p
}
