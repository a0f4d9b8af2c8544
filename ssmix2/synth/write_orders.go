package synth

import "strings"

func (w *writer) specimen(n int, panel uint8, o *labOrder) {
	material := "023^血清^JC10"
	switch panel {
	case bloodCount:
		material = "019^全血(添加物入り)^JC10"
	case clotting:
		material = "022^血漿^JC10"
	case urine:
		material = "001^尿(含むその他)^JC10"
	}
	w.seg("SPM").f(1, itoa(n)).f(2, o.order, itoa(n)).f(4, material).t(17, o.collected, 12)
}

func panelName(panel uint8) string {
	switch panel {
	case bloodCount:
		return "E001^血液学的検査^99O03"
	case clotting:
		return "E003^凝固・その他^99O03"
	case urine:
		return "E004^尿一般検査^99O03"
	case infections:
		return "E005^感染症検査^99O03"
	}
	return "E002^生化学的検査^99O03"
}

func (w *writer) item(a *analyte) {
	if a.code == "" {
		w.f(3, a.local, "^", a.name, "^99SYN")
		return
	}
	w.f(3, a.code, "^", a.name, "^JC10^", a.local, "^", a.name, "^99SYN")
}

func (w *writer) labOrder(p *person, o *labOrder) {
	w.head(p, "OML", "O33", "OML_O33", o.ordered)
	w.pv1(o.v)
	n := 0
	for panel := chemistry; panel <= infections; panel++ {
		k := 0
		for i := range o.values {
			a := &w.h.labs[o.values[i].id]
			if a.panel != panel {
				continue
			}
			if k++; k == 1 {
				n++
				w.specimen(n, panel, o)
				w.orc("NW", o.order, "", o.ordered, o.v)
				w.seg("TQ1").f(1, "1").t(7, o.collected, 12).f(9, urgency(o.urgent))
				w.seg("OBR").f(1, "1").f(2, o.order).f(4, panelName(panel)).f(16, o.v.doctor)
			}
			w.seg("OBX").f(1, itoa(k))
			w.item(a)
			w.f(11, "O")
		}
	}
}

func urgency(yes bool) string {
	if yes {
		return "S^緊急^HL70485"
	}
	return "R^ルーチン^HL70485"
}

func (w *writer) labResult(p *person, o *labOrder, done clock) {
	w.head(p, "OUL", "R22", "OUL_R22", done)
	w.pv1(o.v)
	n := 0
	for panel := chemistry; panel <= infections; panel++ {
		k := 0
		for i := range o.values {
			v := &o.values[i]
			a := &w.h.labs[v.id]
			if a.panel != panel {
				continue
			}
			if k++; k == 1 {
				n++
				w.specimen(n, panel, o)
				w.seg("OBR").f(1, "1").f(2, o.order).f(3, o.order, itoa(n)).f(4, panelName(panel)).t(7, o.collected, 12).f(16, o.v.doctor).t(22, done, 14).f(25, o.status)
				w.orc("SC", o.order, "", o.ordered, o.v)
			}
			w.result(p, k, v, o)
		}
	}
}

func (w *writer) result(p *person, k int, v *labValue, o *labOrder) {
	a := &w.h.labs[v.id]
	kind := "NM"
	if a.panel >= urine {
		kind = "ST"
	}
	w.seg("OBX").f(1, itoa(k)).f(2, kind)
	w.item(a)
	if v.preliminary {
		w.f(5, "0")
	} else {
		w.f(5, v.text)
	}
	w.f(6, a.unit)
	switch low, high := a.lowM, a.highM; {
	case a.panel >= urine:
		w.f(7, "(-)")
	case p.sex == "F":
		w.f(7, decimal(a.lowF, a.dec), "-", decimal(a.highF, a.dec))
	default:
		w.f(7, decimal(low, a.dec), "-", decimal(high, a.dec))
	}
	if v.flag != "N" {
		w.f(8, v.flag)
	}
	w.f(11, o.status).t(14, o.collected, 12)
}

