package paper

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/ssmix2/view"
)

// wardSheet begins a list of a ward.
func (p *pen) wardSheet(form string, w index.Ward, list []*subject) *page.Sheet {
	s := p.sheet(form)
	s.Slogan = p.t("slogan.reference")
	s.Head.About = p.t("ward.head", p.wardName(w), len(list))
	s.Head.Warnings = p.warnings()
	if p.partial {
		s.Head.Warnings = append(s.Head.Warnings, p.t("ward.partial"))
	}
	unread := 0
	for _, who := range list {
		if who.chart == nil {
			unread++
		}
	}
	if unread > 0 {
		s.Head.Warnings = append(s.Head.Warnings, p.t("ward.unread", unread))
	}
	s.Blocks = append(s.Blocks, page.Text{Cell: page.S(p.t("ward.note"))})
	if len(list) == 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("ward.empty")), Frame: page.Thin})
	}
	return s
}

// who prints a patient in a row: bed, then name and what tells him from others.
func (p *pen) who(x *subject, twins map[string]int) []page.Cell {
	h := p.patient(x)
	name := page.S(h.Kana).And(page.B(h.Kanji))
	if x.hit != nil && x.hit.Twins > 0 || twins[nameKey(h)] > 1 {
		name = append(name, page.Span{Text: p.t("twin"), Bold: true})
	}
	if x.chart == nil {
		name = append(name, page.Span{Text: p.t("row.unread"), Bold: true})
	}
	place := h.Place
	if x.hit != nil && x.hit.Bed != nil {
		place = first(strings.Trim(x.hit.Bed.Room+"-"+x.hit.Bed.Bed, "-"), place)
		if x.hit.Bed.Doubt {
			place += " " + p.t("bed.doubt")
		}
	}
	id := page.Cell{{Text: x.id, Bold: true}}
	return []page.Cell{page.C(place), name, id.And(page.S(p.birthLine(x), p.ageLine(x)))}
}

// birthLine is birth and sex in a line.
func (p *pen) birthLine(x *subject) string {
	birth, sex := "", ""
	if x.hit != nil {
		birth, sex = p.stamp(model.Stamp(x.hit.Brief.Birth)), p.sex(x.hit.Brief.Sex, x.hit.Brief.Sex)
	}
	if x.chart != nil {
		birth, sex = first(p.when(x.chart.Person.Birth), birth), first(p.sex(x.chart.Person.Sex.Code, x.chart.Person.Sex.Show), sex)
	}
	return joined(first(birth, p.t("born.unknown")), sex)
}

func (p *pen) ageLine(x *subject) string {
	if x.chart == nil || !x.chart.Person.Age.OK {
		return ""
	}
	return p.calc(p.t("age", x.chart.Person.Age.Value))
}

// nameKey is what makes two patients of a list namesakes.
func nameKey(h *page.Patient) string { return strings.Join(strings.Fields(h.Kana+"|"+h.Kanji), "") }

func (p *pen) twins(list []*subject) map[string]int {
	out := map[string]int{}
	for _, x := range list {
		out[nameKey(p.patient(x))]++
	}
	return out
}

func (p *pen) whoColumns() []page.Column {
	return []page.Column{{Title: p.t("col.bed"), Width: 19}, {Title: p.t("col.name"), Width: 44}, {Title: p.t("col.id"), Width: 40}}
}

// bedsForm is who lies in a ward, with the bed, the attending, the diagnosis
// and a word about allergies.
func bedsForm(p *pen, w index.Ward, list []*subject) *page.Sheet {
	s := p.wardSheet("beds", w, list)
	s.Landscape = true
	t := page.Table{Height: 10, Columns: append(p.whoColumns(), page.Column{Title: p.t("col.admitted"), Width: 30}, page.Column{Title: p.t("col.diagnosis"), Width: 52},
		page.Column{Title: p.t("col.allergy"), Width: 46}, page.Column{Title: p.t("col.diet"), Width: 42}, page.Column{Title: p.t("col.memo"), Width: 26, Sign: true})}
	twins, hidden := p.twins(list), 0
	for _, x := range list {
		row := p.who(x, twins)
		if x.chart == nil {
			t.Rows = append(t.Rows, page.Row{Cells: row})
			continue
		}
		diagnosis, n := p.mainProblem(x.chart)
		hidden += n
		t.Rows = append(t.Rows, page.Row{Cells: append(row, p.admitted(x), diagnosis, page.C(strings.Join(p.allergyWords(x.chart), p.t("sep"))), p.dietOf(x.chart))})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	if hidden > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("hidden.problems", hidden)), Frame: page.Thin})
	}
	return s
}

func (p *pen) admitted(x *subject) page.Cell {
	if st := inside(x.chart); st != nil {
		return page.C(first(p.when(st.Admitted), p.t("stay.unknown"))).And(page.S(joined(p.dept(st.Dept), st.Attending.Show)))
	}
	if x.hit != nil && x.hit.Bed != nil {
		return page.C(p.stamp(x.hit.Bed.Admitted)).And(page.S(joined(x.hit.Bed.Dept, x.hit.Bed.Attending)))
	}
	return nil
}

// mainProblem is the main diagnosis, else the newest that stands; hidden counts
// confidential ones that were left out.
func (p *pen) mainProblem(c *model.Chart) (cell page.Cell, hidden int) {
	var best *model.Problem
	more := 0
	for i := range c.Problems.Rows {
		x := &c.Problems.Rows[i]
		switch {
		case x.Life != view.Live && x.Life != "", x.Active.OK && !x.Active.Value:
		case x.Confidential && !p.opt.Confidential:
			hidden++
		case best == nil:
			best = x
		case rank(x) < rank(best):
			best = x
			more++
		default:
			more++
		}
	}
	switch {
	case best != nil:
		name := first(best.Name.Show, best.Name.Code)
		if best.Suspected {
			name = p.t("suspected", name)
		}
		cell = page.C(name)
		if more > 0 {
			cell = cell.And(page.S(p.t("more", more)))
		}
	case len(c.Problems.Rows) == 0:
		cell = page.S(stateWords(p, c.Problems))
	}
	return cell, hidden
}

