package view

import (
	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// Move says what a message of movement is about.
type Move string

// The moves. The planned ones and the change of attending doctor open and
// close no stay.
const (
	DoctorChanged    Move = "doctor"
	Visited          Move = "visit"
	AdmissionPlanned Move = "admission_planned"
	Admitted         Move = "admitted"
	LeaveBegan       Move = "leave_began"
	LeaveEnded       Move = "leave_ended"
	TransferPlanned  Move = "transfer_planned"
	Transferred      Move = "transferred"
	DischargePlanned Move = "discharge_planned"
	Discharged       Move = "discharged"
)

func moveOf(kind string) (Move, bool) {
	switch kind {
	case "ADT-01":
		return DoctorChanged, true
	case "ADT-12":
		return Visited, true
	case "ADT-21":
		return AdmissionPlanned, true
	case "ADT-22":
		return Admitted, true
	case "ADT-31":
		return LeaveBegan, true
	case "ADT-32":
		return LeaveEnded, true
	case "ADT-41":
		return TransferPlanned, true
	case "ADT-42":
		return Transferred, true
	case "ADT-51":
		return DischargePlanned, true
	case "ADT-52":
		return Discharged, true
	}
	return "", false
}

// Visit is the PV1 and PV2 segment: where a patient is and who looks after him
// as far as this message says.
type Visit struct {
	Class     Text   `json:"class,omitzero"` // PV1-2: I inpatient, O outpatient
	Place     Place  `json:"place,omitzero"`
	Before    Place  `json:"before,omitzero"`   // PV1-6
	Reserved  Place  `json:"reserved,omitzero"` // PV2-1
	Attending Person `json:"attending,omitzero"`
	Dept      Coded  `json:"dept,omitzero"`     // PV1-10
	Admitter  Person `json:"admitter,omitzero"` // PV1-17
	// Ending is PV1-36, how the stay ended; table 0112.
	Ending          Coded `json:"ending,omitzero"`
	Admitted        Time  `json:"admitted,omitzero"`   // PV1-44
	Discharged      Time  `json:"discharged,omitzero"` // PV1-45
	PlannedIn       Time  `json:"planned_in,omitzero"` // PV2-8
	PlannedOut      Time  `json:"planned_out,omitzero"`
	ExpectedReturn  Time  `json:"expected_return,omitzero"` // PV2-47
	AdmissionReason Coded `json:"admission_reason,omitzero"`
}

// VisitOf reads PV1 and PV2; nil if there is neither.
func VisitOf(m *hl7.Message) *Visit {
	s, two := m.First("PV1"), m.First("PV2")
	if !s.There() && !two.There() {
		return nil
	}
	return &Visit{Class: word(s, 2), Place: place(s, 3), Before: place(s, 6), Reserved: place(two, 1), Attending: person(s, 7), Dept: coded(s, 10),
		Admitter: person(s, 17), Ending: coded(s, 36), Admitted: when(s, 44), Discharged: when(s, 45), PlannedIn: when(two, 8),
		PlannedOut: when(two, 9), ExpectedReturn: when(two, 47), AdmissionReason: coded(two, 3)}
}

// Death reports whether PV1-36 says that the patient died (table 0112: 20, 40
// to 42; 21 to 29 are the hospital's own kinds of it). It is not stored
// anywhere else in SS-MIX2.
func (v *Visit) Death() bool {
	c := v.Ending.Code
	if len(c) != 2 {
		return false
	}
	return c[0] == '2' && c[1] >= '0' && c[1] <= '9' || c == "40" || c == "41" || c == "42"
}

// Movement is what one message of ADT-01 to ADT-52 says.
type Movement struct {
	Move Move `json:"move"`
	// Life is Cancelled when the message is the one that takes it back.
	Life Life `json:"life"`
	// At is when it happened, or is planned: the field that the specification
	// takes the folder's date from, else the next best one; its Origin says
	// which. EVN-2, when it was recorded, is never taken for it.
	At     Time   `json:"at,omitzero"`
	Reason Coded  `json:"reason,omitzero"` // EVN-4
	By     Person `json:"by,omitzero"`     // EVN-5
	Visit  *Visit `json:"-"`
}

// MovementOf reads a message as the move that a data type is about; nil for
// other types.
func MovementOf(kind string, m *hl7.Message) *Movement {
	move, ok := moveOf(kind)
	if !ok {
		return nil
	}
	v := VisitOf(m)
	if v == nil {
		v = &Visit{}
	}
	evn := m.First("EVN")
	out := &Movement{Move: move, Life: Live, Reason: coded(evn, 4), By: person(evn, 5), Visit: v}
	if ssmix2.Judge(kind, m) == ssmix2.TakenBack {
		out.Life = Cancelled
	}
	happened, planned := when(evn, 6), when(evn, 3)
	switch move {
	case Visited, Admitted:
		out.At = first(v.Admitted, happened)
	case AdmissionPlanned, TransferPlanned:
		out.At = first(v.PlannedIn, planned, happened)
	case DischargePlanned:
		out.At = first(v.PlannedOut, planned, happened)
	case Discharged:
		out.At = first(v.Discharged, happened)
	case LeaveEnded:
		if out.Life == Cancelled {
			out.At = first(happened, v.ExpectedReturn) // the folder's date is PV2-47 here
			break
		}
		out.At = happened
	default:
		out.At = happened
	}
	return out
}

func first(t ...Time) Time {
	for _, x := range t {
		if x.Has() && !x.Time.IsZero() {
			return x
		}
	}
	return Time{}
}
