package synth

import (
	"bytes"

	"github.com/torideproject/toride/hl7"
)

// writer writes messages in UTF-8. It knows nothing of what is true: it is
// given that. Names and texts hold no delimiters; New refuses options that do.
type writer struct {
	h     *Hospital
	b     []byte
	field int
	out   []byte
	enc   map[hl7.Charset]*hl7.Encoder
}

func (w *writer) s(parts ...string) {
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
}

// seg begins a segment; f goes to a field, which must lie behind the last one.
func (w *writer) seg(id string) *writer {
	if len(w.b) > 0 {
		w.b = append(w.b, '\r')
	}
	w.b = append(w.b, id...)
	w.field = 0
	return w
}

func (w *writer) f(n int, parts ...string) *writer {
	empty := true
	for _, p := range parts {
		empty = empty && p == ""
	}
	if empty {
		return w
	}
	for ; w.field < n; w.field++ {
		w.b = append(w.b, '|')
	}
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
	return w
}

// t writes a time of n digits; zero writes nothing.
func (w *writer) t(n int, c clock, digits int) *writer {
	if c == 0 {
		return w
	}
	for ; w.field < n; w.field++ {
		w.b = append(w.b, '|')
	}
	w.b = c.append(w.b, digits)
	return w
}

// head begins a message: MSH and PID.
func (w *writer) head(p *person, message, trigger, structure string, at clock) {
	w.msh(message, trigger, structure, at)
	w.pid(p, 0)
}

func (w *writer) msh(message, trigger, structure string, at clock) {
	w.b, w.field = append(w.b[:0], `MSH|^~\&|HIS|SEND|GW|RCV|`...), 6
	w.b = at.append(w.b, 14)
	w.s(".000||", message, "^", trigger, "^", structure, "|")
	w.b = at.append(w.b, 17)
	w.s(`|P|2.5||||||~ISO IR87||ISO 2022-1994|SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO`)
}

func (w *writer) pid(p *person, updated clock) {
	w.seg("PID").f(1, "0001").f(3, p.pid)
	w.field = 13
	w.t(33, updated, 14)
}

func (w *writer) pv1(v *visit) *writer {
	class := "O"
	if v.in {
		class = "I"
	}
	return w.seg("PV1").f(1, "0001").f(2, class).f(3, v.place).f(7, v.doctor).f(10, v.dept)
}

// orc writes an order's head. Field 4 is the group, "" without.
func (w *writer) orc(control, order, group string, at clock, v *visit) {
	class := "O^外来患者オーダ^HL70482"
	if v.in {
		class = "I^入院患者オーダ^HL70482"
	}
	w.seg("ORC").f(1, control).f(2, order).f(4, group).t(9, at, 14).f(12, v.doctor).f(13, v.place).f(17, v.dept, "^", deptName(v.dept), "^HL70069").f(21, w.h.o.Name).f(29, class)
}

// moveText is what a message of movement says besides the place.
type moveText struct {
	trigger     string
	at          clock // EVN-2
	event       clock // EVN-6
	plan, leave clock // PV2-8, PV2-9
	back        clock // PV2-47
	admit       clock // PV1-44
	leaves      clock // PV1-45
	before      string
	bed         string // PV2-1
	admitter    string
	ending      string
	why         string
}

func structureOf(trigger string) string {
	switch trigger {
	case "A04", "A01", "A08", "A13":
		return "ADT_A01"
	case "A14":
		return "ADT_A05"
	case "A11", "A12":
		return "ADT_A09"
	case "A21", "A22", "A23", "A25", "A26", "A27":
		return "ADT_A21"
	case "A53", "A55":
		return "ADT_A52"
	}
	return "ADT_" + trigger
}

func (w *writer) evn(m *moveText) {
	w.seg("EVN").t(2, m.at, 12).f(5, "SEND001").t(6, m.event, 12)
}

func (w *writer) move(p *person, v *visit, m moveText) {
	w.msh("ADT", m.trigger, structureOf(m.trigger), m.at)
	w.evn(&m)
	w.pid(p, 0)
	class := "O"
	if v.in {
		class = "I"
	}
	w.seg("PV1").f(1, "0001").f(2, class).f(3, v.place).f(6, m.before).f(7, v.doctor).f(10, v.dept).f(17, m.admitter).f(36, m.ending).t(44, m.admit, 12).t(45, m.leaves, 12)
	if m.bed != "" || m.plan != 0 || m.leave != 0 || m.back != 0 || m.why != "" {
		w.seg("PV2").f(1, m.bed)
		if m.why != "" {
			w.f(3, "^", m.why)
		}
		w.t(8, m.plan, 12).t(9, m.leave, 12).t(47, m.back, 12)
	}
}

