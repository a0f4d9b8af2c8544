package synth

import "math"

// visit is where a message was written: in a ward or in an outpatient clinic.
type visit struct {
	in     bool
	place  string // PL as written
	ward   string
	room   string
	bed    string
	dept   string
	docID  string
	doctor string // XCN as written
}

func (c *course) visit(dept string, k int) *visit {
	id, name := c.h.doctor(dept, k)
	return &visit{place: dept + "^^^^^C", dept: dept, docID: id, doctor: id + "^" + name + "^^^^^^^L^^^^^I"}
}

func (v *visit) into(h *Hospital, b bed) *visit {
	w := *v
	w.in, w.ward, w.room, w.bed = true, h.o.Wards[b.ward].Code, b.room, b.bed
	w.place = w.ward + "^" + w.room + "^" + w.bed + "^^^N"
	return &w
}

type labValue struct {
	id          labID
	text, flag  string
	preliminary bool
}

type labOrder struct {
	order     string
	ordered   clock
	collected clock
	v         *visit
	urgent    bool
	values    []labValue
	status    string // OBX-11
}

// acuteEffects is what a disease that brought the patient in does from a day on.
type acuteEffects struct {
	c  *condition
	at day
}

const (
	routinePanels  = 1<<chemistry | 1<<bloodCount
	fullPanels     = routinePanels | 1<<clotting | 1<<urine
	infectionPanel = 1 << infections
)

// measure draws the results of some panels at a time.
func (c *course) measure(at clock, panels int, ill *acuteEffects) []labValue {
	var sum [labCount]float64
	for _, d := range c.conds {
		if at.day() < d.since {
			continue
		}
		for _, e := range d.effects {
			if e.tau < 0 {
				sum[e.lab] += e.delta * float64(at.day()-d.since) / 365 / -e.tau
			} else {
				sum[e.lab] += e.delta
			}
		}
	}
	if ill != nil {
		days := float64(at-ill.at.at(8, 0)) / float64(oneDay)
		for _, e := range ill.c.effects {
			if e.tau > 0 {
				sum[e.lab] += e.delta * math.Exp(-math.Max(days, 0)/e.tau)
			} else {
				sum[e.lab] += e.delta
			}
		}
	}
	out := make([]labValue, 0, 24)
	for k := range labCount {
		a := &c.h.labs[k]
		if panels>>a.panel&1 == 1 {
			out = append(out, c.value(k, a, sum[k]))
		}
	}
	return out
}

func (c *course) value(k labID, a *analyte, shift float64) labValue {
	v := labValue{id: k}
	switch a.panel {
	case urine:
		v.text, v.flag = "(-)", "N"
		if level := int(shift + c.r.unit()*0.4); level > 0 {
			v.text, v.flag = "("+itoa(min(level, 4))+"+)", "A"
		}
		return v
	case infections:
		v.text, v.flag = "(-)", "N"
		if c.r.chance(0.012) {
			v.text, v.flag = "(+)", "A"
		}
		return v
	}
	low, high := a.lowM, a.highM
	if c.p.sex == "F" {
		low, high = a.lowF, a.highF
	}
	half := (high - low) / 2
	x := low + half + float64(c.offs[k])*half + c.r.bell()*half*0.2
	x = math.Max(x+shift*(0.9+c.r.unit()*0.2), math.Max(low*0.25, 0.01))
	scale := math.Pow(10, float64(a.dec))
	x = math.Round(x*scale) / scale
	v.text, v.flag = decimal(x, a.dec), "N"
	switch {
	case x < low:
		v.flag = "L"
	case x > high:
		v.flag = "H"
	}
	return v
}

// lab orders some panels and, when the laboratory is done, gives the results.
func (c *course) lab(v *visit, ordered, collected clock, panels int, ill *acuteEffects) {
	o := &labOrder{order: c.number(), ordered: ordered, collected: collected, v: v, urgent: v.dept == "39", status: "F"}
	o.values = c.measure(collected, panels, ill)
	if !c.add(item{kind: "OML-01", date: ordered.day(), order: o.order, sent: ordered + c.jitter(), dept: v.dept, write: func(w *writer) { w.labOrder(c.p, o) }}) {
		return
	}
	done := collected + 70*minute + c.jitter()
	corrected := c.r.chance(0.03) && done+hour <= c.h.asOf
	if corrected {
		first := *o
		first.status = "P"
		first.values = append([]labValue(nil), o.values...)
		first.values[0].preliminary = true
		c.add(item{kind: "OML-11", date: collected.day(), order: o.order, sent: done, dept: v.dept, flag: '2', write: func(w *writer) { w.labResult(c.p, &first, done) }})
		o.status = "C"
		done += hour
	}
	if c.add(item{kind: "OML-11", date: collected.day(), order: o.order, sent: done, dept: v.dept, write: func(w *writer) { w.labResult(c.p, o, done) }}) {
		c.expectLabs(o, corrected)
	}
}

func (c *course) expectLabs(o *labOrder, corrected bool) {
	if len(c.exp.Labs) == 0 {
		c.exp.Labs = make([]Lab, labCount)
	}
	at := o.collected.text(12)
	for _, v := range o.values {
		l := &c.exp.Labs[v.id]
		if l.Collected >= at {
			continue
		}
		a := &c.h.labs[v.id]
		*l = Lab{Code: a.code, Name: a.name, Local: a.local, Value: v.text, Unit: a.unit, Flag: v.flag, Collected: at, Corrected: corrected}
	}
}

// infectionScreen is drawn once for those who were in hospital.
func (c *course) infectionScreen() {
	if n := len(c.exp.Past); n > 0 {
		d := dayOf(c.exp.Past[n-1].Admitted[:8])
		c.lab(c.visit("01", 0), d.at(9, 5), d.at(9, 20), infectionPanel, nil)
	}
}
