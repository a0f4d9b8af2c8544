package sourcetest

import (
	"slices"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// Check asks of a chart that was read whole what every chart promises.
func Check(t testing.TB, s source.Source, c *model.Chart) {
	t.Helper()
	items(t, s, c)
	notices(t, c.Notices)
	for _, l := range c.Lists() {
		list(t, l)
	}
	if c.Infections.State == model.SaysNone {
		t.Errorf("%s: nobody says of infections that there are none", c.ID)
	}
	known := map[model.Ref]bool{{}: true}
	for _, i := range c.Items {
		known[i.Ref] = true
		for _, o := range i.Older {
			known[o.Ref] = true
		}
	}
	for _, ref := range rowRefs(c) {
		if !known[ref] || ref == (model.Ref{}) {
			t.Errorf("%s: a row's origin %+v is no item", c.ID, ref)
		}
	}
}

// items are sorted by day, newest first and those without one last, have names
// in both languages, and stand in the list once.
func items(t testing.TB, s source.Source, c *model.Chart) {
	t.Helper()
	seen := map[model.Ref]bool{}
	for i, item := range c.Items {
		if i > 0 && item.Day > c.Items[i-1].Day {
			t.Errorf("%s: day %q stands behind %q", c.ID, item.Day, c.Items[i-1].Day)
		}
		if k := s.Kind(item.Kind); item.Kind == "" || k.Japanese == "" || k.English == "" {
			t.Errorf("%s: %+v has no kind: %+v", c.ID, item, k)
		}
		if seen[item.Ref] || item.Ref.Source != s.Info().Name || item.Ref.Item == "" {
			t.Errorf("%s: the ref of %+v", c.ID, item)
		}
		if !slices.Contains([]string{model.Holds, model.Deleted, model.Uncertain, model.Superseded}, item.Standing) {
			t.Errorf("%s: standing %q", c.ID, item.Standing)
		}
		seen[item.Ref] = true
	}
}

func notices(t testing.TB, list []model.Notice) {
	t.Helper()
	for _, n := range list {
		if n.Code == "" || !slices.Contains([]string{model.Danger, model.Warn, model.Info}, n.Level) {
			t.Errorf("notice %+v", n)
		}
	}
}

func list(t testing.TB, l model.ListState) {
	t.Helper()
	switch *l.State {
	case model.Some, model.SaysNone:
		if l.Rows == 0 {
			t.Errorf("%s: %s without a row", l.Part, *l.State)
		}
	case model.Unknown, model.NotStored, model.NoRecord, model.Unreadable:
		if l.Rows > 0 {
			t.Errorf("%s: %s with %d rows", l.Part, *l.State, l.Rows)
		}
	default:
		t.Errorf("%s: the state is %q", l.Part, *l.State)
	}
}

// rowRefs are the items that the rows of a chart come from.
func rowRefs(c *model.Chart) []model.Ref {
	var out []model.Ref
	for i := range c.Allergies.Rows {
		out = append(out, c.Allergies.Rows[i].Origin.Ref)
	}
	for i := range c.Infections.Rows {
		out = append(out, c.Infections.Rows[i].Origin.Ref)
	}
	for i := range c.Problems.Rows {
		out = append(out, c.Problems.Rows[i].Origin.Ref)
	}
	for i := range c.Drugs.Rows {
		out = append(out, c.Drugs.Rows[i].Origin.Ref)
		for _, d := range c.Drugs.Rows[i].Doses {
			out = append(out, d.Origin.Ref)
		}
	}
	for i := range c.Injections.Rows {
		out = append(out, c.Injections.Rows[i].Origin.Ref)
		for _, d := range c.Injections.Rows[i].Doses {
			out = append(out, d.Origin.Ref)
		}
	}
	for i := range c.Labs.Rows {
		out = append(out, c.Labs.Rows[i].Origin.Ref)
	}
	for i := range c.Vitals.Rows {
		out = append(out, c.Vitals.Rows[i].Origin.Ref)
	}
	for i := range c.Stays.Rows {
		out = append(out, c.Stays.Rows[i].Origin.Ref)
	}
	for _, list := range [][]model.Event{c.Visits.Rows, c.Planned.Rows} {
		for i := range list {
			out = append(out, list[i].Origin.Ref)
		}
	}
	for i := range c.Meals.Rows {
		out = append(out, c.Meals.Rows[i].Origin.Ref)
	}
	for i := range c.Orders.Rows {
		out = append(append(out, c.Orders.Rows[i].Origin.Ref), c.Orders.Rows[i].Records...)
	}
	for i := range c.Reports.Rows {
		out = append(out, c.Reports.Rows[i].Origin.Ref)
	}
	return out
}
