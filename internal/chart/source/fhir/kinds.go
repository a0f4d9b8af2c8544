package fhir

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// kinds names resource types in the order in which they are read.
func kinds() []source.Kind {
	return []source.Kind{
		{Code: "Patient", Japanese: "患者基本情報", English: "Patient"}, {Code: "AllergyIntolerance", Japanese: "アレルギー・不耐性", English: "Allergies and intolerances"},
		{Code: "Flag", Japanese: "注意喚起", English: "Flags"}, {Code: "Condition", Japanese: "傷病名", English: "Conditions"},
		{Code: "Encounter", Japanese: "入院・受診", English: "Encounters"}, {Code: "EpisodeOfCare", Japanese: "診療エピソード", English: "Episodes of care"},
		{Code: "MedicationRequest", Japanese: "処方・注射の指示", English: "Medication requests"}, {Code: "MedicationStatement", Japanese: "服薬状況", English: "Medication statements"},
		{Code: "MedicationDispense", Japanese: "調剤", English: "Medication dispenses"}, {Code: "MedicationAdministration", Japanese: "投与実施", English: "Medication administrations"},
		{Code: "Observation", Japanese: "検査結果・観察", English: "Observations"}, {Code: "DiagnosticReport", Japanese: "検査報告書", English: "Diagnostic reports"},
		{Code: "Specimen", Japanese: "検体", English: "Specimens"}, {Code: "ServiceRequest", Japanese: "検査・処置の依頼", English: "Service requests"},
		{Code: "ImagingStudy", Japanese: "画像検査", English: "Imaging studies"}, {Code: "Procedure", Japanese: "手術・処置", English: "Procedures"},
		{Code: "NutritionOrder", Japanese: "食事オーダ", English: "Nutrition orders"}, {Code: "Immunization", Japanese: "予防接種", English: "Immunizations"},
		{Code: "FamilyMemberHistory", Japanese: "家族歴", English: "Family histories"}, {Code: "Consent", Japanese: "同意", English: "Consents"},
		{Code: "Composition", Japanese: "文書", English: "Documents (Composition)", Document: true}, {Code: "DocumentReference", Japanese: "文書(ファイル)", English: "Documents (files)", Document: true},
		{Code: "Binary", Japanese: "ファイル", English: "Files", Document: true}, {Code: "Media", Japanese: "画像・動画", English: "Media", Document: true},
		{Code: "QuestionnaireResponse", Japanese: "問診票の回答", English: "Questionnaire responses", Document: true}, {Code: "ClinicalImpression", Japanese: "所見", English: "Clinical impressions"},
		{Code: "CarePlan", Japanese: "療養計画", English: "Care plans"}, {Code: "CareTeam", Japanese: "診療チーム", English: "Care teams"}, {Code: "Goal", Japanese: "目標", English: "Goals"},
		{Code: "RelatedPerson", Japanese: "関係者", English: "Related persons"}, {Code: "Coverage", Japanese: "保険", English: "Coverages"},
		{Code: "Appointment", Japanese: "予約", English: "Appointments"}, {Code: "Communication", Japanese: "連絡", English: "Communications"}, {Code: "Task", Japanese: "タスク", English: "Tasks"},
		{Code: "Claim", Japanese: "請求", English: "Claims"}, {Code: "ExplanationOfBenefit", Japanese: "給付の明細", English: "Explanations of benefit"},
		{Code: "Provenance", Japanese: "作成の記録", English: "Provenance"}, {Code: "Account", Japanese: "会計", English: "Accounts"},
	}
}

// Kind names a resource type; types that are not known here keep their name.
func (s *store) Kind(code string) source.Kind {
	for i, k := range kinds() {
		if k.Code == code {
			k.Order = 10*(1+i) + 5
			return k
		}
	}
	return source.Kind{Code: code, Japanese: code, English: code, Order: 580}
}

// feeding gives the types that feed a part of the chart.
func feeding(p model.Part) []string {
	switch p {
	case model.Who:
		return []string{"Patient", "Coverage", "Observation"}
	case model.Allergies:
		return []string{"AllergyIntolerance"}
	case model.Infections, model.Labs, model.Vitals:
		return []string{"Observation"}
	case model.Problems:
		return []string{"Condition"}
	case model.Drugs:
		return []string{"MedicationRequest", "MedicationStatement"}
	case model.Injections:
		return []string{"MedicationRequest", "MedicationAdministration"}
	case model.Stays:
		return []string{"Encounter"}
	case model.Meals:
		return []string{"NutritionOrder"}
	case model.Orders:
		return []string{"ServiceRequest"}
	case model.Reports:
		return []string{"DiagnosticReport"}
	}
	return nil
}

// says gives of the types that feed a part those that it stands and falls with.
func says(p model.Part) []string {
	switch p {
	case model.Infections, model.Labs:
		return []string{"Observation"}
	case model.Drugs:
		return []string{"MedicationRequest"}
	case model.Allergies, model.Problems, model.Stays:
		return feeding(p)
	}
	return nil
}

// weight puts first what says the whole state, then stays.
func weight(kind string) int {
	switch kind {
	case "Patient", "AllergyIntolerance", "Condition", "Coverage", "Flag":
		return 0
	case "Encounter", "NutritionOrder":
		return 1
	}
	return 2
}

// list makes a part of the chart from its rows.
func list[T any](r *reading, rows []T, part model.Part) model.List[T] {
	names := feeding(part)
	l := model.List[T]{Rows: rows}
	items, read := 0, 0
	for i := range r.items {
		it := &r.items[i]
		if it.fate == older || !slices.Contains(names, it.kind) {
			continue
		}
		if !slices.Contains(l.Kinds, it.kind) {
			l.Kinds = append(l.Kinds, it.kind)
		}
		l.Newest = max(l.Newest, it.e.stamp())
		items++
		switch {
		case it.fate == unread:
			l.Unread++
		case it.fate == broken:
			l.Broken++
		default:
			read++
		}
	}
	if l.Kinds == nil {
		l.Kinds = names
	}
	switch {
	case len(rows) > 0:
		l.State = model.Some
	case l.Broken > 0 && read == 0 && l.Unread == 0:
		l.State = model.Unreadable
	case l.Unread > 0:
		l.State = model.Unknown
	case items > 0:
		l.State = model.NoRecord
	default:
		l.State = r.want.StateOf(names)
	}
	return l
}
