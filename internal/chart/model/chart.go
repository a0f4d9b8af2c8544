package model

import (
	"strings"

	"github.com/torideproject/toride/ssmix2/view"
)

// Chart is one patient.
type Chart struct {
	ID     string `json:"id"`    // the number as the store writes it
	Today  Day    `json:"today"` // the day that Use, ages and the like are computed for
	Person Person `json:"person"`

	Allergies  List[Allergy]   `json:"allergies"`
	Infections List[Infection] `json:"infections"`
	Problems   List[Problem]   `json:"problems"`
	Drugs      List[Drug]      `json:"drugs"`      // prescriptions, newest order first
	Injections List[Injection] `json:"injections"` // newest start first
	Labs       List[Lab]       `json:"labs"`       // newest collection first
	Vitals     List[Lab]       `json:"vitals"`
	Stays      List[Stay]      `json:"stays"` // newest first
	Visits     List[Event]     `json:"visits"`
	Planned    List[Event]     `json:"planned"` // and, where there is no stay, movements that were taken back
	Meals      List[Meal]      `json:"meals"`
	Orders     List[Order]     `json:"orders"`  // of tests and examinations
	Reports    List[Report]    `json:"reports"` // of examinations, in standard storage

	Items   []Item   `json:"items"`   // everything that is stored, newest day first; without a day last
	Notices []Notice `json:"notices"` // what is not as it should be
	Stores  []Store  `json:"stores"`  // which sources it was read from
}

// Store is what a reader has to know about a source of the chart.
type Store struct {
	Source string `json:"source"`
	Label  string `json:"label"`
	Format string `json:"format"`
	AsOf   Stamp  `json:"as_of"`  // of the copy
	Newest Stamp  `json:"newest"` // sent last for this patient
	Failed bool   `json:"failed"` // the source could not be read now: see Notices
	Absent bool   `json:"absent"` // the source has nothing of this patient
}

// Notice is something a reader has to know. Text: "chart.notice.<Code>".
type Notice struct {
	Level string   `json:"level"` // danger (mix-up, a source that fails), warn, info
	Code  string   `json:"code"`
	Args  []string `json:"args,omitempty"`
	Ref   Ref      `json:"ref,omitzero"`
}

// The levels of a Notice.
const (
	Danger = "danger"
	Warn   = "warn"
	Info   = "info"
)

// Item is one stored thing in all its versions.
type Item struct {
	Ref   Ref    `json:"ref"`
	Kind  string `json:"kind"`  // stable: ADT-00, the code of a document type, a category, a FHIR resource type
	Title string `json:"title"` // of a document; "" shows the kind's name
	Day   string `json:"day"`   // YYYYMMDD; "" for kinds without a day
	Sent  Stamp  `json:"sent"`
	Dept  string `json:"dept,omitempty"`
	Order string `json:"order,omitempty"`
	// Standing is "" for what holds, else deleted, uncertain (no valid version
	// was found), superseded.
	Standing     string  `json:"standing,omitempty"`
	Media        string  `json:"media"` // hl7, cda, pdf, image, html, text, xml, fhir, other, mixed; "" where it was not looked into
	Older        []Older `json:"older,omitempty"`
	Confidential bool    `json:"confidential,omitempty"`
	// Suspect: its message names another patient than its place. Nothing of it
	// stands in any list of the chart.
	Suspect bool `json:"suspect,omitempty"`
}

// Older is a further version of an item.
type Older struct {
	Ref      Ref    `json:"ref"`
	Sent     Stamp  `json:"sent"`
	Standing string `json:"standing"`
}

// The standings of an Item.
const (
	Holds      = ""
	Deleted    = "deleted"
	Uncertain  = "uncertain"
	Superseded = "superseded"
)

// Person is who the patient is.
type Person struct {
	ID        Text          `json:"id"` // as the record says: compare with Chart.ID
	Kanji     Text          `json:"kanji"`
	Kana      Text          `json:"kana"`
	Birth     When          `json:"birth"`
	Sex       Text          `json:"sex"` // Code M, F, O, U
	Age       Computed[int] `json:"age"`
	Address   []Text        `json:"address,omitempty"`
	Phones    []Text        `json:"phones,omitempty"`
	Contacts  []Contact     `json:"contacts,omitempty"`
	Insurance []Text        `json:"insurance,omitempty"`
	ABO       Text          `json:"abo"`
	Rh        Text          `json:"rh"`
	Height    Measure       `json:"height"`
	Weight    Measure       `json:"weight"`
	Updated   When          `json:"updated"`
	Others    []Text        `json:"others,omitempty"` // disabilities and what else the record names
}

// Measure is a number with its unit and day.
type Measure struct {
	Value Text `json:"value"`
	Unit  Text `json:"unit"`
	At    When `json:"at"`
}

