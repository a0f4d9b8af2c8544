package incident

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const stamp = sqlite.Exact

func insertCase(ctx context.Context, tx *ledger.Tx, id string, head Declared) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO incident_case(id, facility, no, kind, title, drill, zero, phase, commander, declared_at)
		SELECT ?, ?, coalesce(max(no), 0) + 1, ?, ?, ?, ?, 'detect', ?, ? FROM incident_case WHERE facility = ?`,
		id, tx.Facility, string(head.Kind), head.Title, head.Drill, stamp.Text(head.Zero), head.Commander, stamp.Text(tx.Now), tx.Facility)
	if err != nil {
		return fmt.Errorf("incident: declare: %w", err)
	}
	return nil
}

func updateCase(ctx context.Context, tx *ledger.Tx, in *Incident) error {
	closed := ""
	if in.Closed != nil {
		closed = stamp.Text(in.Closed.At)
	}
	_, err := tx.ExecContext(ctx, `UPDATE incident_case SET zero = ?, phase = ?, commander = ?, closed_at = ? WHERE id = ? AND facility = ?`,
		stamp.Text(in.Zero), string(in.Phase), in.Commander, closed, in.ID, tx.Facility)
	if err != nil {
		return fmt.Errorf("incident: update: %w", err)
	}
	return nil
}

// appendRecords writes the events after the last record.
func appendRecords(ctx context.Context, tx *ledger.Tx, id string, events []Event) error {
	var seq int
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM incident_record WHERE incident = ?", id).Scan(&seq)
	if err != nil {
		return fmt.Errorf("incident: append: %w", err)
	}
	for _, e := range events {
		body, err := json.Marshal(e.Body)
		if err != nil {
			return fmt.Errorf("incident: %s: %w", e.Kind, err)
		}
		at := e.At
		if at.IsZero() {
			at = tx.Now
		}
		seq++
		_, err = tx.ExecContext(ctx, `INSERT INTO incident_record(id, facility, incident, seq, kind, at, entered, actor, actor_id, body)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), tx.Facility, id, seq, string(e.Kind), stamp.Text(at), stamp.Text(tx.Now),
			tx.Actor.Name, tx.Actor.ID, string(body))
		if err != nil {
			return fmt.Errorf("incident: append: %w", err)
		}
	}
	return nil
}

