package model_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

// Every field of the chart that is a list has its line: what goes through a
// chart list by list (merging, doubt, "not stored") would pass over it.
func TestLists_HaveEveryListOfTheChart(t *testing.T) {
	t.Parallel()
	var c model.Chart
	known := map[*model.State]model.Part{}
	for _, l := range c.Lists() {
		known[l.State] = l.Part
	}
	n := 0
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		if !strings.HasPrefix(v.Type().Field(i).Type.Name(), "List[") {
			continue
		}
		n++
		name := v.Type().Field(i).Name
		part, ok := known[v.Field(i).FieldByName("State").Addr().Interface().(*model.State)]
		if !ok {
			t.Errorf("%s has no line", name)
		}
		if string(part) != strings.ToLower(name) && (part != model.Stays || name != "Visits" && name != "Planned") {
			t.Errorf("%s is of the part %s", name, part)
		}
	}
	if n != len(known) || n != len(c.Lists()) || n == 0 {
		t.Errorf("%d fields, %d lines", n, len(c.Lists()))
	}
}

func TestLists_SayWhatTheChartSays(t *testing.T) {
	t.Parallel()
	c := &model.Chart{Labs: model.List[model.Lab]{State: model.Some, Rows: make([]model.Lab, 3)}, Meals: model.List[model.Meal]{State: model.NotStored}}
	for _, l := range c.Lists() {
		want, rows := model.State(""), 0
		switch l.Part {
		case model.Labs:
			want, rows = model.Some, 3
		case model.Meals:
			want = model.NotStored
		}
		if *l.State != want || l.Rows != rows {
			t.Errorf("%s: %q, %d rows", l.Part, *l.State, l.Rows)
		}
		*l.State = model.NoRecord
	}
	if c.Labs.State != model.NoRecord || c.Visits.State != model.NoRecord {
		t.Error("a state is not the chart's own")
	}
}

func TestChart_StateOf(t *testing.T) {
	t.Parallel()
	c := &model.Chart{Stays: model.List[model.Stay]{State: model.NoRecord}, Visits: model.List[model.Event]{State: model.Some}}
	for part, want := range map[model.Part]model.State{model.Stays: model.NoRecord, model.Labs: "", model.Who: model.Unknown, "none": model.Unknown} {
		if got := c.StateOf(part); got != want {
			t.Errorf("%s: %q, want %q", part, got, want)
		}
	}
}

func TestParts_EachOnce(t *testing.T) {
	t.Parallel()
	parts := model.Parts()
	if parts[0] != model.Who || len(parts) != 12 {
		t.Errorf("%v", parts)
	}
	sorted := slices.Sorted(slices.Values(parts))
	if len(slices.Compact(sorted)) != len(parts) {
		t.Errorf("%v", parts)
	}
}

func TestPlace_String(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]model.Place{"3A-301-2": {Ward: "3A", Room: "301", Bed: "2", Raw: "x"}, "3A-2": {Ward: "3A", Bed: "2"}, "外来": {Raw: "外来"}, "": {}} {
		if got := p.String(); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}
