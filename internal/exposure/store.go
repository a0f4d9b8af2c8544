package exposure

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// Feed is a catalogue that was carried in.
type Feed struct {
	ID         string // empty: none was
	Name       string // file name
	Version    string
	Released   time.Time
	SHA256     string
	Size       int64
	Entries    int
	ImportedAt time.Time
	ImportedBy string
}

const stamp = time.RFC3339Nano

// Feed gives the catalogue in use; its ID is empty when there is none.
func (x *Exposure) Feed(ctx context.Context) (Feed, error) {
	row := x.book.DB().Read().QueryRowContext(ctx, `SELECT id, name, version, released, sha256, size, entries, imported_at, imported_by
		FROM exposure_feed ORDER BY id DESC LIMIT 1`)
	var f Feed
	var released, imported string
	err := row.Scan(&f.ID, &f.Name, &f.Version, &released, &f.SHA256, &f.Size, &f.Entries, &imported, &f.ImportedBy)
	if errors.Is(err, sql.ErrNoRows) {
		return Feed{}, nil
	}
	if err == nil {
		f.Released, err = time.Parse(stamp, released)
	}
	if err == nil {
		f.ImportedAt, err = time.Parse(stamp, imported)
	}
	if err != nil {
		return Feed{}, fmt.Errorf("exposure: feed: %w", err)
	}
	return f, nil
}

