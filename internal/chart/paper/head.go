package paper

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// subject is the patient of a sheet.
type subject struct {
	id    string
	chart *model.Chart // nil: could not be read
	hit   *index.Hit   // nil: not in the index
}

// sheet begins a sheet of a form.
func (p *pen) sheet(form string) *page.Sheet {
	p.said = nil
	s := &page.Sheet{Form: form, Title: p.t("form." + form), Foot: p.t("foot")}
	s.Head.Hospital = p.hospital
	s.Head.AsOf, s.Head.Loud = p.asOfWords()
	s.Head.Printed = p.t("printed.at", p.at(p.now))
	if p.by != "" {
		s.Head.Printed = p.t("printed", p.at(p.now), p.by)
	}
	return s
}

// asOfWords says until when the copy is true, loudly where that is long ago or
// not known.
func (p *pen) asOfWords() (words string, loud bool) {
	if p.asOf.IsZero() {
		return p.t("asof.unknown"), true
	}
	by := ""
	if p.newest {
		by = ".newest"
	}
	age := p.now.Sub(p.asOf)
	switch {
	case age < -5*60*1e9:
		return p.t("asof.ahead", p.at(p.asOf)), true
	case age > p.old:
		return p.t("asof.old"+by, p.at(p.asOf), p.age(int(age.Hours()))), true
	}
	return p.t("asof"+by, p.at(p.asOf), p.age(int(max(age, 0).Hours()))), false
}

// age prints a number of hours.
func (p *pen) age(hours int) string {
	if hours >= 72 {
		return p.t("days", hours/24)
	}
	return p.t("hours", hours)
}

// patientSheet begins a sheet about a patient, with the warnings that belong on
// top of it.
func (p *pen) patientSheet(form string, who *subject) *page.Sheet {
	s := p.sheet(form)
	s.Head.Patient = p.patient(who)
	s.Mark = strings.TrimSpace(s.Head.Patient.Place + " " + s.Head.Patient.Kanji + " " + who.id)
	s.Head.Warnings = p.warnings()
	if who.hit != nil && who.hit.Twins > 0 {
		s.Head.Warnings = append(s.Head.Warnings, p.t("warn.twins", who.hit.Twins))
	}
	if who.chart == nil {
		s.Head.Warnings = append(s.Head.Warnings, p.t("warn.unread"))
		return s
	}
	if at := newest(who.chart); p.asOf.IsZero() && at != "" {
		s.Head.AsOf = p.t("asof.patient", p.stamp(at))
	}
	if sent := who.chart.Person.ID.Show; sent != "" && strings.TrimLeft(sent, "0") != strings.TrimLeft(who.id, "0") {
		s.Head.Warnings = append(s.Head.Warnings, p.t("warn.id", sent))
	}
	seen := map[string]bool{}
	for _, n := range who.chart.Notices {
		words := p.coded("chart.notice.", n.Code, n.Args)
		if n.Level == model.Danger && !seen[words] {
			seen[words] = true
			s.Head.Warnings = append(s.Head.Warnings, p.t("warn.notice", words))
		}
	}
	for _, st := range who.chart.Stores {
		if st.Failed {
			s.Head.Warnings = append(s.Head.Warnings, p.t("warn.store", st.Label))
		}
	}
	return s
}

// warnings are those of the whole copy.
func (p *pen) warnings() (out []string) {
	for _, w := range p.warn {
		out = append(out, p.cat.Say(p.lang, w))
	}
	return out
}

// newest is when something was last sent for a patient, "" if that is not known.
func newest(c *model.Chart) (at model.Stamp) {
	for _, s := range c.Stores {
		at = max(at, s.Newest)
	}
	return at
}

