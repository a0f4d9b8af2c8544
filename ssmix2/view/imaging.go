package view

import "github.com/torideproject/toride/hl7"

// Performed is a ZE1 segment with its findings (OBX) and exposures (ZE2): what
// was done in an examination, by whom, with what.
type Performed struct {
	Control   Text       `json:"control,omitzero"` // ZE1-2: RQ asked for, RS done
	Procedure Coded      `json:"procedure,omitzero"`
	Count     Text       `json:"count,omitzero"`
	StaffKind Text       `json:"staff_kind,omitzero"`
	Staff     []Person   `json:"staff,omitempty"`
	ItemKind  Text       `json:"item_kind,omitzero"`
	Items     []Coded    `json:"items,omitempty"` // materials and drugs; Raw has the amounts
	Remark    Text       `json:"remark,omitzero"` // ZE1-11
	Findings  []Result   `json:"findings,omitempty"`
	Exposures []Exposure `json:"exposures,omitempty"`
}

// Exposure is a ZE2 segment.
type Exposure struct {
	Voltage  Quantity `json:"voltage,omitzero"`
	Current  Quantity `json:"current,omitzero"`
	Distance Quantity `json:"distance,omitzero"`
	Time     Quantity `json:"time,omitzero"`
	Count    Text     `json:"count,omitzero"`
	Remark   Text     `json:"remark,omitzero"`
}

// Study is an IPC segment: where the images are found in DICOM.
type Study struct {
	Accession Text  `json:"accession,omitzero"`
	Procedure Text  `json:"procedure,omitzero"`
	UID       Text  `json:"uid,omitzero"` // Study Instance UID
	Modality  Coded `json:"modality,omitzero"`
}

func (p *Panel) perform(s hl7.Segment) {
	switch s.ID() {
	case "ZE1":
		p.Performed = append(p.Performed, Performed{Control: word(s, 2), Procedure: coded(s, 3), Count: word(s, 4), StaffKind: text(s, 6), Staff: staff(s, 7),
			ItemKind: text(s, 8), Items: codes(s, 9), Remark: text(s, 11)})
	case "ZE2":
		if len(p.Performed) == 0 {
			p.Performed = append(p.Performed, Performed{})
		}
		d := &p.Performed[len(p.Performed)-1]
		d.Exposures = append(d.Exposures, Exposure{quantity(s, 2), quantity(s, 3), quantity(s, 4), quantity(s, 5), word(s, 6), text(s, 7)})
	case "IPC":
		st := Study{word(s, 1), word(s, 2), word(s, 3), coded(s, 5)}
		if st.Modality.Display == "" {
			st.Modality.Display = st.Modality.Code
		}
		p.Studies = append(p.Studies, st)
	}
}

func staff(s hl7.Segment, n int) []Person {
	return list(s, n, func(rep int, v hl7.Value) Person {
		x := hl7.XCNOf(v)
		return Person{from(s, n, rep, v), x.ID, x.Display()}
	})
}
