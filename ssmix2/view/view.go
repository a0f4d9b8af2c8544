package view

import (
	"errors"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// ErrNoMessage reports that there is nothing to read: no message, or one
// without segments.
var ErrNoMessage = errors.New("view: there is no message to read")

// Header is the MSH and EVN segment.
type Header struct {
	Message  string `json:"message"` // MSH-9: message, trigger
	Trigger  string `json:"trigger"`
	Sender   Text   `json:"sender,omitzero"` // MSH-3
	Sent     Time   `json:"sent,omitzero"`   // MSH-7
	Control  Text   `json:"control,omitzero"`
	Recorded Time   `json:"recorded,omitzero"` // EVN-2
}

// View is one message, read. Which of the lists are filled depends on the data
// type; for one that is not known the message's own type decides, and where
// that is not known either, every segment stands in Other.
type View struct {
	Kind   string `json:"kind"`
	Known  bool   `json:"known"` // Kind is in this package's table
	Header Header `json:"header"`
	// Life of the whole message: Cancelled for one that takes an event back and
	// for orders that are all stopped.
	Life         Life             `json:"life"`
	Patient      Patient          `json:"patient"`
	Visit        *Visit           `json:"visit,omitempty"`
	Contacts     []Contact        `json:"contacts,omitempty"`
	Disabilities []Disability     `json:"disabilities,omitempty"`
	Insurances   []Insurance      `json:"insurances,omitempty"`
	Measures     []Result         `json:"measures,omitempty"` // height, weight, blood groups
	Allergies    []Allergy        `json:"allergies,omitempty"`
	Movement     *Movement        `json:"movement,omitempty"`
	Problems     []Problem        `json:"problems,omitempty"`
	Meals        []Meal           `json:"meals,omitempty"`
	Prescription []Medication     `json:"prescription,omitempty"` // OMP-01
	Injections   []Medication     `json:"injections,omitempty"`   // OMP-02
	Given        []Administration `json:"given,omitempty"`        // OMP-11, OMP-12
	Lab          *Panels          `json:"lab,omitempty"`          // OML-*
	Exams        *Panels          `json:"exams,omitempty"`        // OMG-*
	Vitals       *Panels          `json:"vitals,omitempty"`       // ORU^R30
	// Other are the segments that this package has no type for, as sent.
	Other []Segment `json:"other,omitempty"`
}

// Read reads a message as a data type (ADT-00 to OMG-13); for documents of
// extended storage, whose type is anything, the message's own type decides. The
// only error is ErrNoMessage.
func Read(kind string, m *hl7.Message) (*View, error) {
	if m == nil || m.Len() == 0 {
		return nil, ErrNoMessage
	}
	msh, evn := m.First("MSH"), m.First("EVN")
	v := &View{Kind: kind, Life: Live, Patient: PatientOf(m), Visit: VisitOf(m), Movement: MovementOf(kind, m), Allergies: AllergiesOf(m),
		Contacts: ContactsOf(m), Disabilities: DisabilitiesOf(m), Insurances: InsurancesOf(m)}
	v.Header = Header{Sender: text(msh, 3), Sent: when(msh, 7), Control: text(msh, 10), Recorded: when(evn, 2)}
	v.Header.Message, v.Header.Trigger, _ = m.Type()
	if ssmix2.Judge(kind, m) != ssmix2.Holds {
		v.Life = Cancelled
	}
	v.body(m)
	v.rest(m)
	return v, nil
}

// subject says which reader a message is for.
func subject(kind, message, trigger string) string {
	if _, ok := ssmix2.TypeOf(kind); ok {
		switch {
		case strings.HasPrefix(kind, "ADT"):
			return "ADT"
		case strings.HasPrefix(kind, "OML"):
			return "OML"
		case strings.HasPrefix(kind, "OMG"):
			return "OMG"
		}
		return kind
	}
	switch message {
	case "ADT":
		return "ADT"
	case "PPR":
		return "PPR-01"
	case "OMD":
		return "OMD"
	case "RDE":
		return "OMP-01"
	case "RAS":
		return "OMP-12"
	case "OML", "OUL":
		return "OML"
	case "OMG", "OMI":
		return "OMG"
	case "ORU":
		if trigger == "R30" {
			return "R30"
		}
		return "OMG"
	}
	return ""
}

func (v *View) body(m *hl7.Message) {
	_, v.Known = ssmix2.TypeOf(v.Kind)
	switch subject(v.Kind, v.Header.Message, v.Header.Trigger) {
	case "ADT":
		v.Measures = MeasuresOf(m)
	case "PPR-01":
		v.Problems = ProblemsOf(m)
	case "OMD":
		v.Meals = MealsOf(m)
	case "OMP-01":
		v.Prescription = MedicationsOf(m)
	case "OMP-02":
		v.Injections = MedicationsOf(m)
	case "OMP-11", "OMP-12":
		v.Given = AdministrationsOf(m)
	case "OML":
		p := PanelsOf(m)
		v.Lab = &p
	case "OMG":
		p := PanelsOf(m)
		v.Exams = &p
	case "R30":
		p := VitalsOf(m)
		v.Vitals = &p
	}
}

// rest lists the segments that no reader takes, so that nothing is lost.
func (v *View) rest(m *hl7.Message) {
	what := subject(v.Kind, v.Header.Message, v.Header.Trigger)
	seen := map[string]bool{}
	for s := range m.Segments() {
		id, again := s.ID(), false
		switch id {
		case "MSH", "EVN", "PID", "PV1", "PV2": // the first of each was read; a second patient must be seen
			again, seen[id] = seen[id], true
		}
		if !v.Known && what == "" || again || !takes(what, id) {
			v.Other = append(v.Other, generic(s))
		}
	}
}

// takes says whether the reader of a subject reads a segment.
func takes(subject, id string) bool {
	const all = "|MSH|EVN|PID|PV1|PV2|NK1|DB1|IN1|AL1|IAM|"
	own := ""
	switch subject {
	case "ADT":
		own = "|OBX|"
	case "PPR-01":
		own = "|PRB|ZPR|ZPD|ZI1|OBX|ORC|NTE|"
	case "OMD":
		own = "|ORC|TQ1|ODS|ODT|OBX|NTE|"
	case "OMP-01", "OMP-02":
		own = "|ORC|RXE|RXO|TQ1|RXR|RXC|OBX|NTE|"
	case "OMP-11", "OMP-12":
		own = "|ORC|RXO|RXE|RXC|RXA|TQ1|RXR|OBX|NTE|"
	case "OML", "OMG", "R30":
		own = "|SPM|ORC|OBR|TQ1|OBX|NTE|ZE1|ZE2|IPC|"
	}
	key := "|" + id + "|"
	return strings.Contains(all, key) || strings.Contains(own, key)
}
