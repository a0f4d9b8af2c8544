package copy

import (
	"context"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/web"
)

// MaxOverride is how long a suspect generation stays open by one decision.
const MaxOverride = 24 * time.Hour

// What two people decide about a suspect generation.
const (
	ToOpen   = "open"   // read it for some hours, because there is nothing better
	ToAccept = "accept" // the suspicion was looked into and has a good reason
)

// Sign is one of the two signatures.
type Sign struct {
	Person web.Person
	Why    string
}

// Decision is an override as it is remembered.
type Decision struct {
	ID, Vault, Generation, What string
	Physician, PhysicianWhy     string
	IT, ITWhy                   string
	At, Until, Ended            time.Time
}

func officeByRole(p web.Person) (physician, it bool) {
	return slices.Contains(p.Roles, "physician"), slices.Contains(p.Roles, "it")
}

// OneName tells two accounts under one name: one person with two logins, far more
// likely than two namesakes in the two offices of one hospital.
func OneName(a, b web.Person) bool {
	return a.Name != "" && sheet.Fold(a.Name) == sheet.Fold(b.Name)
}

// Decide writes down what a physician and a person of the IT department
// decided together. They must be two, each in one of the two offices
// ("copy.override.same", "copy.override.offices"), each with a reason
// ("copy.override.why"). hours counts for ToOpen: 1 to 24.
func (d *Copier) Decide(ctx context.Context, actor ledger.Actor, g GenerationRecord, what string, hours int, signs [2]Sign) error {
	first, second := signs[0], signs[1]
	if first.Person.ID == "" || first.Person.ID == second.Person.ID || first.Person.Login == second.Person.Login || OneName(first.Person, second.Person) {
		return fault.New(fault.Invalid, "copy.override.same")
	}
	if len([]rune(first.Why)) < 5 || len([]rune(second.Why)) < 5 {
		return fault.New(fault.Invalid, "copy.override.why")
	}
	p1, i1 := d.cfg.Office(first.Person)
	p2, i2 := d.cfg.Office(second.Person)
	physician, it := first, second
	switch {
	case p1 && i2:
	case i1 && p2:
		physician, it = second, first
	default:
		return fault.New(fault.Denied, "copy.override.offices")
	}
	if g.Verdict == Unreadable || what == ToOpen && (hours < 1 || time.Duration(hours)*time.Hour > MaxOverride) || what != ToOpen && what != ToAccept {
		return fault.New(fault.Invalid, "copy.override.cannot")
	}
	defer d.changed()
	return d.cfg.Book.Write(ctx, actor, "copy.override."+what, func(tx *ledger.Tx) error {
		id := tx.NewID()
		tx.Subject("copy/generation/" + g.Vault + "/" + g.ID)
		until := tx.Now.Add(time.Duration(hours) * time.Hour)
		tx.Detail(map[string]string{"physician": physician.Person.Login, "physician_why": physician.Why, "it": it.Person.Login, "it_why": it.Why, "until": stamp.Text(until)})
		if what == ToAccept {
			until = time.Time{}
			if _, err := tx.ExecContext(ctx, "UPDATE copy_generation SET accepted = ? WHERE vault = ? AND generation = ?", stamp.Text(tx.Now), g.Vault, g.ID); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO copy_override(id, facility, vault, generation, what, physician, physician_why, it, it_why, at, until, ended) VALUES(?,?,?,?,?,?,?,?,?,?,?,'')`,
			id, tx.Facility, g.Vault, g.ID, what, physician.Person.Name, physician.Why, it.Person.Name, it.Why, stamp.Text(tx.Now), stamp.Text(until))
		return err
	})
}

// EndOverride closes a suspect generation again before its time.
func (d *Copier) EndOverride(ctx context.Context, actor ledger.Actor, id string) error {
	defer d.changed()
	return d.cfg.Book.Write(ctx, actor, "copy.override.end", func(tx *ledger.Tx) error {
		tx.Subject("copy/override/" + id)
		res, err := tx.ExecContext(ctx, "UPDATE copy_override SET ended = ? WHERE id = ? AND ended = '' AND what = ?", stamp.Text(tx.Now), id, ToOpen)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "copy.override.gone").With(err)
		}
		return nil
	})
}

// Decisions lists what was decided about a generation, newest first.
func (d *Copier) Decisions(ctx context.Context, vault, generation string) ([]Decision, error) {
	return each(ctx, d.db(), scanDecision, `SELECT id, vault, generation, what, physician, physician_why, it, it_why, at, until, ended FROM copy_override WHERE vault = ? AND generation = ? ORDER BY at DESC`, vault, generation)
}

func scanDecision(row sqlite.Row) (x Decision, err error) {
	var at, until, ended string
	err = row.Scan(&x.ID, &x.Vault, &x.Generation, &x.What, &x.Physician, &x.PhysicianWhy, &x.IT, &x.ITWhy, &at, &until, &ended)
	x.At, x.Until, x.Ended = stamp.Read(at), stamp.Read(until), stamp.Read(ended)
	return x, err
}

// Allow says whether a generation may be opened for reading: ok for one that
// is clean, or was accepted, or for which an override holds; then override is
// true and Until says how long. What this Toride knows nothing about is not
// ok: check it first.
func (d *Copier) Allow(ctx context.Context, vault, generation string) (ok, override bool, err error) {
	g, err := d.Generation(ctx, vault, generation)
	if isFault(err, "vault.generation.none") {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	if g.Verdict == Unreadable {
		return false, false, nil
	}
	if g.Verdict == Clean || !g.Accepted.IsZero() {
		return true, false, nil
	}
	open, err := d.openUntil(ctx, vault, generation)
	return !open.IsZero(), !open.IsZero(), err
}

// openUntil is until when an override holds; zero if none does.
func (d *Copier) openUntil(ctx context.Context, vault, generation string) (time.Time, error) {
	all, err := d.Decisions(ctx, vault, generation)
	now, until := d.cfg.Clock(), time.Time{}
	for _, x := range all {
		if x.What == ToOpen && x.Ended.IsZero() && x.Until.After(now) && x.Until.After(until) {
			until = x.Until
		}
	}
	return until, err
}
