package incident

import (
	"context"
	"errors"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// heldError is the refusal of a dangerous task. It carries what the ledger
// line needs.
type heldError struct {
	fault        *fault.Error
	task, object string
}

// Error names the fault, for logs.
func (e *heldError) Error() string { return e.fault.Error() }

// Unwrap gives the fault that the reader sees.
func (e *heldError) Unwrap() error { return e.fault }

// NewTask is a task that somebody adds.
type NewTask struct {
	Title, Owner string
	Act          plan.Act
	Object       string // ID of an object of the incident
	Due          time.Time
	Phase        plan.Phase
}

// AddTask adds a task. A dangerous act must name the object that it changes.
func (d *Desk) AddTask(ctx context.Context, actor ledger.Actor, id string, n NewTask) error {
	return d.act(ctx, actor, id, "incident.task.add", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		if n.Act.Dangerous() && in.Object(n.Object) == nil {
			return nil, fault.New(fault.Invalid, "incident.task.needs_object")
		}
		if n.Phase == "" {
			n.Phase = in.Phase
		}
		words := pack.Words{JA: n.Title, EN: n.Title}
		t := &Task{ID: tx.NewID(), Phase: n.Phase, Act: n.Act, Title: words, Object: n.Object, Owner: n.Owner, Due: n.Due}
		return []Event{{Kind: KindTask, Body: t}}, nil
	})
}

// Move is what became of a task.
type Move struct {
	Task  string
	Kind  RecordKind // KindStart, KindDone or KindDrop
	At    time.Time  // zero: now
	Words string     // the result; the reason of a drop, which is a must
}

// MoveTask starts, finishes or drops a task. Starting or finishing a dangerous task whose object is not
// preserved is refused with a Conflict fault, and the refusal is a ledger line
// of its own.
func (d *Desk) MoveTask(ctx context.Context, actor ledger.Actor, id string, m Move) error {
	err := d.act(ctx, actor, id, "incident."+string(m.Kind), func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		t := in.Task(m.Task)
		switch {
		case t == nil:
			return nil, fault.New(fault.NotFound, "incident.task.unknown")
		case t.State.Finished() || (m.Kind == KindStart && t.State == Started):
			return nil, fault.New(fault.Conflict, "incident.task.finished", t.LastBy)
		case m.Kind == KindDrop && m.Words == "":
			return nil, fault.New(fault.Invalid, "incident.task.drop_reason")
		case m.Kind != KindDrop && in.Held(t):
			name := ""
			if o := in.Object(t.Object); o != nil {
				name = o.Name
			}
			return nil, &heldError{fault: fault.New(fault.Conflict, "incident.task.held", name), task: t.ID, object: name}
		}
		tx.Detail(map[string]string{"task": t.ID, "act": string(t.Act)})
		return []Event{{Kind: m.Kind, At: m.At, Body: &TaskChange{Task: m.Task, Words: m.Words}}}, nil
	})
	if held, ok := errors.AsType[*heldError](err); ok {
		note := map[string]string{"task": held.task, "object": held.object, "wanted": string(m.Kind)}
		if nerr := d.book.Note(ctx, actor, "incident.task.refused", "incident/"+id, note); nerr != nil {
			return nerr
		}
	}
	return err
}

// OverrideTask is the commander's leave to do a dangerous task although its
// object is not preserved. It stands in the ledger and red on the timeline.
func (d *Desk) OverrideTask(ctx context.Context, actor ledger.Actor, id, task, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "incident.task.override_reason")
	}
	return d.act(ctx, actor, id, "incident.task.override", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		t := in.Task(task)
		if t == nil {
			return nil, fault.New(fault.NotFound, "incident.task.unknown")
		}
		if !in.Held(t) {
			return nil, fault.New(fault.Conflict, "incident.task.not_held")
		}
		tx.Detail(map[string]string{"task": t.ID, "act": string(t.Act), "object": t.Object, "reason": reason})
		return []Event{{Kind: KindOverride, Body: &TaskChange{Task: task, Words: reason}}}, nil
	})
}

// AssignTask sets owner and deadline.
func (d *Desk) AssignTask(ctx context.Context, actor ledger.Actor, id string, change TaskChange) error {
	return d.act(ctx, actor, id, "incident.task.assign", func(in *Incident, _ *ledger.Tx) ([]Event, error) {
		if in.Task(change.Task) == nil {
			return nil, fault.New(fault.NotFound, "incident.task.unknown")
		}
		return []Event{{Kind: KindAssign, Body: &change}}, nil
	})
}

