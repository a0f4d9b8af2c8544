package synth

// analyte is one item of the laboratory. Codes are those of the public list of
// 17 digits; items without a public code have a local one alone.
type analyte struct {
	code, name, local, unit string
	lowM, highM, lowF       float64
	highF                   float64
	dec                     int
	panel                   uint8
}

// The panels: what is ordered and reported together.
const (
	chemistry uint8 = iota
	bloodCount
	clotting
	urine
	infections
)

type labID uint8

const (
	glucose labID = iota
	bun
	creatinine
	sodium
	potassium
	chloride
	protein
	albumin
	bilirubin
	ast
	alt
	ld
	ck
	ggt
	urate
	ldl
	hba1c
	crp
	bnp
	wbc
	rbc
	hb
	ht
	plt
	inr
	ddimer
	egfr
	uProtein
	uGlucose
	hbs
	hcv
	syphilis
	labCount
)

func analytes() []analyte {
	mg, meq, ul := "mg/dL^mg/dL^ISO+", "mEq/L^mEq/L^ISO+", "U/L^U/L^ISO+"
	same := func(code, name, local, unit string, low, high float64) analyte {
		return analyte{code, name, local, unit, low, high, low, high, 0, chemistry}
	}
	dec := func(a analyte, d int, panel uint8) analyte { a.dec, a.panel = d, panel; return a }
	return []analyte{
		same("3D010000002327201", "グルコース", "10501", mg, 73, 109), dec(same("3C025000002327201", "ＢＵＮ", "10502", mg, 8, 20), 1, chemistry),
		{"3C015000002327101", "Ｃｒｅ", "10503", mg, 0.65, 1.07, 0.46, 0.79, 2, chemistry},
		same("3H010000002326101", "Ｎａ", "10504", meq, 138, 145), dec(same("3H015000002326101", "Ｋ", "10505", meq, 3.6, 4.8), 1, chemistry), same("3H020000002326101", "Ｃｌ", "10506", meq, 101, 108),
		dec(same("3A010000002327101", "総蛋白", "10222", "g/dL^g/dL^ISO+", 6.6, 8.1), 1, chemistry), dec(same("3A015000002327101", "アルブミン", "10223", "g/dL^g/dL^ISO+", 4.1, 5.1), 1, chemistry),
		dec(same("3J010000002327101", "総ビリルビン", "10213", mg, 0.4, 1.5), 1, chemistry), same("3B035000002327201", "ＡＳＴ", "10207", ul, 13, 30), same("3B045000002327201", "ＡＬＴ", "10208", ul, 10, 42),
		same("3B050000002327201", "ＬＤ", "10206", ul, 124, 222), same("3B010000002327201", "ＣＫ", "10209", ul, 41, 248), same("3B090000002327701", "γＧＴ", "10210", ul, 13, 64),
		dec(same("3C020000002327101", "尿酸", "10211", mg, 2.6, 7.8), 1, chemistry), same("3F077000002327101", "ＬＤＬコレステロール", "10212", mg, 65, 163),
		dec(same("3D046000001906202", "ＨｂＡ１ｃ（ＮＧＳＰ）", "10520", "%^%^ISO+", 4.9, 6), 1, bloodCount), dec(same("5C070000002306201", "ＣＲＰ", "10521", mg, 0, 0.14), 2, chemistry),
		dec(same("4Z271000002205101", "ＢＮＰ", "10522", "pg/mL^pg/mL^ISO+", 0, 18.4), 1, clotting),
		dec(same("2A990000001930952", "白血球数", "20001", "10*3/μL^10*3/μL^ISO+", 3.3, 8.6), 1, bloodCount), {"2A990000001930951", "赤血球数", "20002", "10*4/μL^10*4/μL^ISO+", 435, 555, 386, 492, 0, bloodCount},
		{"2A990000001930953", "ヘモグロビン", "20003", "g/dL^g/dL^ISO+", 13.7, 16.8, 11.6, 14.8, 1, bloodCount}, {"2A990000001930954", "ヘマトクリット", "20004", "%^%^ISO+", 40.7, 50.1, 35.1, 44.4, 1, bloodCount},
		dec(same("2A990000001930955", "血小板数", "20005", "10*4/μL^10*4/μL^ISO+", 15.8, 34.8), 1, bloodCount),
		dec(same("2B030000002231157", "ＰＴ－ＩＮＲ", "30046", "", 0.9, 1.1), 2, clotting), dec(same("2B140000002206201", "Ｄダイマー", "30047", "μg/mL^μg/mL^ISO+", 0, 1), 1, clotting),
		same("8A065000002391901", "ｅＧＦＲ", "10523", "mL/min/1.73m2^mL/min/1.73m2^ISO+", 60, 120),
		dec(same("1A010000000190111", "尿蛋白定性", "40001", "", 0, 0), 0, urine), dec(same("1A020000000190111", "尿糖定性", "40002", "", 0, 0), 0, urine),
		dec(same("", "ＨＢｓ抗原", "50001", "", 0, 0), 0, infections), dec(same("", "ＨＣＶ抗体", "50002", "", 0, 0), 0, infections), dec(same("", "ＴＰ抗体", "50003", "", 0, 0), 0, infections),
	}
}