func (w *writer) prescription(p *person, x *prescription) {
	w.head(p, "RDE", "O11", "RDE_O11", x.at)
	w.pv1(x.v)
	for i := range x.lines {
		l := &x.lines[i]
		text, code, system := cutText(l.unit)
		daily := l.dose * max(1, w.h.usages[l.use].times)
		total := daily * l.dosing()
		w.orc(x.control, x.order, x.order+"_"+pad(l.rp, 2), x.at, x.v)
		w.seg("RXE").f(2, l.code, "^", l.name, "^", l.system)
		switch l.kind {
		case "23":
			w.f(3, `""`).f(5, `""`)
			total = l.dose
		case "22":
			w.f(3, itoa(l.dose)).f(5, l.unit)
			total = l.dose * l.times
		default:
			w.f(3, itoa(l.dose)).f(5, l.unit)
		}
		w.f(10, itoa(total)).f(11, l.unit).f(15, x.order)
		if l.kind == "21" || l.kind == "24" {
			w.f(19, itoa(daily), "^", code, "&", text, "&", system)
		}
		w.f(21, category(x)).f(27, drugKind(l.kind))
		w.timing(l)
		w.seg("RXR").f(1, drugRoute(l.kind))
		if l.kind == "23" {
			w.f(2, "77L^左手^JAMISDP01")
		}
	}
}

func category(x *prescription) string {
	switch {
	case x.leaving:
		return "DCG^退院処方^MR9P"
	case x.v.in:
		return "IHP^入院処方^MR9P~ORD^定期処方^MR9P"
	}
	return "OHP^外来処方^MR9P~OHO^院外処方^MR9P"
}

func drugKind(k string) string {
	switch k {
	case "22":
		return "22^頓用^JHSP0003"
	case "23":
		return "23^外用^JHSP0003"
	case "24":
		return "24^自己注射^JHSP0003"
	}
	return "21^内服^JHSP0003"
}

func drugRoute(k string) string {
	switch k {
	case "23":
		return "AP^外用^HL70162"
	case "24":
		return "SC^皮下^HL70162"
	}
	return "PO^口^HL70162"
}

func (w *writer) timing(l *rx) {
	u := &w.h.usages[l.use]
	w.seg("TQ1").f(1, "1").f(3, u.code, "&", u.text, "&JAMISDP01")
	if l.rhythm != "" {
		w.s("~", l.rhythm)
	}
	if l.kind == "21" || l.kind == "24" {
		w.f(6, itoa(l.dosing()), "^D&日&ISO+")
	}
	w.t(7, l.start.at(0, 0), 8)
	if l.kind == "22" {
		w.f(11, "１日２回まで").f(14, itoa(l.times))
	}
}

// taken is OMP-11: what of a ward's prescription was given at a time. What is
// external is not recorded.
func (w *writer) taken(p *person, x *prescription, at clock) {
	w.head(p, "RAS", "O17", "RAS_O17", at)
	w.pv1(x.v)
	for i := range x.lines {
		l := &x.lines[i]
		if l.kind == "23" || l.kind == "22" && i > 0 {
			continue
		}
		w.orc("NW", x.order, x.order+"_"+pad(l.rp, 2), x.at, x.v)
		w.seg("RXA").f(1, "0").f(2, "1").t(3, at, 12).t(4, at, 12).f(5, l.code, "^", l.name, "^", l.system).f(6, itoa(l.dose)).f(7, l.unit).f(10, nurse).f(11, x.v.place).f(20, "CP").t(22, at+5*minute, 14)
		w.seg("RXR").f(1, drugRoute(l.kind))
	}
	if !strings.Contains(string(w.b), "\rRXA") {
		w.orc("NW", x.order, x.order+"_01", x.at, x.v)
	}
}

const nurse = "N200^看護^花子^^^^^^^L^^^^^I"

