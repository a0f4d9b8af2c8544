package ssmix2

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// person takes the patient from the newest ADT-00, else from the message that
// was sent last, which says less.
func (r *reader) person() {
	f, ok := r.newestOf(details)
	if !ok {
		for _, x := range r.files {
			if x.View.Patient.ID.Has() && (!ok || x.Name.Sent > f.Name.Sent) {
				f, ok = x, true
			}
		}
		if !ok {
			return
		}
		r.notes.Add(model.Info, "person.other_message", r.ref(f.Name), f.Name.Kind)
	}
	a := at{ref: r.ref(f.Name), pool: r.pool}
	p, v := &r.chart.Person, f.View
	who := v.Patient
	p.ID, p.Birth, p.Sex, p.Updated = a.text(who.ID), a.when(who.Birth), a.text(who.Sex), a.when(who.Updated)
	p.Sex.Code = a.str(who.Sex.Text)
	p.Kanji, p.Kana = a.name(who, who.Kanji), a.name(who, who.Kana)
	p.Age = computed(r.pool, who.Age(r.want.Today))
	if strings.Contains(who.Kanji+who.Kana, "■") { // how senders write a character that the standard has not
		r.notes.Add(model.Warn, "person.gaiji", r.ref(f.Name), p.Kanji.Show)
	}
	for _, x := range who.Addresses {
		line := x.Line
		if x.Postcode != "" && !strings.Contains(line, x.Postcode) {
			line = x.Postcode + " " + line
		}
		t := a.make(x.From, line)
		t.Code = a.str(x.Use)
		p.Address = appendText(p.Address, t)
	}
	p.Phones = a.phones(who.Phones)
	for _, c := range v.Contacts {
		out := model.Contact{Relation: a.coded(c.Relation), Phones: a.phones(c.Phones)}
		if len(c.Names) > 0 {
			out.Name = a.make(c.Names[0].From, c.Names[0].Full)
		}
		p.Contacts = append(p.Contacts, out)
	}
	for _, i := range v.Insurances {
		t := a.coded(i.Plan)
		t.Show = strings.Join(strings.Fields(strings.Join([]string{t.Show, i.Insurer.Text, i.Symbol.Text, i.Number.Text}, " ")), " ")
		p.Insurance = appendText(p.Insurance, t)
	}
	for _, d := range v.Disabilities {
		t := a.coded(d.Who)
		t.Show = strings.TrimSpace(t.Show + " " + d.State.Text)
		p.Others = appendText(p.Others, t)
	}
	a.measures(p, v.Measures)
	r.compare(f)
}

// name finds the repetition of PID-5 that a name was taken from.
func (a at) name(p view.Patient, full string) model.Text {
	for _, n := range p.Names {
		if n.Full == full && full != "" {
			return a.make(n.From, model.Clip(full, model.MaxName))
		}
	}
	return model.Text{Show: a.str(model.Clip(full, model.MaxName))}
}

func (a at) phones(list []view.Phone) []model.Text {
	var out []model.Text
	for _, x := range list {
		t := a.make(x.From, x.Number)
		t.Code = a.str(x.Use)
		out = appendText(out, t)
	}
	return out
}

// measures takes height, weight and blood groups by the first characters of
// their JLAC10 codes.
func (a at) measures(p *model.Person, list []view.Result) {
	for i := range list {
		o := &list[i]
		if o.Life != view.Live || len(o.Values) == 0 {
			continue
		}
		value := a.value(&o.Values[0])
		switch code := jlac(&o.Item); {
		case strings.HasPrefix(code, "5H010"):
			p.ABO = value
		case strings.HasPrefix(code, "5H020"):
			p.Rh = value
		case o.VitalOf() == view.Height:
			p.Height = model.Measure{Value: value, Unit: a.coded(o.Unit), At: a.when(o.At)}
		case o.VitalOf() == view.Weight:
			p.Weight = model.Measure{Value: value, Unit: a.coded(o.Unit), At: a.when(o.At)}
		}
	}
}

// jlac is an item's JLAC10 code, "" if it has none.
func jlac(c *view.Coded) string {
	switch {
	case c.System == "JC10":
		return c.Code
	case c.AltSystem == "JC10":
		return c.AltCode
	}
	return ""
}

// compare tells of every version of ADT-00 that claims to hold and speaks of
// somebody else.
func (r *reader) compare(best view.File) {
	first := briefOf(best.View.Patient)
	for _, list := range [][]view.File{r.files, r.older} {
		for _, f := range list {
			if f.Name.Kind == details && f.Name != best.Name {
				differs(&r.notes, r.ref(f.Name), first, briefOf(f.View.Patient))
			}
		}
	}
}