// effect is what a disease does to an item: an amount added to what the
// patient has when well. tau is in how many days it fades; 0: it stays; below 0:
// it grows by its amount in -tau years.
type effect struct {
	lab   labID
	delta float64
	tau   float64
}

type condition struct {
	name, icd, receipt, dept string
	drugs                    []drugID
	effects                  []effect
	from, to                 int     // years of age
	share                    float64 // of those of the age; only for chronic ones
	days                     int     // of a typical stay
	surgery, scope, infected bool
	injections               bool
	restricted               bool // PRB-25: not for everybody's eyes
	diet                     string
}

// chronic gives diseases of outpatients. ICD-10 and receipt codes are public.
func chronic() []condition {
	return []condition{
		{name: "高血圧症", icd: "I10", receipt: "8833421", dept: "08", drugs: []drugID{amlodipine}, from: 45, to: 110, share: 0.4, diet: "減塩食"},
		{name: "２型糖尿病", icd: "E11", receipt: "2500015", dept: "01", drugs: []drugID{metformin, insulin}, effects: []effect{{glucose, 65, 0}, {hba1c, 1.9, 0}, {hba1c, 0.4, -5}, {uGlucose, 1, 0}}, from: 40, to: 100, share: 0.18, diet: "糖尿病食１６００ｋｃａｌ"},
		{name: "脂質異常症", icd: "E785", receipt: "8844446", dept: "01", drugs: []drugID{statin}, effects: []effect{{ldl, 45, 0}}, from: 35, to: 100, share: 0.25},
		{name: "慢性うっ血性心不全", icd: "I500", receipt: "4280005", dept: "08", drugs: []drugID{furosemide, digoxin, bisoprolol}, effects: []effect{{bnp, 210, 0}, {bun, 6, 0}}, from: 60, to: 110, share: 0.07, diet: "減塩食"},
		{name: "心房細動", icd: "I489", receipt: "4273006", dept: "08", drugs: []drugID{warfarin, bisoprolol}, effects: []effect{{inr, 1.1, 0}}, from: 55, to: 110, share: 0.06},
		{name: "慢性腎臓病", icd: "N189", receipt: "8844106", dept: "48", drugs: []drugID{amlodipine, furosemide}, effects: []effect{{creatinine, 1.2, 0}, {creatinine, 0.7, -3}, {egfr, -42, 0}, {egfr, -14, -3}, {potassium, 0.6, 0}, {hb, -2.2, 0}, {bun, 18, 0}, {uProtein, 1, 0}}, from: 50, to: 110, share: 0.06, diet: "腎臓病食"},
		{name: "気管支喘息", icd: "J459", receipt: "4939008", dept: "05", drugs: []drugID{inhaler, carbocisteine}, from: 5, to: 80, share: 0.06},
		{name: "関節リウマチ", icd: "M0690", receipt: "8842106", dept: "35", drugs: []drugID{methotrexate, prednisolone, diclofenac}, effects: []effect{{crp, 1.4, 0}}, from: 35, to: 85, share: 0.03},
		{name: "骨粗鬆症", icd: "M8199", receipt: "7330006", dept: "11", drugs: []drugID{alendronate}, from: 60, to: 110, share: 0.12},
		{name: "てんかん", icd: "G409", receipt: "3459001", dept: "04", drugs: []drugID{phenytoin}, from: 3, to: 90, share: 0.015},
		{name: "うつ病", icd: "F329", receipt: "2961003", dept: "02", drugs: []drugID{sertraline, lemborexant}, from: 18, to: 85, share: 0.04, restricted: true},
		{name: "痛風", icd: "M1099", receipt: "2749004", dept: "01", drugs: []drugID{febuxostat}, effects: []effect{{urate, 2.6, 0}}, from: 35, to: 85, share: 0.05},
		{name: "アルツハイマー型認知症", icd: "G309", receipt: "8842549", dept: "04", drugs: []drugID{donepezil, ointment}, from: 70, to: 110, share: 0.12},
		{name: "貧血", icd: "D649", receipt: "2859011", dept: "01", drugs: []drugID{iron}, effects: []effect{{hb, -3.1, 0}, {rbc, -70, 0}, {ht, -8, 0}}, from: 15, to: 90, share: 0.05},
	}
}