// entries reads the catalogue in use, about 1,500 rows.
func (x *Exposure) entries(ctx context.Context) ([]kev.Entry, error) {
	rows, err := x.book.DB().Read().QueryContext(ctx, `SELECT cve, vendor, product, name, added, due, short, action, notes, ransomware
		FROM exposure_kev ORDER BY cve`)
	if err != nil {
		return nil, fmt.Errorf("exposure: entries: %w", err)
	}
	defer rows.Close()
	var out []kev.Entry
	for rows.Next() {
		var e kev.Entry
		if err := rows.Scan(&e.CVE, &e.Vendor, &e.Product, &e.Name, &e.Added, &e.Due, &e.Short, &e.Action, &e.Notes, &e.Ransomware); err != nil {
			return nil, fmt.Errorf("exposure: entries: %w", err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// entry reads one entry; ok is false when the catalogue in use has it not.
func (x *Exposure) entry(ctx context.Context, cve string) (e kev.Entry, ok bool, err error) {
	err = x.book.DB().Read().QueryRowContext(ctx, `SELECT cve, vendor, product, name, added, due, short, action, notes, ransomware
		FROM exposure_kev WHERE cve = ?`, cve).Scan(&e.CVE, &e.Vendor, &e.Product, &e.Name, &e.Added, &e.Due, &e.Short, &e.Action, &e.Notes, &e.Ransomware)
	if errors.Is(err, sql.ErrNoRows) {
		return kev.Entry{CVE: cve}, false, nil
	}
	return e, err == nil, err
}

// putFeed replaces the catalogue.
func putFeed(ctx context.Context, tx *ledger.Tx, name string, c *kev.Catalog) (Feed, error) {
	f := Feed{ID: tx.NewID(), Name: name, Version: c.Version, Released: c.Released.UTC(), SHA256: c.SHA256, Size: c.Size,
		Entries: len(c.Entries), ImportedAt: tx.Now, ImportedBy: tx.Actor.Name}
	_, err := tx.ExecContext(ctx, `INSERT INTO exposure_feed(id, facility, name, version, released, sha256, size, entries, imported_at, imported_by)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, tx.Facility, f.Name, f.Version, f.Released.Format(stamp), f.SHA256, f.Size, f.Entries,
		f.ImportedAt.Format(stamp), f.ImportedBy)
	if err != nil {
		return f, fmt.Errorf("exposure: feed: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM exposure_kev WHERE facility = ?", tx.Facility); err != nil {
		return f, fmt.Errorf("exposure: entries: %w", err)
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO exposure_kev(facility, cve, vendor, product, name, added, due, short, action, notes, ransomware)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return f, fmt.Errorf("exposure: entries: %w", err)
	}
	defer insert.Close()
	for _, e := range c.Entries {
		if _, err := insert.ExecContext(ctx, tx.Facility, e.CVE, e.Vendor, e.Product, e.Name, e.Added, e.Due, e.Short, e.Action, e.Notes, e.Ransomware); err != nil {
			return f, fmt.Errorf("exposure: entry %s: %w", e.CVE, err)
		}
	}
	return f, nil
}

const caseColumns = "id, target, cve, name, version, matched, opened_at, since, closed_at, closed_why, closed_by, times"

// cases reads cases with their steps: two queries for any number.
func cases(ctx context.Context, q sqlite.Querier, where string, args ...any) ([]Case, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+caseColumns+" FROM exposure_case WHERE "+where+" ORDER BY opened_at, id", args...)
	if err != nil {
		return nil, fmt.Errorf("exposure: cases: %w", err)
	}
	defer rows.Close()
	var out []Case
	at := map[string]int{}
	for rows.Next() {
		c, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("exposure: cases: %w", err)
		}
		at[c.ID] = len(out)
		out = append(out, c)
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return out, err
	}
	steps, err := q.QueryContext(ctx, `SELECT id, case_id, step, done_on, who, evidence, version, recorded_at, recorded_by FROM exposure_step
		WHERE case_id IN (SELECT id FROM exposure_case WHERE `+where+`) ORDER BY recorded_at, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("exposure: steps: %w", err)
	}
	defer steps.Close()
	for steps.Next() {
		var d Done
		var recorded string
		if err := steps.Scan(&d.ID, &d.Case, &d.Step, &d.On, &d.Who, &d.Evidence, &d.Version, &recorded, &d.RecordedBy); err != nil {
			return nil, fmt.Errorf("exposure: steps: %w", err)
		}
		if d.RecordedAt, err = time.Parse(stamp, recorded); err != nil {
			return nil, fmt.Errorf("exposure: steps: %w", err)
		}
		i := at[d.Case]
		out[i].Done = append(out[i].Done, d)
	}
	return out, steps.Err()
}

func scanCase(rows *sql.Rows) (Case, error) {
	var c Case
	var opened, since, closed string
	err := rows.Scan(&c.ID, &c.Target, &c.CVE, &c.Name, &c.Version, &c.Matched, &opened, &since, &closed, &c.Why, &c.By, &c.Times)
	if err != nil {
		return c, err
	}
	if c.OpenedAt, err = time.Parse(stamp, opened); err != nil {
		return c, err
	}
	if c.Since, err = time.Parse(stamp, since); err != nil {
		return c, err
	}
	if closed != "" {
		c.ClosedAt, err = time.Parse(stamp, closed)
	}
	return c, err
}

// Case gives one case.
func (x *Exposure) Case(ctx context.Context, id string) (Case, error) {
	found, err := cases(ctx, x.book.DB().Read(), "id = ?", id)
	if err != nil {
		return Case{}, err
	}
	if len(found) == 0 {
		return Case{}, fault.New(fault.NotFound, "exposure.case.not_found")
	}
	return found[0], nil
}

// Cases gives all cases, open and closed, oldest first.
func (x *Exposure) Cases(ctx context.Context) ([]Case, error) {
	return cases(ctx, x.book.DB().Read(), "1")
}

func insertCase(ctx context.Context, tx *ledger.Tx, c Case) error {
	now := tx.Now.Format(stamp)
	_, err := tx.ExecContext(ctx, `INSERT INTO exposure_case(id, facility, target, cve, name, version, matched, opened_at, since) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, tx.Facility, c.Target, c.CVE, c.Name, c.Version, c.Matched, now, now)
	if err != nil {
		return fmt.Errorf("exposure: case: %w", err)
	}
	return nil
}

// updateCase writes what next found out.
func updateCase(ctx context.Context, tx *ledger.Tx, c Case, how change) error {
	now := tx.Now.Format(stamp)
	var err error
	switch how {
	case reopen:
		_, err = tx.ExecContext(ctx, `UPDATE exposure_case SET since = ?, closed_at = '', closed_why = '', closed_by = '', times = times + 1,
			matched = max(matched, ?), version = ? WHERE id = ?`, now, c.Matched, c.Version, c.ID)
	case harden:
		_, err = tx.ExecContext(ctx, "UPDATE exposure_case SET matched = 1, version = ? WHERE id = ?", c.Version, c.ID)
	case settle:
		err = closeCase(ctx, tx, c.ID, byVersion)
	}
	if err != nil {
		return fmt.Errorf("exposure: case: %w", err)
	}
	return nil
}

func closeCase(ctx context.Context, tx *ledger.Tx, id, why string) error {
	_, err := tx.ExecContext(ctx, "UPDATE exposure_case SET closed_at = ?, closed_why = ?, closed_by = ? WHERE id = ? AND closed_at = ''",
		tx.Now.Format(stamp), why, tx.Actor.Name, id)
	return err
}

func insertStep(ctx context.Context, tx *ledger.Tx, d Done) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO exposure_step(id, facility, case_id, step, done_on, who, evidence, version, recorded_at, recorded_by)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), tx.Facility, d.Case, d.Step, d.On, d.Who, d.Evidence, d.Version, tx.Now.Format(stamp), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("exposure: step: %w", err)
	}
	return nil
}
