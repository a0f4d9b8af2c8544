package synth

// stayPlan is a stay before it is written. to is far away for one that goes on.
type stayPlan struct {
	ill         *condition
	from, to    day
	first, last bed // they differ when the patient is moved
	open        bool
}

const farAway day = 1 << 20

// fitting finds a disease for a department, a patient and his age; any disease
// of the age where the department has none.
func (c *course) fitting(dept string, on day) *condition {
	age := c.p.age(on)
	var fit, any []*condition
	for k := range c.h.acute {
		d := &c.h.acute[k]
		if age < d.from || age > d.to || (d.icd == "C61" && c.p.sex == "F") {
			continue
		}
		any = append(any, d)
		if d.dept == dept {
			fit = append(fit, d)
		}
	}
	if len(fit) == 0 {
		fit = any
	}
	if len(fit) == 0 {
		return &c.h.acute[0]
	}
	return pick(&c.r, fit)
}

func (c *course) currentStay(b bed) stayPlan {
	today := c.h.asOf.day()
	ill := c.fitting(c.h.o.Wards[b.ward].Dept, today)
	s := stayPlan{ill: ill, from: max(c.p.birth+1, today-day(c.r.n(max(2, ill.days)))), to: farAway, first: b, last: b, open: true} //nolint:gosec // small
	if s.from == today && c.h.asOf < today.at(12, 0) {
		s.from--
	}
	if today-s.from >= 5 && c.r.chance(0.4) {
		s.first = pick(&c.r, c.h.beds)
	}
	return s
}

// pastStays draws the stays of the years before. Beds of the past may have had
// two patients at a time; those of the present have not.
func (c *course) pastStays(stays []stayPlan) []stayPlan {
	age := c.p.age(c.h.asOf.day())
	for range c.h.o.Years {
		if !c.r.chance(0.04 + float64(age)*0.0022) {
			continue
		}
		ill := c.fitting(pick(&c.r, c.h.depts), c.h.asOf.day())
		length := day(max(2, int(float64(ill.days)*(0.7+c.r.unit()*0.7))))
		from := c.h.from + day(c.r.n(max(1, int(c.h.asOf.day()-c.h.from-length-25)))) //nolint:gosec // small
		s := stayPlan{ill: ill, from: max(from, c.p.birth+1), first: pick(&c.r, c.h.beds)}
		s.to = s.from + length
		s.last = s.first
		if length >= 6 && c.r.chance(0.35) {
			s.last = pick(&c.r, c.h.beds)
		}
		free := s.to < c.h.asOf.day()
		for _, o := range stays {
			free = free && (s.to+3 < o.from || s.from > o.to+3)
		}
		if free {
			stays = append(stays, s)
		}
	}
	return stays
}

// inpatient writes one stay from its plan to the discharge, or to the as-of
// time.
func (c *course) inpatient(s *stayPlan) {
	dept := s.ill.dept
	base := c.visit(dept, c.p.index)
	v := base.into(c.h, s.first)
	admit := s.from.at(10, c.r.n(60))
	planned := s.ill.surgery || s.ill.scope || c.r.chance(0.3)
	if planned {
		plan := s.from.at(10, 0)
		c.move("ADT-21", s.from, (s.from-7).at(15, c.r.n(60)), base, moveText{trigger: "A14", at: (s.from - 7).at(15, 0), plan: plan, bed: v.place})
	} else {
		admit = s.from.at(c.r.n(10), c.r.n(60))
	}
	exp := Stay{Ward: v.ward, Room: v.room, Bed: v.bed, Dept: dept, Doctor: v.docID, Admitted: admit.text(12), Disease: s.ill.name}
	c.move("ADT-22", s.from, admit+10*minute, v, moveText{trigger: "A01", at: admit, admit: admit, admitter: v.doctor, why: s.ill.name})
	moved := s.first != s.last
	last := min(s.to, c.h.asOf.day())
	for d := s.from; d <= last; d++ {
		if moved && d == s.from+3 {
			v = c.transfer(s, v, &exp)
		}
		if d == s.from+2 && c.r.chance(0.3) {
			v = c.otherDoctor(v, d, &exp)
		}
		c.inpatientDay(s, d, v)
	}
	c.meals(s, v, admit)
	if s.ill.days >= 10 && !s.ill.infected && c.r.chance(0.5) {
		c.leave(s, v, &exp)
	}
	c.dischargeOrStay(s, v, &exp)
}

