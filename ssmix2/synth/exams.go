package synth

// exam is an examination: imaging, endoscopy or physiology.
type exam struct {
	order    string
	at, done clock
	v        *visit
	code     string // OBR-4 of the whole
	part     string // OBR-4 of the part
	modality string
	why      string
	found    string
	rate     int // heart rate
}

// perform orders an examination and, when there was time, records it.
func (c *course) perform(order, record string, e *exam, write func(w *writer, e *exam)) bool {
	if !c.add(item{kind: order, date: e.at.day(), order: e.order, sent: e.at + c.jitter(), dept: e.v.dept, write: func(w *writer) { w.examOrder(c.p, e, order) }}) {
		return false
	}
	return c.add(item{kind: record, date: e.done.day(), order: e.order, sent: e.done + 12*minute + c.jitter(), dept: e.v.dept, write: func(w *writer) { write(w, e) }})
}

func (c *course) image(v *visit, at clock, brain bool) {
	e := &exam{order: c.number(), at: at, done: at + 45*minute, v: v, code: "1000000000000000^Ｘ線単純撮影^JJ1017", part: "10000002000102000000010000000000^胸部.Ｘ線単純撮影.立位正面(A→P)^JJ1017",
		modality: "CR", why: "胸部症状の精査", found: "肺野に活動性病変を認めない。心陰影の拡大なし。"}
	if brain {
		e.code, e.part, e.modality, e.why, e.found = "CT01^ＣＴ検査^99SYN", "CT0101^頭部ＣＴ（単純）^99SYN", "CT", "脳梗塞の疑い", "左中大脳動脈領域に低吸収域を認める。出血なし。"
	}
	if c.perform("OMG-01", "OMG-11", e, func(w *writer, e *exam) { w.examDone(c.p, e) }) && c.h.o.Extended {
		c.document(v, e.done+30*minute, "^放射線レポート^^18748-4^画像検査報告書^LN", "18748-4", docFile{name: "report.txt", write: func(w *writer) {
			w.s("画像検査報告書\r\n検査: ", e.part, "\r\n目的: ", e.why, "\r\n所見: ", e.found, "\r\n")
		}})
	}
}

func (c *course) scope(v *visit, at clock) {
	e := &exam{order: c.number(), at: at - 3*hour, done: at, v: v, code: "11000000000^検査.上部.-.-.-.-^LENDO", part: "11000000100^検査.上部.-.-.上部通常内視鏡.-^LENDO", modality: "ES", why: "臨床病名に対する精査",
		found: "胃体部小弯に潰瘍を認める。活動性出血なし。"}
	c.perform("OMG-02", "OMG-12", e, func(w *writer, e *exam) { w.examDone(c.p, e) })
}

func (c *course) heart(v *visit, at clock) {
	e := &exam{order: c.number(), at: at, done: at + 25*minute, v: v, code: "9A110^標準１２誘導心電図^JC10", why: "術前・定期検査", found: "洞調律。有意なＳＴ変化なし。", rate: 60 + c.r.n(35)}
	for _, d := range c.conds {
		if d.icd == "I489" && e.at.day() >= d.since {
			e.found = "心房細動。"
		}
	}
	c.perform("OMG-03", "OMG-13", e, func(w *writer, e *exam) { w.heart(c.p, e) })
}

type cultured struct {
	order            string
	at               clock
	v                *visit
	specimen         string
	code, name, grew string
	pipc, caz        string // S, I, R
}

// culture grows something in three of four specimens; two days later.
func (c *course) culture(v *visit, at clock) {
	x := &cultured{order: c.number(), at: at, v: v, specimen: "061^喀痰^JC10", grew: pick(&c.r, []string{"(+)", "(2+)", "(3+)"}), pipc: pick(&c.r, []string{"S", "S", "I", "R"}), caz: pick(&c.r, []string{"S", "S", "R"})}
	switch c.r.n(4) {
	case 0:
		x.code, x.name = "2001", "Escherichia coli"
	case 1:
		x.code, x.name = "1301", "Staphylococcus aureus"
	case 2:
		x.code, x.name = "1131", "Streptococcus pneumoniae"
	}
	c.add(item{kind: "OML-11", date: at.day(), order: x.order, sent: at + 2*oneDay + 4*hour + c.jitter(), dept: v.dept, write: func(w *writer) { w.culture(c.p, x) }})
}

// problems writes the list of diagnoses, one in four in an older version too.
func (c *course) problems(stays []stayPlan) {
	list := c.exp.Problems
	for k, d := range c.conds {
		list = append(list, Problem{Name: d.name, ICD: d.icd, Set: d.since.String(), Main: k == 0 && c.exp.Stay == nil, Restricted: d.restricted})
	}
	for _, s := range stays {
		p := Problem{Name: s.ill.name, ICD: s.ill.icd, Set: s.from.String(), Main: s.open, Restricted: s.ill.restricted}
		if !s.open && c.r.chance(0.5) { // the others are never closed, as in life
			p.Ended = s.to.String()
		}
		list = append(list, p)
	}
	if len(list) == 0 || c.r.chance(0.25) {
		list = append(list, Problem{Name: pick(&c.r, []string{"胃潰瘍", "大腸癌", "肺炎", "脳梗塞"}), Set: (c.h.asOf.day() - 3 - day(c.r.n(200))).String(), Suspected: true})
	}
	for i := range list {
		for k := range c.h.acute {
			if list[i].ICD == "" && c.h.acute[k].name == list[i].Name {
				list[i].ICD = c.h.acute[k].icd
			}
		}
	}
	c.exp.Problems = list
	v := c.visit("01", c.p.index)
	sent := c.latest() - 3*minute
	put := func(list []Problem, sent clock, flag byte) {
		c.add(item{kind: "PPR-01", date: noDay, order: noOrder, sent: sent, dept: "01", flag: flag, write: func(w *writer) { w.problems(c.p, v, list, sent) }})
	}
	if c.r.chance(0.25) && len(list) > 1 {
		put(list[:len(list)-1], sent-40*oneDay, '2')
	}
	put(list, sent, '1')
}