// acute gives diseases that bring a patient into a ward.
func acute() []condition {
	return []condition{
		{name: "肺炎", icd: "J189", receipt: "4860030", dept: "05", drugs: []drugID{carbocisteine, antibiotic}, effects: []effect{{crp, 14, 3.5}, {wbc, 9, 3}}, from: 0, to: 110, days: 11, infected: true, injections: true},
		{name: "誤嚥性肺炎", icd: "J690", receipt: "5070003", dept: "05", drugs: []drugID{carbocisteine, miyarisan}, effects: []effect{{crp, 11, 4}, {wbc, 7, 4}, {albumin, -1.4, 0}}, from: 70, to: 110, days: 20, infected: true, injections: true, diet: "嚥下調整食"},
		{name: "急性心筋梗塞", icd: "I219", receipt: "8832376", dept: "08", drugs: []drugID{aspirin, clopidogrel, statin, lansoprazole}, effects: []effect{{ck, 2200, 1.2}, {ast, 240, 1.8}, {bnp, 330, 9}, {ddimer, 1.2, 5}}, from: 45, to: 100, days: 13, injections: true, diet: "減塩食"},
		{name: "脳梗塞", icd: "I639", receipt: "8838708", dept: "04", drugs: []drugID{clopidogrel, lansoprazole}, effects: []effect{{ddimer, 2, 8}}, from: 55, to: 110, days: 24, injections: true, diet: "嚥下調整食"},
		{name: "胃潰瘍", icd: "K259", receipt: "5319009", dept: "06", drugs: []drugID{lansoprazole, iron}, effects: []effect{{hb, -5, 12}, {rbc, -110, 12}, {ht, -13, 12}, {bun, 22, 2}}, from: 30, to: 100, days: 8, scope: true, injections: true, diet: "絶食"},
		{name: "大腸ポリープ", icd: "K635", receipt: "2113008", dept: "06", drugs: []drugID{miyarisan}, from: 40, to: 90, days: 2, scope: true, diet: "低残渣食"},
		{name: "急性虫垂炎", icd: "K358", receipt: "5409005", dept: "10", drugs: []drugID{paracetamol, antibiotic}, effects: []effect{{crp, 9, 2}, {wbc, 8, 1.5}}, from: 5, to: 80, days: 6, surgery: true, infected: true, injections: true, diet: "絶食"},
		{name: "大腸癌", icd: "C189", receipt: "1539004", dept: "10", drugs: []drugID{paracetamol, miyarisan, morphineTablet}, effects: []effect{{crp, 7, 3}, {hb, -2.5, 0}}, from: 45, to: 95, days: 15, surgery: true, injections: true, restricted: true, diet: "全粥食"},
		{name: "前腕骨折", icd: "S529", receipt: "8836598", dept: "11", drugs: []drugID{diclofenac, lansoprazole}, effects: []effect{{crp, 3, 3}}, from: 5, to: 100, days: 5, surgery: true, injections: true},
		{name: "変形性膝関節症", icd: "M179", receipt: "7153018", dept: "11", drugs: []drugID{diclofenac, lansoprazole}, effects: []effect{{crp, 8, 4}, {hb, -2, 15}, {ddimer, 4, 10}}, from: 60, to: 95, days: 22, surgery: true, injections: true},
		{name: "前立腺癌", icd: "C61", receipt: "1859003", dept: "20", drugs: []drugID{bicalutamide, paracetamol}, effects: []effect{{crp, 5, 3}}, from: 55, to: 95, days: 10, surgery: true, injections: true, restricted: true},
		{name: "急性気管支炎", icd: "J209", receipt: "4660009", dept: "09", drugs: []drugID{carbocisteine, paracetamol}, effects: []effect{{crp, 3, 2}, {wbc, 4, 2}}, from: 0, to: 15, days: 5, infected: true, injections: true, diet: "小児食"},
		{name: "心不全急性増悪", icd: "I500", receipt: "4280005", dept: "08", drugs: []drugID{furosemide, bisoprolol}, effects: []effect{{bnp, 620, 6}, {creatinine, 0.4, 6}}, from: 60, to: 110, days: 16, injections: true, diet: "減塩食"},
		{name: "慢性腎臓病急性増悪", icd: "N189", receipt: "8844106", dept: "48", drugs: []drugID{amlodipine, furosemide}, effects: []effect{{creatinine, 2.6, 8}, {potassium, 1.3, 3}, {bun, 35, 7}, {egfr, -40, 0}}, from: 50, to: 110, days: 14, injections: true, diet: "腎臓病食"},
		{name: "２型糖尿病・教育入院", icd: "E11", receipt: "2500015", dept: "01", drugs: []drugID{metformin, insulin}, effects: []effect{{glucose, 120, 6}, {hba1c, 3, 0}, {uGlucose, 2, 0}}, from: 35, to: 85, days: 12, diet: "糖尿病食１６００ｋｃａｌ"},
	}
}