func (c *course) move(kind string, date day, sent clock, v *visit, m moveText) bool {
	return c.add(item{kind: kind, date: date, order: noOrder, sent: sent + c.jitter(), dept: v.dept, write: func(w *writer) { w.move(c.p, v, m) }})
}

func (c *course) transfer(s *stayPlan, v *visit, exp *Stay) *visit {
	at := (s.from + 3).at(14, c.r.n(60))
	to := v.into(c.h, s.last)
	c.move("ADT-41", s.from+3, (s.from+2).at(16, 0), to, moveText{trigger: "A15", at: (s.from + 2).at(16, 0), plan: at, before: v.place})
	if c.move("ADT-42", s.from+3, at+2*minute, to, moveText{trigger: "A02", at: at, event: at, before: v.place}) {
		exp.Ward, exp.Room, exp.Bed = to.ward, to.room, to.bed
		return to
	}
	return v
}

func (c *course) otherDoctor(v *visit, d day, exp *Stay) *visit {
	w := *v
	id, name := c.h.doctor(v.dept, c.p.index+1)
	w.docID, w.doctor = id, id+"^"+name+"^^^^^^^L^^^^^I"
	at := d.at(17, c.r.n(30))
	if c.add(item{kind: "ADT-01", date: noDay, order: noOrder, sent: at + c.jitter(), dept: v.dept, write: func(x *writer) { x.move(c.p, &w, moveText{trigger: "A54", at: at, event: at}) }}) {
		exp.Doctor = id
		return &w
	}
	return v
}

func (c *course) leave(s *stayPlan, v *visit, exp *Stay) {
	d := s.from + 6
	if d+2 >= s.to {
		return
	}
	out, back := d.at(10, c.r.n(30)), (d+1).at(18, c.r.n(30))
	if !c.move("ADT-31", d, out, v, moveText{trigger: "A21", at: out, event: out, back: back}) {
		return
	}
	exp.Away = !c.move("ADT-32", d+1, back, v, moveText{trigger: "A22", at: back, event: back, back: back})
}

func (c *course) dischargeOrStay(s *stayPlan, v *visit, exp *Stay) {
	if s.open {
		if plan := c.h.asOf.day() + 2; c.r.chance(0.25) {
			at := (c.h.asOf.day() - 1).at(16, 10)
			if at > s.from.at(12, 0) {
				c.move("ADT-51", plan, at, v, moveText{trigger: "A16", at: at, leave: plan.at(10, 0)})
			}
		}
		c.exp.Stay = exp
		return
	}
	ending := "01"
	at := s.to.at(10, c.r.n(60))
	switch {
	case c.r.chance(0.08):
		ending = "02"
	case c.r.chance(0.05):
		ending = "30"
	}
	c.move("ADT-51", s.to, (s.to-1).at(16, 0), v, moveText{trigger: "A16", at: (s.to - 1).at(16, 0), leave: s.to.at(10, 0)})
	c.move("ADT-52", s.to, at+5*minute, v, moveText{trigger: "A03", at: at, event: at, leaves: at, ending: ending})
	exp.Discharged = at.text(12)
	c.exp.Past = append(c.exp.Past, *exp)
	home := make([]rx, 0, 4)
	for _, id := range s.ill.drugs {
		home = append(home, rx{drug: &c.h.drugs[id], days: 14, times: 10})
	}
	c.prescribe(v, s.to.at(8, c.r.n(60)), home, true)
	c.summary(s, v, at)
	if ending == "02" {
		c.referral(v, at)
	}
}
