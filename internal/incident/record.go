package incident

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/incident/plan"
)

// RecordKind names what a record is about. The names are stored.
type RecordKind string

// The kinds of records.
const (
	KindDeclared  RecordKind = "declared"
	KindEntry     RecordKind = "entry"
	KindZero      RecordKind = "zero"
	KindHandover  RecordKind = "handover"
	KindPhase     RecordKind = "phase"
	KindTask      RecordKind = "task"
	KindAssign    RecordKind = "task.assign"
	KindStart     RecordKind = "task.start"
	KindDone      RecordKind = "task.done"
	KindDrop      RecordKind = "task.drop"
	KindOverride  RecordKind = "task.override"
	KindObject    RecordKind = "object"
	KindEvidence  RecordKind = "evidence"
	KindCustody   RecordKind = "custody"
	KindDecision  RecordKind = "decision"
	KindCare      RecordKind = "care"
	KindNumber    RecordKind = "number"
	KindNote      RecordKind = "note"
	KindFact      RecordKind = "fact"
	KindWithdraw  RecordKind = "fact.withdraw"
	KindSettle    RecordKind = "clock.settle"
	KindAttempt   RecordKind = "attempt"
	KindValue     RecordKind = "value"
	KindRecipient RecordKind = "recipient"
	KindClose     RecordKind = "close"
	KindReopen    RecordKind = "reopen"
)

// Record is one line of an incident's history.
type Record struct {
	Seq     int
	ID      string
	Kind    RecordKind
	At      time.Time // when it happened, as told
	Entered time.Time // when it was written, by this box's clock
	By      string
	ByID    string
	Body    any           // one of the types below; nil for a kind this program does not know
	Behind  time.Duration // > 0: written with an earlier clock than a record before it
}

// Early reports whether it is said to have happened after it was written, by
// more than people's watches differ.
func (r Record) Early() bool { return r.At.Sub(r.Entered) > 5*time.Minute }

// Red reports whether the timeline shows it in red: traces may have been lost.
func (r Record) Red() bool { return r.Kind == KindOverride }

// Quiet reports whether the timeline leaves it out: tasks copied from a course
// and answers typed into report fields are shown on their own pages.
func (r Record) Quiet() bool {
	switch b := r.Body.(type) {
	case *Task:
		return b.Step != ""
	case *FieldValue:
		return true
	}
	return false
}

// Declared is the first record.
type Declared struct {
	Kind      Kind      `json:"kind"`
	Title     string    `json:"title"`
	Drill     bool      `json:"drill,omitempty"`
	Zero      time.Time `json:"zero"`
	Noticed   string    `json:"noticed"`
	NoticedBy string    `json:"noticed_by"`
	Commander string    `json:"commander"`
	From      string    `json:"from,omitempty"`
}

// Entry is a line that anyone writes.
type Entry struct {
	Text string `json:"text"`
}

// ZeroSet moves time zero.
type ZeroSet struct {
	Zero   time.Time `json:"zero"`
	Was    time.Time `json:"was"`
	Reason string    `json:"reason"`
}

// Handover names a new commander.
type Handover struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// PhaseSet moves to another BCP phase.
type PhaseSet struct {
	Phase  plan.Phase `json:"phase"`
	Reason string     `json:"reason,omitempty"`
}

// Task is one thing to do. State, Override and who did it come from later
// records.
type Task struct {
	ID     string     `json:"id"`
	Step   string     `json:"step,omitempty"` // of the course from which it was copied
	Phase  plan.Phase `json:"phase"`
	Act    plan.Act   `json:"act,omitempty"`
	Title  pack.Words `json:"title"`
	Note   pack.Words `json:"note"`
	Object string     `json:"object,omitempty"`
	Owner  string     `json:"owner,omitempty"`
	Due    time.Time  `json:"due,omitzero"`
	After  *int       `json:"after,omitempty"` // minutes from time zero: Due follows time zero
	Basis  plan.Basis `json:"basis,omitempty"`
	Osaka  string     `json:"osaka,omitempty"`
	Slot   string     `json:"slot,omitempty"`
	Order  int        `json:"order,omitempty"`

	State    TaskState `json:"-"`
	Override *Override `json:"-"`
	LastBy   string    `json:"-"` // who started, finished or dropped it
	LastAt   time.Time `json:"-"`
	Result   string    `json:"-"`
}

