package rollout

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const stamp = sqlite.Exact

// Places lists the places by name.
func (d *Desk) Places(ctx context.Context) ([]Place, error) {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, "SELECT id, name, ward, site, note FROM rollout_place WHERE gone = 0 ORDER BY name, id")
	if err != nil {
		return nil, fmt.Errorf("rollout: places: %w", err)
	}
	defer rows.Close()
	var out []Place
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.ID, &p.Name, &p.Ward, &p.Site, &p.Note); err != nil {
			return nil, fmt.Errorf("rollout: places: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Place gives one place.
func (d *Desk) Place(ctx context.Context, id string) (Place, error) {
	p := Place{ID: id}
	err := d.cfg.Book.DB().Read().QueryRowContext(ctx, "SELECT name, ward, site, note FROM rollout_place WHERE id = ? AND gone = 0", id).Scan(&p.Name, &p.Ward, &p.Site, &p.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return Place{}, fault.New(fault.NotFound, "rollout.place.none")
	}
	return p, err
}

func putPlace(ctx context.Context, tx *ledger.Tx, p Place) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rollout_place(id, facility, name, ward, site, note, created_at, created_by) VALUES(?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET name = excluded.name, ward = excluded.ward, site = excluded.site, note = excluded.note`,
		p.ID, tx.Facility, p.Name, p.Ward, p.Site, p.Note, stamp.Text(tx.Now), tx.Actor.Name)
	return err
}

// Locker gives every item of the list with what was found last.
func (d *Desk) Locker(ctx context.Context) ([]Checked, error) {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, "SELECT item, there, note, checked_at, checked_by FROM rollout_locker")
	if err != nil {
		return nil, fmt.Errorf("rollout: locker: %w", err)
	}
	defer rows.Close()
	found := map[string]Checked{}
	for rows.Next() {
		var c Checked
		var at string
		if err := rows.Scan(&c.Item, &c.There, &c.Note, &at, &c.By); err != nil {
			return nil, fmt.Errorf("rollout: locker: %w", err)
		}
		if c.At, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("rollout: locker: %w", err)
		}
		found[c.Item] = c
	}
	var out []Checked
	for _, item := range LockerItems() {
		c := found[item]
		c.Item = item
		out = append(out, c)
	}
	return out, rows.Err()
}

func putLocker(ctx context.Context, tx *ledger.Tx, found []Checked) error {
	for _, c := range found {
		_, err := tx.ExecContext(ctx, `INSERT INTO rollout_locker(facility, item, there, note, checked_at, checked_by) VALUES(?, ?, ?, ?, ?, ?)
			ON CONFLICT(facility, item) DO UPDATE SET there = excluded.there, note = excluded.note, checked_at = excluded.checked_at, checked_by = excluded.checked_by`,
			tx.Facility, c.Item, c.There, c.Note, stamp.Text(tx.Now), tx.Actor.Name)
		if err != nil {
			return fmt.Errorf("rollout: locker: %w", err)
		}
	}
	return nil
}

const rehearsalColumns = "id, place, people, note, begun_at, begun_by, ended_at, result"

// Rehearsals lists all rehearsals, newest first, with their steps: two queries.
func (d *Desk) Rehearsals(ctx context.Context) ([]Rehearsal, error) {
	return d.rehearsals(ctx, "1=1")
}

// Rehearsal gives one.
func (d *Desk) Rehearsal(ctx context.Context, id string) (Rehearsal, error) {
	list, err := d.rehearsals(ctx, "id = ?", id)
	if err != nil {
		return Rehearsal{}, err
	}
	if len(list) == 0 {
		return Rehearsal{}, fault.New(fault.NotFound, "rollout.rehearsal.none")
	}
	return list[0], nil
}

func (d *Desk) rehearsals(ctx context.Context, where string, args ...any) ([]Rehearsal, error) {
	db := d.cfg.Book.DB().Read()
	rows, err := db.QueryContext(ctx, "SELECT "+rehearsalColumns+" FROM rollout_rehearsal WHERE "+where+" ORDER BY begun_at DESC", args...)
	if err != nil {
		return nil, fmt.Errorf("rollout: rehearsals: %w", err)
	}
	defer rows.Close()
	var out []Rehearsal
	for rows.Next() {
		var r Rehearsal
		var begun, ended string
		if err := rows.Scan(&r.ID, &r.Place, &r.People, &r.Note, &begun, &r.By, &ended, &r.Result); err != nil {
			return nil, fmt.Errorf("rollout: rehearsals: %w", err)
		}
		if r.Begun, err = stamp.Parse(begun); err == nil {
			r.Ended, err = stamp.Parse(ended)
		}
		if err != nil {
			return nil, fmt.Errorf("rollout: rehearsals: %w", err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	steps, err := d.steps(ctx, where, args...)
	for i := range out {
		out[i].Steps = steps[out[i].ID]
		slices.SortFunc(out[i].Steps, func(a, b Step) int { return slices.Index(Steps(), a.Name) - slices.Index(Steps(), b.Name) })
	}
	return out, err
}

func (d *Desk) steps(ctx context.Context, where string, args ...any) (map[string][]Step, error) {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, "SELECT rehearsal, step, at, took_ms, measured, result, note FROM rollout_step WHERE rehearsal IN (SELECT id FROM rollout_rehearsal WHERE "+where+")", args...)
	if err != nil {
		return nil, fmt.Errorf("rollout: steps: %w", err)
	}
	defer rows.Close()
	out := map[string][]Step{}
	for rows.Next() {
		var s Step
		var id, at string
		var ms int64
		if err := rows.Scan(&id, &s.Name, &at, &ms, &s.Measured, &s.Result, &s.Note); err != nil {
			return nil, fmt.Errorf("rollout: steps: %w", err)
		}
		if s.At, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("rollout: steps: %w", err)
		}
		s.Took = time.Duration(ms) * time.Millisecond
		out[id] = append(out[id], s)
	}
	return out, rows.Err()
}

func putSteps(ctx context.Context, tx *ledger.Tx, id string, steps []Step) error {
	for _, s := range steps {
		_, err := tx.ExecContext(ctx, `INSERT INTO rollout_step(rehearsal, facility, step, at, took_ms, measured, result, note) VALUES(?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT(rehearsal, step) DO UPDATE SET at = excluded.at, took_ms = excluded.took_ms, measured = excluded.measured, result = excluded.result, note = excluded.note`,
			id, tx.Facility, s.Name, stamp.Text(s.At), s.Took.Milliseconds(), s.Measured, s.Result, s.Note)
		if err != nil {
			return fmt.Errorf("rollout: step %s: %w", s.Name, err)
		}
	}
	return nil
}
