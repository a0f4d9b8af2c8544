package incident

import (
	"context"
	"embed"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/draft"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Rights of this domain.
const (
	PermRead    web.Perm = "incident.read"
	PermWrite   web.Perm = "incident.write"
	PermEntry   web.Perm = "incident.entry"   // a line of the timeline: wards write what they see
	PermCommand web.Perm = "incident.command" // time zero, handover, override, waive, close
	PermContact web.Perm = "incident.contact" // the permanent contact tree
)

// Register is what the room asks of the hospital's register; *asset.Register
// is one.
type Register interface {
	Lines(ctx context.Context) ([]asset.Line, error)
	Vendors(ctx context.Context) ([]asset.Vendor, error)
}

// Config is what a Desk is made of.
type Config struct {
	Book     *ledger.Book
	Clock    func() time.Time
	Zone     *time.Location // the hospital's zone: decides which day it is
	Register Register
}

// Desk is where incidents are declared and led.
type Desk struct {
	book     *ledger.Book
	clock    func() time.Time
	zone     *time.Location
	register Register

	rules    clock.Rules
	holidays clock.Holidays
	plan     *plan.Book
	forms    draft.Forms
}

// New brings the tables up to date and reads the shipped packs. An error in a
// pack is one of the program.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "incident", files); err != nil {
		return nil, err
	}
	d := &Desk{book: cfg.Book, clock: cfg.Clock, zone: cfg.Zone, register: cfg.Register}
	var err error
	if d.rules, err = clock.ShippedRules(); err != nil {
		return nil, err
	}
	if d.holidays, err = clock.ShippedHolidays(); err != nil {
		return nil, err
	}
	if d.plan, err = plan.Shipped(); err != nil {
		return nil, err
	}
	d.forms, err = draft.Shipped()
	return d, err
}

// Event is a record to be appended: what happened when.
type Event struct {
	Kind RecordKind
	At   time.Time // zero: now
	Body any
}

// Declaration is what is known when an incident is declared.
type Declaration struct {
	Kind      Kind
	Title     string
	Drill     bool
	Zero      time.Time // zero: now
	Noticed   string
	NoticedBy string
	Commander string
	From      string // page from which it was declared
}

// maxCourse keeps the orders of two courses apart.
const maxCourse = 1000

// Declare opens an incident and copies the tasks of its courses. It returns
// the incident's ID. Cost: one transaction of about fifty rows.
func (d *Desk) Declare(ctx context.Context, actor ledger.Actor, dec Declaration) (string, error) {
	if dec.Title == "" || dec.Commander == "" || dec.Noticed == "" {
		return "", fault.New(fault.Invalid, "incident.declare.incomplete")
	}
	var id string
	err := d.book.Write(ctx, actor, "incident.declare", func(tx *ledger.Tx) error {
		if dec.Zero.IsZero() {
			dec.Zero = tx.Now
		}
		id = tx.NewID()
		head := Declared(dec)
		if err := insertCase(ctx, tx, id, head); err != nil {
			return err
		}
		events := []Event{{Kind: KindDeclared, At: dec.Zero, Body: &head}}
		for i, course := range d.courses(dec.Kind) {
			for j, step := range course.Steps {
				if step.Phase == plan.Normal {
					continue
				}
				t := taskOf(tx.NewID(), step)
				t.Order = i*maxCourse + j
				events = append(events, Event{Kind: KindTask, Body: t})
			}
		}
		tx.Subject("incident/" + id)
		tx.Detail(map[string]any{"kind": dec.Kind, "title": dec.Title, "drill": dec.Drill, "tasks": len(events) - 1})
		return appendRecords(ctx, tx, id, events)
	})
	return id, err
}

// courses gives the courses of a track. A suspicion gets the phases alone: the
// first day's rhythm is for when it turned out to be an attack.
func (d *Desk) courses(kind Kind) []plan.Course {
	switch kind {
	case Light:
		return []plan.Course{d.plan.Light}
	case Suspicion:
		return []plan.Course{d.plan.BCP}
	}
	return []plan.Course{d.plan.FirstDay, d.plan.BCP}
}

func taskOf(id string, s plan.Step) *Task {
	return &Task{ID: id, Step: s.ID, Phase: s.Phase, Act: s.Act, Title: s.Title, Note: s.Note,
		After: s.After, Basis: s.Basis, Osaka: s.Osaka, Slot: s.Slot}
}

// act changes an incident: fn sees it as it is now, inside the transaction,
// and gives the events to append. The ledger line names the action. A closed
// incident takes nothing but a reopening.
func (d *Desk) act(ctx context.Context, actor ledger.Actor, id, action string, fn func(*Incident, *ledger.Tx) ([]Event, error)) error {
	return d.book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		in, err := load(ctx, tx, tx.Facility, id)
		if err != nil {
			return err
		}
		events, err := fn(in, tx)
		if err != nil {
			return err
		}
		if !in.Open() && (len(events) != 1 || events[0].Kind != KindReopen) {
			return fault.New(fault.Conflict, "incident.closed")
		}
		tx.Subject("incident/" + id)
		if err := appendRecords(ctx, tx, id, events); err != nil {
			return err
		}
		if in, err = load(ctx, tx, tx.Facility, id); err != nil {
			return err
		}
		return updateCase(ctx, tx, in)
	})
}

// Record appends one event without a rule of its own.
func (d *Desk) Record(ctx context.Context, actor ledger.Actor, id string, e Event) error {
	return d.act(ctx, actor, id, "incident."+string(e.Kind), func(*Incident, *ledger.Tx) ([]Event, error) {
		return []Event{e}, nil
	})
}

// Incident gives one incident. The error is a NotFound fault when there is
// none.
func (d *Desk) Incident(ctx context.Context, id string) (*Incident, error) {
	return load(ctx, d.book.DB().Read(), d.book.Facility(), id)
}

// today is the hospital's day.
func (d *Desk) today() clock.Day { return clock.DayOf(d.clock(), d.zone) }