// Contact is somebody to call.
type Contact struct {
	Name     Text   `json:"name"`
	Relation Text   `json:"relation"`
	Phones   []Text `json:"phones,omitempty"`
}

// Allergy is one allergy or intolerance, as one source wrote it.
type Allergy struct {
	Life      Life           `json:"life"`
	Source    string         `json:"source"` // AL1, IAM, AllergyIntolerance
	Kind      Text           `json:"kind"`   // Code of table 0127: DA drug, FA food, EA environment …
	Allergen  Text           `json:"allergen"`
	Severity  Text           `json:"severity"`
	Reactions []Text         `json:"reactions,omitempty"`
	Status    Text           `json:"status"`
	Onset     When           `json:"onset"`
	Reported  When           `json:"reported"`
	SaysNone  Computed[bool] `json:"says_none"` // its text reads "none": it is no allergy but a statement
	Older     bool           `json:"older,omitempty"`
	Origin    Origin         `json:"origin"`
}

// Infection is what is stored about an infection: a result or an entry.
type Infection struct {
	Name   Text             `json:"name"`
	Result Text             `json:"result"`
	Mark   Computed[string] `json:"mark"` // positive, negative, borderline: what the result reads as
	At     When             `json:"at"`
	Origin Origin           `json:"origin"`
}

// Problem is a diagnosis.
type Problem struct {
	Life Life `json:"life"`
	Name Text `json:"name"`
	// Title is how the name was made: as it was sent, or put together of parts.
	Title        Computed[string] `json:"title"`
	Main         bool             `json:"main,omitempty"`
	Suspected    bool             `json:"suspected,omitempty"`
	Confidential bool             `json:"confidential,omitempty"`
	Class        Text             `json:"class"`
	Set          When             `json:"set"`
	Ended        When             `json:"ended"`
	Outcome      Text             `json:"outcome"`
	Active       Computed[bool]   `json:"active"`
	Dept         Text             `json:"dept"`
	Origin       Origin           `json:"origin"`
}

// Drug is one drug of a prescription.
type Drug struct {
	Life      Life             `json:"life"`
	Kind      string           `json:"kind"` // oral, as_needed, external, self_injection, ""
	Name      Text             `json:"name"`
	Dose      Text             `json:"dose"`  // for each time, with its unit
	Daily     Text             `json:"daily"` // for the day, with its unit
	Total     Text             `json:"total"` // dispensed, with its unit
	Usage     []Text           `json:"usage"` // 1日3回毎食後; then intervals, conditions
	Days      Text             `json:"days"`  // duration with its unit
	Route     Text             `json:"route"`
	Notes     []Text           `json:"notes,omitempty"`
	Start     Computed[Day]    `json:"start"`
	End       Computed[Day]    `json:"end"`
	Use       Computed[Usage]  `json:"use"` // on Chart.Today
	Rp        Computed[string] `json:"rp"`
	Fits      Computed[bool]   `json:"fits"` // does the total fit dose and days
	Order     string           `json:"order"`
	Ordered   When             `json:"ordered"`
	By        Text             `json:"by"`
	Dept      Text             `json:"dept"`
	Inpatient bool             `json:"inpatient,omitempty"`
	Carried   Carried          `json:"carried,omitempty"`
	Doses     []Dose           `json:"doses,omitempty"`
	Origin    Origin           `json:"origin"`
}

// Injection is one ordered injection.
type Injection struct {
	Life    Life            `json:"life"`
	Kind    Text            `json:"kind"` // drip, intravenous …
	Drugs   []Component     `json:"drugs"`
	Volume  Text            `json:"volume"`
	Rate    Text            `json:"rate"`
	Route   Text            `json:"route"`
	Usage   []Text          `json:"usage,omitempty"`
	Start   When            `json:"start"`
	End     When            `json:"end"`
	Use     Computed[Usage] `json:"use"`
	Notes   []Text          `json:"notes,omitempty"`
	Carried Carried         `json:"carried"`
	Doses   []Dose          `json:"doses,omitempty"`
	Order   string          `json:"order"`
	Ordered When            `json:"ordered"`
	By      Text            `json:"by"`
	Dept    Text            `json:"dept"`
	Doubts  []Note          `json:"doubts,omitempty"`
	Origin  Origin          `json:"origin"`
}

// Component is a drug in an injection.
type Component struct {
	Name   Text `json:"name"`
	Amount Text `json:"amount"`
	Role   Text `json:"role"` // Code B base, A additive
}

// Dose is something that was given, or not.
type Dose struct {
	Life    Life   `json:"life"`
	Outcome string `json:"outcome"` // view.Outcome
	At      When   `json:"at"`
	Drug    Text   `json:"drug"`
	Amount  Text   `json:"amount"`
	By      Text   `json:"by"`
	Notes   []Text `json:"notes,omitempty"`
	Origin  Origin `json:"origin"`
}