func (p *pen) dietOf(c *model.Chart) page.Cell {
	if cell := p.meals(c, page.Normal); len(cell) > 0 {
		return cell
	}
	return page.S(stateWords(p, c.Meals))
}

// meals are the orders of meals that hold, or may.
func (p *pen) meals(c *model.Chart, size page.Size) (out page.Cell) {
	over := 0
	for i := range c.Meals.Rows {
		m := &c.Meals.Rows[i]
		if m.Life != view.Live && m.Life != "" || m.Use.Value == view.Over || m.Use.Value == view.Stopped || beforeStay(c, m) {
			over++
			continue
		}
		name := first(shows(m.Diets, p.t("sep")), p.t("unnamed"))
		out = append(out, page.Span{Text: name, Size: size, Bold: true})
		out = out.And(page.S(joined(shows(m.At, "・"), p.mealSpan(m)), shows(m.Texts, p.t("sep")), shows(m.Notes, p.t("sep"))))
	}
	if over > 0 {
		out = out.And(page.S(p.t("meals.over", over)))
	}
	return out
}

// beforeStay reports whether an order of meals began before the day of the
// admission of a stay that has not ended: it was of an earlier one.
func beforeStay(c *model.Chart, m *model.Meal) bool {
	st := inside(c)
	if st == nil {
		return false
	}
	day, ok := m.Start.Stamp.Day()
	in, known := st.Admitted.Stamp.Day()
	return ok && known && day < in
}

func (p *pen) mealSpan(m *model.Meal) string {
	switch {
	case m.Start.Has() && m.End.Has():
		return p.t("fromto", p.near(m.Start), p.when(m.End))
	case m.Start.Has():
		return p.t("from", p.near(m.Start))
	case m.End.Has():
		return p.t("until", p.when(m.End))
	}
	return ""
}

// allergiesForm is every allergy and infection of a ward, patient by patient.
func allergiesForm(p *pen, w index.Ward, list []*subject) *page.Sheet {
	s := p.wardSheet("allergies", w, list)
	t := page.Table{Height: 10, Columns: append(p.whoColumns(), page.Column{Title: p.t("part.allergies"), Width: 54}, page.Column{Title: p.t("part.infections"), Width: 40})}
	twins := p.twins(list)
	for _, x := range list {
		row := p.who(x, twins)
		if x.chart == nil {
			t.Rows = append(t.Rows, page.Row{Cells: append(row, page.Cell{{Text: p.t("alerts.unread"), Bold: true}})})
			continue
		}
		var cell page.Cell
		for _, a := range p.allergyWords(x.chart) {
			cell = append(cell, page.Span{Text: a, Bold: x.chart.Allergies.State == model.Some})
		}
		t.Rows = append(t.Rows, page.Row{Cells: append(row, cell, page.C(p.infectionWords(x.chart)))})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

// mealsForm is for the kitchen: diets, and food allergies loudly.
func mealsForm(p *pen, w index.Ward, list []*subject) *page.Sheet {
	s := p.wardSheet("meals", w, list)
	t := page.Table{Height: 11, Columns: append(p.whoColumns(), page.Column{Title: p.t("col.diet"), Width: 46}, page.Column{Title: p.t("col.food"), Width: 52}, page.Column{Title: p.t("col.kitchen"), Width: 16, Sign: true})}
	twins := p.twins(list)
	mealsMissing, allergyMissing := 0, 0
	for _, x := range list {
		row := p.who(x, twins)
		if x.chart == nil {
			t.Rows = append(t.Rows, page.Row{Cells: append(row, nil, page.Cell{{Text: p.t("alerts.unread"), Bold: true}})})
			continue
		}
		if x.chart.Meals.State == model.NotStored {
			mealsMissing++
		}
		if x.chart.Allergies.State == model.NotStored {
			allergyMissing++
		}
		t.Rows = append(t.Rows, page.Row{Cells: append(row, p.dietOf(x.chart), p.food(x.chart))})
	}
	if mealsMissing > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("meals.missing", mealsMissing)), Frame: page.Thick})
	}
	if allergyMissing > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("food.missing", allergyMissing)), Frame: page.Thick})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

// food are the allergies that may matter for meals: those marked as food, and
// those whose kind nobody said. Others are counted, because a sender's kind may
// be wrong.
func (p *pen) food(c *model.Chart) page.Cell {
	var out page.Cell
	others := 0
	for i := range c.Allergies.Rows {
		a := &c.Allergies.Rows[i]
		switch {
		case a.Life != view.Live && a.Life != "", a.SaysNone.OK && a.SaysNone.Value:
		case a.Kind.Code == "DA", a.Kind.Code == "EA", a.Kind.Code == "AA", a.Kind.Code == "LA":
			others++
		default:
			out = append(out, page.Span{Text: p.t("food.loud", p.allergy(a)), Size: page.Big, Bold: true})
		}
	}
	if len(out) == 0 {
		words := stateWords(p, c.Allergies)
		out = page.C(first(words, p.t("food.none")))
	}
	if c.Allergies.Broken > 0 {
		out = append(out, page.Span{Text: p.t("broken", c.Allergies.Broken), Bold: true})
	}
	if others > 0 {
		out = out.And(page.S(p.t("food.others", others)))
	}
	return out
}
