package rollout

import (
	"context"
	"embed"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Texts are the package's sentences, for commands. A site that has the Module
// has them already.
func Texts() embed.FS { return files }

// Config is what a Desk is made of.
type Config struct {
	Book  *ledger.Book
	Clock func() time.Time
	Zone  *time.Location
	// Sites are the addresses under which this station can be reached, as
	// https://192.0.2.10:8444.
	Sites func() []string
	// Measure does what a machine can do of a rehearsal on the copy that is open
	// now, and says how long each step took. Nil: nothing is measured.
	Measure func(ctx context.Context) []Measured
}

// Desk keeps places, locker and rehearsals.
type Desk struct{ cfg Config }

// New brings the tables up to date.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if err := cfg.Book.DB().Migrate(ctx, "rollout", files); err != nil {
		return nil, err
	}
	return &Desk{cfg: cfg}, nil
}

// Place is a room that reads the chart.
type Place struct {
	ID   string
	Name string
	Ward string // code of the ward that opens first, or ""
	Site string // one of Config.Sites
	Note string // telephone, who has the key
}

// JoinURL is what the place's code leads to.
func (p Place) JoinURL() string { return strings.TrimSuffix(p.Site, "/") + "/join/" + p.ID }

// SavePlace adds a place, or changes the one with the ID.
func (d *Desk) SavePlace(ctx context.Context, actor ledger.Actor, p Place) (string, error) {
	if strings.TrimSpace(p.Name) == "" || !strings.HasPrefix(p.Site, "https://") {
		return "", fault.New(fault.Invalid, "rollout.place.incomplete")
	}
	action := "rollout.place.update"
	if p.ID == "" {
		p.ID, action = ledger.NewID(), "rollout.place.create"
	}
	return p.ID, d.cfg.Book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Subject("rollout/place/" + p.ID)
		tx.Detail(p)
		return putPlace(ctx, tx, p)
	})
}

// DropPlace takes a place off the list; its sheet no longer leads anywhere.
func (d *Desk) DropPlace(ctx context.Context, actor ledger.Actor, id string) error {
	if _, err := d.Place(ctx, id); err != nil {
		return err
	}
	return d.cfg.Book.Write(ctx, actor, "rollout.place.drop", func(tx *ledger.Tx) error {
		tx.Subject("rollout/place/" + id)
		_, err := tx.ExecContext(ctx, "UPDATE rollout_place SET gone = 1 WHERE id = ?", id)
		return err
	})
}

// LockerItems are what must lie in the locker, in the order of the list.
func LockerItems() []string {
	return []string{"pc", "power", "medium", "key", "printer", "paper", "forms", "lan", "tablets", "staff", "sheets", "phone", "battery", "clock"}
}

// Checked is what was found of an item.
type Checked struct {
	Item  string
	There bool
	Note  string
	At    time.Time // zero: never looked at
	By    string
}

// CheckLocker notes what was found in the locker.
func (d *Desk) CheckLocker(ctx context.Context, actor ledger.Actor, found []Checked) error {
	var missing []string
	for _, c := range found {
		if !slices.Contains(LockerItems(), c.Item) {
			return fault.New(fault.Invalid, "rollout.locker.item")
		}
		if !c.There {
			missing = append(missing, c.Item)
		}
	}
	return d.cfg.Book.Write(ctx, actor, "rollout.locker.check", func(tx *ledger.Tx) error {
		tx.Subject("rollout/locker")
		tx.Detail(map[string]any{"looked": len(found), "missing": missing})
		return putLocker(ctx, tx, found)
	})
}

// Steps are the steps of a rehearsal, in order. Those that Toride measures are
// done by Config.Measure; all others are stopped by a person.
func Steps() []string {
	return []string{"alarm", "locker", "start", "unlock", "signin", "first", "search", "ward", "paper", "handout", "glass", "entry", "close"}
}

// MeasuredSteps are those of Steps that Toride can do itself.
func MeasuredSteps() []string { return []string{"first", "search", "ward", "paper"} }

// Measured is one step that Toride did itself.
type Measured struct {
	Step string        `json:"step"`
	Took time.Duration `json:"took_ns"`
	OK   bool          `json:"ok"`
	Note text.Msg      `json:"-"` // what was opened, or what went wrong; no patient's name
}

// Step is one step of a rehearsal as it was recorded.
type Step struct {
	Name     string
	At       time.Time     // when it was over; zero: not yet
	Took     time.Duration // since the step before, or as measured
	Measured bool
	Result   string // ok, trouble, skipped
	Note     string
}

// Results of a step and of a whole rehearsal.
const (
	ResultOK      = "ok"
	ResultTrouble = "trouble"
	ResultSkipped = "skipped"
)

// Rehearsal is one practice.
type Rehearsal struct {
	ID     string
	Place  string
	People string
	Note   string
	Begun  time.Time
	By     string
	Ended  time.Time // zero: still going on
	Result string
	Steps  []Step // those recorded, in the order of Steps
}