// load reads one incident: two queries, and a pass over its records (a few
// hundred, at most some thousands).
func load(ctx context.Context, q sqlite.Querier, facility, id string) (*Incident, error) {
	var no int
	err := q.QueryRowContext(ctx, "SELECT no FROM incident_case WHERE id = ? AND facility = ?", id, facility).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "incident.not_found").With(err)
	} else if err != nil {
		return nil, fmt.Errorf("incident: load: %w", err)
	}
	rows, err := q.QueryContext(ctx, `SELECT id, seq, kind, at, entered, actor, actor_id, body FROM incident_record
		WHERE incident = ? ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("incident: load: %w", err)
	}
	defer rows.Close()
	var records []Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("incident: load: %w", err)
	}
	in, err := Fold(id, records)
	if err != nil {
		return nil, err
	}
	in.No = no
	return in, nil
}

func scanRecord(rows *sql.Rows) (Record, error) {
	var r Record
	var at, entered, body string
	if err := rows.Scan(&r.ID, &r.Seq, &r.Kind, &at, &entered, &r.By, &r.ByID, &body); err != nil {
		return r, fmt.Errorf("incident: record: %w", err)
	}
	var err error
	if r.At, err = stamp.Parse(at); err != nil {
		return r, fmt.Errorf("incident: record %s: %w", r.ID, err)
	}
	if r.Entered, err = stamp.Parse(entered); err != nil {
		return r, fmt.Errorf("incident: record %s: %w", r.ID, err)
	}
	r.Body, err = decode(r.Kind, []byte(body))
	return r, err
}

// Head is an incident in a list.
type Head struct {
	ID, Title, Commander string
	No                   int
	Kind                 Kind
	Drill                bool
	Zero, Declared       time.Time
	Phase                string
	ClosedAt             time.Time
}

// Heads gives incidents, open ones first, the newest first, and how many there
// are in all. limit 0 gives all.
func (d *Desk) Heads(ctx context.Context, openOnly bool, offset, limit int) ([]Head, int, error) {
	where := "WHERE facility = ?"
	if openOnly {
		where += " AND closed_at = ''"
	}
	var total int
	if err := d.book.DB().Read().QueryRowContext(ctx, "SELECT count(*) FROM incident_case "+where, d.book.Facility()).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("incident: list: %w", err)
	}
	if limit == 0 {
		limit = -1
	}
	rows, err := d.book.DB().Read().QueryContext(ctx, `SELECT id, no, kind, title, drill, zero, phase, commander, declared_at, closed_at
		FROM incident_case `+where+` ORDER BY closed_at <> '', declared_at DESC, no DESC LIMIT ? OFFSET ?`, d.book.Facility(), limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("incident: list: %w", err)
	}
	defer rows.Close()
	var out []Head
	for rows.Next() {
		var h Head
		var zero, declared, closed string
		if err := rows.Scan(&h.ID, &h.No, &h.Kind, &h.Title, &h.Drill, &zero, &h.Phase, &h.Commander, &declared, &closed); err != nil {
			return nil, 0, fmt.Errorf("incident: list: %w", err)
		}
		for _, p := range []struct {
			to *time.Time
			s  string
		}{{&h.Zero, zero}, {&h.Declared, declared}, {&h.ClosedAt, closed}} {
			if *p.to, err = stamp.Parse(p.s); err != nil {
				return nil, 0, fmt.Errorf("incident: list: %w", err)
			}
		}
		out = append(out, h)
	}
	return out, total, rows.Err()
}

// AddedHoliday is a closed day that the hospital put in.
type AddedHoliday struct {
	Day, Name, Source, By string
	At                    time.Time
}

// AddedHolidays gives the days that the hospital put in, sorted.
func (d *Desk) AddedHolidays(ctx context.Context) ([]AddedHoliday, error) {
	rows, err := d.book.DB().Read().QueryContext(ctx, `SELECT day, name, source, added_by, added_at FROM incident_holiday
		WHERE facility = ? ORDER BY day`, d.book.Facility())
	if err != nil {
		return nil, fmt.Errorf("incident: holidays: %w", err)
	}
	defer rows.Close()
	var out []AddedHoliday
	for rows.Next() {
		var h AddedHoliday
		var at string
		if err := rows.Scan(&h.Day, &h.Name, &h.Source, &h.By, &at); err != nil {
			return nil, fmt.Errorf("incident: holidays: %w", err)
		}
		if h.At, err = stamp.Parse(at); err != nil {
			return nil, fmt.Errorf("incident: holidays: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// AddHoliday puts a closed day in, or confirms one that the pack computed.
func (d *Desk) AddHoliday(ctx context.Context, actor ledger.Actor, h AddedHoliday) error {
	if _, err := clock.ParseDay(h.Day); err != nil || h.Name == "" || h.Source == "" {
		return fault.New(fault.Invalid, "incident.holiday.incomplete").With(err)
	}
	return d.book.Write(ctx, actor, "incident.holiday.add", func(tx *ledger.Tx) error {
		tx.Subject("incident/holiday/" + h.Day)
		tx.Detail(map[string]string{"name": h.Name, "source": h.Source})
		_, err := tx.ExecContext(ctx, `INSERT INTO incident_holiday(facility, day, name, source, added_at, added_by) VALUES(?, ?, ?, ?, ?, ?)
			ON CONFLICT(facility, day) DO UPDATE SET name = excluded.name, source = excluded.source, added_at = excluded.added_at, added_by = excluded.added_by`,
			tx.Facility, h.Day, h.Name, h.Source, stamp.Text(tx.Now), tx.Actor.Name)
		return err
	})
}

// RemoveHoliday takes a day back that the hospital put in; the ledger keeps it.
func (d *Desk) RemoveHoliday(ctx context.Context, actor ledger.Actor, day string) error {
	return d.book.Write(ctx, actor, "incident.holiday.remove", func(tx *ledger.Tx) error {
		tx.Subject("incident/holiday/" + day)
		res, err := tx.ExecContext(ctx, "DELETE FROM incident_holiday WHERE facility = ? AND day = ?", tx.Facility, day)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "incident.holiday.unknown").With(err)
		}
		return nil
	})
}

// Calendar joins the shipped holidays with the hospital's own.
func (d *Desk) Calendar(ctx context.Context) (*clock.Calendar, error) {
	added, err := d.AddedHolidays(ctx)
	if err != nil {
		return nil, err
	}
	own := make([]clock.Holiday, 0, len(added))
	for _, h := range added {
		own = append(own, clock.Holiday{Day: h.Day, Name: pack.Words{JA: h.Name, EN: h.Name}})
	}
	return clock.NewCalendar(d.holidays, own)
}

// Print is one print-out that was made and put somewhere.
type Print struct {
	At        time.Time
	By, Place string
}

// Printed records that somebody printed what (folder) and where it is kept.
func (d *Desk) Printed(ctx context.Context, actor ledger.Actor, what, place string) error {
	return d.book.Write(ctx, actor, "incident.print", func(tx *ledger.Tx) error {
		tx.Subject("incident/" + what)
		tx.Detail(map[string]string{"place": place})
		_, err := tx.ExecContext(ctx, "INSERT INTO incident_print(id, facility, what, at, actor, place) VALUES(?, ?, ?, ?, ?, ?)",
			tx.NewID(), tx.Facility, what, stamp.Text(tx.Now), tx.Actor.Name, place)
		return err
	})
}

// LastPrint gives the newest print-out; its At is zero when there is none.
func (d *Desk) LastPrint(ctx context.Context, what string) (Print, error) {
	var p Print
	var at string
	err := d.book.DB().Read().QueryRowContext(ctx, `SELECT at, actor, place FROM incident_print
		WHERE facility = ? AND what = ? ORDER BY at DESC LIMIT 1`, d.book.Facility(), what).Scan(&at, &p.By, &p.Place)
	if errors.Is(err, sql.ErrNoRows) {
		return Print{}, nil
	} else if err != nil {
		return p, fmt.Errorf("incident: print: %w", err)
	}
	p.At, err = stamp.Parse(at)
	return p, err
}
