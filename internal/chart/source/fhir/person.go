package fhir

import (
	"cmp"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// person takes who the patient is from the Patient that was sent last.
func (r *reading) person() {
	p := &r.chart.Person
	var x *resource
	for _, res := range r.of("Patient") {
		if x == nil || res.e.sent > x.e.sent {
			x = res
		}
	}
	if x == nil {
		p.ID = model.Text{Show: r.p.id, System: r.p.facility}
		return
	}
	n, ref := x.node, x.ref
	at := func(t model.Text) model.Text { return in(ref, t) }
	b := briefOf(x.raw)
	p.ID = at(model.Text{Show: r.p.id, System: r.p.facility, Origin: place(n.at("identifier"))})
	p.Kanji, p.Kana = at(model.Text{Show: b.Kanji, Origin: place(n.at("name"))}), at(model.Text{Show: b.Kana, Origin: place(n.at("name"))})
	if b.Birth != "" {
		p.Birth = model.When{Stamp: model.Stamp(b.Birth), Origin: placeIn(ref, "birthDate")}
		day := view.Time{From: view.From{State: view.Present, Raw: b.Birth}, Time: hl7.ParseTime(b.Birth)}
		if len(b.Birth) == 8 {
			day.Day = b.Birth
		}
		p.Age = view.Patient{Birth: day}.Age(r.want.Today)
	}
	p.Sex = at(model.Text{Show: b.Sex, Raw: n.at("gender").str(), Code: b.Sex, Origin: placeIn(ref, "gender")})
	p.Phones = phones(n)
	for _, a := range n.each("address") {
		if t := address(a); t.Has() {
			p.Address = appendText(p.Address, at(t))
		}
	}
	for _, c := range n.each("contact") {
		name := plain(c.at("name", "text"))
		if !name.Has() {
			name = model.Text{Show: strings.TrimSpace(c.at("name", "family").str() + " " + c.at("name", "given").str()), Origin: place(c.at("name"))}
		}
		p.Contacts = append(p.Contacts, model.Contact{Name: at(name), Relation: at(concept(c.at("relationship"))), Phones: phones(c)})
	}
	if n.at("deceasedBoolean").str() == "true" || n.at("deceasedDateTime").has() {
		r.notice(model.Warn, "deceased", ref, n.at("deceasedDateTime").str())
	}
	p.Updated = r.when(n.at("meta", "lastUpdated"))
	for _, c := range r.of("Coverage") {
		t := concept(c.node.at("type"))
		t.Show = strings.Join(strings.Fields(strings.Join([]string{t.Show, r.named(c, c.node.at("payor")).Show, c.node.at("subscriberId").str(), c.node.at("dependent").str()}, " ")), " ")
		p.Insurance = appendText(p.Insurance, in(c.ref, t))
	}
	r.measures()
}

func phones(n node) (out []model.Text) {
	for _, t := range n.each("telecom") {
		if x := plain(t.at("value")); x.Has() {
			x.Code = t.at("use").str()
			out = appendText(out, x)
		}
	}
	return out
}

func address(n node) model.Text {
	text := n.at("text").str()
	if text == "" {
		parts := []string{n.at("state").str(), n.at("city").str()}
		for _, l := range n.each("line") {
			parts = append(parts, l.str())
		}
		text = strings.Join(parts, "")
	}
	if code := n.at("postalCode").str(); code != "" && !strings.Contains(text, code) {
		text = code + " " + text
	}
	return model.Text{Show: strings.TrimSpace(text), Code: n.at("use").str(), Origin: place(n)}
}

// measures takes blood groups, height and weight from observations by their
// codes (LOINC, JLAC10): the newest that holds.
func (r *reading) measures() {
	p := &r.chart.Person
	for _, x := range r.of("Observation") {
		if lifeOf(x.node) != view.Live || stageOf(x.node) == view.Impossible {
			continue
		}
		when := r.first(x.node.at("effectiveDateTime"), x.node.at("effectivePeriod", "start"), x.node.at("issued"))
		value := in(x.ref, valueOf(x.node))
		switch measureOf(x.node) {
		case "abo":
			if !p.ABO.Has() || when.Stamp > r.seen("abo", "") {
				p.ABO = value
				r.seen("abo", when.Stamp)
			}
		case "rh":
			if !p.Rh.Has() || when.Stamp > r.seen("rh", "") {
				p.Rh = value
				r.seen("rh", when.Stamp)
			}
		case "height":
			newest(&p.Height, x.node, value, when)
		case "weight":
			newest(&p.Weight, x.node, value, when)
		}
	}
}

// seen remembers when the value that stands for a measure was taken.
func (r *reading) seen(what string, at model.Stamp) model.Stamp {
	if r.times == nil {
		r.times = map[string]model.Stamp{}
	}
	if at != "" {
		r.times[what] = at
	}
	return r.times[what]
}

func newest(m *model.Measure, n node, value model.Text, when model.When) {
	if !value.Has() || m.Value.Has() && when.Stamp <= m.At.Stamp {
		return
	}
	number := n.at("valueQuantity", "value")
	*m = model.Measure{Value: model.Text{Show: cmp.Or(number.str(), value.Show), Origin: value.Origin}, At: when}
	if number.has() {
		m.Unit = unit(n.at("valueQuantity"))
	}
}

// measureOf tells what a page's head shows by its code.
func measureOf(n node) string {
	for _, c := range n.each("code", "coding") {
		switch code := c.at("code").str(); {
		case code == "882-1", code == "883-9", strings.HasPrefix(code, "5H010"), code == "BLD-ABO":
			return "abo"
		case code == "10331-7", strings.HasPrefix(code, "5H020"), code == "BLD-Rh":
			return "rh"
		case code == "8302-2", strings.HasPrefix(code, "9N001"):
			return "height"
		case code == "29463-7", strings.HasPrefix(code, "9N006"):
			return "weight"
		}
	}
	return ""
}
