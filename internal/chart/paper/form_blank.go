package paper

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
)

// blank begins a form to be filled by hand, with the head of a patient or with
// room for one. It carries no words of the copy but who the patient is and his
// allergies.
func (p *pen) blank(form string, who *subject) *page.Sheet {
	s := p.sheet(form)
	s.Foot = p.t("foot.blank")
	if who == nil {
		s.Head.AsOf, s.Head.Loud = "", false
		s.Head.Patient = &page.Patient{Blank: true, Kana: p.t("hand.kana"), Kanji: p.t("hand.kanji"), IDLabel: p.t("hand.id"), Birth: p.t("hand.birth"), Place: p.t("hand.place")}
		s.Repeat = []page.Block{page.Text{Cell: page.C(p.t("hand.allergies")), Frame: page.Thick}}
		return s
	}
	with := p.patientSheet(form, who)
	with.Foot = s.Foot
	with.Repeat, _ = p.alerts(who.chart)
	return with
}

func empty(n int) []page.Row { return make([]page.Row, n) }

func (p *pen) columns(list ...any) (out []page.Column) {
	for i := 0; i+1 < len(list); i += 2 {
		key, _ := list[i].(string)
		width, _ := list[i+1].(int)
		out = append(out, page.Column{Title: p.t(key), Width: float64(width), Sign: true})
	}
	return out
}

func blankOrders(p *pen, who *subject) *page.Sheet {
	s := p.blank("blank_orders", who)
	s.Blocks = []page.Block{page.Table{Height: 13, Columns: p.columns("hand.time", 26, "hand.order", 88, "col.sign", 24, "hand.received", 24, "hand.done", 24), Rows: empty(14)}}
	return s
}

func blankCourse(p *pen, who *subject) *page.Sheet {
	s := p.blank("blank_course", who)
	s.Landscape = true
	s.Blocks = []page.Block{page.Table{Height: 10, Columns: p.columns("hand.time", 26, "hand.temp", 14, "hand.pulse", 14, "hand.pressure", 22, "hand.breath", 14, "hand.spo2", 14, "hand.conscious", 18, "hand.intake", 20, "hand.output", 20, "hand.course", 84, "hand.sign", 20), Rows: empty(11)}}
	return s
}

func blankMar(p *pen, who *subject) *page.Sheet {
	s := p.blank("blank_mar", who)
	s.Landscape = true
	t := p.emptyMar(10)
	for i := range t.Columns[3:] {
		t.Columns[3+i].Title = "　/\n" + p.t([]string{"morning", "noon", "evening", "night"}[i%4])
	}
	s.Blocks = []page.Block{t}
	return s
}

func blankTests(p *pen, who *subject) *page.Sheet {
	s := p.blank("blank_tests", who)
	s.Blocks = []page.Block{
		page.Facts{Columns: 2, Facts: []page.Fact{{Label: p.t("hand.asked"), Value: page.C("　")}, {Label: p.t("hand.wanted"), Value: page.C("　")}, {Label: p.t("hand.dept"), Value: page.C("　")}, {Label: p.t("hand.physician"), Value: page.C("　")}}},
		page.Text{Cell: page.Cell{{Text: p.t("hand.kinds"), Size: page.Big}}},
		page.Table{Height: 12, Columns: p.columns("hand.test", 80, "hand.specimen", 40, "hand.urgent", 22, "hand.taken", 42), Rows: empty(8)},
		page.Lines{Label: p.t("hand.purpose"), Count: 4},
		page.Boxes{Labels: []string{p.t("hand.physician"), p.t("hand.taker"), p.t("hand.lab")}},
	}
	return s
}

func blankRx(p *pen, who *subject) *page.Sheet {
	s := p.blank("blank_rx", who)
	s.Blocks = []page.Block{
		page.Text{Cell: page.Cell{{Text: p.t("hand.rxkinds"), Size: page.Big}}},
		page.Table{Height: 15, Columns: p.columns("col.rp", 12, "hand.drug", 76, "hand.dose", 28, "hand.usage", 44, "hand.days", 24), Rows: empty(10)},
		page.Lines{Label: p.t("hand.notes"), Count: 2},
		page.Boxes{Labels: []string{p.t("hand.rxdate"), p.t("hand.rxphysician"), p.t("hand.audit"), p.t("hand.dispensed")}, Height: 22},
	}
	return s
}

// blankViews is for writing down by hand who looked at which chart while the
// ledger cannot be written.
func blankViews(p *pen, _ *subject) *page.Sheet {
	s := p.sheet("blank_views")
	s.Head.AsOf, s.Head.Loud, s.Foot = "", false, p.t("foot.blank")
	s.Blocks = []page.Block{page.Text{Cell: page.C(p.t("hand.views"))},
		page.Table{Height: 11, Columns: p.columns("hand.time", 28, "hand.viewer", 36, "hand.job", 22, "col.id", 30, "hand.patient", 36, "hand.what", 36, "hand.why", 36), Rows: empty(18)}}
	return s
}

// labelOf is a patient's label. It says the birth, not the age: labels stay on
// when the year is over.
func (p *pen) labelOf(who *subject, band bool) page.Label {
	h := p.patient(who)
	l := page.Label{ID: who.id}
	if band {
		l.Lines = page.Cell{{Text: joined(h.Kanji, h.Kana), Size: page.Huge, Bold: true}, {Text: joined(h.IDLabel+" "+who.id, p.birthLine(who)), Size: page.Big, Bold: true}}
		return l
	}
	l.Lines = page.Cell{{Text: h.IDLabel + " " + who.id, Bold: true}, {Text: h.Kanji, Size: page.Big, Bold: true}, {Text: h.Kana, Size: page.Small}, {Text: p.birthLine(who)}}
	l.Lines = l.Lines.And(page.S(h.Place))
	return l
}

// labelSheet makes labels; the size is settable because paper differs.
func (p *pen) labelSheet(form string, list []*subject) *page.Sheet {
	s := &page.Sheet{Form: form, Title: p.t("form." + form), Bare: true}
	b := page.Labels{Width: 66, Height: 33.9, Gap: 0, Cut: true}
	if form == "wristbands" {
		b.Width, b.Height, b.Gap = 180, 25, 4
	}
	if p.opt.LabelWidth > 0 {
		b.Width = min(max(p.opt.LabelWidth, 30), 190)
	}
	if p.opt.LabelHeight > 0 {
		b.Height = min(max(p.opt.LabelHeight, 15), 270)
	}
	for _, who := range list {
		for range p.copies() {
			b.Items = append(b.Items, p.labelOf(who, form == "wristbands"))
		}
	}
	s.Blocks = []page.Block{b}
	return s
}

// maxCopies bounds what one request prints of a form or a label.
const maxCopies = 50

func (p *pen) copies() int { return min(max(p.opt.Copies, 1), maxCopies) }

// onlyPerson is what labels need.
func onlyPerson() []model.Part { return []model.Part{model.Who, model.Stays} }