func (w *writer) drip(p *person, x *drip) {
	w.head(p, "RDE", "O11", "RDE_O11", x.at)
	w.pv1(x.v)
	w.orc("NW", x.order, x.group, x.at, x.v)
	w.seg("RXE").f(2, x.kind).f(3, x.volume).f(5, "ML^ミリリットル^MR9P").f(6, "INJ^注射剤^MR9P").f(21, "IHP^入院処方^MR9P~FTP^定時処方^JHSI0001")
	if x.rate != "" {
		w.f(22, "H1").f(23, x.rate).f(24, "ml/hr^ミリリッター／時間^ISO+")
	}
	if x.oneShot {
		w.f(27, "01^ワンショット^JHSI0009")
	} else {
		w.f(27, "02^点滴^JHSI0009")
	}
	w.f(42, x.v.place)
	w.seg("TQ1").f(1, "1").t(7, x.start, 12).t(8, x.end, 12)
	w.seg("RXR").f(1, "IV^静脈内^HL70162").f(2, "ARM^腕^HL70550").f(3, "IVP^点滴ポンプ^HL70164").f(6, "L^左^HL70495")
	for _, c := range x.parts {
		w.seg("RXC").f(1, c.role).f(2, c.drug).f(3, c.amount).f(4, c.unit)
	}
}

func (w *writer) given(p *person, x *drip, begun clock) {
	w.head(p, "RAS", "O17", "RAS_O17", x.end)
	w.pv1(x.v)
	w.orc("NW", x.order, x.group, x.at, x.v)
	for _, c := range x.parts {
		w.seg("RXA").f(1, "0").f(2, "1").t(3, begun, 12).t(4, x.end, 12).f(5, c.drug).f(6, c.amount).f(7, c.unit).f(10, nurse).f(11, x.v.place)
		if x.rate != "" {
			w.f(12, x.rate, "ml/hr")
		}
		w.f(20, "CP").t(22, x.end+5*minute, 14)
	}
	w.seg("RXR").f(1, "IV^静脈内^HL70162").f(3, "IVP^点滴ポンプ^HL70164")
}

func (w *writer) meal(p *person, m *meal) {
	w.head(p, "OMD", "O03", "OMD_O03", m.at)
	w.pv1(m.v)
	w.orc("NW", m.order, "", m.at, m.v)
	w.seg("TQ1").f(1, "1").f(3, "TID&１日３回&HL70335").t(7, m.from.at(12, 0), 10)
	if m.to != noDay {
		w.t(8, m.to.at(18, 0), 10)
	}
	w.f(9, "R^ルーチン^HL70485")
	w.seg("ODS").f(1, "D").f(3, "^", m.diet, "^99SYN").f(4, m.text)
}

func (w *writer) examOrder(p *person, e *exam, kind string) {
	w.head(p, "OMG", "O19", "OMG_O19", e.at)
	w.pv1(e.v)
	obr := func(code string) *writer {
		w.seg("TQ1").f(1, "1").t(7, e.done, 12).f(9, "R^ルーチン^HL70485")
		return w.seg("OBR").f(2, e.order).f(4, code).f(16, e.v.doctor)
	}
	if kind == "OMG-03" {
		w.orc("NW", e.order, "", e.at, e.v)
		obr(e.code)
		w.seg("OBX").f(1, "1").f(2, "TX").f(3, "9A100&IMP^心電図所見^JC10").f(5, e.why).f(11, "F")
		return
	}
	w.orc("NW", e.order, "", e.at, e.v)
	obr(e.code)
	w.orc("PA", e.order, "", e.at, e.v)
	obr(e.code)
	w.seg("OBX").f(1, "1").f(2, "TX").f(3, "X001^検査理由^99SYN").f(5, e.why).f(11, "F")
	w.orc("CH", e.order, "", e.at, e.v)
	obr(e.part).f(29, e.order)
}

