package chart

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// What was in use when the copy was made and ended by computation since then is
// no old drug: it may have been ordered anew where the copy does not reach. It
// stands apart from what is in use and from what was over before.
func TestDrugsNow_EndedSinceTheCopy(t *testing.T) {
	t.Parallel()
	day := func(s string) model.Day {
		d, ok := model.ParseDay(s)
		if !ok {
			t.Fatal(s)
		}
		return d
	}
	type counts struct{ inUse, since, over int }
	for name, x := range map[string]struct {
		end   string // "" is one that could not be computed
		use   view.Usage
		until string // the copy's day; "" is not known
		life  view.Life
		off   bool // derived lists are switched off
		want  counts
	}{
		"in use":                    {"20251110", view.InUse, "20251101", view.Live, false, counts{1, 0, 0}},
		"over before the copy":      {"20251031", view.Over, "20251101", view.Live, false, counts{0, 0, 1}},
		"ended on the copy's day":   {"20251101", view.Over, "20251101", view.Live, false, counts{0, 1, 0}},
		"ended since":               {"20251104", view.Over, "20251101", view.Live, false, counts{0, 1, 0}},
		"ended since, cancelled":    {"20251104", view.Over, "20251101", view.Cancelled, false, counts{0, 0, 1}},
		"the copy's age is unknown": {"20251104", view.Over, "", view.Live, false, counts{0, 0, 1}},
		"no end was computed":       {"", view.Over, "20251101", view.Live, false, counts{0, 0, 1}},
		"switched off":              {"20251104", view.Over, "20251101", view.Live, true, counts{1, 0, 0}},
	} {
		d := model.Drug{Life: x.life, Use: model.Computed[model.Usage]{Value: x.use, OK: true}}
		if x.end != "" {
			d.End = model.Computed[model.Day]{Value: day(x.end), OK: true, Rule: "drug.end.days"}
		}
		p := Patient{Chart: &model.Chart{ID: "1", Drugs: model.List[model.Drug]{State: model.Some, Rows: []model.Drug{d}}}, Print: printer()}
		p.Print.Today = day("20251106")
		p.Set.Derived.On = !x.off
		if x.until != "" {
			p.Until = day(x.until)
		}
		out := p.drugsNow()
		if got := (counts{out.InUse, out.Expired, out.Ended}); got != x.want || len(out.Since) != x.want.since {
			t.Errorf("%s: %+v, want %+v, %d groups", name, got, x.want, len(out.Since))
		}
	}
}
