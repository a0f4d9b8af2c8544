package chart

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// LabsNow are the newest results of each item.
type LabsNow struct {
	State State
	Sets  []LabSet // newest collection first
	Old   []LabSet // collected longer ago than labsRecent days
	OldN  int      // items in Old
	Delta bool     // differences are switched on
	URL   string
}

// LabSet is what was collected at the same time.
type LabSet struct {
	When string
	Rows []LabNowRow
}

// LabNowRow is an item with its newest result.
type LabNowRow struct {
	Item, Value, Unit, Range string
	Flag                     LabFlag
	FlagSay                  string // the flag as a word
	Stage                    text.Msg
	Before, BeforeAt         string // the value before, as sent
	Delta                    string // computed
	Struck                   bool
	URL                      string
}

// labsRecent is how many days back results stand unfolded.
const labsRecent = 30

// labsNow takes the newest result of each item that holds, and the one before.
// It passes over the rows once.
func (p *Patient) labsNow() LabsNow {
	out := LabsNow{State: StateOf(p.Print, model.Labs, p.Chart.Labs), Delta: p.Set.Trends.On, URL: patientURL(p.Chart.ID) + "/labs"}
	type pair struct{ newest, before *model.Lab }
	var order []*pair
	by := make(map[string]*pair, 64)
	for i := range p.Chart.Labs.Rows {
		l := &p.Chart.Labs.Rows[i]
		if l.Culture || gone(l) {
			continue
		}
		key := seriesKey(l)
		switch at := by[key]; {
		case at == nil:
			at = &pair{newest: l}
			by[key], order = at, append(order, at)
		case at.before == nil && l.Collected.Stamp != at.newest.Collected.Stamp && drawable(l):
			at.before = l
		}
	}
	slices.SortStableFunc(order, func(a, b *pair) int {
		return cmp.Compare(minute(b.newest.Collected.Stamp), minute(a.newest.Collected.Stamp))
	})
	for _, at := range order {
		row := p.Print.labNow(at.newest, at.before, p.Set)
		when := p.Print.When(at.newest.Collected).Show
		if day, ok := at.newest.Collected.Stamp.Day(); ok && p.Print.Today-day > labsRecent {
			out.Old, out.OldN = intoSet(out.Old, when, row), out.OldN+1
		} else {
			out.Sets = intoSet(out.Sets, when, row)
		}
	}
	return out
}

func minute(s model.Stamp) model.Stamp { return s[:min(len(s), 12)] }

func intoSet(sets []LabSet, when string, row LabNowRow) []LabSet {
	if n := len(sets); n > 0 && sets[n-1].When == when {
		sets[n-1].Rows = append(sets[n-1].Rows, row)
		return sets
	}
	return append(sets, LabSet{When: when, Rows: []LabNowRow{row}})
}

func (p Printer) labNow(l, before *model.Lab, set Settings) LabNowRow {
	row := LabNowRow{Item: l.Item.Get().Show, Value: valueShown(l), Unit: l.Unit.Get().Show, Range: l.Range.Get().Show, Flag: flagOf(l), Stage: stageOf(l.Stage), URL: p.Original(l.Origin)}
	if row.Flag.Computed && !set.Derived.On {
		row.Flag = LabFlag{}
	}
	if row.Flag.Letter != "" {
		row.FlagSay = p.flagWord(row.Flag.Letter)
	}
	if before == nil {
		return row
	}
	row.Before, row.BeforeAt = valueShown(before), p.Short(before.Collected.Stamp)
	if set.Trends.On {
		row.Delta = difference(l, before)
	}
	return row
}

// flagWord says a flag in a word; one that is not known stands as sent.
func (p Printer) flagWord(letter string) string {
	if m := p.known(text.M("chart.flag." + strings.ToUpper(letter))); !m.Zero() {
		return p.say(m)
	}
	return letter
}

// difference is the newer value less the older one, as exact as the less exact
// of the two was written; "" where one is no plain number or the units differ.
func difference(l, before *model.Lab) string {
	a, aok := plainNumber(l)
	b, bok := plainNumber(before)
	if !aok || !bok || unitKey(l.Unit.Get()) != unitKey(before.Unit.Get()) {
		return ""
	}
	places := min(decimals(l.Values[0].Show), decimals(before.Values[0].Show))
	s := strconv.FormatFloat(a-b, 'f', places, 64)
	switch {
	case strings.Trim(s, "-0.") == "":
		return "±0"
	case a > b:
		return "+" + s
	}
	return "−" + strings.TrimPrefix(s, "-")
}

func plainNumber(l *model.Lab) (float64, bool) {
	if len(l.Values) != 1 || !l.Key.Get().OK || l.Key.Get().Value.Class != view.Numeric || l.Key.Get().Value.Comparator != "" {
		return 0, false
	}
	return l.Key.Get().Value.Number, true
}

func decimals(s string) int {
	if i := strings.IndexByte(s, '.'); i >= 0 {
		n := 0
		for _, r := range s[i+1:] {
			if r < '0' || r > '9' {
				break
			}
			n++
		}
		return min(n, 6)
	}
	return 0
}
