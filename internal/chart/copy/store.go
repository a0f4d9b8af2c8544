package copy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// stamp sorts as text.
const stamp = sqlite.Millis

func (d *Copier) db() *sql.DB { return d.cfg.Book.DB().Read() }

// each runs a query and scans every row.
func each[T any](ctx context.Context, db *sql.DB, scan func(sqlite.Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("copy: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		x, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("copy: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

const jobColumns = `id, name, source, enabled, every_hours, at_minute, day_from, day_to, day_files, day_mb, night_files, night_mb, keep_days, keep_weeks, keep_least, max_age, rereads, turn`

func scanJob(row sqlite.Row) (j Job, err error) {
	err = row.Scan(&j.ID, &j.Name, &j.Source, &j.Enabled, &j.Every, &j.At, &j.DayFrom, &j.DayTo, &j.DayFiles, &j.DayMB, &j.NightFiles, &j.NightMB,
		&j.KeepDays, &j.KeepWeeks, &j.KeepLeast, &j.MaxAge, &j.Rereads, &j.Turn)
	return j, err
}

// Jobs lists all jobs by name.
func (d *Copier) Jobs(ctx context.Context) ([]Job, error) {
	return each(ctx, d.db(), scanJob, "SELECT "+jobColumns+" FROM copy_job ORDER BY name, id")
}

// Job gives one job.
func (d *Copier) Job(ctx context.Context, id string) (Job, error) {
	j, err := scanJob(d.db().QueryRowContext(ctx, "SELECT "+jobColumns+" FROM copy_job WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return j, fault.New(fault.NotFound, "copy.job.gone")
	}
	return j, err
}

// SaveJob writes a job; an empty ID makes a new one.
func (d *Copier) SaveJob(ctx context.Context, actor ledger.Actor, j Job) (string, error) {
	err := d.cfg.Book.Write(ctx, actor, "copy.job.save", func(tx *ledger.Tx) error {
		if j.ID == "" {
			j.ID = tx.NewID()
		}
		tx.Subject("copy/job/" + j.ID)
		tx.Detail(j)
		// A run copies onto every medium that is there: the generations of two
		// sources would stand in one row and look as if each had lost the other.
		var others int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM copy_job WHERE id <> ? AND source <> ?", j.ID, j.Source).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			return fault.New(fault.Conflict, "copy.job.second")
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO copy_job(facility, `+jobColumns+`) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
			ON CONFLICT(id) DO UPDATE SET name=excluded.name, source=excluded.source, enabled=excluded.enabled, every_hours=excluded.every_hours, at_minute=excluded.at_minute,
			day_from=excluded.day_from, day_to=excluded.day_to, day_files=excluded.day_files, day_mb=excluded.day_mb, night_files=excluded.night_files, night_mb=excluded.night_mb,
			keep_days=excluded.keep_days, keep_weeks=excluded.keep_weeks, keep_least=excluded.keep_least, max_age=excluded.max_age, rereads=excluded.rereads`,
			tx.Facility, j.ID, j.Name, j.Source, j.Enabled, j.Every, j.At, j.DayFrom, j.DayTo, j.DayFiles, j.DayMB, j.NightFiles, j.NightMB, j.KeepDays, j.KeepWeeks, j.KeepLeast, j.MaxAge, j.Rereads, j.Turn)
		return err
	})
	d.changed()
	return j.ID, err
}

// RemoveJob takes a job off; its runs and generations stay.
func (d *Copier) RemoveJob(ctx context.Context, actor ledger.Actor, id string) error {
	defer d.changed()
	return d.cfg.Book.Write(ctx, actor, "copy.job.remove", func(tx *ledger.Tx) error {
		tx.Subject("copy/job/" + id)
		res, err := tx.ExecContext(ctx, "DELETE FROM copy_job WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "copy.job.gone").With(err)
		}
		return nil
	})
}

// State is how far a run or check is.
type State string

// The states.
const (
	Running   State = "running"
	Finished  State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	CutOff    State = "cut_off" // Toride ended meanwhile
)

// RunRecord is a run as it is remembered.
type RunRecord struct {
	ID         string
	Job        string
	JobName    string
	Medium     string
	Label      string
	Planned    time.Time
	Begun      time.Time
	Ended      time.Time
	State      State
	Generation string
	Report     Report
	Error      text.Msg
}

const runQuery = `SELECT r.id, r.job, COALESCE(j.name, ''), r.medium, COALESCE(m.label, ''), r.planned, r.begun, r.ended, r.state, r.generation, r.report, r.error
	FROM copy_run r LEFT JOIN copy_job j ON j.id = r.job LEFT JOIN copy_medium m ON m.id = r.medium `

func scanRun(row sqlite.Row) (r RunRecord, err error) {
	var planned, begun, ended, report, failed string
	if err := row.Scan(&r.ID, &r.Job, &r.JobName, &r.Medium, &r.Label, &planned, &begun, &ended, &r.State, &r.Generation, &report, &failed); err != nil {
		return r, err
	}
	r.Planned, r.Begun, r.Ended = stamp.Read(planned), stamp.Read(begun), stamp.Read(ended)
	if report != "" {
		err = json.Unmarshal([]byte(report), &r.Report)
	}
	if failed != "" {
		err = errors.Join(err, json.Unmarshal([]byte(failed), &r.Error))
	}
	return r, err
}

// Runs lists the newest runs.
func (d *Copier) Runs(ctx context.Context, limit int) ([]RunRecord, error) {
	return each(ctx, d.db(), scanRun, runQuery+"ORDER BY r.begun DESC, r.id DESC LIMIT ?", limit)
}

// RunRecord gives one run.
func (d *Copier) RunRecord(ctx context.Context, id string) (RunRecord, error) {
	r, err := scanRun(d.db().QueryRowContext(ctx, runQuery+"WHERE r.id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.New(fault.NotFound, "copy.run.gone")
	}
	return r, err
}

// A planned copy that failed is tried again, so that a share that was away for
// an hour does not cost a night.
const (
	tryAgain = time.Hour
	mostTry  = 4
)

// due says whether a job is to run now: its time has come, or what ran for its
// last time failed and may be tried again.
func (d *Copier) due(ctx context.Context, j Job) (slot time.Time, due bool, err error) {
	now := d.cfg.Clock()
	var last, ended sql.NullString
	if err := d.db().QueryRowContext(ctx, "SELECT MAX(planned) FROM copy_run WHERE job = ?", j.ID).Scan(&last); err != nil {
		return slot, false, fmt.Errorf("copy: runs: %w", err)
	}
	if slot, due = j.Due(now, stamp.Read(last.String), d.cfg.Zone); due || !j.Enabled || last.String == "" {
		return slot, due, nil
	}
	var tries, others int
	if err := d.db().QueryRowContext(ctx, "SELECT COUNT(*), COUNT(*) - SUM(state = ?), MAX(ended) FROM copy_run WHERE job = ? AND planned = ?", Failed, j.ID, last.String).Scan(&tries, &others, &ended); err != nil {
		return slot, false, fmt.Errorf("copy: runs: %w", err)
	}
	return stamp.Read(last.String), others == 0 && tries < mostTry && now.Sub(stamp.Read(ended.String)) >= tryAgain, nil
}

// waitsForMedium reports whether the newest run of a job found no medium.
func (d *Copier) waitsForMedium(ctx context.Context, job string) (bool, error) {
	all, err := each(ctx, d.db(), scanRun, runQuery+"WHERE r.job = ? ORDER BY r.begun DESC, r.id DESC LIMIT 1", job)
	return len(all) > 0 && all[0].Error.Key == "copy.medium.none", err
}

// forgetRunning marks what was under way when Toride ended.
func (d *Copier) forgetRunning(ctx context.Context) error {
	return d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		for _, table := range []string{"copy_run", "copy_check"} {
			if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET state = ?, ended = ? WHERE state = ?", CutOff, stamp.Text(tx.Now), Running); err != nil {
				return err
			}
		}
		return nil
	})
}
