package asset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/web"
)

// abandoned is how long a staged import that nobody applied is kept.
const abandoned = 24 * time.Hour

// Stage reads a file, compares it with the register and keeps both for a
// person to look at. The register is not changed. A refused file leaves a line
// in the ledger.
func (g *Register) Stage(ctx context.Context, actor ledger.Actor, name string, data []byte, opts ImportOptions) (string, error) {
	id, _, err := g.stage(ctx, actor, name, data, opts)
	return id, err
}

func (g *Register) stage(ctx context.Context, actor ledger.Actor, name string, data []byte, opts ImportOptions) (string, *importFile, error) {
	name = web.CleanName(name)
	f, err := g.readFile(ctx, name, data)
	if err != nil {
		if bad := fault.Of(err); bad.Kind != fault.Internal {
			note := map[string]any{"file": name, "bytes": len(data), "reason": bad.Msg.Key}
			err = errors.Join(err, g.book.Note(ctx, actor, "asset.import.refuse", "asset/import", note))
		}
		return "", nil, err
	}
	if err := g.mapSheets(ctx, f, opts); err != nil {
		return "", nil, err
	}
	id := ""
	err = g.book.Write(ctx, actor, "asset.import.stage", func(tx *ledger.Tx) error {
		id = tx.NewID()
		if err := forget(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO asset_import(id, facility, name, sha256, bytes, file, state, maps, digest, report, created_at, created_by)
			VALUES(?, ?, ?, ?, ?, ?, 'staged', '[]', '', '{}', ?, ?)`, id, tx.Facility, name, f.sum, len(data), data,
			tx.Now.Format(time.RFC3339Nano), tx.Actor.Name)
		if err != nil {
			return fmt.Errorf("asset: stage: %w", err)
		}
		tx.Subject("asset/import/" + id)
		tx.Detail(map[string]any{"file": name, "sha256": f.sum, "bytes": len(data)})
		return g.compare(ctx, tx, id, f)
	})
	return id, f, err
}

// forget drops imports that were never applied. What was applied stays as
// evidence.
func forget(ctx context.Context, tx *ledger.Tx) error {
	before := tx.Now.Add(-abandoned).Format(time.RFC3339Nano)
	_, err := tx.ExecContext(ctx, `DELETE FROM asset_import_row WHERE import IN (SELECT id FROM asset_import WHERE state = 'staged' AND created_at < ?)`, before)
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM asset_import WHERE state = 'staged' AND created_at < ?", before)
	}
	if err != nil {
		return fmt.Errorf("asset: forget imports: %w", err)
	}
	return nil
}

// compare plans a staged file within tx and keeps the plan's rows.
func (g *Register) compare(ctx context.Context, tx *ledger.Tx, id string, f *importFile) error {
	p, err := g.plan(ctx, tx, f)
	if err != nil {
		return err
	}
	digest, err := p.digest()
	if err != nil {
		return err
	}
	if err := keepRows(ctx, tx, id, p); err != nil {
		return err
	}
	return keepImport(ctx, tx, id, f, p, digest)
}

func keepImport(ctx context.Context, tx *ledger.Tx, id string, f *importFile, p *plan, digest string) error {
	rep := f.report(p)
	rep.ID, rep.Rows = id, nil
	maps := make([]SheetMap, len(f.sheets))
	for i, s := range f.sheets {
		maps[i] = s.SheetMap
	}
	report, err := json.Marshal(rep)
	if err != nil {
		return fmt.Errorf("asset: import: %w", err)
	}
	mapJSON, err := json.Marshal(maps)
	if err != nil {
		return fmt.Errorf("asset: import: %w", err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE asset_import SET maps = ?, digest = ?, report = ? WHERE id = ?", string(mapJSON), digest, string(report), id)
	if err != nil {
		return fmt.Errorf("asset: import: %w", err)
	}
	return nil
}

// keepRows writes the rows of a plan in place of those that were there.
func keepRows(ctx context.Context, tx *ledger.Tx, id string, p *plan) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM asset_import_row WHERE import = ?", id); err != nil {
		return fmt.Errorf("asset: import rows: %w", err)
	}
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO asset_import_row(import, seq, facility, state, warned, object, row) VALUES(?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return fmt.Errorf("asset: import rows: %w", err)
	}
	defer stmt.Close()
	for i, r := range p.rows {
		data, err := json.Marshal(r.ImportRow)
		if err != nil {
			return fmt.Errorf("asset: import rows: %w", err)
		}
		warned := 0
		if len(r.Warnings) > 0 {
			warned = 1
		}
		if _, err := stmt.ExecContext(ctx, id, i, tx.Facility, string(r.State), warned, r.Object, string(data)); err != nil {
			return fmt.Errorf("asset: import rows: %w", err)
		}
	}
	return nil
}

// Remap compares a staged import anew with the mapping that a person chose.
// maps must name the sheets of the file in order.
func (g *Register) Remap(ctx context.Context, actor ledger.Actor, id string, maps []SheetMap) error {
	im, f, err := g.stagedFile(ctx, id)
	if err != nil {
		return err
	}
	if err := f.take(maps); err != nil {
		return err
	}
	return g.book.Write(ctx, actor, "asset.import.map", func(tx *ledger.Tx) error {
		tx.Subject("asset/import/" + im.ID)
		if err := stillStaged(ctx, tx, id); err != nil {
			return err
		}
		return g.compare(ctx, tx, id, f)
	})
}

// take puts a mapping onto a file's sheets after checking every word of it.
func (f *importFile) take(maps []SheetMap) error {
	if len(maps) != len(f.sheets) {
		return fault.New(fault.Invalid, "asset.import.bad_map")
	}
	for i, m := range maps {
		s := &f.sheets[i]
		if len(m.Fields) != len(s.table.Columns) || (m.Table != "" && !contains(importTables(), m.Table)) {
			return fault.New(fault.Invalid, "asset.import.bad_map")
		}
		seen := map[string]bool{}
		for _, field := range m.Fields {
			if m.Table != "" && field != "" && !contains(targets(m.Table), field) {
				return fault.New(fault.Invalid, "asset.import.bad_map")
			}
			if field != "" && seen[field] && !several(field) {
				return fault.New(fault.Invalid, "asset.import.field_twice", labelOf(field))
			}
			seen[field] = true
		}
		s.Table, s.Fields, s.Default = m.Table, m.Fields, f.defaultOf(m)
	}
	return nil
}

func (f *importFile) defaultOf(m SheetMap) string {
	if m.Table != "asset" && m.Table != "line" {
		return ""
	}
	return f.defaultFor(m.Table, m.Default)
}

// targets lists what a column of a table's sheet may be.
func targets(table string) []string {
	var all []string
	for _, f := range newRecord(table).fields() {
		all = append(all, f.name)
	}
	return append(all, noteColumn, "id")
}

// stagedFile loads an import that waits and reads its file again.
func (g *Register) stagedFile(ctx context.Context, id string) (Import, *importFile, error) {
	im, err := g.Import(ctx, id)
	if err != nil {
		return im, nil, err
	}
	if im.State != Staged {
		return im, nil, fault.New(fault.Conflict, "asset.import.not_staged")
	}
	f, err := g.readFile(ctx, im.Name, im.data)
	if err != nil {
		return im, nil, err
	}
	maps := make([]SheetMap, len(im.Report.Sheets))
	for i, s := range im.Report.Sheets {
		maps[i] = s.SheetMap
	}
	return im, f, f.take(maps)
}

// stillStaged makes sure, inside the transaction, that nobody was quicker.
func stillStaged(ctx context.Context, tx *ledger.Tx, id string) error {
	var state ImportState
	if err := tx.QueryRowContext(ctx, "SELECT state FROM asset_import WHERE id = ?", id).Scan(&state); err != nil {
		return fmt.Errorf("asset: import: %w", err)
	}
	if state != Staged {
		return fault.New(fault.Conflict, "asset.import.not_staged")
	}
	return nil
}

// Apply writes what a staged import says, all or nothing, in one transaction
// with its ledger line. Every changed field goes into the history with the
// file's name and row. When the register has changed so that the import would
// do something else than what was shown, nothing is written and the fault is a
// Conflict; Recompare shows the new difference. Cost: some 15 history lines
// for a new asset, 3,000 of them in about two seconds on two cores.
func (g *Register) Apply(ctx context.Context, actor ledger.Actor, id string) (Report, error) {
	im, f, err := g.stagedFile(ctx, id)
	if err != nil {
		return Report{}, err
	}
	return g.apply(ctx, actor, im, f)
}

func (g *Register) apply(ctx context.Context, actor ledger.Actor, im Import, f *importFile) (Report, error) {
	rep, id := Report{}, im.ID
	err := g.book.Write(ctx, actor, "asset.import.apply", func(tx *ledger.Tx) error {
		if err := stillStaged(ctx, tx, id); err != nil {
			return err
		}
		p, err := g.plan(ctx, tx, f)
		if err != nil {
			return err
		}
		digest, err := p.digest()
		if err != nil {
			return err
		}
		if digest != im.digest {
			return fault.New(fault.Conflict, "asset.import.moved")
		}
		if err := applyPlan(ctx, tx, id, im.Name, p); err != nil {
			return err
		}
		if err := keepRows(ctx, tx, id, p); err != nil {
			return err
		}
		rep = f.report(p)
		rep.ID, rep.Applied = id, true
		tx.Subject("asset/import/" + id)
		tx.Detail(map[string]any{"file": im.Name, "sha256": im.SHA256, "counts": rep.Counts, "fields": rep.Fields})
		if err := rememberMaps(ctx, tx, f); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE asset_import SET state = 'applied', applied_at = ?, applied_by = ? WHERE id = ?",
			tx.Now.Format(time.RFC3339Nano), tx.Actor.Name, id)
		return err
	})
	return rep, err
}

// applyPlan writes the records of a plan and notes their IDs in its rows.
func applyPlan(ctx context.Context, tx *ledger.Tx, id, name string, p *plan) error {
	for i := range p.rows {
		r := &p.rows[i]
		if r.rec == nil || r.State == RowUnchanged {
			continue
		}
		place := name + " "
		if r.Sheet != "" {
			place += r.Sheet + "!"
		}
		if _, err := put(ctx, tx, r.rec, r.old, origin{source: FromFile, place: place + strconv.Itoa(r.Row), batch: id}); err != nil {
			return err
		}
		newID, _ := r.rec.head()
		r.Object = r.rec.table() + "/" + *newID
	}
	return nil
}

// Recompare compares a staged import with the register as it is now.
func (g *Register) Recompare(ctx context.Context, actor ledger.Actor, id string) error {
	im, err := g.Import(ctx, id)
	if err != nil {
		return err
	}
	maps := make([]SheetMap, len(im.Report.Sheets))
	for i, s := range im.Report.Sheets {
		maps[i] = s.SheetMap
	}
	return g.Remap(ctx, actor, id, maps)
}

// Drop forgets a staged import.
func (g *Register) Drop(ctx context.Context, actor ledger.Actor, id string) error {
	return g.book.Write(ctx, actor, "asset.import.drop", func(tx *ledger.Tx) error {
		tx.Subject("asset/import/" + id)
		res, err := tx.ExecContext(ctx, "DELETE FROM asset_import WHERE id = ? AND state = 'staged'", id)
		if err != nil {
			return fmt.Errorf("asset: drop import: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "asset.import.not_staged").With(err)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM asset_import_row WHERE import = ?", id)
		return err
	})
}

// rememberMaps keeps the mapping for the next file with the same headings.
func rememberMaps(ctx context.Context, tx *ledger.Tx, f *importFile) error {
	for _, s := range f.sheets {
		data, err := json.Marshal(s.SheetMap)
		if err != nil {
			return fmt.Errorf("asset: mapping: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO asset_mapping(fingerprint, facility, map, actor, at) VALUES(?, ?, ?, ?, ?)
			ON CONFLICT(fingerprint) DO UPDATE SET map = excluded.map, actor = excluded.actor, at = excluded.at`,
			s.print, tx.Facility, string(data), tx.Actor.Name, tx.Now.Format(time.RFC3339Nano))
		if err != nil {
			return fmt.Errorf("asset: mapping: %w", err)
		}
	}
	return nil
}

// rememberedMaps gives the mappings by fingerprint of the headings.
func (g *Register) rememberedMaps(ctx context.Context) (map[string]SheetMap, error) {
	rows, err := g.read().QueryContext(ctx, "SELECT fingerprint, map FROM asset_mapping")
	if err != nil {
		return nil, fmt.Errorf("asset: mapping: %w", err)
	}
	defer rows.Close()
	kept := map[string]SheetMap{}
	for rows.Next() {
		var print, data string
		var m SheetMap
		if err := rows.Scan(&print, &data); err != nil {
			return nil, fmt.Errorf("asset: mapping: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &m); err != nil {
			return nil, fmt.Errorf("asset: mapping: %w", err)
		}
		kept[print] = m
	}
	return kept, rows.Err()
}

const importColumns = "id, name, sha256, bytes, state, digest, report, undo, created_at, created_by, applied_at, applied_by, undone_at, undone_by"

func scanImport(row interface{ Scan(...any) error }, more ...any) (Import, error) {
	var im Import
	var report, undo, created, applied, undone string
	dest := append([]any{&im.ID, &im.Name, &im.SHA256, &im.Bytes, &im.State, &im.digest, &report, &undo, &created, &im.CreatedBy,
		&applied, &im.AppliedBy, &undone, &im.UndoneBy}, more...)
	if err := row.Scan(dest...); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return im, fault.New(fault.NotFound, "asset.import.not_found").With(err)
		}
		return im, fmt.Errorf("asset: import: %w", err)
	}
	err := errors.Join(json.Unmarshal([]byte(report), &im.Report), json.Unmarshal([]byte(undo), &im.Undo))
	for _, at := range []struct {
		text string
		to   *time.Time
	}{{created, &im.CreatedAt}, {applied, &im.AppliedAt}, {undone, &im.UndoneAt}} {
		if at.text == "" {
			continue
		}
		t, perr := time.Parse(time.RFC3339Nano, at.text)
		*at.to, err = t, errors.Join(err, perr)
	}
	if err != nil {
		return im, fmt.Errorf("asset: import: %w", err)
	}
	im.Undo.restoreTimes()
	return im, nil
}