func (w *writer) examDone(p *person, e *exam) {
	w.head(p, "OMI", "Z23", "OMI_Z23", e.done)
	w.pv1(e.v)
	study := func() {
		w.seg("IPC").f(1, "A", e.order).f(2, "P", e.order).f(3, "2.25.", strings.TrimLeft(e.order, "0")).f(5, e.modality, "^^DCM")
	}
	for i, code := range []string{e.code, e.code, e.part} {
		w.orc([]string{"NW", "PA", "CH"}[i], e.order, "", e.at, e.v)
		w.seg("TQ1").f(1, "1").f(9, "R^ルーチン^HL70485")
		w.seg("OBR").f(2, e.order).f(4, code).t(7, e.done, 12).f(16, e.v.doctor).t(22, e.done+10*minute, 14).f(25, "F")
		if i == 2 {
			w.f(29, e.order)
			if e.modality == "ES" {
				w.seg("OBX").f(1, "1").f(2, "TX").f(3, "X002^内視鏡所見^99SYN").f(5, e.found).f(11, "F")
			}
			w.seg("ZE1").f(1, "1").f(2, "RS").f(3, code)
		}
		study()
	}
}

func (w *writer) heart(p *person, e *exam) {
	w.head(p, "ORU", "R01", "ORU_R01", e.done)
	w.pv1(e.v)
	w.orc("SC", e.order, "", e.at, e.v)
	w.seg("OBR").f(1, "1").f(2, e.order).f(4, e.code).t(7, e.done, 12).f(16, e.v.doctor).t(22, e.done+5*minute, 14).f(25, "F")
	w.seg("OBX").f(1, "1").f(2, "TX").f(3, "9A100&IMP^心電図所見^JC10").f(4, "1").f(5, e.found).f(11, "F")
	w.seg("OBX").f(1, "2").f(2, "NM").f(3, "32769^心拍数^99MFR").f(4, "2").f(5, itoa(e.rate)).f(6, "bpm").f(11, "F")
	w.seg("OBX").f(1, "3").f(2, "NM").f(3, "56008^QT 時間^99MFR").f(4, "2").f(5, itoa(450-e.rate)).f(6, "msec").f(11, "F")
}

func (w *writer) culture(p *person, x *cultured) {
	done := x.at + 2*oneDay + 4*hour
	w.head(p, "OUL", "R22", "OUL_R22", done)
	w.pv1(x.v)
	w.seg("SPM").f(1, "1").f(2, x.order, "1").f(4, x.specimen).t(17, x.at, 12)
	w.seg("OBR").f(1, "1").f(2, x.order).f(4, "6B0100000017742^培養同定(一般細菌)^JC10").t(7, x.at, 12).f(16, x.v.doctor).t(22, done, 14).f(24, "MB").f(25, "F")
	w.orc("SC", x.order, "", x.at, x.v)
	if x.code == "" {
		w.seg("OBX").f(1, "1").f(2, "ST").f(3, "6B010000001774214^培養同定(一般細菌)菌名判定^JC10").f(4, "1").f(5, "常在菌のみ").f(11, "F")
		return
	}
	w.seg("OBX").f(1, "1").f(2, "CWE").f(3, "6B010000001774214^培養同定(一般細菌)菌名判定^JC10").f(4, "1").f(5, x.code, "^", x.name, "^JANIS").f(8, "A").f(11, "F")
	w.seg("OBX").f(1, "2").f(2, "ST").f(3, "6B010000001774211^培養同定(一般細菌)菌量^JC10").f(4, "1").f(5, x.grew).f(8, "A").f(11, "F")
	w.seg("OBR").f(1, "2").f(2, x.order).f(4, "6C010000008076200^薬剤感受性検査-MIC^JC10").t(7, x.at, 12).f(22, done.text(14)).f(25, "F").f(26, "6B010000001774214&培養同定(一般細菌)菌名判定&JC10^1^", x.name)
	w.seg("OBX").f(1, "1").f(2, "ST").f(3, "6C010604708076205^PIPC(ピペラシリン)^JC10").f(5, mic(x.pipc)).f(6, "ug/mL^μg/mL^ISO+").f(8, x.pipc).f(11, "F")
	w.seg("OBX").f(1, "2").f(2, "ST").f(3, "6C010609408076205^CAZ(セフタジジム)^JC10").f(5, mic(x.caz)).f(6, "ug/mL^μg/mL^ISO+").f(8, x.caz).f(11, "F")
}

func mic(flag string) string {
	switch flag {
	case "S":
		return "< 2"
	case "I":
		return "16"
	}
	return "> 64"
}
