package synth

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
)

// document stores a content folder of extended storage.
func (c *course) document(v *visit, at clock, folder, code string, files ...docFile) bool {
	c.seq++
	key := at.text(14)
	return c.add(item{kind: code, date: at.day(), order: key, sent: at + c.jitter(), dept: v.dept, doc: &document{folder: folder, code: code, files: files}})
}

type vital struct {
	at                        clock
	v                         *visit
	order                     string
	low, high, pulse, breaths int
	temp                      float64
}

const vitalFolder = "L-OBSERVATIONS^OBSERVATIONS^99ZL01"

func (c *course) vitals(v *visit, at clock, ill *acuteEffects) {
	x := &vital{at: at, v: v, order: pad(0, 5) + at.text(12)[:10], low: 74 + int(c.r.bell()*9), high: 126 + int(c.r.bell()*14), pulse: 74 + int(c.r.bell()*9), breaths: 15 + int(c.r.bell()*2), temp: 36.5 + c.r.bell()*0.2}
	if ill.c.infected {
		days := float64(at-ill.at.at(8, 0)) / float64(oneDay)
		x.temp += max(0, 2.4-days*0.5)
		x.pulse += int(max(0, 20-days*4))
	}
	c.document(v, at+4*minute, vitalFolder, vitalFolder, docFile{name: "main_document.hl7", hl7: true, write: func(w *writer) { w.vitals(c.p, x) }})
}

func (w *writer) vitals(p *person, x *vital) {
	w.head(p, "ORU", "R30", "ORU_R30", x.at)
	w.pv1(x.v)
	w.orc("SC", x.order, "", x.at, x.v)
	w.seg("OBR").f(1, "1").f(2, x.order).f(4, `""`).t(7, x.at, 12).f(16, x.v.doctor)
	row := func(n int, code, value, unit string) {
		w.seg("OBX").f(1, itoa(n)).f(2, "NM").f(3, code, "^JC10").f(5, value).f(6, unit).f(11, "F").t(14, x.at, 12)
	}
	row(1, "9A761000000000001^拡張期血圧（1回目）", itoa(x.low), "mm(hg)^mmHg^ISO+")
	row(2, "9A751000000000001^収縮期血圧（1回目）", itoa(x.high), "mm(hg)^mmHg^ISO+")
	row(3, "9P300000000000001^脈拍（測定部位記載なし、または不明）", itoa(x.pulse), "(hb)^回／１分^ISO+")
	row(4, "9P200000000000001^呼吸数（観察または聴診）", itoa(x.breaths), "/min^回／１分^ISO+")
	row(5, "9P100000000000001^体温（体温計による腋窩（記載なしを含む））", decimal(x.temp, 1), "cel^℃^ISO+")
}

func (c *course) note(v *visit, at clock, title string) {
	text := pick(&c.r, []string{"全身状態は安定。食事摂取良好。", "発熱なし。疼痛は自制内。", "血圧は安定。本人・家族に経過を説明した。", "夜間は良眠。歩行訓練を継続する。"})
	code, standard := "11506-3", "経過記録"
	if title == "手術記録" {
		code, standard, text = "34874-8", title, "予定の手術を施行した。麻酔: 全身麻酔。出血: 少量。術中特記事項なし。"
	}
	c.document(v, at, "^"+title+"^^"+code+"^"+standard+"^LN", code, docFile{name: "note.txt", write: func(w *writer) {
		w.s(title, "\r\n", c.p.e.Kanji, " 様\r\n記載: ", at.text(12), "\r\n\r\n", text, "\r\n")
	}})
}

func (c *course) summary(s *stayPlan, v *visit, at clock) {
	c.document(v, at+3*hour, "^退院時サマリー^^18842-5^退院時サマリー^LN", "18842-5", docFile{name: "summary.xml", write: func(w *writer) { w.cda(c.p, s, v, at) }})
}