// SetZero moves time zero, with a reason; deadlines that count from it follow.
func (d *Desk) SetZero(ctx context.Context, actor ledger.Actor, id string, zero time.Time, reason string) error {
	if zero.IsZero() || reason == "" {
		return fault.New(fault.Invalid, "incident.zero.reason")
	}
	return d.act(ctx, actor, id, "incident.zero", func(in *Incident, _ *ledger.Tx) ([]Event, error) {
		return []Event{{Kind: KindZero, Body: &ZeroSet{Zero: zero, Was: in.Zero, Reason: reason}}}, nil
	})
}

// SetPhase moves to another BCP phase. Turning a suspicion into an attack is
// said by SetPhase and a new declaration is not needed: when the incident
// enters the response for the first time, the first day's tasks are copied.
func (d *Desk) SetPhase(ctx context.Context, actor ledger.Actor, id string, p PhaseSet) error {
	return d.act(ctx, actor, id, "incident.phase", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		events := []Event{{Kind: KindPhase, Body: &p}}
		if in.Kind != Suspicion || p.Phase != plan.Respond || in.hasSteps(d.plan.FirstDay) {
			return events, nil
		}
		for i, step := range d.plan.FirstDay.Steps {
			t := taskOf(tx.NewID(), step)
			t.Order = i
			events = append(events, Event{Kind: KindTask, Body: t})
		}
		return events, nil
	})
}

func (in *Incident) hasSteps(c plan.Course) bool {
	for _, t := range in.Tasks {
		if t.Step == c.Steps[0].ID {
			return true
		}
	}
	return false
}

// Hand hands the command over. Who led before is taken from the records.
func (d *Desk) Hand(ctx context.Context, actor ledger.Actor, id, to, reason string) error {
	if to == "" {
		return fault.New(fault.Invalid, "incident.handover.empty")
	}
	return d.act(ctx, actor, id, "incident.handover", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		tx.Detail(map[string]string{"from": in.Commander, "to": to})
		return []Event{{Kind: KindHandover, Body: &Handover{From: in.Commander, To: to, Reason: reason}}}, nil
	})
}

// AddObject adds a system or device that is affected, or changes one, and
// gives its ID.
func (d *Desk) AddObject(ctx context.Context, actor ledger.Actor, id string, o Object) (string, error) {
	err := d.act(ctx, actor, id, "incident.object", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		if o.ID == "" {
			o.ID = tx.NewID()
		} else if in.Object(o.ID) == nil {
			return nil, fault.New(fault.NotFound, "incident.object.unknown")
		}
		return []Event{{Kind: KindObject, Body: &o}}, nil
	})
	return o.ID, err
}

// AddEvidence puts a piece of evidence into the register.
func (d *Desk) AddEvidence(ctx context.Context, actor ledger.Actor, id string, e Evidence, at time.Time) (string, error) {
	err := d.act(ctx, actor, id, "incident.evidence", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		if e.Preserves && in.Object(e.Object) == nil {
			return nil, fault.New(fault.Invalid, "incident.evidence.needs_object")
		}
		e.ID = tx.NewID()
		tx.Detail(map[string]any{"evidence": e.ID, "preserves": e.Preserves, "hash": e.Hash})
		return []Event{{Kind: KindEvidence, At: at, Body: &e}}, nil
	})
	return e.ID, err
}

// HandEvidence records that evidence went from one hand to another.
func (d *Desk) HandEvidence(ctx context.Context, actor ledger.Actor, id string, c Custody, at time.Time) error {
	return d.act(ctx, actor, id, "incident.custody", func(in *Incident, _ *ledger.Tx) ([]Event, error) {
		e := in.EvidenceByID(c.Evidence)
		if e == nil {
			return nil, fault.New(fault.NotFound, "incident.evidence.unknown")
		}
		c.From = e.Holder
		return []Event{{Kind: KindCustody, At: at, Body: &c}}, nil
	})
}

// SetCare records the state of a service from a time on.
func (d *Desk) SetCare(ctx context.Context, actor ledger.Actor, id string, c Care, at time.Time) error {
	if !CareFits(c.Service, c.State) {
		return fault.New(fault.Invalid, "incident.care.unfit")
	}
	return d.Record(ctx, actor, id, Event{Kind: KindCare, At: at, Body: &c})
}

