package shelf

import "github.com/torideproject/toride/internal/chart/model"

// sizeOf estimates the memory of a chart by its rows: what they take on average
// on 64-bit machines with their texts, and besides what long texts and rows of
// many parts take. A report of one row may be a megabyte. It costs some
// nanoseconds for each row.
func sizeOf(c *model.Chart) int64 {
	n := 4096 + 400*len(c.Items) + 300*len(c.Notices)
	for i := range c.Items {
		n += 200 * len(c.Items[i].Older)
	}
	n += 2000 * (len(c.Allergies.Rows) + len(c.Problems.Rows) + len(c.Stays.Rows) + len(c.Visits.Rows) + len(c.Planned.Rows) + len(c.Infections.Rows))
	n += 3500 * (len(c.Drugs.Rows) + len(c.Injections.Rows) + len(c.Meals.Rows) + len(c.Orders.Rows) + len(c.Reports.Rows))
	n += 2500 * (len(c.Labs.Rows) + len(c.Vitals.Rows))
	return int64(n + sizeOfLabs(c.Labs.Rows) + sizeOfLabs(c.Vitals.Rows) + sizeOfOrders(c))
}

// What a further text of a row, and a further row within it, takes.
const (
	partBytes  = 200
	innerBytes = 1000
)

func sizeOfLabs(rows []model.Lab) (n int) {
	for i := range rows {
		l := &rows[i]
		n += textBytes(l.Values) + textBytes(l.Notes)
		if len(l.Earlier) > 0 {
			n += 2500*len(l.Earlier) + sizeOfLabs(l.Earlier)
		}
	}
	return n
}

func sizeOfOrders(c *model.Chart) (n int) {
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		n += textBytes(d.Usage) + textBytes(d.Notes) + innerBytes*len(d.Doses)
	}
	for i := range c.Injections.Rows {
		x := &c.Injections.Rows[i]
		n += textBytes(x.Usage) + textBytes(x.Notes) + innerBytes*(len(x.Doses)+max(0, len(x.Drugs)-4))
	}
	for i := range c.Meals.Rows {
		m := &c.Meals.Rows[i]
		n += textBytes(m.Diets) + textBytes(m.At) + textBytes(m.Texts) + textBytes(m.Notes)
	}
	for i := range c.Orders.Rows {
		o := &c.Orders.Rows[i]
		n += textBytes(o.Parts) + textBytes(o.Notes) + partBytes*len(o.Records)
	}
	for i := range c.Reports.Rows {
		r := &c.Reports.Rows[i]
		n += textBytes(r.Notes) + innerBytes*len(r.Lines)
		for k := range r.Lines {
			n += textBytes(r.Lines[k].Texts)
		}
	}
	for i := range c.Stays.Rows {
		n += innerBytes * len(c.Stays.Rows[i].Events)
	}
	return n
}

// textBytes is what a list of texts takes beyond one of usual length, which its
// row counts.
func textBytes(list []model.Text) int {
	n := partBytes * max(0, len(list)-1)
	for i := range list {
		n += max(0, len(list[i].Show)+len(list[i].Raw)-partBytes)
	}
	return n
}