// latest is when the newest message so far was sent.
func (c *course) latest() clock {
	at := c.h.from.at(9, 0)
	for i := range c.items {
		at = max(at, c.items[i].sent)
	}
	return at
}

func (c *course) allergies() {
	if c.p.drugA >= 0 {
		c.exp.Allergies = append(c.exp.Allergies, badDrugs()[c.p.drugA])
	}
	if c.p.food >= 0 {
		c.exp.Allergies = append(c.exp.Allergies, foods()[c.p.food])
	}
	if c.r.chance(0.05) {
		c.exp.Allergies = append(c.exp.Allergies, Allergy{Kind: "LA", Code: "5A1002216023023", Name: "スギ", Severity: "MI", Reaction: "目のかゆみ"})
	}
	if c.r.chance(0.02) {
		c.exp.Allergies = append(c.exp.Allergies, Allergy{Kind: "DA", Code: "D09", Name: "アスピリン", Severity: "U", Reaction: "申告のみ", Deleted: true})
	}
	if len(c.exp.Allergies) == 0 {
		return
	}
	for i := range c.exp.Allergies {
		a := &c.exp.Allergies[i]
		a.Details = !a.Deleted && c.r.chance(0.8)
	}
	list, sent := c.exp.Allergies, c.latest()-7*minute
	put := func(list []Allergy, sent clock, flag byte) {
		c.add(item{kind: "ADT-61", date: noDay, order: noOrder, sent: sent, dept: "-", flag: flag, write: func(w *writer) { w.allergies(c.p, list, sent) }})
	}
	if c.r.chance(0.2) {
		put(list[:len(list)-1], sent-100*oneDay, '2')
	}
	put(list, sent, '1')
}

// details writes the patient's own data, 15 % of them in an older version too,
// and for a few a deletion of data that were entered for the wrong person.
func (c *course) details() {
	v := c.visit("01", c.p.index)
	if s := c.exp.Stay; s != nil {
		w := *v
		w.in, w.place, w.dept = true, s.Ward+"^"+s.Room+"^"+s.Bed+"^^^N", s.Dept
		v = &w
	}
	sent := c.latest() - minute
	put := func(trigger string, sent clock, flag byte, del bool) {
		c.add(item{kind: "ADT-00", date: noDay, order: noOrder, sent: sent, dept: "-", flag: flag, del: del, write: func(w *writer) { w.details(c.p, v, c.exp.Allergies, moveText{trigger: trigger, at: sent}) }})
	}
	if c.r.chance(0.01) {
		put("A08", sent-200*oneDay-hour, '0', false)
		put("A23", sent-200*oneDay, '0', true)
	}
	if c.r.chance(0.15) {
		put("A08", sent-90*oneDay, '2', false)
	}
	put("A08", sent, '1', false)
}

// cancelled lets one event in ten patients be entered and taken back. Half the
// systems delete both messages (flag 0), half leave the taking back valid.
func (c *course) cancelled(stays []stayPlan) {
	if !c.r.chance(0.12) {
		return
	}
	d := c.h.asOf.day() - 2 - day(c.r.n(5)) //nolint:gosec // small
	for _, s := range stays {
		if d >= s.from-8 && d <= s.to+1 {
			return
		}
	}
	v := c.visit("01", c.p.index).into(c.h, c.h.beds[c.r.n(len(c.h.beds))])
	at := d.at(13, c.r.n(60))
	kinds := [...][3]string{{"ADT-21", "A14", "A27"}, {"ADT-22", "A01", "A11"}, {"ADT-31", "A21", "A52"}, {"ADT-32", "A22", "A53"}, {"ADT-41", "A15", "A26"}, {"ADT-42", "A02", "A12"},
		{"ADT-51", "A16", "A25"}, {"ADT-52", "A03", "A13"}, {"ADT-01", "A54", "A55"}}
	k := kinds[c.p.index%len(kinds)]
	m := moveText{trigger: k[1], at: at, event: at, plan: at, leave: at, admit: at, leaves: at, back: at, before: v.place, ending: "01"}
	if k[0] != "ADT-52" {
		m.leaves, m.ending = 0, ""
	}
	undo := m
	undo.trigger = k[2]
	first, second, date := byte('0'), byte('0'), d
	if c.r.chance(0.5) {
		first, second = '2', '1'
	}
	if k[0] == "ADT-01" {
		date = noDay
		for i := range c.items {
			if c.items[i].kind == k[0] {
				return
			}
		}
	}
	put := func(m moveText, sent clock, flag byte) {
		c.add(item{kind: k[0], date: date, order: noOrder, sent: sent + c.jitter(), dept: v.dept, flag: flag, del: flag == '0' && m.trigger == k[2], write: func(w *writer) { w.move(c.p, v, m) }})
	}
	put(m, at+minute, first)
	put(undo, at+21*minute, second)
}
