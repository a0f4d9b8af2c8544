package chart

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// OrderLine is an order for tests or an examination, with what came of it.
type OrderLine struct {
	Kind    string
	Title   string
	Parts   []string
	Number  string
	Ordered Val
	Planned Val
	By      string
	Dept    string
	Carried web.Mark
	Results int
	Records []RecordLink
	Notes   []string
	Doubts  []string
	Life    web.Mark
	Struck  bool
	URL     string
}

// RecordLink leads to what was recorded for an order.
type RecordLink struct {
	Name string
	URL  string
}

// ReportBlock is what was done or found in an examination.
type ReportBlock struct {
	Kind   string
	Title  string
	At     Val
	By     string
	Status string
	Lines  []ReportLine
	Notes  []string
	Order  string
	Life   web.Mark
	Struck bool
	URL    string
}

// ReportLine is a label with what stands beside it.
type ReportLine struct {
	Label string
	Texts []string
	Unit  string
	URL   string
}

// orderFilter says which orders and reports are shown.
type orderFilter struct {
	Kind string // "" all
	Open bool   // only those without a record
}

// orderLines puts orders into lines, in the order of the chart. name names a
// kind.
func orderLines(c *model.Chart, f orderFilter, name func(model.Ref, string) string, p Printer) []OrderLine {
	titles := map[model.Ref]*model.Item{}
	for i := range c.Items {
		titles[c.Items[i].Ref] = &c.Items[i]
	}
	var out []OrderLine
	for i := range c.Orders.Rows {
		o := &c.Orders.Rows[i]
		if f.Kind != "" && o.Kind != f.Kind || f.Open && o.Carried != view.Unrecorded {
			continue
		}
		l := OrderLine{Kind: name(o.Origin.Ref, o.Kind), Title: o.Title.Show, Parts: texts(o.Parts), Number: o.Number, Ordered: p.When(o.Ordered), Planned: p.When(o.Planned), By: o.By.Show, Dept: o.Dept.Show,
			Carried: carriedMark(o.Carried), Results: o.Results, Notes: texts(o.Notes), Doubts: p.notes(o.Doubts), Life: p.Life(o.Life), Struck: o.Life != view.Live && o.Life != "", URL: p.at().original(o.Origin)}
		for _, ref := range o.Records {
			r := RecordLink{URL: p.at().original(model.Origin{Ref: ref})}
			if it := titles[ref]; it != nil {
				r.Name = strings.TrimSpace(name(ref, it.Kind) + " " + p.Stamp(model.Stamp(it.Day)))
			}
			l.Records = append(l.Records, r)
		}
		out = append(out, l)
	}
	return out
}

// reportBlocks puts reports into blocks, in the order of the chart.
func reportBlocks(c *model.Chart, f orderFilter, name func(model.Ref, string) string, p Printer) []ReportBlock {
	var out []ReportBlock
	for i := range c.Reports.Rows {
		r := &c.Reports.Rows[i]
		if f.Kind != "" && r.Kind != f.Kind {
			continue
		}
		b := ReportBlock{Kind: name(r.Origin.Ref, r.Kind), Title: r.Title.Show, At: p.When(r.At), By: r.By.Show, Status: r.Status.Show, Notes: texts(r.Notes), Order: r.Order, Life: p.Life(r.Life), Struck: r.Life != view.Live && r.Life != "", URL: p.at().original(r.Origin)}
		for _, line := range r.Lines {
			b.Lines = append(b.Lines, ReportLine{Label: line.Label.Show, Texts: texts(line.Texts), Unit: line.Unit.Show, URL: p.at().original(lineOrigin(line, r.Origin))})
		}
		out = append(out, b)
	}
	return out
}

func lineOrigin(l model.Line, row model.Origin) model.Origin {
	for _, t := range append(l.Texts[:len(l.Texts):len(l.Texts)], l.Label) {
		if t.Origin != nil {
			return t.Origin.Within(row)
		}
	}
	return row
}

// orderKinds lists the kinds among orders and reports, sorted.
func orderKinds(c *model.Chart) []string {
	var out []string
	for i := range c.Orders.Rows {
		out = append(out, c.Orders.Rows[i].Kind)
	}
	for i := range c.Reports.Rows {
		out = append(out, c.Reports.Rows[i].Kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
