package incident

import (
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/draft"
	"github.com/torideproject/toride/internal/incident/plan"
)

// Kind says on which track an incident runs. The names are stored.
type Kind string

// The kinds of incidents.
const (
	Cyber     Kind = "cyber"
	Suspicion Kind = "suspicion" // something is odd; nobody knows yet
	Light     Kind = "light"     // papers, mail or fax to the wrong person
)

// Kinds lists the kinds in the order in which forms show them.
func Kinds() []Kind { return []Kind{Cyber, Suspicion, Light} }

// Incident is one incident as its records tell it.
type Incident struct {
	ID         string
	No         int
	Kind       Kind
	Title      string
	Drill      bool
	Zero       time.Time
	Declared   time.Time
	DeclaredBy string
	Noticed    string
	NoticedBy  string
	From       string // page or record from which it was declared, or empty
	Commander  string
	Phase      plan.Phase
	Closed     *Closing // nil while open

	Tasks      []*Task
	Objects    []*Object
	Evidence   []*Evidence
	Decisions  []Decision
	Care       []Care // latest of each service, in the order of Services
	Numbers    []Number
	Note       *RansomNote
	Facts      []FactRecord
	Settled    map[string]Settlement
	Attempts   []Attempt
	Values     map[string]draft.Value
	Recipients []*Recipient
	Records    []Record
}

// Open reports whether the incident is not closed.
func (in *Incident) Open() bool { return in.Closed == nil }

// TaskState says how far a task is.
type TaskState string

// The states of a task.
const (
	Waiting TaskState = "open"
	Started TaskState = "started"
	Done    TaskState = "done"
	Dropped TaskState = "dropped" // not done, with a reason
)

// Finished reports whether nobody has to do anything more.
func (s TaskState) Finished() bool { return s == Done || s == Dropped }

// Override is the commander's leave to do a dangerous task on an object that
// is not preserved.
type Override struct {
	Reason string
	By     string
	At     time.Time
}

// Task finds a task by ID, nil when there is none.
func (in *Incident) Task(id string) *Task {
	for _, t := range in.Tasks {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// Object finds an object by ID, nil when there is none.
func (in *Incident) Object(id string) *Object {
	for _, o := range in.Objects {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// EvidenceByID finds a piece of evidence, nil when there is none.
func (in *Incident) EvidenceByID(id string) *Evidence {
	for _, e := range in.Evidence {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Recipient finds a wrong recipient by ID, nil when there is none.
func (in *Incident) Recipient(id string) *Recipient {
	for _, r := range in.Recipients {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Preserved reports whether evidence that preserves the object was recorded.
func (in *Incident) Preserved(object string) bool {
	for _, e := range in.Evidence {
		if e.Object == object && e.Preserves {
			return true
		}
	}
	return false
}

// Held reports whether the task may not be started or finished: it would
// destroy traces of an object that nobody preserved, and the commander has not
// overridden that.
func (in *Incident) Held(t *Task) bool {
	return t.Act.Dangerous() && !t.State.Finished() && t.Override == nil && !in.Preserved(t.Object)
}

// Reached reports whether an attempt to reach the contact succeeded.
func (in *Incident) Reached(key string) bool {
	for _, a := range in.Attempts {
		if a.Contact == key && a.Reached == ReachedYes {
			return true
		}
	}
	return false
}

// ClockFacts gives the facts that still stand, for package clock.
func (in *Incident) ClockFacts() []clock.Fact {
	var out []clock.Fact
	for _, f := range in.Facts {
		if f.Withdrawn == "" {
			out = append(out, f.Fact())
		}
	}
	return out
}

// OpenCategories lists the categories which no standing fact answers with yes,
// may or no. Without any fact it lists all.
func (in *Incident) OpenCategories(r clock.Rules) []clock.Category {
	answered := clock.Fact{Answers: map[string]clock.Answer{}}
	for _, f := range in.ClockFacts() {
		for id, a := range f.Answers {
			if a.Applies() || a == clock.No {
				answered.Answers[id] = a
			}
		}
	}
	return answered.OpenQuestions(r)
}

// NextTasks gives at most n open tasks: held and overdue ones come by their
// deadline, tasks without one last.
func (in *Incident) NextTasks(n int) []*Task {
	var out []*Task
	for _, withDue := range []bool{true, false} {
		for _, t := range in.sortedTasks() {
			if !t.State.Finished() && t.Due.IsZero() != withDue && len(out) < n && (withDue || t.Phase == in.Phase) {
				out = append(out, t)
			}
		}
	}
	return out
}
