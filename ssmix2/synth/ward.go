package synth

// inpatientDay is what happens on one day in the ward.
func (c *course) inpatientDay(s *stayPlan, d day, v *visit) {
	n := int(d - s.from)
	ill := &acuteEffects{s.ill, s.from}
	leaving := d == s.to
	if n == 0 {
		at := d.at(11, c.r.n(60))
		if at < s.from.at(12, 0) {
			c.lab(v, at, at+10*minute, fullPanels, ill)
		}
		c.image(v, at+20*minute, s.ill.name == "脳梗塞")
		c.heart(v, at+30*minute)
		c.note(v, at+60*minute, "入院時記録")
	}
	if n == 2 && s.ill.surgery && !leaving {
		c.note(v, d.at(18, c.r.n(40)), "手術記録")
	}
	if n == 1 && s.ill.scope {
		c.scope(v, d.at(13, c.r.n(60)))
	}
	if n == 1 && s.ill.infected {
		c.culture(v, d.at(7, 10))
	}
	if n > 0 && !leaving && (n < 4 || n%3 == 0) {
		c.lab(v, (d-1).at(17, 0), d.at(6, c.r.n(40)), routinePanels, ill)
	}
	if n%7 == 0 && !leaving {
		c.wardDrugs(s, d, v)
	}
	if s.ill.injections && n < 6 && !leaving {
		c.drips(s, d, v)
	}
	for k, hh := range [...]int{6, 14, 20} {
		if (n > 0 || k > 0) && (!leaving || k == 0) && c.h.o.Extended {
			c.vitals(v, d.at(hh, c.r.n(20)), ill)
		}
	}
	if n%2 == 1 && c.h.o.Extended {
		c.note(v, d.at(16, c.r.n(50)), "経過記録")
	}
}

// wardDrugs prescribes for a week and records what was given.
func (c *course) wardDrugs(s *stayPlan, d day, v *visit) {
	var lines []rx
	for _, id := range s.ill.drugs {
		lines = append(lines, rx{drug: &c.h.drugs[id], days: 7, times: 10})
	}
	for _, e := range c.conds {
		for _, id := range e.drugs {
			lines = append(lines, rx{drug: &c.h.drugs[id], days: 7, times: 10})
		}
	}
	at := d.at(11, 30+c.r.n(20))
	p := c.prescribe(v, at, lines, false)
	if p == nil || p.control == "DC" {
		return
	}
	for k := range 2 { // the evening of the day and the next morning
		given := d.at(18, 20+c.r.n(20)) + clock(k)*13*hour
		c.add(item{kind: "OMP-11", date: given.day(), order: p.order, sent: given + 9*minute + c.jitter(), dept: v.dept, write: func(w *writer) { w.taken(c.p, p, given) }})
	}
}

type drip struct {
	order, group string
	at           clock // ordered
	start, end   clock
	v            *visit
	kind         string // RXE-2
	volume       string
	rate         string
	parts        []part
	oneShot      bool
}

type part struct{ role, drug, amount, unit string }

// drips orders the injections of a day on the day before, or at once on the
// first, and records those that were given: nineteen of twenty, and none
// beyond the as-of time.
func (c *course) drips(s *stayPlan, d day, v *visit) {
	base := part{"B", "107750602^ソリタ－Ｔ３号輸液５００ｍＬ" + cwe, "1", hon}
	saline := part{"B", "107667701^大塚生食注１００ｍＬ" + cwe, "1", hon}
	ordered := (d - 1).at(15, c.r.n(60))
	if d == s.from {
		ordered = d.at(11, 5+c.r.n(20))
	}
	order := c.number()
	add := func(k int, x drip) {
		x.order, x.group, x.at, x.v = order, order+"_01_"+pad(k, 3), ordered, v
		c.drip(&x)
	}
	list := []drip{{start: d.at(12, 0), end: d.at(17, 0), kind: "00^一般^JHSI0002", volume: "500", rate: "100", parts: []part{base, {"A", "108010001^アドナ注（静脈用）５０ｍｇ" + cwe, "1", amp}}},
		{start: d.at(17, 0), end: d.at(22, 0), kind: "00^一般^JHSI0002", volume: "500", rate: "100", parts: []part{base}}}
	if s.ill.infected {
		for _, hh := range []int{13, 21} {
			list = append(list, drip{start: d.at(hh, 0), end: d.at(hh+1, 0), kind: "00^一般^JHSI0002", volume: "100", rate: "100", parts: []part{saline, {"A", "111177401^カルベニン点滴用０．５ｇ" + cwe, "1", "VIL^バイアル^MR9P"}}})
		}
	}
	if s.ill.surgery && d == s.from+2 {
		list = append(list, drip{start: d.at(19, 0), end: d.at(19, 10), kind: "03^麻毒^JHSI0002", volume: "1", oneShot: true, parts: []part{{"B", "185040601^モルヒネ塩酸塩注射液１０ｍｇ" + cwe, "1", amp}}})
	}
	// One file holds one order: all lines of the day are one message each, as
	// hospitals with a label for each bag write them.
	for k := range list {
		if k > 0 {
			order = c.number()
		}
		add(k+1, list[k])
	}
}

func (c *course) drip(x *drip) {
	if !c.add(item{kind: "OMP-02", date: x.at.day(), order: x.order, sent: x.at + c.jitter(), dept: x.v.dept, write: func(w *writer) { w.drip(c.p, x) }}) {
		return
	}
	e := Injection{Order: x.order, Group: x.group, Start: x.start.text(12), Rate: x.rate}
	for _, p := range x.parts {
		text, _, _ := cutText(p.drug)
		e.Drugs = append(e.Drugs, text)
	}
	if c.r.chance(0.95) {
		begun := x.start + clock(c.r.n(12))*minute
		e.Given = c.add(item{kind: "OMP-12", date: x.start.day(), order: x.order, sent: x.end + 8*minute + c.jitter(), dept: x.v.dept, write: func(w *writer) { w.given(c.p, x, begun) }})
	}
	c.exp.Injections = append(c.exp.Injections, e)
}

// meals orders the diet of the stay, and normal food from its fourth day on.
func (c *course) meals(s *stayPlan, v *visit, admit clock) {
	diet := s.ill.diet
	if diet == "" {
		diet = "常食"
		for _, d := range c.conds {
			if d.diet != "" {
				diet = d.diet
			}
		}
	}
	text := ""
	if c.p.food >= 0 {
		text = foods()[c.p.food].Name + "除去"
	}
	put := func(diet string, at clock, from, to day) {
		m := &meal{order: c.number(), at: at, v: v, from: from, to: to, diet: diet, text: text}
		if c.add(item{kind: "OMD", date: at.day(), order: m.order, sent: at + c.jitter(), dept: v.dept, write: func(w *writer) { w.meal(c.p, m) }}) && s.open {
			c.exp.Meal = diet
		}
	}
	if diet == "絶食" {
		put(diet, admit+30*minute, s.from, s.from+2)
		put("全粥食", (s.from+2).at(16, 0), s.from+3, noDay)
		return
	}
	put(diet, admit+30*minute, s.from, noDay)
}

type meal struct {
	order    string
	at       clock
	v        *visit
	from, to day
	diet     string
	text     string
}
