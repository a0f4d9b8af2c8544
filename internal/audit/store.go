package audit

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

const stamp = time.RFC3339Nano

const fileColumns = `id, target, name, sha256, size, model, version, build, hostname, encoding, lines, redacted,
	missing, missing_line, missing_open, unread, addresses, read_at, read_by`

// insertFile writes a file with its redacted text and results.
func insertFile(ctx context.Context, tx *ledger.Tx, f File, gz []byte) error {
	open, err := json.Marshal(f.MissingOpen)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_file(facility, `+fileColumns+`) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		tx.Facility, f.ID, f.Target, f.Name, f.SHA256, f.Size, f.Model, f.Version, f.Build, f.Hostname, f.Encoding, f.Lines, f.Redacted,
		f.Missing, f.MissingLine, string(open), f.Unread, strings.Join(f.Addresses, " "), f.ReadAt.Format(stamp), f.ReadBy)
	if err != nil {
		return fmt.Errorf("audit: file: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO audit_text(file_id, facility, gz) VALUES(?, ?, ?)", f.ID, tx.Facility, gz); err != nil {
		return fmt.Errorf("audit: text: %w", err)
	}
	for _, r := range f.Results {
		body, err := r.body()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO audit_result(file_id, facility, check_id, verdict, severity, body) VALUES(?, ?, ?, ?, ?, ?)",
			f.ID, tx.Facility, r.Check, r.Verdict, r.Severity, body)
		if err != nil {
			return fmt.Errorf("audit: result: %w", err)
		}
	}
	return nil
}

func removeFile(ctx context.Context, tx *ledger.Tx, id string) error {
	_, err := tx.ExecContext(ctx, "UPDATE audit_file SET removed_at = ? WHERE id = ?", tx.Now.Format(stamp), id)
	return err
}

// filesWhere reads files from new to old, with their results in the order of
// the checks: two queries for any number of files.
func (a *Audit) filesWhere(ctx context.Context, where string, args ...any) ([]File, error) {
	rows, err := a.book.DB().Read().QueryContext(ctx, "SELECT "+fileColumns+" FROM audit_file WHERE removed_at = '' AND "+where+" ORDER BY read_at DESC, id DESC", args...)
	if err != nil {
		return nil, fmt.Errorf("audit: files: %w", err)
	}
	defer rows.Close()
	var out []File
	at := map[string]int{}
	for rows.Next() {
		f, err := scanFile(rows)
		if err != nil {
			return nil, fmt.Errorf("audit: files: %w", err)
		}
		at[f.ID] = len(out)
		out = append(out, f)
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return out, err
	}
	return out, a.addResults(ctx, out, at, where, args)
}

func (a *Audit) addResults(ctx context.Context, out []File, at map[string]int, where string, args []any) error {
	rows, err := a.book.DB().Read().QueryContext(ctx, `SELECT file_id, check_id, verdict, severity, body FROM audit_result
		WHERE file_id IN (SELECT id FROM audit_file WHERE removed_at = '' AND `+where+")", args...)
	if err != nil {
		return fmt.Errorf("audit: results: %w", err)
	}
	defer rows.Close()
	found := map[string]map[string]Result{}
	for rows.Next() {
		var id, body string
		var r Result
		if err := rows.Scan(&id, &r.Check, &r.Verdict, &r.Severity, &body); err != nil {
			return fmt.Errorf("audit: results: %w", err)
		}
		if err := r.setBody(body); err != nil {
			return err
		}
		if found[id] == nil {
			found[id] = map[string]Result{}
		}
		found[id][r.Check] = r
	}
	for id, results := range found {
		for _, c := range a.checks {
			if r, ok := results[c.About().ID]; ok {
				out[at[id]].Results = append(out[at[id]].Results, r)
			}
		}
	}
	return rows.Err()
}

func scanFile(rows *sql.Rows) (File, error) {
	var f File
	var open, addresses, readAt string
	err := rows.Scan(&f.ID, &f.Target, &f.Name, &f.SHA256, &f.Size, &f.Model, &f.Version, &f.Build, &f.Hostname, &f.Encoding, &f.Lines, &f.Redacted,
		&f.Missing, &f.MissingLine, &open, &f.Unread, &addresses, &readAt, &f.ReadBy)
	if err != nil {
		return f, err
	}
	f.Addresses = strings.Fields(addresses)
	if err := json.Unmarshal([]byte(open), &f.MissingOpen); err != nil {
		return f, err
	}
	f.ReadAt, err = time.Parse(stamp, readAt)
	return f, err
}

// File gives one file with its results.
func (a *Audit) File(ctx context.Context, id string) (File, error) {
	found, err := a.filesWhere(ctx, "id = ?", id)
	if err != nil {
		return File{}, err
	}
	if len(found) == 0 {
		return File{}, fault.New(fault.NotFound, "audit.file.not_found")
	}
	return found[0], nil
}