// Took is how long it took from the beginning to the end of the last step.
func (r Rehearsal) Took() time.Duration {
	var last time.Time
	for _, s := range r.Steps {
		if s.At.After(last) {
			last = s.At
		}
	}
	if last.IsZero() {
		return 0
	}
	return last.Sub(r.Begun)
}

// Begin starts a rehearsal; its clock runs from now.
func (d *Desk) Begin(ctx context.Context, actor ledger.Actor, place, people string) (string, error) {
	if strings.TrimSpace(place) == "" || strings.TrimSpace(people) == "" {
		return "", fault.New(fault.Invalid, "rollout.rehearsal.incomplete")
	}
	id := ledger.NewID()
	return id, d.cfg.Book.Write(ctx, actor, "rollout.rehearsal.begin", func(tx *ledger.Tx) error {
		tx.Subject("rollout/rehearsal/" + id)
		tx.Detail(map[string]any{"place": place, "people": people})
		_, err := tx.ExecContext(ctx, "INSERT INTO rollout_rehearsal(id, facility, place, people, begun_at, begun_by) VALUES(?, ?, ?, ?, ?, ?)",
			id, tx.Facility, place, people, stamp.Text(tx.Now), tx.Actor.Name)
		return err
	})
}

// Stop records that a step is over now.
func (d *Desk) Stop(ctx context.Context, actor ledger.Actor, id string, s Step) error {
	if !slices.Contains(Steps(), s.Name) || !slices.Contains([]string{ResultOK, ResultTrouble, ResultSkipped}, s.Result) {
		return fault.New(fault.Invalid, "rollout.rehearsal.step")
	}
	if s.Result == ResultTrouble && strings.TrimSpace(s.Note) == "" {
		return fault.New(fault.Invalid, "rollout.rehearsal.trouble")
	}
	r, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	s.At = d.cfg.Clock().UTC()
	if s.Took = r.since(s.At); s.Result == ResultSkipped {
		s.Took = 0
	}
	return d.record(ctx, actor, id, []Step{s})
}

// since is how long ago the last step, or the beginning, was.
func (r Rehearsal) since(now time.Time) time.Duration {
	last := r.Begun
	for _, s := range r.Steps {
		if s.At.After(last) {
			last = s.At
		}
	}
	return now.Sub(last)
}

// Measure has Toride do its steps and records their times.
func (d *Desk) Measure(ctx context.Context, actor ledger.Actor, id string, say func(text.Msg) string) error {
	if d.cfg.Measure == nil {
		return fault.New(fault.Conflict, "rollout.rehearsal.nothing")
	}
	if _, err := d.open(ctx, id); err != nil {
		return err
	}
	var steps []Step
	for _, m := range d.cfg.Measure(ctx) {
		s := Step{Name: m.Step, At: d.cfg.Clock().UTC(), Took: m.Took, Measured: true, Result: ResultOK, Note: say(m.Note)}
		if !m.OK {
			s.Result = ResultTrouble
		}
		steps = append(steps, s)
	}
	return d.record(ctx, actor, id, steps)
}

// End closes a rehearsal with what is to be made better.
func (d *Desk) End(ctx context.Context, actor ledger.Actor, id, note string) error {
	r, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	if len(r.Steps) == 0 {
		return fault.New(fault.Conflict, "rollout.rehearsal.empty")
	}
	result := ResultOK
	if slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Result == ResultTrouble }) {
		result = ResultTrouble
	}
	return d.cfg.Book.Write(ctx, actor, "rollout.rehearsal.end", func(tx *ledger.Tx) error {
		tx.Subject("rollout/rehearsal/" + id)
		tx.Detail(map[string]any{"result": result, "steps": len(r.Steps), "took_s": int(r.Took().Seconds())})
		_, err := tx.ExecContext(ctx, "UPDATE rollout_rehearsal SET ended_at = ?, result = ?, note = ? WHERE id = ?", stamp.Text(tx.Now), result, note, id)
		return err
	})
}

// open gives a rehearsal that has not ended.
func (d *Desk) open(ctx context.Context, id string) (Rehearsal, error) {
	r, err := d.Rehearsal(ctx, id)
	if err == nil && !r.Ended.IsZero() {
		err = fault.New(fault.Conflict, "rollout.rehearsal.ended")
	}
	return r, err
}

func (d *Desk) record(ctx context.Context, actor ledger.Actor, id string, steps []Step) error {
	return d.cfg.Book.Write(ctx, actor, "rollout.rehearsal.step", func(tx *ledger.Tx) error {
		tx.Subject("rollout/rehearsal/" + id)
		tx.Detail(map[string]any{"steps": len(steps), "first": steps[0].Name, "result": steps[0].Result})
		return putSteps(ctx, tx, id, steps)
	})
}
