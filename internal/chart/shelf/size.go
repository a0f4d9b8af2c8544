package shelf

import (
	"reflect"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// What a chart takes besides its rows and lists themselves, in bytes, as measured
// (TestSizeOf): the letters of a row's usual texts and of its ref, and the places
// in its item. Rows share most of them.
const (
	chartTexts = 3000 // of the person and the stores
	itemTexts  = 240
	olderTexts = 160
	rowTexts   = 400
	innerTexts = 60
	labTexts   = 24
	// A test that results share: its name, unit, range and the like; and what a
	// value says that no other result has.
	testTexts  = 700
	valueTexts = 130
	usualText  = 200 // letters of a text beyond these count
)

// sizeOf estimates the memory of a chart: its rows as they lie in memory, their
// usual texts, and the letters of long ones: a report of one row may be a
// megabyte. It is right to a quarter and costs some eighty nanoseconds a row.
func sizeOf(c *model.Chart) int64 {
	n := size[model.Chart]() + chartTexts + rowBytes(c.Items, itemTexts) + rowBytes(c.Notices, innerTexts)
	for i := range c.Items {
		n += rowBytes(c.Items[i].Older, olderTexts)
	}
	n += rowBytes(c.Allergies.Rows, rowTexts) + rowBytes(c.Problems.Rows, rowTexts) + rowBytes(c.Infections.Rows, rowTexts) + rowBytes(c.Visits.Rows, rowTexts) + rowBytes(c.Planned.Rows, rowTexts)
	n += labBytes(c.Labs.Rows) + labBytes(c.Vitals.Rows) + orderBytes(c)
	for i := range c.Stays.Rows {
		n += rowBytes(c.Stays.Rows[i].Events, rowTexts)
	}
	return int64(n + rowBytes(c.Stays.Rows, rowTexts))
}

func size[T any]() int { return int(reflect.TypeFor[T]().Size()) }

// rowBytes is a list, with the usual texts of each of its rows.
func rowBytes[T any](list []T, texts int) int { return cap(list)*size[T]() + len(list)*texts }

// textBytes is a list of texts, the letters of long ones besides.
func textBytes(list []model.Text) int {
	n := rowBytes(list, 0)
	for i := range list {
		n += max(0, len(list[i].Show)+len(list[i].Raw)-usualText)
	}
	return n
}

// labBytes is a list of results. What they share counts once.
func labBytes(list []model.Lab) int {
	n := rowBytes(list, labTexts)
	tests, values := map[model.Shared[model.Text]]bool{}, map[model.Shared[model.Computed[view.Key]]]bool{}
	for i := range list {
		l := &list[i]
		n += textBytes(l.Values) + textBytes(l.Notes)
		if len(l.Earlier) > 0 {
			n += labBytes(l.Earlier)
		}
		tests[l.Item], values[l.Key] = true, true
	}
	return n + testTexts*len(tests) + valueTexts*len(values)
}

// orderBytes are the lists of orders, of what was given and of reports.
func orderBytes(c *model.Chart) int {
	n := rowBytes(c.Drugs.Rows, rowTexts) + rowBytes(c.Injections.Rows, rowTexts) + rowBytes(c.Meals.Rows, rowTexts) + rowBytes(c.Orders.Rows, rowTexts) + rowBytes(c.Reports.Rows, rowTexts)
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		n += textBytes(d.Usage) + textBytes(d.Notes) + rowBytes(d.Doses, innerTexts)
	}
	for i := range c.Injections.Rows {
		x := &c.Injections.Rows[i]
		n += textBytes(x.Usage) + textBytes(x.Notes) + rowBytes(x.Doses, innerTexts) + rowBytes(x.Drugs, innerTexts)
	}
	for i := range c.Meals.Rows {
		m := &c.Meals.Rows[i]
		n += textBytes(m.Diets) + textBytes(m.At) + textBytes(m.Texts) + textBytes(m.Notes)
	}
	for i := range c.Orders.Rows {
		o := &c.Orders.Rows[i]
		n += textBytes(o.Parts) + textBytes(o.Notes) + rowBytes(o.Records, 0)
	}
	for i := range c.Reports.Rows {
		r := &c.Reports.Rows[i]
		n += textBytes(r.Notes) + rowBytes(r.Lines, innerTexts)
		for k := range r.Lines {
			n += textBytes(r.Lines[k].Texts)
		}
	}
	return n
}