// TaskChange belongs to assign, start, done, drop and override.
type TaskChange struct {
	Task  string    `json:"task"`
	Owner string    `json:"owner,omitempty"`
	Due   time.Time `json:"due,omitzero"`
	Words string    `json:"words,omitempty"` // result or reason
}

// ObjectState says how an affected object is.
type ObjectState string

// The states of an object.
const (
	Suspected ObjectState = "suspected"
	Affected  ObjectState = "affected"
	Stopped   ObjectState = "stopped" // taken out of use as a precaution
	Back      ObjectState = "back"    // in use again
)

// ObjectStates lists the states in the order in which forms show them.
func ObjectStates() []ObjectState { return []ObjectState{Suspected, Affected, Stopped, Back} }

// Object is a system or device that is affected. A later record of the same ID
// replaces it.
type Object struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Ref   string      `json:"ref,omitempty"` // "asset/ID" or "line/ID" of the register
	State ObjectState `json:"state"`
	Note  string      `json:"note,omitempty"`
}

// Evidence is one thing that is kept, and who holds it.
type Evidence struct {
	ID        string    `json:"id"`
	Object    string    `json:"object,omitempty"`
	What      string    `json:"what"`
	Place     string    `json:"place"` // where the copy is kept
	Hash      string    `json:"hash,omitempty"`
	Holder    string    `json:"holder"`
	Preserves bool      `json:"preserves,omitempty"` // the object's state is kept by it
	Note      string    `json:"note,omitempty"`
	Taken     time.Time `json:"-"`
	TakenBy   string    `json:"-"`
	Custody   []Custody `json:"-"`
}

// Custody is one hand-over of evidence.
type Custody struct {
	Evidence string    `json:"evidence"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Place    string    `json:"place,omitempty"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"-"`
}

// Decision is who decided what, instead of what, why, and what it did to care.
type Decision struct {
	What    string    `json:"what"`
	Who     string    `json:"who"`
	Options string    `json:"options,omitempty"`
	Reasons string    `json:"reasons"`
	Care    string    `json:"care"` // effect on care; "none seen" is written out too
	Told    string    `json:"told,omitempty"`
	At      time.Time `json:"-"`
}

// Care is the state of one service from a time on.
type Care struct {
	Service string    `json:"service"`
	State   string    `json:"state"`
	Note    string    `json:"note,omitempty"`
	By      string    `json:"-"`
	At      time.Time `json:"-"`
}

// Services lists the services whose state an incident follows.
func Services() []string {
	return []string{"outpatients", "ambulances", "surgery", "inpatients", "paper"}
}

// CareStates lists the states of a service. Paper is used or not; the others
// run, are limited or have stopped.
func CareStates() []string { return []string{"running", "limited", "stopped", "used", "unused"} }

// CareFits reports whether the state belongs to the service.
func CareFits(service, state string) bool {
	return (service == "paper") == (state == "used" || state == "unused")
}

// Number is one count of patients or people, as of a time.
type Number struct {
	Metric string    `json:"metric"`
	Value  int       `json:"value"`
	Note   string    `json:"note,omitempty"`
	By     string    `json:"-"`
	At     time.Time `json:"-"`
}

// Metrics lists what is counted.
func Metrics() []string {
	return []string{"diverted", "turnedaway", "postponed", "transferred", "onpaper", "people"}
}

// RansomNote is what the attacker left. Nobody answers it from here.
type RansomNote struct {
	Text    string    `json:"text"`
	Ext     string    `json:"ext,omitempty"`
	Contact string    `json:"contact,omitempty"`
	Where   string    `json:"where,omitempty"`
	By      string    `json:"-"`
	At      time.Time `json:"-"`
}

// FactRecord is what somebody knew, with the answers to the four categories.
type FactRecord struct {
	ID        string                  `json:"id"`
	KnownAt   time.Time               `json:"known_at"`
	KnownBy   string                  `json:"known_by"`
	Answers   map[string]clock.Answer `json:"answers"`
	People    int                     `json:"people"` // -1 not known
	Basis     string                  `json:"basis"`
	Withdrawn string                  `json:"-"` // reason
	By        string                  `json:"-"`
	Entered   time.Time               `json:"-"`
}

// Fact gives the fact for package clock.
func (f FactRecord) Fact() clock.Fact {
	return clock.Fact{ID: f.ID, KnownAt: f.KnownAt, KnownBy: f.KnownBy, Answers: f.Answers, People: f.People,
		Basis: f.Basis, Recorded: f.Entered, Recorder: f.By}
}

// FactWithdrawn takes a fact back.
type FactWithdrawn struct {
	Fact   string `json:"fact"`
	Reason string `json:"reason"`
}

// How a clock was settled.
const (
	Met    = "met"
	Waived = "waived"
)

// Settlement ends a clock: a report was made, or a named person decided that
// none is made.
type Settlement struct {
	Rule      string    `json:"rule"`
	How       string    `json:"how"`
	Reference string    `json:"reference,omitempty"` // receipt number, way of sending
	Decider   string    `json:"decider"`
	Reason    string    `json:"reason,omitempty"`
	At        time.Time `json:"-"`
}

// What came of an attempt to reach somebody.
const (
	ReachedYes     = "yes"
	ReachedMessage = "message" // left word; nobody confirmed
	ReachedNo      = "no"
)

// Attempt is one call, mail or visit and its proof.
type Attempt struct {
	Contact   string    `json:"contact"` // slot, own ID, or "vendor/ID"
	Name      string    `json:"name"`    // as it was called then
	Caller    string    `json:"caller"`
	Means     string    `json:"means"`
	Reached   string    `json:"reached"`
	Person    string    `json:"person,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Note      string    `json:"note,omitempty"`
	At        time.Time `json:"-"`
}

