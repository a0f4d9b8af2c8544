package incident

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/incident/draft"
	"github.com/torideproject/toride/internal/incident/plan"
)

// Fold computes an incident from its records, which must be in the order in
// which they were written and begin with the declaration. Cost: one pass; a
// record that refers to something unknown is kept in the history and changes
// nothing else.
func Fold(id string, records []Record) (*Incident, error) {
	if len(records) == 0 {
		return nil, errors.New("incident: no records")
	}
	if _, ok := records[0].Body.(*Declared); !ok {
		return nil, errors.New("incident: the first record is not a declaration")
	}
	in := &Incident{ID: id, Settled: map[string]Settlement{}, Values: map[string]draft.Value{}}
	var latest time.Time
	for i := range records {
		r := &records[i]
		if r.Entered.Before(latest) {
			r.Behind = latest.Sub(r.Entered)
		} else {
			latest = r.Entered
		}
		in.apply(*r)
	}
	in.Records = records
	in.followZero()
	return in, nil
}

func (in *Incident) apply(r Record) {
	switch b := r.Body.(type) {
	case *Declared:
		in.Kind, in.Title, in.Drill, in.Zero = b.Kind, b.Title, b.Drill, b.Zero
		in.Noticed, in.NoticedBy, in.Commander, in.From = b.Noticed, b.NoticedBy, b.Commander, b.From
		in.Declared, in.DeclaredBy, in.Phase = r.Entered, r.By, plan.Detect
	case *ZeroSet:
		in.Zero = b.Zero
	case *Handover:
		in.Commander = b.To
	case *PhaseSet:
		in.Phase = b.Phase
	case *Task:
		t := *b
		t.State = Waiting
		in.Tasks = append(in.Tasks, &t)
	case *TaskChange:
		in.change(r, b)
	case *Closing:
		c := *b
		c.At = r.At
		in.Closed = &c
	case *Reopened:
		in.Closed = nil
	default:
		in.applyFinding(r)
	}
}

// applyFinding takes what was found, counted, decided and told.
func (in *Incident) applyFinding(r Record) {
	switch b := r.Body.(type) {
	case *Object:
		in.putObject(*b)
	case *Evidence:
		e := *b
		e.Taken, e.TakenBy = r.At, r.By
		in.Evidence = append(in.Evidence, &e)
	case *Custody:
		c := *b
		c.At = r.At
		if e := in.EvidenceByID(b.Evidence); e != nil {
			e.Custody = append(e.Custody, c)
			e.Holder, e.Place = b.To, cmp.Or(b.Place, e.Place)
		}
	case *Decision:
		d := *b
		d.At = r.At
		in.Decisions = append(in.Decisions, d)
	case *Care:
		c := *b
		c.At, c.By = r.At, r.By
		in.putCare(c)
	case *Number:
		n := *b
		n.At, n.By = r.At, r.By
		in.putNumber(n)
	case *RansomNote:
		n := *b
		n.At, n.By = r.At, r.By
		in.Note = &n
	default:
		in.applyReport(r)
	}
}

// applyReport takes what concerns clocks, contacts and reports.
func (in *Incident) applyReport(r Record) {
	switch b := r.Body.(type) {
	case *FactRecord:
		f := *b
		f.By, f.Entered = r.By, r.Entered
		in.Facts = append(in.Facts, f)
	case *FactWithdrawn:
		for i := range in.Facts {
			if in.Facts[i].ID == b.Fact {
				in.Facts[i].Withdrawn = b.Reason
			}
		}
	case *Settlement:
		s := *b
		s.At = r.At
		in.Settled[b.Rule] = s
	case *Attempt:
		a := *b
		a.At = r.At
		in.Attempts = append(in.Attempts, a)
	case *FieldValue:
		in.Values[b.Field] = draft.Value{Text: b.Text, By: r.By, At: r.Entered}
	case *Recipient:
		p := *b
		p.At, p.By = r.At, r.By
		if old := in.Recipient(p.ID); old != nil {
			*old = p
		} else {
			in.Recipients = append(in.Recipients, &p)
		}
	}
}

func (in *Incident) change(r Record, b *TaskChange) {
	t := in.Task(b.Task)
	if t == nil {
		return
	}
	switch r.Kind {
	case KindAssign:
		t.Owner = b.Owner
		if !b.Due.Equal(t.Due) {
			t.Due, t.After = b.Due, nil
		}
		return
	case KindOverride:
		t.Override = &Override{Reason: b.Words, By: r.By, At: r.At}
		return
	case KindStart:
		t.State = Started
	case KindDone:
		t.State = Done
	case KindDrop:
		t.State = Dropped
	}
	t.LastBy, t.LastAt, t.Result = r.By, r.At, b.Words
}

func (in *Incident) putObject(o Object) {
	if old := in.Object(o.ID); old != nil {
		*old = o
		return
	}
	in.Objects = append(in.Objects, &o)
}

// putCare keeps the latest state of each service by the time from which it
// held, so that a late entry about the morning does not undo the afternoon.
func (in *Incident) putCare(c Care) {
	for i := range in.Care {
		if in.Care[i].Service == c.Service {
			if !c.At.Before(in.Care[i].At) {
				in.Care[i] = c
			}
			return
		}
	}
	in.Care = append(in.Care, c)
	order := Services()
	slices.SortStableFunc(in.Care, func(a, b Care) int {
		return slices.Index(order, a.Service) - slices.Index(order, b.Service)
	})
}

func (in *Incident) putNumber(n Number) {
	for i := range in.Numbers {
		if in.Numbers[i].Metric == n.Metric {
			if !n.At.Before(in.Numbers[i].At) {
				in.Numbers[i] = n
			}
			return
		}
	}
	in.Numbers = append(in.Numbers, n)
}

// followZero puts the deadlines that count from time zero where it is now.
func (in *Incident) followZero() {
	for _, t := range in.Tasks {
		if t.After != nil {
			t.Due = in.Zero.Add(time.Duration(*t.After) * time.Minute)
		}
	}
}

// sortedTasks gives the tasks by deadline, then in the order of their course.
func (in *Incident) sortedTasks() []*Task {
	out := slices.Clone(in.Tasks)
	slices.SortStableFunc(out, func(a, b *Task) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			if a.Due.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Order, b.Order))
	})
	return out
}
