package view

import "github.com/torideproject/toride/hl7"

// Name is one way a person's name was written.
type Name struct {
	From
	Full   string `json:"full,omitempty"`
	Script string `json:"script,omitempty"` // I kanji, P kana, A Latin; as sent
}

// Phone is a way to reach somebody.
type Phone struct {
	From
	Number string `json:"number,omitempty"`
	Use    string `json:"use,omitempty"` // PRN home, WPN work, EMR emergency
}

// Address is an address in one line.
type Address struct {
	From
	Line     string `json:"line,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Use      string `json:"use,omitempty"` // H home, B business
}

// Patient is the PID segment.
type Patient struct {
	ID        Text      `json:"id"` // PID-3: compare with the file's name before showing anything
	Names     []Name    `json:"names,omitempty"`
	Kanji     string    `json:"kanji,omitempty"` // of Names: the one for reading
	Kana      string    `json:"kana,omitempty"`
	Birth     Time      `json:"birth,omitzero"`
	Sex       Text      `json:"sex,omitzero"`
	Addresses []Address `json:"addresses,omitempty"`
	Phones    []Phone   `json:"phones,omitempty"`
	Updated   Time      `json:"updated,omitzero"` // PID-33
}

// Contact is an NK1 segment.
type Contact struct {
	Names     []Name    `json:"names,omitempty"`
	Relation  Coded     `json:"relation,omitzero"`
	Addresses []Address `json:"addresses,omitempty"`
	Phones    []Phone   `json:"phones,omitempty"`
	Employer  Text      `json:"employer,omitzero"`
}

// Disability is a DB1 segment.
type Disability struct {
	Who   Coded `json:"who,omitzero"`   // DB1-2, PT patient
	State Text  `json:"state,omitzero"` // DB1-4, Y or N
	Start Time  `json:"start,omitzero"`
	End   Time  `json:"end,omitzero"`
}

// Insurance is an IN1 or ZI1 segment.
type Insurance struct {
	Plan     Coded `json:"plan,omitzero"`
	Insurer  Text  `json:"insurer,omitzero"` // the insurer's number
	Name     Text  `json:"name,omitzero"`
	Symbol   Text  `json:"symbol,omitzero"` // 記号
	Number   Text  `json:"number,omitzero"` // 番号
	Start    Time  `json:"start,omitzero"`
	End      Time  `json:"end,omitzero"`
	Kind     Coded `json:"kind,omitzero"`     // IN1-15
	Relation Coded `json:"relation,omitzero"` // IN1-17
}

// PatientOf reads the first PID segment.
func PatientOf(m *hl7.Message) Patient {
	s := m.First("PID")
	id := s.Field(3)
	if id.State() != hl7.Present && s.Field(2).Has() {
		// HL7 before 2.3.1 has the patient's number in the field before; its
		// origin says so.
		return patient(s, Text{from(s, 2, 1, s.Field(2)), hl7.PatientID(s.Field(2))})
	}
	return patient(s, Text{from(s, 3, 1, id), hl7.PatientID(id)})
}

func patient(s hl7.Segment, id Text) Patient {
	kanji, kana := hl7.Names(s.Field(5))
	return Patient{ID: id, Names: names(s, 5), Kanji: kanji.Full(), Kana: kana.Full(), Birth: when(s, 7), Sex: word(s, 8),
		Addresses: addresses(s, 11), Phones: append(phones(s, 13), phones(s, 14)...), Updated: when(s, 33)}
}

func names(s hl7.Segment, n int) []Name {
	return list(s, n, func(rep int, v hl7.Value) Name {
		x := hl7.XPNOf(v)
		return Name{from(s, n, rep, v), x.Full(), string(x.Script)}
	})
}

func phones(s hl7.Segment, n int) []Phone {
	return list(s, n, func(rep int, v hl7.Value) Phone {
		x := hl7.XTNOf(v)
		return Phone{from(s, n, rep, v), x.Number, x.Use}
	})
}

func addresses(s hl7.Segment, n int) []Address {
	return list(s, n, func(rep int, v hl7.Value) Address {
		x := hl7.XADOf(v)
		return Address{from(s, n, rep, v), x.Display(), x.Postcode, x.Kind}
	})
}

// ContactsOf reads the NK1 segments.
func ContactsOf(m *hl7.Message) (out []Contact) {
	for s := range m.All("NK1") {
		out = append(out, Contact{names(s, 2), coded(s, 3), addresses(s, 4), append(phones(s, 5), phones(s, 6)...), word(s, 13)})
	}
	return out
}

// DisabilitiesOf reads the DB1 segments.
func DisabilitiesOf(m *hl7.Message) (out []Disability) {
	for s := range m.All("DB1") {
		out = append(out, Disability{coded(s, 2), word(s, 4), when(s, 5), when(s, 6)})
	}
	return out
}

// InsurancesOf reads the IN1 segments.
func InsurancesOf(m *hl7.Message) (out []Insurance) {
	for s := range m.All("IN1") {
		out = append(out, insurance(s))
	}
	return out
}

func insurance(s hl7.Segment) Insurance {
	i := Insurance{Plan: coded(s, 2), Insurer: word(s, 3), Name: text(s, 4), Symbol: text(s, 10), Number: text(s, 11),
		Start: when(s, 12), End: when(s, 13), Kind: coded(s, 15), Relation: coded(s, 17)}
	return i
}

// MeasuresOf reads the OBX segments that stand before any order: height,
// weight, blood groups of ADT-00.
func MeasuresOf(m *hl7.Message) (out []Result) {
	for s := range m.Segments() {
		switch s.ID() {
		case "OBX":
			out = append(out, result(s))
		case "ORC", "OBR", "SPM", "PRB":
			return out
		}
	}
	return out
}