// FieldValue fills one field of the report drafts.
type FieldValue struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// Recipient is somebody who got what was not theirs. A later record of the
// same ID replaces it.
type Recipient struct {
	ID        string    `json:"id"`
	Who       string    `json:"who"`
	What      string    `json:"what"`
	People    int       `json:"people"`    // whose information it was
	Retrieved string    `json:"retrieved"` // yes, asked, no
	Opened    string    `json:"opened"`    // yes, no, unknown: as the recipient answered
	Told      string    `json:"told"`      // were the people told: yes, no
	Note      string    `json:"note,omitempty"`
	By        string    `json:"-"`
	At        time.Time `json:"-"`
}

// Closing ends the incident.
type Closing struct {
	Decider string    `json:"decider"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"-"`
}

// Reopened takes the closing back.
type Reopened struct {
	Reason string `json:"reason"`
}

// newBody gives an empty body of the kind, nil for an unknown one.
func newBody(kind RecordKind) any {
	switch kind {
	case KindDeclared:
		return &Declared{}
	case KindEntry:
		return &Entry{}
	case KindZero:
		return &ZeroSet{}
	case KindHandover:
		return &Handover{}
	case KindPhase:
		return &PhaseSet{}
	case KindTask:
		return &Task{}
	case KindAssign, KindStart, KindDone, KindDrop, KindOverride:
		return &TaskChange{}
	case KindObject:
		return &Object{}
	case KindEvidence:
		return &Evidence{}
	case KindCustody:
		return &Custody{}
	case KindDecision:
		return &Decision{}
	case KindCare:
		return &Care{}
	case KindNumber:
		return &Number{}
	case KindNote:
		return &RansomNote{}
	case KindFact:
		return &FactRecord{}
	case KindWithdraw:
		return &FactWithdrawn{}
	case KindSettle:
		return &Settlement{}
	case KindAttempt:
		return &Attempt{}
	case KindValue:
		return &FieldValue{}
	case KindRecipient:
		return &Recipient{}
	case KindClose:
		return &Closing{}
	case KindReopen:
		return &Reopened{}
	}
	return nil
}

// decode reads the body of a record. A kind that this program does not know
// stays nil and is shown as such.
func decode(kind RecordKind, data []byte) (any, error) {
	body := newBody(kind)
	if body == nil {
		return nil, nil
	}
	if err := json.Unmarshal(data, body); err != nil {
		return nil, fmt.Errorf("incident: record of kind %s: %w", kind, err)
	}
	return body, nil
}
