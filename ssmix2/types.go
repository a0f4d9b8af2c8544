package ssmix2

// DataType is one kind of file in standard storage. The specification counts
// 36 outputs: the 26 codes, ten of which are also written by the trigger that
// takes the event back.
type DataType struct {
	Code      string // the folder's name, ADT-00
	Message   string // MSH-9.1
	Trigger   string // MSH-9.2
	Cancel    string // the trigger that takes it back, "" if there is none
	Structure string // MSH-9.3
	Japanese  string
	English   string
	// DateField is where the folder's date comes from; "" for the types that
	// have none and stand in the folder "-".
	DateField string
	// Snapshot types say the whole state anew each time.
	Snapshot bool
}

// Types gives the data types of version 1.2 in the specification's order
// (HL7 messages of SS-MIX2 standard storage, 1.2g).
func Types() []DataType {
	table := dataTypes()
	return table[:]
}

// dataTypes is the table by value: it is asked for every message and must not
// allocate.
func dataTypes() [26]DataType {
	return [...]DataType{
		{"ADT-00", "ADT", "A08", "A23", "ADT_A01", "患者基本情報の更新", "patient's details", "", true},
		{"ADT-01", "ADT", "A54", "A55", "ADT_A54", "担当医の変更", "change of the attending doctor", "", false},
		{"ADT-12", "ADT", "A04", "", "ADT_A01", "外来診察の受付", "outpatient visit", "PV1-44", false},
		{"ADT-21", "ADT", "A14", "A27", "ADT_A05", "入院予定", "planned admission", "PV2-8", false},
		{"ADT-22", "ADT", "A01", "A11", "ADT_A01", "入院実施", "admission", "PV1-44", false},
		{"ADT-31", "ADT", "A21", "A52", "ADT_A21", "外出泊実施", "leave of absence", "EVN-6", false},
		{"ADT-32", "ADT", "A22", "A53", "ADT_A21", "外出泊帰院実施", "return from leave", "EVN-6", false},
		{"ADT-41", "ADT", "A15", "A26", "ADT_A15", "転科・転棟予定", "planned transfer", "PV2-8", false},
		{"ADT-42", "ADT", "A02", "A12", "ADT_A02", "転科・転棟実施", "transfer", "EVN-6", false},
		{"ADT-51", "ADT", "A16", "A25", "ADT_A16", "退院予定", "planned discharge", "PV2-9", false},
		{"ADT-52", "ADT", "A03", "A13", "ADT_A03", "退院実施", "discharge", "PV1-45", false},
		{"ADT-61", "ADT", "A60", "", "ADT_A60", "アレルギー情報の登録・更新", "allergies", "", true},
		{"PPR-01", "PPR", "ZD1", "", "PPR_ZD1", "病名（歴）情報の登録・更新", "diagnoses", "", true},
		{"OMD", "OMD", "O03", "", "OMD_O03", "食事オーダ", "meal order", "ORC-9", false},
		{"OMP-01", "RDE", "O11", "", "RDE_O11", "処方オーダ", "prescription", "ORC-9", false},
		{"OMP-11", "RAS", "O17", "", "RAS_O17", "処方実施通知", "prescription given", "RXA-3", false},
		{"OMP-02", "RDE", "O11", "", "RDE_O11", "注射オーダ", "injection order", "ORC-9", false},
		{"OMP-12", "RAS", "O17", "", "RAS_O17", "注射実施通知", "injection given", "RXA-3", false},
		{"OML-01", "OML", "O33", "", "OML_O33", "検体検査オーダ", "laboratory order", "ORC-9", false},
		{"OML-11", "OUL", "R22", "", "OUL_R22", "検体検査結果", "laboratory result", "SPM-17", false},
		{"OMG-01", "OMG", "O19", "", "OMG_O19", "放射線検査オーダ", "radiology order", "ORC-9", false},
		{"OMG-11", "OMI", "Z23", "", "OMI_Z23", "放射線検査の実施通知", "radiology performed", "OBR-7", false},
		{"OMG-02", "OMG", "O19", "", "OMG_O19", "内視鏡検査オーダ", "endoscopy order", "ORC-9", false},
		{"OMG-12", "OMI", "Z23", "", "OMI_Z23", "内視鏡検査の実施通知", "endoscopy performed", "OBR-7", false},
		{"OMG-03", "OMG", "O19", "", "OMG_O19", "生理検査オーダ", "physiological test order", "ORC-9", false},
		{"OMG-13", "ORU", "R01", "", "ORU_R01", "生理検査結果通知", "physiological test result", "OBR-7", false},
	}
}

// TypeOf gives the data type with a code; ok is false for one that is not in
// the table, which a reader shows all the same.
func TypeOf(code string) (DataType, bool) {
	table := dataTypes()
	for i := range table {
		if table[i].Code == code {
			return table[i], true
		}
	}
	return DataType{}, false
}
