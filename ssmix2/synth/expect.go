package synth

import "github.com/torideproject/toride/ssmix2"

// Expected is what a reader of the store should find out about one patient. It
// comes from the model that the messages are written from, not from them.
// Days are YYYYMMDD, times YYYYMMDDHHMM of the hospital's clock.
type Expected struct {
	Identity
	// Stay is the stay that has not ended at the as-of time; nil: at home.
	Stay       *Stay
	Past       []Stay // in order
	Visits     []string
	Allergies  []Allergy
	Problems   []Problem
	Drugs      []Drug // every drug of every prescription that is stored, in order
	Labs       []Lab  // of each item the newest final result, in the order of the table
	Injections []Injection
	Meal       string // the diet of the stay that has not ended
	Documents  int    // valid documents of extended storage, defects not counted
	Files      int    // files of standard storage and content folders, all versions, defects too
	Defects    []Defect
}

// Identity is who the patient is.
type Identity struct {
	ID, Kanji, Kana string // names with a blank between family and given name
	Birth, Sex      string
	Postcode        string
	Address, Phone  string
	ABO             string
	Rh              string
	Height, Weight  string // cm, kg
}

// Stay is a stay in the hospital.
type Stay struct {
	Ward, Room, Bed      string // where the patient lies, or lay last
	Dept, Doctor         string // code of the department, the doctor's number
	Admitted, Discharged string // "" if not discharged
	Away                 bool   // on leave at the as-of time
	Disease              string
}

// Allergy is what the patient must not get.
type Allergy struct {
	Kind     string // table 0127: DA drug, FA food, ...
	Code     string
	Name     string
	Severity string // table 0128
	Reaction string
	Deleted  bool // in ADT-61 as withdrawn (IAM-6 D)
	Details  bool // in ADT-00 too (AL1)
}

// Problem is a diagnosis.
type Problem struct {
	Name, ICD  string
	Set        string
	Ended      string // "" while it stands
	Suspected  bool
	Main       bool
	Restricted bool
}

// Drug is one drug of a prescription.
type Drug struct {
	Order, Rp          string
	Code, System, Name string
	Kind               string // table JHSP0003: 21 by mouth, 22 as needed, 23 external, 24 injected by oneself
	Dose, Unit         string // for each time; "" of what is external
	Usage              string
	Days               int
	Start, End         string // End is "" where there is none (22 and 23)
	Stopped            bool   // the order was taken back (ORC-1)
	Inpatient          bool
}

// On says what a drug is on a day: before, in_use, open (no end, at most 90
// days old), open_old, over or stopped. These are the words of package view.
func (d *Drug) On(day string) string {
	switch {
	case d.Stopped:
		return "stopped"
	case day < d.Start:
		return "before"
	case d.End != "" && day > d.End:
		return "over"
	case d.End != "":
		return "in_use"
	case dayOf(day)-dayOf(d.Start) <= 90:
		return "open"
	}
	return "open_old"
}

// dayOf reads YYYYMMDD as it was written here.
func dayOf(s string) day {
	n := func(from, to int) (v int) {
		for _, c := range []byte(s[from:to]) {
			v = v*10 + int(c-'0')
		}
		return v
	}
	y, m := n(0, 4), n(4, 6)
	if m <= 2 {
		y, m = y-1, m+12
	}
	return day(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + n(6, 8) - 1 - 719468) //nolint:gosec // four digits of years
}

// Active lists the drugs that are in use, or may be, on a day (YYYYMMDD).
func (e *Expected) Active(day string) []Drug {
	var out []Drug
	for i := range e.Drugs {
		if s := e.Drugs[i].On(day); s == "in_use" || s == "open" {
			out = append(out, e.Drugs[i])
		}
	}
	return out
}

// Lab is a result.
type Lab struct {
	Code, Name, Local string
	Value, Unit, Flag string // Unit as coded text; Flag L, H or N, "" of what has no range
	Collected         string
	Corrected         bool // a preliminary result was replaced
}

// Injection is one ordered injection and whether it was recorded as given.
type Injection struct {
	Order, Group string
	Start        string
	Drugs        []string
	Rate         string // ml/hr, "" without
	Given        bool
}

// Defect is something that is not as it should be, on purpose. Everything else
// of a patient is true whether or not he has one.
type Defect struct {
	Kind string // the name of the defect, see DefectKinds
	Path string // below the store's top; of a document the content folder
	// Lint is what reading and inspecting with package ssmix2 should report for
	// Path; "" for what only a reader of the message can see. Of several valid
	// versions that lint names the newest, which patient.two_people is not.
	Lint ssmix2.Code
	// Standing is what ssmix2.Resolve should say of it; 0: Current, or no name.
	Standing ssmix2.Standing
}