// patient is who a sheet is about: what the record says, else what the index
// knows, and the number in any case.
func (p *pen) patient(who *subject) *page.Patient {
	out := &page.Patient{ID: who.id, IDLabel: p.t("id")}
	if h := who.hit; h != nil {
		out.Kanji, out.Kana, out.Sex = h.Brief.Kanji, h.Brief.Kana, p.sex(h.Brief.Sex, h.Brief.Sex)
		out.Birth = p.t("born", p.stamp(model.Stamp(h.Brief.Birth)))
		out.Place = p.hitBed(h)
	}
	if c := who.chart; c != nil {
		x := &c.Person
		out.Kanji, out.Kana = first(x.Kanji.Show, out.Kanji), first(x.Kana.Show, out.Kana)
		if x.Sex.Has() || x.Sex.Code != "" {
			out.Sex = p.sex(x.Sex.Code, x.Sex.Show)
		}
		if x.Birth.Has() {
			out.Birth = p.t("born", p.when(x.Birth))
			if x.Age.OK {
				out.Birth = p.t("born.age", p.when(x.Birth), x.Age.Value)
			}
		}
		if out.Place == "" {
			if st := inside(c); st != nil {
				out.Place = st.Place.String()
			}
		}
	}
	if out.Kanji == "" {
		out.Kanji = first(out.Kana, p.t("nameless"))
	}
	return out
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func (p *pen) hitBed(h *index.Hit) string {
	if h.Bed == nil {
		return ""
	}
	return strings.Trim(strings.Join([]string{first(h.Bed.WardName, h.Bed.Ward), h.Bed.Room, h.Bed.Bed}, "-"), "-")
}

// inside is the stay that is not known to have ended.
func inside(c *model.Chart) *model.Stay {
	for i := range c.Stays.Rows {
		if st := &c.Stays.Rows[i]; !st.Discharged.Has() {
			return st
		}
	}
	return nil
}

// form begins a sheet of a form for a patient with its slogan ("slogan.…"), and
// with allergies and infections on top of each page.
func (p *pen) form(code, slogan string, who *subject) *page.Sheet {
	s := p.patientSheet(code, who)
	s.Slogan = p.t("slogan." + slogan)
	repeat, once := p.alerts(who.chart)
	s.Repeat, s.Blocks = repeat, append(s.Blocks, once...)
	return s
}

// maxRepeat is how many allergies are repeated on each page; a patient with
// more has all of them on the first page.
const maxRepeat = 10

// alerts are allergies and infections as they stand on top of each page.
func (p *pen) alerts(c *model.Chart) (repeat, once []page.Block) {
	if c == nil {
		return []page.Block{page.Text{Cell: page.C(p.t("alerts.unread")), Frame: page.Thick}}, nil
	}
	all := p.allergyWords(c)
	words := strings.Join(all[:min(len(all), maxRepeat)], p.t("sep"))
	if len(all) > maxRepeat {
		words = p.t("alerts.more", words, len(all)-maxRepeat)
		once = append(once, page.Heading{Text: p.t("alerts.all")}, page.Text{Cell: page.C(all...), Frame: page.Thin})
	}
	cell := page.Cell{{Text: p.t("named", p.t("part.allergies"), words), Bold: true}}
	if inf := p.infectionWords(c); inf != "" {
		cell = append(cell, page.Span{Text: p.t("named", p.t("part.infections"), inf), Bold: true})
	}
	return []page.Block{page.Text{Cell: cell, Frame: page.Thick}}, once
}

// allergyWords are the allergies in words, or why there are none to print.
func (p *pen) allergyWords(c *model.Chart) []string {
	var out []string
	for i := range c.Allergies.Rows {
		if a := &c.Allergies.Rows[i]; a.Life == view.Live && !(a.SaysNone.OK && a.SaysNone.Value) {
			out = append(out, p.allergy(a))
		}
	}
	if c.Allergies.Broken > 0 {
		out = append(out, p.t("broken", c.Allergies.Broken))
	}
	if len(out) > 0 {
		return out
	}
	if s := stateWords(p, c.Allergies); s != "" {
		return []string{s}
	}
	return []string{p.t("alerts.withdrawn", len(c.Allergies.Rows))}
}

func (p *pen) allergy(a *model.Allergy) string {
	parts := []string{p.kindOf(a), a.Severity.Show, shows(a.Reactions, p.t("sep")), a.Status.Show}
	if a.Older {
		parts = append(parts, p.t("allergy.older"))
	}
	var words []string
	for _, s := range parts {
		if s != "" {
			words = append(words, s)
		}
	}
	name := first(a.Allergen.Show, a.Allergen.Code, p.t("unnamed"))
	if len(words) == 0 {
		return name
	}
	return p.t("with", name, strings.Join(words, p.t("sep")))
}

func (p *pen) kindOf(a *model.Allergy) string {
	if a.Kind.Show != "" && a.Kind.Show != a.Kind.Code {
		return a.Kind.Show
	}
	ja, en, ok := view.TableName("0127", a.Kind.Code)
	switch {
	case !ok:
		return a.Kind.Show
	case p.lang == text.EN:
		return en
	}
	return ja
}

// infectionWords are the recorded results in a line: name, result, day. None is
// ever called negative but in the sender's own words.
func (p *pen) infectionWords(c *model.Chart) string {
	var out []string
	for _, i := range c.Infections.Rows {
		words := first(i.Result.Show, p.t("unstated"))
		if day, ok := i.At.Stamp.Day(); ok {
			words += " " + p.day(day)
		} else if i.At.Has() {
			words += " " + p.when(i.At)
		}
		out = append(out, strings.TrimSpace(i.Name.Show+" "+words))
	}
	if len(out) > maxRepeat {
		out = append(out[:maxRepeat], p.t("more", len(c.Infections.Rows)-maxRepeat))
	}
	if len(out) == 0 {
		return stateWords(p, c.Infections)
	}
	return strings.Join(out, p.t("sep"))
}

// cautions says how many of the reading's warnings are not on the sheet; those
// of danger stand on top of it.
func (p *pen) cautions(c *model.Chart) []page.Block {
	n := 0
	for _, x := range c.Notices {
		if x.Level == model.Warn {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []page.Block{page.Text{Cell: page.S(p.t("cautions", n))}}
}
