package synth

import "strconv"

// person is who a patient is, drawn before anything that happens to him.
type person struct {
	index       int
	id          string
	family      nameParts
	given       nameParts
	sex         string
	birth       day
	e           Identity
	pid         string // the PID segment from field 3 on
	food, drugA int    // places in the tables of allergies, -1: none
	insurer     string
}

func (h *Hospital) person(i int) *person {
	r := stream(h.o.Seed, uint64(i), 1) //nolint:gosec // not negative
	p := &person{index: i, id: h.id(i)}
	p.sex = "M"
	names := h.males
	if r.chance(0.52) {
		p.sex, names = "F", h.females
	}
	p.family, p.given = pick(&r, h.families), pick(&r, names)
	age := 45 + int(r.bell()*21)
	if r.chance(0.35) {
		age = 68 + int(r.bell()*10)
	}
	age = min(max(age, 0), 102)
	p.birth = max(h.asOf.day()-day(age*365+age/4)-day(r.n(365)), h.from-365*100) //nolint:gosec // small
	height := 169 + r.bell()*6
	if p.sex == "F" {
		height -= 12
	}
	if age < 16 {
		height *= 0.45 + 0.55*float64(age)/16
	}
	weight := height * height / 10000 * (22 + r.bell()*3)
	p.e = Identity{ID: p.id, Kanji: p.family.kanji + " " + p.given.kanji, Kana: p.family.kana + " " + p.given.kana, Birth: p.birth.String(), Sex: p.sex,
		Postcode: "000-" + pad(r.n(10000), 4), ABO: pick(&r, []string{"A", "A", "A", "A", "O", "O", "O", "B", "B", "AB"}), Rh: "+",
		Address: "架空県みなと市" + pick(&r, []string{"潮見町", "灯台町", "朝凪", "帆布町", "港南", "波止場通"}) + wide(1+r.n(9)) + "丁目" + wide(1+r.n(30)) + "番" + wide(1+r.n(20)) + "号",
		Phone:   "000-000-" + pad(r.n(10000), 4), Height: decimal(height, 1), Weight: decimal(weight, 1)}
	if r.chance(0.005) {
		p.e.Rh = "-"
	}
	p.insurer = "0000" + pad(r.n(10000), 4)
	p.food, p.drugA = -1, -1
	if r.chance(0.09) {
		p.food = r.n(len(foods()))
	}
	if r.chance(0.11) {
		p.drugA = r.n(len(badDrugs()))
	}
	if h.defect(i) == gaijiName {
		p.family.kanji = "■" + p.family.kanji[3:]
		p.e.Kanji = p.family.kanji + " " + p.given.kanji
	}
	p.segment()
	return p
}

func (p *person) segment() {
	p.pid = p.id + "^^^^PI||" + p.family.kanji + "^" + p.given.kanji + "^^^^^L^I~" + p.family.kana + "^" + p.given.kana + "^^^^^L^P||" + p.e.Birth + "|" + p.sex +
		"|||^^^^" + p.e.Postcode + "^JPN^H^" + p.e.Address + "||^PRN^PH^^^^^^^^^" + p.e.Phone
}

// age is in full years, roughly: it decides what diseases one can have.
func (p *person) age(on day) int { return int(on-p.birth) * 100 / 36525 }

func foods() []Allergy {
	return []Allergy{
		{Kind: "FA", Code: "F01", Name: "卵", Severity: "MO", Reaction: "蕁麻疹"}, {Kind: "FA", Code: "F02", Name: "ソバ", Severity: "SV", Reaction: "呼吸困難"}, {Kind: "FA", Code: "F03", Name: "エビ・カニ", Severity: "MI", Reaction: "口腔内のかゆみ"},
		{Kind: "FA", Code: "F04", Name: "牛乳", Severity: "MO", Reaction: "下痢"}, {Kind: "FA", Code: "F05", Name: "ピーナッツ", Severity: "SV", Reaction: "アナフィラキシー"},
	}
}

func badDrugs() []Allergy {
	return []Allergy{
		{Kind: "DA", Code: "D01", Name: "ペニシリン系", Severity: "SV", Reaction: "アナフィラキシー"}, {Kind: "DA", Code: "D02", Name: "セフェム系", Severity: "MO", Reaction: "発疹"},
		{Kind: "DA", Code: "D03", Name: "ヨード造影剤", Severity: "SV", Reaction: "血圧低下"}, {Kind: "DA", Code: "D04", Name: "ロキソプロフェン", Severity: "MI", Reaction: "胃部不快"},
	}
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

func decimal(v float64, places int) string { return strconv.FormatFloat(v, 'f', places, 64) }

// wide writes a number in full-width digits.
func wide(n int) string {
	out := ""
	for _, c := range strconv.Itoa(n) {
		out += string('０' + c - '0')
	}
	return out
}