// Files gives all files, the newest first.
func (a *Audit) Files(ctx context.Context) ([]File, error) { return a.filesWhere(ctx, "1") }

// perDevice numbers the files of each device from new to old; it mirrors
// File.Device.
const perDevice = `(SELECT id, row_number() OVER (PARTITION BY CASE WHEN target <> '' THEN target ELSE 'file/' || lower(model || '/' || hostname) END
	ORDER BY read_at DESC, id DESC) AS place FROM audit_file WHERE removed_at = '')`

// Newest gives the newest file of each device, the newest first. However long
// the history, only these are loaded.
func (a *Audit) Newest(ctx context.Context) ([]File, error) {
	return a.filesWhere(ctx, "id IN (SELECT id FROM "+perDevice+" WHERE place = 1)")
}

// older gives files that a newer one of the same device has replaced.
func (a *Audit) older(ctx context.Context, limit int) ([]File, error) {
	return a.filesWhere(ctx, "id IN (SELECT id FROM "+perDevice+" WHERE place > 1 ORDER BY id DESC LIMIT ?)", limit)
}

// previous gives the file of the same device that was read before.
func (a *Audit) previous(ctx context.Context, f File) (File, bool, error) {
	all, err := a.filesWhere(ctx, "read_at < ? AND (target = ? OR (target = '' AND model = ? AND hostname = ?))", f.ReadAt.Format(stamp), f.Target, f.Model, f.Hostname)
	if err != nil {
		return File{}, false, err
	}
	for _, p := range all {
		if p.Device() == f.Device() {
			return p, true, nil
		}
	}
	return File{}, false, nil
}

// zip packs the redacted text.
func zip(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// text opens the redacted text of a file. Closing it releases the memory.
func (a *Audit) text(ctx context.Context, id string) (io.Reader, error) {
	var gz []byte
	err := a.book.DB().Read().QueryRowContext(ctx, "SELECT gz FROM audit_text WHERE file_id = ?", id).Scan(&gz)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "audit.file.not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("audit: text: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		return nil, fmt.Errorf("audit: text: %w", err)
	}
	return io.LimitReader(r, 2*fortios.MaxSize), nil
}

// setTarget attaches a file.
func setTarget(ctx context.Context, tx *ledger.Tx, id, target string) error {
	done, err := tx.ExecContext(ctx, "UPDATE audit_file SET target = ? WHERE id = ? AND removed_at = ''", target, id)
	if err != nil {
		return fmt.Errorf("audit: attach: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.NotFound, "audit.file.not_found").With(err)
	}
	return nil
}

// waivers gives the last waiver of each finding that nobody ended, by device
// and check.
func (a *Audit) waivers(ctx context.Context) (map[string]Waiver, error) {
	rows, err := a.book.DB().Read().QueryContext(ctx, `SELECT id, device, check_id, reason, until, made_at, made_by FROM audit_waiver
		WHERE ended_at = '' ORDER BY made_at, id`)
	if err != nil {
		return nil, fmt.Errorf("audit: waivers: %w", err)
	}
	defer rows.Close()
	out := map[string]Waiver{}
	for rows.Next() {
		var w Waiver
		var made string
		if err := rows.Scan(&w.ID, &w.Device, &w.Check, &w.Reason, &w.Until, &made, &w.MadeBy); err != nil {
			return nil, fmt.Errorf("audit: waivers: %w", err)
		}
		if w.MadeAt, err = time.Parse(stamp, made); err != nil {
			return nil, fmt.Errorf("audit: waivers: %w", err)
		}
		out[w.Device+"\x00"+w.Check] = w
	}
	return out, rows.Err()
}

func insertWaiver(ctx context.Context, tx *ledger.Tx, w Waiver) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO audit_waiver(id, facility, device, check_id, reason, until, made_at, made_by) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		tx.NewID(), tx.Facility, w.Device, w.Check, w.Reason, w.Until, tx.Now.Format(stamp), tx.Actor.Name)
	if err != nil {
		return fmt.Errorf("audit: waiver: %w", err)
	}
	return nil
}

func endWaiver(ctx context.Context, tx *ledger.Tx, device, checkID string) error {
	_, err := tx.ExecContext(ctx, "UPDATE audit_waiver SET ended_at = ?, ended_by = ? WHERE device = ? AND check_id = ? AND ended_at = ''",
		tx.Now.Format(stamp), tx.Actor.Name, device, checkID)
	if err != nil {
		return fmt.Errorf("audit: waiver: %w", err)
	}
	return nil
}

// moveWaivers keeps the waivers of a device when its file gets a target.
func moveWaivers(ctx context.Context, tx *ledger.Tx, from, to string) error {
	if from == to {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "UPDATE audit_waiver SET device = ? WHERE device = ? AND ended_at = ''", to, from); err != nil {
		return fmt.Errorf("audit: waiver: %w", err)
	}
	return nil
}
