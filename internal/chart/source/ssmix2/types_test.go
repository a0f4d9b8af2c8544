package ssmix2_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
	public "github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

const number = "0000000123"

// put adds a file of a data type to a store in memory; date "-" for types
// without one.
func put(files fstest.MapFS, date, kind, order, sent string, flag byte, data []byte) string {
	at := "2299999999/000/000/" + number + "/" + date + "/" + kind + "/" +
		public.Name{Patient: number, Date: date, Kind: kind, Order: order, Sent: sent, Dept: "01", Flag: flag}.String()
	files[at] = &fstest.MapFile{Data: data}
	return at
}

// message is one of the messages that package view is tested with.
func message(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "ssmix2", "view", "testdata", name, "message.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Each of the 36 outputs of the specification, the 26 types and the ten that
// take an event back, reaches the part of the chart it belongs to.
func TestRead_EachOutputReachesTheChart(t *testing.T) {
	t.Parallel()
	live := func(n int) func(*model.Chart) bool {
		return func(c *model.Chart) bool { return len(c.Stays.Rows) == n }
	}
	undone := func(c *model.Chart) bool {
		return len(c.Stays.Rows) == 0 && len(c.Planned.Rows) > 0 && c.Planned.Rows[0].Undone && c.Planned.Rows[0].Life == view.Cancelled
	}
	planned := func(c *model.Chart) bool { return len(c.Planned.Rows) == 1 && !c.Planned.Rows[0].Undone }
	orders := func(c *model.Chart) bool {
		return c.Orders.State == model.Some && c.Orders.Rows[0].Title.Has() && c.Orders.Rows[0].Number != ""
	}
	reports := func(c *model.Chart) bool { return c.Reports.State == model.Some && len(c.Reports.Rows[0].Lines) > 0 }
	outputs := []struct {
		name string
		ok   func(*model.Chart) bool
	}{
		{"ADT-00", func(c *model.Chart) bool {
			return c.Person.Kanji.Show != "" && c.Person.ABO.Has() && len(c.Person.Contacts) > 0 && len(c.Person.Insurance) > 0
		}},
		{"ADT-00-A23", func(c *model.Chart) bool { return !c.Person.ABO.Has() }},
		{"ADT-01", func(c *model.Chart) bool {
			return len(c.Planned.Rows) == 1 && c.Planned.Rows[0].Move == view.DoctorChanged
		}}, {"ADT-01-A55", undone},
		{"ADT-12", func(c *model.Chart) bool { return len(c.Visits.Rows) == 1 && c.Visits.Rows[0].Dept.Has() }},
		{"ADT-21", planned}, {"ADT-21-A27", undone},
		{"ADT-22", live(1)}, {"ADT-22-A11", undone},
		{"ADT-31", func(c *model.Chart) bool { return len(c.Stays.Rows) == 1 && c.Stays.Rows[0].Away }}, {"ADT-31-A52", undone},
		{"ADT-32", live(1)}, {"ADT-32-A53", undone},
		{"ADT-41", planned}, {"ADT-41-A26", undone},
		{"ADT-42", live(1)}, {"ADT-42-A12", undone},
		{"ADT-51", planned}, {"ADT-51-A25", undone},
		{"ADT-52", func(c *model.Chart) bool { return len(c.Stays.Rows) == 1 && c.Stays.Rows[0].Discharged.Has() }}, {"ADT-52-A13", undone},
		{"ADT-61", func(c *model.Chart) bool {
			return len(c.Allergies.Rows) == 4 && c.Allergies.Rows[1].Onset.Raw == "小学校低学年の頃" && c.Allergies.Rows[2].Life == view.Deleted && c.Allergies.Rows[3].Life == view.Mistaken
		}},
		{"PPR-01", func(c *model.Chart) bool { return c.Problems.State == model.Some && c.Problems.Rows[0].Name.Has() }},
		{"OMD", func(c *model.Chart) bool {
			return len(c.Meals.Rows) == 3 && meal(c, "腎臓食") && meal(c, "遅食") && meal(c, "えび・かに禁")
		}},
		{"OMP-01", func(c *model.Chart) bool {
			return c.Drugs.State == model.Some && c.Drugs.Rows[0].Name.Has() && c.Drugs.Rows[0].Usage != nil
		}},
		{"OMP-11", func(c *model.Chart) bool {
			return c.Drugs.State == model.Some && len(c.Drugs.Rows[0].Doses) == 1 && c.Drugs.Rows[0].Carried != ""
		}},
		{"OMP-02", func(c *model.Chart) bool {
			return c.Injections.State == model.Some && len(c.Injections.Rows[0].Drugs) > 0 && c.Injections.Rows[0].Start.Has()
		}},
		{"OMP-12", func(c *model.Chart) bool {
			return c.Injections.State == model.Some && len(c.Injections.Rows[0].Doses) > 0
		}},
		{"OML-01", orders},
		{"OML-11", func(c *model.Chart) bool {
			return c.Labs.State == model.Some && len(c.Labs.Rows[0].Values) > 0 && c.Labs.Rows[0].Line != ""
		}},
		{"OMG-01", orders}, {"OMG-11", reports}, {"OMG-02", orders}, {"OMG-12", reports}, {"OMG-03", orders}, {"OMG-13", reports},
	}
	if len(outputs) != 36 {
		t.Fatalf("%d outputs", len(outputs))
	}
	for _, x := range outputs {
		kind := x.name
		for _, typ := range public.Types() {
			if strings.HasPrefix(x.name, typ.Code) {
				kind = typ.Code
			}
		}
		files, date := fstest.MapFS{}, "20251003"
		if typ, _ := public.TypeOf(kind); typ.DateField == "" {
			date = "-"
		}
		put(files, date, kind, "000000000030001", "20251003120000000", '1', message(t, x.name))
		s := open(t, files)
		c := read(t, s, number, want())
		sourcetest.Check(t, s, c)
		if len(c.Items) != 1 || c.Items[0].Kind != kind || !x.ok(c) {
			t.Errorf("%s does not reach the chart: %s", x.name, encode(t, c))
		}
		if k := s.Kind(kind); k.Japanese == kind || k.English == kind || k.Order == 0 || k.Document {
			t.Errorf("%s: kind %+v", x.name, k)
		}
	}
}

// meal reports whether something about meals is said anywhere.
func meal(c *model.Chart, words string) bool {
	for _, m := range c.Meals.Rows {
		for _, list := range [][]model.Text{m.Diets, m.Texts, m.Notes} {
			for _, x := range list {
				if x.Show == words {
					return true
				}
			}
		}
	}
	return false
}
