package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// UndoReport says what taking an import back did.
type UndoReport struct {
	Fields  int         `json:"fields"`  // fields that have their old value again
	Removed int         `json:"removed"` // records that the import made and that are hidden now
	Kept    []UndoneNot `json:"kept,omitempty"`
}

// UndoneNot is something that was left as it is, and why. Field is empty for
// a whole record.
type UndoneNot struct {
	Object string   `json:"object"`
	Name   string   `json:"name"`
	Field  string   `json:"field,omitempty"`
	Why    text.Msg `json:"why"`
}

// Label names the field in the reader's words.
func (u UndoneNot) Label() text.Msg { return labelOf(u.Field) }

// restoreTimes makes times of the reasons again what JSON made words of.
func (u *UndoReport) restoreTimes() {
	for _, k := range u.Kept {
		for i, arg := range k.Why.Args {
			if s, ok := arg.(string); ok {
				if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
					k.Why.Args[i] = at
				}
			}
		}
	}
}

// touched is what an import did to one object.
type touched struct {
	object  string
	changes []Change
	made    bool   // the import made the record
	later   Change // the newest change since; Batch is empty when there is none
}

// UndoImport takes an applied import back: fields that it changed and that
// nobody has changed since get their old value; records that it made and that
// nobody has touched since, and that nothing else refers to, are hidden.
// Everything else stays and is named with the reason. One transaction.
func (g *Register) UndoImport(ctx context.Context, actor ledger.Actor, id string) (UndoReport, error) {
	rep := UndoReport{}
	err := g.book.Write(ctx, actor, "asset.import.undo", func(tx *ledger.Tx) error {
		rep = UndoReport{}
		var state ImportState
		if err := tx.QueryRowContext(ctx, "SELECT state FROM asset_import WHERE id = ?", id).Scan(&state); err != nil {
			return fault.New(fault.NotFound, "asset.import.not_found").With(err)
		}
		if state != Applied {
			return fault.New(fault.Conflict, "asset.import.not_applied")
		}
		u, err := newUndoer(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := u.run(ctx, &rep); err != nil {
			return err
		}
		data, err := json.Marshal(rep)
		if err != nil {
			return fmt.Errorf("asset: undo import: %w", err)
		}
		tx.Subject("asset/import/" + id)
		tx.Detail(map[string]any{"fields": rep.Fields, "removed": rep.Removed, "kept": len(rep.Kept)})
		_, err = tx.ExecContext(ctx, "UPDATE asset_import SET state = 'undone', undone_at = ?, undone_by = ?, undo = ? WHERE id = ?",
			tx.Now.Format(time.RFC3339Nano), tx.Actor.Name, string(data), id)
		return err
	})
	return rep, err
}

// undoer takes one import back.
type undoer struct {
	tx      *ledger.Tx
	id      string
	dir     *directory
	touched []*touched
	gone    map[string]bool     // IDs that were hidden by this undo
	numbers map[string]string   // assets by inventory number
	refs    map[string][]*entry // who refers to an ID
	from    origin
}

func newUndoer(ctx context.Context, tx *ledger.Tx, id string) (*undoer, error) {
	u := &undoer{tx: tx, id: id, gone: map[string]bool{}, numbers: map[string]string{}, refs: map[string][]*entry{},
		from: origin{source: Declared, place: "undo", batch: tx.NewID()}}
	var err error
	if u.dir, err = loadDirectory(ctx, tx); err != nil {
		return nil, err
	}
	for _, e := range u.dir.all["asset"] {
		if n := e.rec.(*Asset).Number; n != "" {
			u.numbers[n] = e.id()
		}
	}
	for _, list := range u.dir.all {
		for _, e := range list {
			for _, f := range e.rec.fields() {
				if id := f.at.get(); f.shape >= toVendor && id != "" {
					u.refs[id] = append(u.refs[id], e)
				}
			}
		}
	}
	u.touched, err = u.readTouched(ctx)
	return u, err
}

// readTouched reads, in one query, all changes of each object that the import
// changed, oldest first.
func (u *undoer) readTouched(ctx context.Context) ([]*touched, error) {
	rows, err := u.tx.QueryContext(ctx, `SELECT batch, object, field, old, new, actor, at, undone FROM asset_change
		WHERE object IN (SELECT DISTINCT object FROM asset_change WHERE batch = ?) ORDER BY object, id`, u.id)
	if err != nil {
		return nil, fmt.Errorf("asset: undo import: %w", err)
	}
	defer rows.Close()
	var all []*touched
	for rows.Next() {
		var c Change
		var at string
		if err := rows.Scan(&c.Batch, &c.Object, &c.Field, &c.Old, &c.New, &c.Actor, &at, &c.Undone); err != nil {
			return nil, fmt.Errorf("asset: undo import: %w", err)
		}
		if c.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return nil, fmt.Errorf("asset: undo import: %w", err)
		}
		if len(all) == 0 || all[len(all)-1].object != c.Object {
			all = append(all, &touched{object: c.Object, made: c.Batch == u.id})
		}
		t := all[len(all)-1]
		switch {
		case c.Batch == u.id && !c.Undone:
			t.changes = append(t.changes, c)
		case c.Batch != u.id && len(t.changes) > 0:
			t.later = c
		}
	}
	return all, rows.Err()
}

