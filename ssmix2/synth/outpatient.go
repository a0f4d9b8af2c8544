package synth

import "slices"

// rx is a drug of a prescription.
type rx struct {
	*drug
	rp    int
	days  int
	times int // how often in all, of drugs taken when needed
	start day
}

type prescription struct {
	order   string
	control string // ORC-1
	at      clock
	v       *visit
	lines   []rx
	leaving bool
}

// outpatient is the years of visits: for chronic diseases at intervals, for the
// others now and then. No visit falls into a stay or on a day with another.
func (c *course) outpatient(stays []stayPlan) {
	interval, dept := 150+c.r.n(300), "01"
	from := c.h.from
	if len(c.conds) > 0 {
		interval = pick(&c.r, []int{28, 28, 56, 84})
		dept = c.conds[0].dept
		from = c.conds[0].since
	}
	today := c.h.asOf.day()
	for d := from + day(c.r.n(interval)); d <= today; d += day(interval) { //nolint:gosec // small
		on := d
		for on.weekday() == 0 {
			on++
		}
		if slices.ContainsFunc(stays, func(s stayPlan) bool { return on >= s.from-1 && on <= s.to+1 }) {
			continue
		}
		c.seeDoctor(on, dept, interval)
	}
}

func (c *course) seeDoctor(on day, dept string, interval int) {
	emergency := len(c.conds) == 0 && c.r.chance(0.2)
	at := on.at(8+c.r.n(7), c.r.n(60))
	if emergency {
		dept, at = "39", on.at(c.r.n(24), c.r.n(60))
	}
	v := c.visit(dept, c.p.index)
	if c.add(item{kind: "ADT-12", date: on, order: noOrder, sent: at + c.jitter(), dept: dept, write: func(w *writer) { w.move(c.p, v, moveText{trigger: "A04", at: at, admit: at}) }}) {
		c.exp.Visits = append(c.exp.Visits, at.text(12))
	}
	if len(c.conds) > 0 || c.r.chance(0.4) {
		panels := routinePanels
		if c.r.chance(0.3) {
			panels = fullPanels
		}
		c.lab(v, at+5*minute, at+15*minute, panels, nil)
	}
	var lines []rx
	for _, d := range c.conds {
		if on >= d.since {
			for _, id := range d.drugs {
				lines = append(lines, rx{drug: &c.h.drugs[id], days: interval})
			}
		}
	}
	if c.r.chance(0.2) || len(lines) == 0 {
		id := pick(&c.r, []drugID{paracetamol, ointment, cream, carbocisteine, eyedrops, suppository, lemborexant})
		lines = append(lines, rx{drug: &c.h.drugs[id], days: 7, times: 10})
	}
	c.prescribe(v, at+40*minute, lines, false)
	switch c.r.n(12) {
	case 0:
		c.image(v, at+20*minute, false)
	case 1:
		c.heart(v, at+20*minute)
	case 2:
		c.note(v, at+45*minute, "外来診療録")
	}
}

// prescribe writes a prescription; drugs with the same usage and days share an
// Rp. One in thirty is corrected, one in fifty stopped.
func (c *course) prescribe(v *visit, at clock, lines []rx, leaving bool) (stored *prescription) {
	seen := map[drugID]bool{}
	p := &prescription{order: c.number(), control: "NW", at: at, v: v, leaving: leaving}
	for _, l := range lines {
		id := drugID(slices.IndexFunc(c.h.drugs, func(d drug) bool { return d.code == l.code })) //nolint:gosec // it is there
		if seen[id] {
			continue
		}
		seen[id] = true
		l.start = at.day()
		l.rp = len(p.lines) + 1
		for _, o := range p.lines {
			if o.use == l.use && o.days == l.days && o.rhythm == l.rhythm && o.kind == l.kind && o.kind == "21" {
				l.rp = o.rp
			}
		}
		if l.kind == "22" {
			l.times = max(l.times, 10)
		}
		p.lines = append(p.lines, l)
	}
	sent, flag := at+c.jitter(), byte('1')
	put := func(p *prescription, sent clock, flag byte) bool {
		return c.add(item{kind: "OMP-01", date: at.day(), order: p.order, sent: sent, dept: v.dept, flag: flag, write: func(w *writer) { w.prescription(c.p, p) }})
	}
	if again := sent + 25*minute; c.r.chance(0.05) && again <= c.h.asOf {
		old := *p
		old.lines = old.lines[:max(1, len(old.lines)-1)]
		put(&old, sent, '2')
		if p.control = "XO"; c.r.chance(0.4) {
			p.control = "DC"
		}
		sent = again
	}
	if !put(p, sent, flag) {
		return nil
	}
	c.expectDrugs(p)
	return p
}

func (c *course) expectDrugs(p *prescription) {
	for i := range p.lines {
		l := &p.lines[i]
		unit, _, _ := cutText(l.unit)
		d := Drug{Order: p.order, Rp: itoa(l.rp), Code: l.code, System: l.system, Name: l.name, Kind: l.kind, Dose: itoa(l.dose), Unit: unit, Usage: c.h.usages[l.use].text,
			Days: l.days, Start: l.start.String(), Stopped: p.control == "DC", Inpatient: p.v.in}
		if l.kind == "23" {
			d.Dose, d.Unit = "", ""
		}
		if l.kind == "21" || l.kind == "24" {
			d.End = l.end().String()
		} else {
			d.Days = 0
		}
		c.exp.Drugs = append(c.exp.Drugs, d)
	}
}

// end is the day before the dose behind the last one would be due. The days of
// TQ1-6 are days with a dose.
func (l *rx) end() day {
	switch {
	case l.rhythm == "":
		return l.start + day(l.dosing()) - 1 //nolint:gosec // small
	case l.rhythm[0] == 'I':
		return l.start + day(l.dosing()*2) - 1 //nolint:gosec // small
	case l.rhythm[0] == 'C':
		return l.start + day(l.dosing()*7) - 1 //nolint:gosec // small
	}
	n := l.dosing()
	for d := l.start; ; d++ { // W: Mondays and Thursdays
		if w := d.weekday(); w != 1 && w != 4 {
			continue
		}
		if n == 0 {
			return d - 1
		}
		n--
	}
}

// dosing is how many days have a dose within the days that the prescription is
// meant to last.
func (l *rx) dosing() int {
	switch {
	case l.rhythm == "":
		return l.days
	case l.rhythm[0] == 'I':
		return max(1, l.days/2)
	case l.rhythm[0] == 'C':
		return max(1, l.days/7)
	}
	return max(1, l.days*2/7)
}

// cutText takes the text, the code and the system out of a coded text.
func cutText(s string) (text, code, system string) {
	parts := [3]string{}
	k, from := 0, 0
	for i := 0; i <= len(s) && k < 3; i++ {
		if i == len(s) || s[i] == '^' {
			parts[k], from = s[from:i], i+1
			k++
		}
	}
	return parts[1], parts[0], parts[2]
}