// AddFact records what somebody knew; its answers start clocks.
func (d *Desk) AddFact(ctx context.Context, actor ledger.Actor, id string, f FactRecord) error {
	return d.act(ctx, actor, id, "incident.fact", func(_ *Incident, tx *ledger.Tx) ([]Event, error) {
		f.ID = tx.NewID()
		tx.Detail(map[string]any{"fact": f.ID, "known_at": f.KnownAt, "answers": f.Answers})
		return []Event{{Kind: KindFact, At: f.KnownAt, Body: &f}}, nil
	})
}

// WithdrawFact takes a fact back, with a reason. Its record stays.
func (d *Desk) WithdrawFact(ctx context.Context, actor ledger.Actor, id string, w FactWithdrawn) error {
	if w.Reason == "" {
		return fault.New(fault.Invalid, "incident.fact.reason")
	}
	return d.act(ctx, actor, id, "incident.fact.withdraw", func(in *Incident, _ *ledger.Tx) ([]Event, error) {
		for _, f := range in.Facts {
			if f.ID == w.Fact && f.Withdrawn == "" {
				return []Event{{Kind: KindWithdraw, Body: &w}}, nil
			}
		}
		return nil, fault.New(fault.NotFound, "incident.fact.unknown")
	})
}

// Settle ends a running clock. Waiving needs a named person and a reason.
func (d *Desk) Settle(ctx context.Context, actor ledger.Actor, id string, s Settlement, at time.Time) error {
	if s.Decider == "" || (s.How == Waived && s.Reason == "") {
		return fault.New(fault.Invalid, "incident.settle.decider")
	}
	cal, err := d.Calendar(ctx)
	if err != nil {
		return err
	}
	return d.act(ctx, actor, id, "incident.clock."+s.How, func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		for _, run := range d.clocks(in, cal) {
			if run.Clock.Rule.ID == s.Rule {
				tx.Detail(map[string]string{"rule": s.Rule, "decider": s.Decider, "reference": s.Reference})
				return []Event{{Kind: KindSettle, At: at, Body: &s}}, nil
			}
		}
		return nil, fault.New(fault.Conflict, "incident.settle.not_running")
	})
}

// PutRecipient adds or changes somebody who got what was not theirs.
func (d *Desk) PutRecipient(ctx context.Context, actor ledger.Actor, id string, p Recipient, at time.Time) error {
	return d.act(ctx, actor, id, "incident.recipient", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		if p.ID == "" {
			p.ID = tx.NewID()
		} else if in.Recipient(p.ID) == nil {
			return nil, fault.New(fault.NotFound, "incident.recipient.unknown")
		}
		return []Event{{Kind: KindRecipient, At: at, Body: &p}}, nil
	})
}

// SetValues fills fields of the report drafts; only those that changed are
// written.
func (d *Desk) SetValues(ctx context.Context, actor ledger.Actor, id string, values []FieldValue) error {
	return d.act(ctx, actor, id, "incident.value", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		var events []Event
		for _, v := range values {
			if in.Values[v.Field].Text != v.Text {
				events = append(events, Event{Kind: KindValue, Body: &v})
			}
		}
		tx.Detail(map[string]int{"fields": len(events)})
		return events, nil
	})
}

// Close ends the incident. It is refused while clocks run or categories are
// unanswered; see Blockers.
func (d *Desk) Close(ctx context.Context, actor ledger.Actor, id string, c Closing) error {
	if c.Decider == "" || c.Reason == "" {
		return fault.New(fault.Invalid, "incident.close.incomplete")
	}
	cal, err := d.Calendar(ctx)
	if err != nil {
		return err
	}
	return d.act(ctx, actor, id, "incident.close", func(in *Incident, tx *ledger.Tx) ([]Event, error) {
		if n := len(d.Blockers(in, cal, text.JA)); n > 0 {
			return nil, fault.New(fault.Conflict, "incident.close.blocked", n)
		}
		tx.Detail(map[string]string{"decider": c.Decider})
		return []Event{{Kind: KindClose, Body: &c}}, nil
	})
}

// Reopen takes a closing back.
func (d *Desk) Reopen(ctx context.Context, actor ledger.Actor, id, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "incident.reopen.reason")
	}
	return d.act(ctx, actor, id, "incident.reopen", func(in *Incident, _ *ledger.Tx) ([]Event, error) {
		if in.Open() {
			return nil, fault.New(fault.Conflict, "incident.reopen.open")
		}
		return []Event{{Kind: KindReopen, Body: &Reopened{Reason: reason}}}, nil
	})
}
