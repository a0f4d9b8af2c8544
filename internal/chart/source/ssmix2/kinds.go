package ssmix2

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// kindOf gives the kind of a record: the data type of standard storage, and
// for a document the six parts of its folder's name, which say all that Kind
// needs. A kind of documents holds a ^ always.
func kindOf(r *ssmix2.Record) string {
	if !r.Extended {
		return r.Kind
	}
	return documentKind(r.TypeFolder())
}

func documentKind(folder string) string {
	t := ssmix2.ParseDocType(folder)
	kind := strings.TrimRight(strings.Join([]string{t.LocalCode, t.LocalName, t.LocalSystem, t.Code, t.Name, t.System}, "^"), "^")
	if !strings.Contains(kind, "^") {
		kind += "^"
	}
	return kind
}

// Kind names a kind. Types of messages come in the order in which a doctor
// reads them: who it is, what to beware of, diagnoses, stays, drugs, injections,
// results, examinations, meals, visits; then documents, the most telling first.
func (s *store) Kind(code string) source.Kind {
	if strings.Contains(code, "^") {
		return kindOfDocument(code)
	}
	k := source.Kind{Code: code, Japanese: code, English: code, Order: 499}
	if t, ok := ssmix2.TypeOf(code); ok {
		k.Japanese, k.English = t.Japanese, t.English
		k.Order = 10 * (1 + slices.Index(reading(), code))
	}
	return k
}

// reading is the order of the types of messages.
func reading() []string {
	return []string{"ADT-00", "ADT-61", "PPR-01", "ADT-22", "ADT-42", "ADT-52", "ADT-31", "ADT-32", "ADT-01", "OMP-01", "OMP-11", "OMP-02", "OMP-12", "OML-11",
		"OML-01", "OMG-11", "OMG-01", "OMG-12", "OMG-02", "OMG-13", "OMG-03", "OMD", "ADT-12", "ADT-21", "ADT-41", "ADT-51"}
}

func kindOfDocument(code string) source.Kind {
	t := ssmix2.ParseDocType(code)
	k := source.Kind{Code: code, Japanese: t.Display(), English: t.Display(), Document: true, Order: 599}
	for i, d := range documents() {
		if t.System != "LN" && t.Code != "" || t.Code != d.code {
			continue
		}
		k.English, k.Order = d.english, 500+i
		if t.LocalName == "" && t.Name == "" {
			k.Japanese = d.japanese
		}
	}
	if t.LocalCode == "L-OBSERVATIONS" {
		k.Order = 145 // vital signs stand beside the results
		k.Japanese, k.English = "バイタルサイン("+k.Japanese+")", "vital signs ("+k.English+")"
	}
	return k
}

// documentType is a standard type of document.
type documentType struct{ code, japanese, english string }

// documents lists the standard types (LOINC, as the code table of extended
// storage 1.2h has them) that have a place of their own: first those that a
// reader in a downtime opens first.
func documents() []documentType {
	return []documentType{
		{"18842-5", "退院時サマリ", "Discharge summary"}, {"60591-5", "サマリ", "Summary"}, {"34112-3", "入院診療録", "Inpatient record"},
		{"11506-3", "経過記録", "Progress notes"}, {"34108-1", "外来診療録", "Outpatient record"}, {"11503-0", "カルテ", "Chart"},
		{"28623-7", "看護記録", "Nursing record"}, {"34746-8", "看護サマリ", "Nursing summary"}, {"57133-1", "診療情報提供書", "Referral letter"},
		{"34874-8", "手術記録", "Operation record"}, {"34750-0", "麻酔記録", "Anaesthesia record"}, {"57828-6", "薬歴", "Medication history"},
		{"78601-2", "服薬指導書", "Medication guidance"}, {"51896-9", "感染症報告書", "Infection report"}, {"18725-2", "微生物学的検査報告書", "Microbiology report"},
		{"11502-2", "検体検査報告書", "Laboratory report"}, {"11526-1", "病理検査報告書", "Pathology report"}, {"47526-9", "細胞診報告書", "Cytology report"},
		{"18748-4", "画像検査報告書", "Imaging report"}, {"18747-6", "CT検査報告書", "CT report"}, {"18755-9", "MRI検査報告書", "MRI report"},
		{"12132-7", "超音波検査報告書", "Ultrasound report"}, {"18751-8", "上部消化管内視鏡報告書", "Upper endoscopy report"},
		{"18746-8", "下部消化管内視鏡報告書", "Lower endoscopy report"}, {"28010-7", "心電図報告書", "ECG report"}, {"59281-6", "心エコー報告書", "Echocardiography report"},
		{"18745-0", "心カテ報告書", "Cardiac catheterisation report"}, {"47045-0", "報告書", "Report"}, {"29749-9", "透析記録", "Dialysis record"},
		{"57057-2", "分娩記録", "Delivery record"}, {"11488-4", "意見書", "Opinion"}, {"59772-4", "入院時診療計画書", "Admission care plan"},
		{"78454-6", "パス", "Clinical pathway"}, {"59284-0", "同意書", "Consent"}, {"42348-3", "事前指示書", "Advance directive"},
		{"64297-5", "死亡診断書", "Death certificate"}, {"34109-9", "記録", "Record"}, {"51852-2", "その他書類", "Other documents"},
	}
}

// feeding gives the data types that feed a part of the chart. Documents with
// messages in them feed the vital signs and infections besides.
func feeding(p model.Part) []string {
	switch p {
	case model.Who:
		return []string{details}
	case model.Allergies:
		return []string{"ADT-61", details}
	case model.Infections:
		return []string{"OML-11", details}
	case model.Problems:
		return []string{"PPR-01"}
	case model.Drugs:
		return []string{"OMP-01", "OMP-11"}
	case model.Injections:
		return []string{"OMP-02", "OMP-12"}
	case model.Labs:
		return []string{"OML-11"}
	case model.Stays:
		return []string{"ADT-22", "ADT-42", "ADT-52", "ADT-31", "ADT-32", "ADT-01", "ADT-12", "ADT-21", "ADT-41", "ADT-51"}
	case model.Meals:
		return []string{"OMD"}
	case model.Orders:
		return []string{"OML-01", "OMG-01", "OMG-02", "OMG-03", "OML-11", "OMG-11", "OMG-12", "OMG-13"}
	case model.Reports:
		return []string{"OMG-11", "OMG-12", "OMG-13"}
	}
	return nil
}

// says gives of the types that feed a part those that it stands and falls with,
// not those that say a word of it beside other things: ADT-00 of infections,
// transfers of a stay, results of an order.
func says(p model.Part) []string {
	switch p {
	case model.Infections, model.Labs:
		return []string{"OML-11"}
	case model.Stays:
		return []string{"ADT-22", "ADT-42", "ADT-52"}
	case model.Orders:
		return []string{"OML-01", "OMG-01", "OMG-02", "OMG-03"}
	case model.Allergies, model.Problems, model.Drugs, model.Injections, model.Meals, model.Reports:
		return feeding(p)
	}
	return nil
}
