package chart

import (
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web"
)

// culturePage is how many reports one page reads again.
const culturePage = 10

// CulturesPage is cultures with their susceptibility tests, newest first.
type CulturesPage struct {
	Head   Head
	State  State
	Places []Link
	Rows   []Culture
	Pager  web.Pager
}

// culturesPage reads the originals of the reports again, because only they say
// which test belongs to which organism: at most culturePage files.
func (d *Desk) culturesPage(c *web.Call, p *Patient) error {
	page := CulturesPage{Head: p.Head, State: StateOf(p.Print, model.Labs, p.Chart.Labs), Places: labPlaces(p.Print, "labs/cultures")}
	rows := map[model.Ref][]*model.Lab{}
	var order []model.Ref
	for i := range p.Chart.Labs.Rows {
		l := &p.Chart.Labs.Rows[i]
		if !l.Culture {
			continue
		}
		if rows[l.Origin.Ref] == nil {
			order = append(order, l.Origin.Ref)
		}
		rows[l.Origin.Ref] = append(rows[l.Origin.Ref], l)
	}
	page.Pager = filterPager(c, p.Print.at().page("labs/cultures", nil), len(order), culturePage)
	for _, ref := range window(order, page.Pager.Page, culturePage) {
		page.Rows = append(page.Rows, d.culture(c, ref, rows[ref], p.Print)...)
	}
	return c.Render("chart.cultures", page)
}

// culture reads one report; where that cannot be done its results stand as
// lines.
func (d *Desk) culture(c *web.Call, ref model.Ref, labs []*model.Lab, p Printer) []Culture {
	doc, err := d.shelf.Document(c.Ctx(), ref)
	if err == nil {
		if data, err := readMain(doc, maxMessage); err == nil {
			if m, err := hl7.Parse(data); err == nil {
				if out := cultures(m, ref, p); len(out) > 0 {
					return out
				}
			}
		}
	}
	out := Culture{Title: labs[0].Panel.Get().Show, Specimen: labs[0].Specimen.Get().Show, Collected: p.When(labs[0].Collected).Show, URL: p.at().original(labs[0].Origin), Failed: err != nil}
	for _, l := range labs {
		out.Loose = append(out.Loose, CultureRow{Name: l.Item.Get().Show, Value: strings.TrimSpace(valueShown(l) + " " + l.Unit.Get().Show + " " + flagOf(l).Letter)})
	}
	return []Culture{out}
}
