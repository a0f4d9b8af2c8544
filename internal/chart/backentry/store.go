package backentry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const stamp = sqlite.Exact

// Filter chooses entries; empty fields choose all.
type Filter struct {
	State   State
	Patient string
	Offset  int
	Limit   int // 0: all
}

func (f Filter) where() (string, []any) {
	where, args := []string{"1=1"}, []any{}
	if f.State != "" {
		where, args = append(where, "state = ?"), append(args, string(f.State))
	}
	if f.Patient != "" {
		where, args = append(where, "ltrim(patient, '0') = ?"), append(args, strings.TrimLeft(f.Patient, "0"))
	}
	return strings.Join(where, " AND "), args
}

const columns = "id, patient, kind, happened_at, body, scan_type, created_at, created_by, state, settled_at, settled_by, settled_note"

// Entries lists entries by the time of the act, oldest first, without their
// scans, and how many fit in all.
func (d *Desk) Entries(ctx context.Context, f Filter) (list []Entry, total int, err error) {
	where, args := f.where()
	db := d.cfg.Book.DB().Read()
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM backentry_entry WHERE "+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("backentry: count: %w", err)
	}
	limit := f.Limit
	if limit == 0 {
		limit = -1
	}
	rows, err := db.QueryContext(ctx, "SELECT "+columns+" FROM backentry_entry WHERE "+where+" ORDER BY happened_at, id LIMIT ? OFFSET ?", append(args, limit, f.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("backentry: list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := d.scan(rows)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, e)
	}
	return list, total, rows.Err()
}

// Entry gives one entry with its scan.
func (d *Desk) Entry(ctx context.Context, id string) (Entry, error) {
	db := d.cfg.Book.DB().Read()
	e, err := d.scan(db.QueryRowContext(ctx, "SELECT "+columns+" FROM backentry_entry WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, fault.New(fault.NotFound, "backentry.none")
	}
	if err != nil || e.ScanType == "" {
		return e, err
	}
	var sealed []byte
	if err := db.QueryRowContext(ctx, "SELECT scan FROM backentry_entry WHERE id = ?", id).Scan(&sealed); err != nil {
		return e, fmt.Errorf("backentry: scan of %s: %w", id, err)
	}
	e.Scan, err = d.unseal(sealed)
	return e, err
}

// Count gives how many entries are in each state, and when the oldest open one
// was made.
func (d *Desk) Count(ctx context.Context) (by map[State]int, oldest time.Time, err error) {
	rows, err := d.cfg.Book.DB().Read().QueryContext(ctx, "SELECT state, count(*), min(created_at) FROM backentry_entry GROUP BY state")
	if err != nil {
		return nil, oldest, fmt.Errorf("backentry: counts: %w", err)
	}
	defer rows.Close()
	by = map[State]int{}
	for rows.Next() {
		var state, first string
		var n int
		if err := rows.Scan(&state, &n, &first); err != nil {
			return nil, oldest, fmt.Errorf("backentry: counts: %w", err)
		}
		by[State(state)] = n
		if State(state) == Open {
			if oldest, err = stamp.Parse(first); err != nil {
				return nil, oldest, fmt.Errorf("backentry: counts: %w", err)
			}
		}
	}
	return by, oldest, rows.Err()
}

func (d *Desk) known(ctx context.Context, id string) (bool, error) {
	var n int
	err := d.cfg.Book.DB().Read().QueryRowContext(ctx, "SELECT count(*) FROM backentry_entry WHERE id = ?", id).Scan(&n)
	return n > 0, err
}

func (d *Desk) scan(row interface{ Scan(...any) error }) (Entry, error) {
	var e Entry
	var at, created, settled, state string
	var sealed []byte
	err := row.Scan(&e.ID, &e.Patient, &e.Kind, &at, &sealed, &e.ScanType, &created, &e.CreatedBy, &state, &settled, &e.SettledBy, &e.Note)
	if err != nil {
		return e, err
	}
	e.State = State(state)
	for _, t := range []struct {
		from string
		to   *time.Time
	}{{at, &e.At}, {created, &e.CreatedAt}, {settled, &e.SettledAt}} {
		if t.from == "" {
			continue
		}
		if *t.to, err = stamp.Parse(t.from); err != nil {
			return e, fmt.Errorf("backentry: %s: %w", e.ID, err)
		}
	}
	body, err := d.unseal(sealed)
	if err == nil {
		err = json.Unmarshal(body, &e.Body)
	}
	if err != nil {
		return e, fault.New(fault.Internal, "backentry.sealed", e.ID).With(err)
	}
	return e, nil
}

func put(ctx context.Context, tx *ledger.Tx, e Entry, body, scan []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO backentry_entry(id, facility, patient, kind, happened_at, body, scan, scan_type, created_at, created_by)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.ID, tx.Facility, e.Patient, e.Kind, stamp.Text(e.At), body, scan, e.ScanType,
		stamp.Text(tx.Now), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("backentry: %w", err)
	}
	return nil
}

// move changes the state of an entry, if it is in from ("": in any other).
func move(ctx context.Context, tx *ledger.Tx, id string, from, to State, note string) error {
	var patient, state string
	err := tx.QueryRowContext(ctx, "SELECT patient, state FROM backentry_entry WHERE id = ?", id).Scan(&patient, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "backentry.none")
	}
	if err != nil {
		return fmt.Errorf("backentry: %w", err)
	}
	if State(state) == to || (from != "" && State(state) != from) {
		return fault.New(fault.Conflict, "backentry.moved")
	}
	tx.Subject(witness.Patient(patient))
	tx.Detail(map[string]any{"entry": id, "before": state, "note": note})
	at, by := stamp.Text(tx.Now), tx.Actor.Name
	if to == Open {
		at, by = "", ""
	}
	_, err = tx.ExecContext(ctx, "UPDATE backentry_entry SET state = ?, settled_at = ?, settled_by = ?, settled_note = ? WHERE id = ?", string(to), at, by, note, id)
	if err != nil {
		return fmt.Errorf("backentry: %w", err)
	}
	return nil
}
