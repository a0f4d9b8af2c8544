package model

import "cmp"

// Identity gives what a person is compared by.
func (p *Person) Identity() Identity {
	return Identity{Kanji: p.Kanji.Show, Kana: p.Kana.Show, Birth: string(p.Birth.Stamp), Sex: p.Sex.Code}
}

// said counts what tells a person from others.
func (i Identity) said() int {
	n := 0
	for _, s := range [...]string{i.Kanji, i.Kana, i.Birth, i.Sex} {
		if s != "" {
			n++
		}
	}
	return n
}

// mergePerson takes the person from the chart that says most of him, of equals
// from the one whose store was written last.
func mergePerson(out *Chart, charts []*Chart) {
	best := charts[0]
	for _, c := range charts[1:] {
		if d := cmp.Or(c.Person.Identity().said()-best.Person.Identity().said(), -newer(newestStore(c), newestStore(best))); d > 0 {
			best = c
		}
	}
	out.Person = best.Person
	for _, c := range charts {
		if c == best || c.Person.Identity().said() == 0 {
			continue
		}
		different := Differences(best.Person.Identity(), c.Person.Identity())
		for _, d := range different {
			out.Notices = append(out.Notices, Notice{Level: Danger, Code: "patient.differs." + d.What, Args: []string{d.First, d.Second}, Ref: firstRef(c)})
		}
		if len(different) == 0 {
			out.Person.fill(&c.Person)
		}
	}
}

func newestStore(c *Chart) Stamp {
	var out Stamp
	for _, s := range c.Stores {
		out = max(out, s.Newest)
	}
	return out
}

// firstRef is where a chart's person was read, as far as that is known.
func firstRef(c *Chart) Ref {
	for _, o := range []*Origin{c.Person.ID.Origin, c.Person.Kanji.Origin, c.Person.Birth.Origin} {
		if o != nil && o.Ref != (Ref{}) {
			return o.Ref
		}
	}
	return Ref{}
}

// fill takes from another record of the same person what this one leaves out.
func (p *Person) fill(o *Person) {
	for _, x := range []struct{ to, from *Text }{{&p.ID, &o.ID}, {&p.Kanji, &o.Kanji}, {&p.Kana, &o.Kana}, {&p.Sex, &o.Sex}, {&p.ABO, &o.ABO}, {&p.Rh, &o.Rh}} {
		if !x.to.Has() {
			*x.to = *x.from
		}
	}
	if !p.Birth.Has() {
		p.Birth, p.Age = o.Birth, o.Age
	}
	if !p.Height.Value.Has() {
		p.Height = o.Height
	}
	if !p.Weight.Value.Has() {
		p.Weight = o.Weight
	}
	for _, x := range []struct{ to, from *[]Text }{{&p.Address, &o.Address}, {&p.Phones, &o.Phones}, {&p.Insurance, &o.Insurance}, {&p.Others, &o.Others}} {
		if len(*x.to) == 0 {
			*x.to = *x.from
		}
	}
	if len(p.Contacts) == 0 {
		p.Contacts = o.Contacts
	}
}
