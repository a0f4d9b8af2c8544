package asset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// Change is one line of a field's history.
type Change struct {
	Batch  string
	Object string // "line/ID"
	Field  string
	Old    string
	New    string
	Source Source
	Place  string // file and row
	Actor  string
	At     time.Time
	Undone bool
}

// Label names the changed field in the reader's words.
func (c Change) Label() text.Msg { return labelOf(c.Field) }

// labelOf names a field; "removed" stands for the record itself.
func labelOf(field string) text.Msg { return text.M("asset.f." + field) }

// History gives the changes of an object ("line/ID"), newest first, at most
// limit.
func (g *Register) History(ctx context.Context, object string, limit int) ([]Change, error) {
	rows, err := g.read().QueryContext(ctx, `SELECT batch, object, field, old, new, source, place, actor, at, undone
		FROM asset_change WHERE object = ? ORDER BY id DESC LIMIT ?`, object, limit)
	if err != nil {
		return nil, fmt.Errorf("asset: history: %w", err)
	}
	defer rows.Close()
	var all []Change
	for rows.Next() {
		var c Change
		var at string
		if err := rows.Scan(&c.Batch, &c.Object, &c.Field, &c.Old, &c.New, &c.Source, &c.Place, &c.Actor, &at, &c.Undone); err != nil {
			return nil, fmt.Errorf("asset: history: %w", err)
		}
		if c.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return nil, fmt.Errorf("asset: history: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Confirm writes down that a file or traffic showed the value which a field
// already has: nothing changes but where the value comes from. It writes
// nothing when that source said so before.
func (g *Register) Confirm(ctx context.Context, actor ledger.Actor, object, name string, source Source, place string) error {
	table, id, _ := strings.Cut(object, "/")
	history, err := g.History(ctx, object, 500)
	if err != nil {
		return err
	}
	for _, c := range history {
		if c.Field == name {
			if c.Source == source && c.Place == place {
				return nil
			}
			break
		}
	}
	return g.book.Write(ctx, actor, "asset."+table+".confirm", func(tx *ledger.Tx) error {
		r := newRecord(table)
		row := tx.QueryRowContext(ctx, "SELECT id, updated_at, "+columns(r)+" FROM asset_"+r.table()+" WHERE id = ? AND removed_at = ''", id)
		if err := scan(r, row); err != nil {
			return fault.New(fault.NotFound, "asset.not_found").With(err)
		}
		tx.Subject("asset/" + object)
		tx.Detail(map[string]any{"field": name, "source": source, "place": place})
		for _, f := range r.fields() {
			if f.name == name {
				value := f.at.get()
				return note(ctx, tx, object, origin{source: source, place: place, batch: tx.NewID()}, change{name, value, value})
			}
		}
		return fault.New(fault.NotFound, "asset.not_found")
	})
}

// Undo takes back what one batch did to one object: each field gets its old
// value, unless somebody changed it since; kept counts those.
func (g *Register) Undo(ctx context.Context, actor ledger.Actor, object, batch string) (undone, kept int, err error) {
	table, id, _ := strings.Cut(object, "/")
	if !contains([]string{"asset", "line", "vendor", "system", "contract"}, table) {
		return 0, 0, fault.New(fault.NotFound, "asset.not_found")
	}
	changes, err := g.History(ctx, object, 10000)
	if err != nil {
		return 0, 0, err
	}
	if n := len(changes); n > 0 && changes[n-1].Batch == batch {
		return 1, 0, g.Remove(ctx, actor, object) // the batch made it
	}
	err = g.book.Write(ctx, actor, "asset."+table+".undo", func(tx *ledger.Tx) error {
		tx.Subject("asset/" + object)
		found := false
		for _, c := range changes {
			if c.Batch != batch || c.Undone {
				continue
			}
			found = true
			ok, err := undoOne(ctx, tx, table, id, c)
			if err != nil {
				return err
			}
			if ok {
				undone++
			} else {
				kept++
			}
		}
		if !found {
			return fault.New(fault.Conflict, "asset.nothing_to_undo")
		}
		tx.Detail(map[string]any{"batch": batch, "undone": undone, "kept": kept})
		return refold(ctx, tx, table, id)
	})
	return undone, kept, err
}

// undoOne restores one field, if its value is still the one that the change
// gave it. The table and column names come from our own lists.
func undoOne(ctx context.Context, tx *ledger.Tx, table, id string, c Change) (bool, error) {
	column := c.Field
	if column == removedField {
		column = "removed_at"
	}
	res, err := tx.ExecContext(ctx, "UPDATE asset_"+table+" SET "+column+" = ?, updated_at = ? WHERE id = ? AND "+column+" = ?",
		c.Old, tx.Now.Format(time.RFC3339Nano), id, c.New)
	if err != nil {
		return false, fmt.Errorf("asset: undo: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx, "UPDATE asset_change SET undone = 1 WHERE batch = ? AND object = ? AND field = ?", c.Batch, c.Object, c.Field)
	if err != nil {
		return false, fmt.Errorf("asset: undo: %w", err)
	}
	return true, note(ctx, tx, c.Object, origin{source: Declared, place: "undo", batch: tx.NewID()}, change{c.Field, c.New, c.Old})
}

// refold writes the search text of a record anew.
func refold(ctx context.Context, tx *ledger.Tx, table, id string) error {
	r := newRecord(table)
	row := tx.QueryRowContext(ctx, "SELECT id, updated_at, "+columns(r)+" FROM asset_"+table+" WHERE id = ?", id)
	if err := scan(r, row); err != nil {
		return fmt.Errorf("asset: undo: %w", err)
	}
	_, err := tx.ExecContext(ctx, "UPDATE asset_"+table+" SET search = ? WHERE id = ?", searchText(r), id)
	return err
}

// newRecord makes an empty record of a table.
func newRecord(table string) record {
	switch table {
	case "asset":
		return &Asset{}
	case "system":
		return &System{}
	case "vendor":
		return &Vendor{}
	case "contract":
		return &Contract{}
	}
	return &Line{}
}

// unused refuses to take off a record that others refer to.
func unused(ctx context.Context, tx *ledger.Tx, table, id string) error {
	users := map[string][]string{
		"vendor":   {"asset_line.vendor", "asset_asset.vendor", "asset_system.vendor", "asset_contract.vendor", "asset_vendor.parent"},
		"system":   {"asset_asset.system"},
		"contract": {"asset_line.contract", "asset_asset.contract"},
		"asset":    {"asset_line.asset"},
	}
	total := 0
	for _, user := range users[table] {
		where, column, _ := strings.Cut(user, ".")
		var n int
		query := "SELECT count(*) FROM " + where + " WHERE removed_at = '' AND " + column + " = ?"
		if err := tx.QueryRowContext(ctx, query, id).Scan(&n); err != nil {
			return fmt.Errorf("asset: remove: %w", err)
		}
		total += n
	}
	if total > 0 {
		return fault.New(fault.Conflict, "asset.in_use", total)
	}
	return nil
}

// removedField is the name of the history line of a removal.
const removedField = "removed"

// Remove hides a record. It stays in the file and Undo brings it back.
func (g *Register) Remove(ctx context.Context, actor ledger.Actor, object string) error {
	table, id, _ := strings.Cut(object, "/")
	if !contains([]string{"asset", "line", "vendor", "system", "contract"}, table) {
		return fault.New(fault.NotFound, "asset.not_found")
	}
	return g.book.Write(ctx, actor, "asset."+table+".remove", func(tx *ledger.Tx) error {
		tx.Subject("asset/" + object)
		if err := unused(ctx, tx, table, id); err != nil {
			return err
		}
		now := tx.Now.Format(time.RFC3339Nano)
		res, err := tx.ExecContext(ctx, "UPDATE asset_"+table+" SET removed_at = ? WHERE id = ? AND removed_at = ''", now, id)
		if err != nil {
			return fmt.Errorf("asset: remove: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "asset.not_found").With(err)
		}
		return note(ctx, tx, object, origin{source: Declared, batch: tx.NewID()}, change{removedField, "", now})
	})
}