// cda is a discharge summary, CDA R2, in UTF-8. Nothing in it needs escaping:
// New refuses names that would.
func (w *writer) cda(p *person, s *stayPlan, v *visit, at clock) {
	_, doctor, _ := strings.Cut(v.doctor, "^")
	doctor, _, _ = strings.Cut(strings.Replace(doctor, "^", " ", 1), "^")
	section := func(title, text string) {
		w.s("<component><section><title>", title, "</title><text>", text, "</text></section></component>\n")
	}
	w.s(`<?xml version="1.0" encoding="UTF-8"?>`, "\n", `<ClinicalDocument xmlns="urn:hl7-org:v3">`, "\n",
		`<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="2.25.`, strings.TrimLeft(p.id, "0"), `" extension="`, at.text(14), `"/>`, "\n",
		`<code code="18842-5" codeSystem="2.16.840.1.113883.6.1" displayName="退院時サマリー"/><title>退院時サマリー</title><effectiveTime value="`, at.text(14), `"/>`, "\n",
		`<recordTarget><patientRole><id root="2.25.1" extension="`, p.id, `"/><patient><name><family>`, p.family.kanji, `</family><given>`, p.given.kanji, `</given></name><birthTime value="`, p.e.Birth, `"/></patient></patientRole></recordTarget>`, "\n",
		`<author><time value="`, at.text(14), `"/><assignedAuthor><assignedPerson><name>`, doctor, `</name></assignedPerson><representedOrganization><name>`, w.h.o.Name, `</name></representedOrganization></assignedAuthor></author>`, "\n",
		"<component><structuredBody>\n")
	section("診断名", s.ill.name+"（"+s.ill.icd+"）")
	section("入院期間", s.from.String()+"～"+s.to.String())
	section("経過", "入院のうえ治療を行い、状態が改善したため退院とした。")
	names := ""
	for _, id := range s.ill.drugs {
		names += "<item>" + w.h.drugs[id].name + "</item>"
	}
	section("退院時処方", "<list>"+names+"</list>")
	w.s("</structuredBody></component>\n</ClinicalDocument>\n")
}

func (c *course) referral(v *visit, at clock) {
	lines := []string{"診療情報提供書", "架空第二病院 御中", c.p.e.Kanji + " 様  " + c.p.e.Birth, "平素よりお世話になっております。", "継続加療をお願いいたします。", c.h.o.Name}
	c.document(v, at+2*hour, "^紹介状^^57133-1^診療情報提供書^LN", "57133-1", docFile{name: "referral.pdf", write: func(w *writer) { w.pdf(lines) }})
}

// pdf is one page of A4 with a font that every reader has for Japanese; nothing
// is embedded.
func (w *writer) pdf(lines []string) {
	e := w.enc[hl7.CP932]
	if e == nil {
		e = hl7.NewEncoder(hl7.EncodeOptions{Charset: hl7.CP932})
		w.enc[hl7.CP932] = e
	}
	page := "BT /F1 12 Tf 60 780 Td 20 TL\n"
	for _, l := range lines {
		page += "<" + hex.EncodeToString(e.AppendText(nil, l)) + "> Tj T*\n"
	}
	page += "ET"
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
		"<</Length " + strconv.Itoa(len(page)) + ">>\nstream\n" + page + "\nendstream",
		"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/90ms-RKSJ-H/DescendantFonts[6 0 R]>>",
		"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 7 0 R>>",
		"<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 4/FontBBox[-123 -257 1001 910]/ItalicAngle 0/Ascent 709/Descent -241/CapHeight 709/StemV 69>>"}
	start := len(w.b)
	w.s("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, len(w.b)-start)
		w.s(itoa(i+1), " 0 obj\n", o, "\nendobj\n")
	}
	xref := len(w.b) - start
	w.s("xref\n0 ", itoa(len(objects)+1), "\n0000000000 65535 f \n")
	for _, n := range at {
		w.s(pad(n, 10), " 00000 n \n")
	}
	w.s("trailer\n<</Size ", itoa(len(objects)+1), "/Root 1 0 R>>\nstartxref\n", itoa(xref), "\n%%EOF\n")
}