// run undoes what refers to others first, so that a vendor which only this
// import's devices name can go after them.
func (u *undoer) run(ctx context.Context, rep *UndoReport) error {
	tables := importTables()
	slices.Reverse(tables)
	for _, table := range tables {
		for _, t := range u.touched {
			if !strings.HasPrefix(t.object, table+"/") || len(t.changes) == 0 {
				continue
			}
			if err := u.object(ctx, t, rep); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *undoer) object(ctx context.Context, t *touched, rep *UndoReport) error {
	_, id, _ := strings.Cut(t.object, "/")
	e := u.dir.byID[id]
	if e == nil {
		rep.Kept = append(rep.Kept, UndoneNot{Object: t.object, Name: t.first("name"), Why: text.M("asset.import.kept.removed")})
		return nil
	}
	if !t.made {
		return u.fields(ctx, t, e, rep)
	}
	why := text.Msg{}
	if t.later.Batch != "" {
		why = text.M("asset.import.kept.changed", t.later.Actor, t.later.At)
	} else if by := u.referrer(e); by != "" {
		why = text.M("asset.import.kept.in_use", by)
	}
	if !why.Zero() {
		rep.Kept = append(rep.Kept, UndoneNot{Object: t.object, Name: e.name(), Why: why})
		return nil
	}
	return u.hide(ctx, t, e, rep)
}

// first gives the value that the import gave a field.
func (t *touched) first(field string) string {
	for _, c := range t.changes {
		if c.Field == field {
			return c.New
		}
	}
	return t.object
}

// referrer names a record that still refers to this one.
func (u *undoer) referrer(e *entry) string {
	for _, other := range u.refs[e.id()] {
		if other == e || u.gone[other.id()] {
			continue
		}
		for _, f := range other.rec.fields() { // it may have been given back its old value by now
			if f.shape >= toVendor && f.at.get() == e.id() {
				return other.name()
			}
		}
	}
	return ""
}

// hide removes a record that the import made.
func (u *undoer) hide(ctx context.Context, t *touched, e *entry, rep *UndoReport) error {
	now := u.tx.Now.Format(time.RFC3339Nano)
	_, err := u.tx.ExecContext(ctx, "UPDATE asset_"+e.rec.table()+" SET removed_at = ? WHERE id = ?", now, e.id())
	if err != nil {
		return fmt.Errorf("asset: undo import: %w", err)
	}
	if err := note(ctx, u.tx, t.object, u.from, change{removedField, "", now}); err != nil {
		return err
	}
	if a, ok := e.rec.(*Asset); ok {
		delete(u.numbers, a.Number)
	}
	u.gone[e.id()] = true
	rep.Removed++
	return u.mark(ctx, t.object, "")
}

// fields gives the fields of an older record their old values back.
func (u *undoer) fields(ctx context.Context, t *touched, e *entry, rep *UndoReport) error {
	byName := map[string]field{}
	for _, f := range e.rec.fields() {
		byName[f.name] = f
	}
	restored := 0
	for _, c := range t.changes {
		f, ok := byName[c.Field]
		why := text.Msg{}
		switch {
		case !ok || f.at.get() != c.New:
			why = text.M("asset.import.kept.field")
			if t.later.Batch != "" {
				why = text.M("asset.import.kept.changed", t.later.Actor, t.later.At)
			}
		case c.Field == "number" && c.Old != "" && u.numbers[c.Old] != "" && u.numbers[c.Old] != e.id():
			why = text.M("asset.import.kept.number", c.Old)
		case f.shape >= toVendor && c.Old != "" && u.dir.byID[c.Old] == nil:
			why = text.M("asset.import.kept.target")
		}
		if !why.Zero() {
			rep.Kept = append(rep.Kept, UndoneNot{Object: t.object, Name: e.name(), Field: c.Field, Why: why})
			continue
		}
		if err := f.at.set(c.Old); err != nil {
			return err
		}
		if err := note(ctx, u.tx, t.object, u.from, change{c.Field, c.New, c.Old}); err != nil {
			return err
		}
		if err := u.mark(ctx, t.object, c.Field); err != nil {
			return err
		}
		restored++
	}
	if restored == 0 {
		return nil
	}
	rep.Fields += restored
	_, updated := e.rec.head()
	*updated = u.tx.Now
	return write(ctx, u.tx, e.rec, false)
}

// mark notes in the history (by the index of objects: the plus keeps SQLite from
// walking the whole batch for each) that changes of the import were undone; all of an
// object when field is empty.
func (u *undoer) mark(ctx context.Context, object, field string) error {
	_, err := u.tx.ExecContext(ctx, "UPDATE asset_change SET undone = 1 WHERE object = ? AND +batch = ? AND (? = '' OR field = ?)", object, u.id, field, field)
	if err != nil {
		return fmt.Errorf("asset: undo import: %w", err)
	}
	return nil
}