// Import gives one stored import with its file.
func (g *Register) Import(ctx context.Context, id string) (Import, error) {
	var data []byte
	im, err := scanImport(g.read().QueryRowContext(ctx, "SELECT "+importColumns+", file FROM asset_import WHERE id = ?", id), &data)
	im.data = data
	return im, err
}

// Imports gives the newest fifty imports without their files.
func (g *Register) Imports(ctx context.Context) ([]Import, error) {
	rows, err := g.read().QueryContext(ctx, "SELECT "+importColumns+" FROM asset_import ORDER BY created_at DESC, id DESC LIMIT 50")
	if err != nil {
		return nil, fmt.Errorf("asset: imports: %w", err)
	}
	defer rows.Close()
	var all []Import
	for rows.Next() {
		im, err := scanImport(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, im)
	}
	return all, rows.Err()
}

// importOrder puts first what a person must look at.
const importOrder = " ORDER BY CASE state WHEN 'rejected' THEN 0 WHEN 'changed' THEN 2 WHEN 'unchanged' THEN 4 ELSE 3 END - 2 * warned, seq"

// ImportRows gives rows of an import: those of one state, or those with a
// warning ("warned"), or all, limit from
// offset on, those that a person must look at first.
func (g *Register) ImportRows(ctx context.Context, id, show string, offset, limit int) ([]ImportRow, int, error) {
	cond, args := "import = ?", []any{id}
	switch show {
	case "":
	case "warned":
		cond += " AND warned = 1"
	default:
		cond, args = cond+" AND state = ?", append(args, show)
	}
	var total int
	if err := g.read().QueryRowContext(ctx, "SELECT count(*) FROM asset_import_row WHERE "+cond, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("asset: import rows: %w", err)
	}
	rows, err := g.read().QueryContext(ctx, "SELECT row, object FROM asset_import_row WHERE "+cond+importOrder+" LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("asset: import rows: %w", err)
	}
	defer rows.Close()
	var all []ImportRow
	for rows.Next() {
		var data, object string
		var r ImportRow
		if err := rows.Scan(&data, &object); err != nil {
			return nil, 0, fmt.Errorf("asset: import rows: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return nil, 0, fmt.Errorf("asset: import rows: %w", err)
		}
		r.Object = object
		all = append(all, r)
	}
	return all, total, rows.Err()
}