// Lab is one result. A patient may have a hundred thousand of a hundred tests:
// what the results of a test, or of a message, have alike they share.
type Lab struct {
	Life      Life                       `json:"life"`
	Stage     view.Stage                 `json:"stage"`
	Item      Shared[Text]               `json:"item"`
	Line      string                     `json:"line,omitempty"` // results with the same Line may stand in one row and on one curve
	Values    []Text                     `json:"values"`
	Unit      Shared[Text]               `json:"unit"`
	Range     Shared[Text]               `json:"range"`
	Flag      Shared[Computed[string]]   `json:"flag"` // L, H, N, LL, HH, A; Rule flag.sent is the sender's own
	Key       Shared[Computed[view.Key]] `json:"key"`  // of the first value, for sorting and lines only
	Collected When                       `json:"collected"`
	Reported  When                       `json:"reported"`
	Panel     Shared[Text]               `json:"panel"`
	Specimen  Shared[Text]               `json:"specimen"`
	Group     string                     `json:"group,omitempty"` // results of one group belong together (cultures)
	Culture   bool                       `json:"culture,omitempty"`
	Order     string                     `json:"order"`
	Notes     []Text                     `json:"notes,omitempty"`
	Earlier   []Lab                      `json:"earlier,omitempty"` // versions that this one replaced, oldest first
	Origin    Origin                     `json:"origin"`
}

// Place is where a patient lies.
type Place struct {
	Ward string `json:"ward,omitempty"`
	Room string `json:"room,omitempty"`
	Bed  string `json:"bed,omitempty"`
	Raw  string `json:"raw,omitempty"`
}

// String is ward, room and bed as far as they were sent, else what was sent.
func (p Place) String() string {
	var out []string
	for _, s := range []string{p.Ward, p.Room, p.Bed} {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return p.Raw
	}
	return strings.Join(out, "-")
}

// Stay is a stay in the hospital; it is computed from movements.
type Stay struct {
	Admitted   When    `json:"admitted"`
	Discharged When    `json:"discharged"` // without: not known to have ended
	Place      Place   `json:"place"`
	Dept       Text    `json:"dept"`
	Attending  Text    `json:"attending"`
	Ending     Text    `json:"ending"`
	Away       bool    `json:"away,omitempty"`
	Events     []Event `json:"events,omitempty"`
	Doubts     []Note  `json:"doubts,omitempty"`
	Origin     Origin  `json:"origin"`
}

// Event is a movement or a visit.
type Event struct {
	Move   view.Move `json:"move"`
	Life   Life      `json:"life"`
	At     When      `json:"at"`
	Place  Place     `json:"place"`
	Dept   Text      `json:"dept"`
	By     Text      `json:"by"`
	Reason Text      `json:"reason"`
	Undone bool      `json:"undone,omitempty"`
	Doubts []Note    `json:"doubts,omitempty"`
	Origin Origin    `json:"origin"`
}

// Meal is an order of meals.
type Meal struct {
	Life    Life            `json:"life"`
	Diets   []Text          `json:"diets"`
	At      []Text          `json:"at,omitempty"` // at which meals
	Texts   []Text          `json:"texts,omitempty"`
	Start   When            `json:"start"`
	End     When            `json:"end"`
	Use     Computed[Usage] `json:"use"`
	Notes   []Text          `json:"notes,omitempty"`
	Ordered When            `json:"ordered"`
	By      Text            `json:"by"`
	Origin  Origin          `json:"origin"`
}

// Order is an order for tests or an examination, with what came of it.
type Order struct {
	Life    Life    `json:"life"`
	Kind    string  `json:"kind"` // Item.Kind
	Title   Text    `json:"title"`
	Parts   []Text  `json:"parts,omitempty"`
	Number  string  `json:"number"`
	Ordered When    `json:"ordered"`
	Planned When    `json:"planned"`
	By      Text    `json:"by"`
	Dept    Text    `json:"dept"`
	Carried Carried `json:"carried"`
	Results int     `json:"results,omitempty"`
	Records []Ref   `json:"records,omitempty"`
	Notes   []Text  `json:"notes,omitempty"`
	Doubts  []Note  `json:"doubts,omitempty"`
	Origin  Origin  `json:"origin"`
}

// Report is what was done or found in an examination.
type Report struct {
	Life   Life   `json:"life"`
	Kind   string `json:"kind"`
	Title  Text   `json:"title"`
	At     When   `json:"at"`
	By     Text   `json:"by"`
	Status Text   `json:"status"`
	Lines  []Line `json:"lines,omitempty"`
	Notes  []Text `json:"notes,omitempty"`
	Order  string `json:"order,omitempty"`
	Origin Origin `json:"origin"`
}

// Line is a label with what stands beside it.
type Line struct {
	Label Text   `json:"label"`
	Texts []Text `json:"texts"`
	Unit  Text   `json:"unit"`
}