func (w *writer) details(p *person, v *visit, list []Allergy, m moveText) {
	w.msh("ADT", m.trigger, structureOf(m.trigger), m.at)
	w.evn(&m)
	w.pid(p, m.at)
	if m.trigger != "A23" {
		w.seg("NK1").f(1, "1").f(2, p.family.kanji, "^家族^^^^^L^I~", p.family.kana, "^カゾク^^^^^L^P").f(3, "EMC^緊急連絡先^HL70063").f(5, "^PRN^PH^^^^^^^^^", p.e.Phone)
	}
	w.pv1(v)
	if m.trigger == "A23" {
		return
	}
	w.seg("DB1").f(1, "1").f(2, "PT").f(4, "N")
	w.seg("OBX").f(1, "1").f(2, "NM").f(3, "9N001000000000001^身長^JC10").f(5, p.e.Height).f(6, "cm^cm^ISO+").f(11, "F")
	w.seg("OBX").f(1, "2").f(2, "NM").f(3, "9N006000000000001^体重^JC10").f(5, p.e.Weight).f(6, "kg^kg^ISO+").f(11, "F")
	w.seg("OBX").f(1, "3").f(2, "CWE").f(3, "5H010000009199911^血液型-ABO式^JC10").f(5, p.e.ABO, "^", p.e.ABO, "^JSHR002").f(11, "F")
	w.seg("OBX").f(1, "4").f(2, "CWE").f(3, "BT02^血液型-Rh^99SYN").f(5, p.e.Rh, "^", p.e.Rh, "^99SYN").f(11, "F")
	n := 0
	for i := range list {
		if a := &list[i]; a.Details {
			n++
			w.seg("AL1").f(1, itoa(n)).f(2, allergyKind(a.Kind)).f(3, a.Code, "^", a.Name, "^", allergySystem(a))
		}
	}
	w.seg("IN1").f(1, "1").f(2, "06^組合管掌健康保険^JHSD0001").f(3, p.insurer).f(17, "SEL^本人^HL70063")
}

func allergyKind(code string) string {
	switch code {
	case "DA":
		return "DA^薬剤アレルギー^HL70127"
	case "FA":
		return "FA^食物アレルギー^HL70127"
	}
	return "LA^花粉アレルギー^HL70127"
}

func allergySystem(a *Allergy) string {
	if len(a.Code) == 15 {
		return "JC10"
	}
	return "99SYN"
}

func (w *writer) allergies(p *person, list []Allergy, at clock) {
	w.msh("ADT", "A60", "ADT_A60", at)
	w.seg("EVN").t(2, at, 12)
	w.pid(p, 0)
	for i := range list {
		a := &list[i]
		action := "A^追加^HL70323"
		if a.Deleted {
			action = "D^削除^HL70323"
		}
		severity := map[string]string{"MI": "MI^軽度^HL70128", "MO": "MO^中等度^HL70128", "SV": "SV^重度^HL70128"}[a.Severity]
		if severity == "" {
			severity = "U^不明^HL70128"
		}
		w.seg("IAM").f(1, itoa(i+1)).f(2, allergyKind(a.Kind)).f(3, a.Code, "^", a.Name, "^", allergySystem(a)).f(4, severity).f(5, a.Reaction).f(6, action)
	}
}

func (w *writer) problems(p *person, v *visit, list []Problem, at clock) {
	w.head(p, "PPR", "ZD1", "PPR_ZD1", at)
	for i := range list {
		d := &list[i]
		code := w.h.receipt(d.Name) + "^" + d.Name + "^99REC"
		w.seg("PRB").f(1, "AD").f(2, d.Set).f(3, code).f(4, p.id, "-", itoa(i+1)).f(7, d.Set).f(9, d.Ended).f(10, d.ICD, "^^I10^O^外来時^JHSD0004^2013")
		if d.Suspected {
			w.f(13, "1^疑いあり^JHSD0005")
		}
		if d.Ended != "" {
			w.f(14, "R^回復^HL70241").f(15, d.Ended)
		}
		w.f(16, d.Set).f(17, d.Name)
		if d.Main {
			w.f(18, "1^主診断^JHSD0007")
		}
		if d.Restricted {
			w.f(25, "V^非常に限定^HL70177")
		}
		w.seg("ZPR").f(2, code)
		w.seg("ORC").f(1, "NW").f(2, noOrder).f(12, v.doctor).f(17, v.dept, "^", deptName(v.dept), "^HL70069")
	}
}

func (h *Hospital) receipt(name string) string {
	for _, list := range [][]condition{h.chronic, h.acute} {
		for i := range list {
			if list[i].name == name {
				return list[i].receipt
			}
		}
	}
	return "0000999"
}

// encode gives the message in a charset; the bytes belong to the writer.
func (w *writer) encode(c hl7.Charset) []byte {
	w.b = append(w.b, '\r')
	if c == hl7.UTF8 {
		w.out = append(w.out[:0], bytes.Replace(w.b, []byte("~ISO IR87||ISO 2022-1994"), []byte("UNICODE UTF-8||"), 1)...)
		return w.out
	}
	e := w.enc[c]
	if e == nil {
		e = hl7.NewEncoder(hl7.EncodeOptions{Charset: c})
		w.enc[c] = e
	}
	w.out = e.AppendText(w.out[:0], string(w.b))
	return w.out
}
