package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// Import is one list that was taken over.
type Import struct {
	ID       string
	At       time.Time
	By       string
	ByID     string // as ledger.Actor has it
	File     string
	Added    int
	Changed  int
	Gone     int
	Gained   int  // who may read charts since, or has a PIN of the list's
	Own      bool // the rights of who imported it changed with it
	UndoneAt time.Time
	Last     bool // the newest that was not undone: it can be
}

// Imports lists the newest 50 imports.
func (d *Desk) Imports(ctx context.Context) ([]Import, error) {
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT id, at, by, by_id, file, added, changed, gone, gained, own, undone_at FROM staff_import ORDER BY at DESC, id DESC LIMIT 50")
	if err != nil {
		return nil, fmt.Errorf("staff: imports: %w", err)
	}
	defer rows.Close()
	var all []Import
	last := true
	for rows.Next() {
		var i Import
		var at, undone int64
		if err := rows.Scan(&i.ID, &at, &i.By, &i.ByID, &i.File, &i.Added, &i.Changed, &i.Gone, &i.Gained, &i.Own, &undone); err != nil {
			return nil, fmt.Errorf("staff: imports: %w", err)
		}
		i.At, i.UndoneAt = sqlite.FromMS(at), sqlite.FromMS(undone)
		if i.UndoneAt.IsZero() {
			i.Last, last = last, false
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

// Undo takes the newest import back: who was new is no longer let in, others
// are as they were. A PIN that somebody chose since stays theirs.
func (d *Desk) Undo(ctx context.Context, actor ledger.Actor, id string) error {
	if err := refuseGlass(actor); err != nil {
		return err
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	todo, err := d.undoing(ctx, id)
	if err != nil {
		return err
	}
	if err := d.leavesAdmin(actor, todo); err != nil {
		return err
	}
	err = d.book.Write(ctx, actor, "staff.import.undo", func(tx *ledger.Tx) error {
		tx.Subject("staff/import/" + id)
		tx.Detail(map[string]any{"people": len(todo)})
		res, err := tx.ExecContext(ctx, `UPDATE staff_import SET undone_at = ? WHERE id = ? AND undone_at = 0
			AND NOT EXISTS (SELECT 1 FROM staff_import o WHERE o.undone_at = 0 AND (o.at, o.id) > (staff_import.at, staff_import.id))`, sqlite.MS(tx.Now), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "staff.import.notlast")
		}
		for _, t := range todo {
			if err := put(ctx, tx, t.person); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.settle(ctx, actor, todo)
	return nil
}

// undoing gives the accounts of an import as they were before it.
func (d *Desk) undoing(ctx context.Context, id string) ([]touched, error) {
	var at int64
	err := d.book.DB().Read().QueryRowContext(ctx, "SELECT at FROM staff_import WHERE id = ?", id).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "staff.import.none")
	}
	if err != nil {
		return nil, fmt.Errorf("staff: undo: %w", err)
	}
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT person, before FROM staff_change WHERE import = ?", id)
	if err != nil {
		return nil, fmt.Errorf("staff: undo: %w", err)
	}
	defer rows.Close()
	var todo []touched
	for rows.Next() {
		var who, memo string
		if err := rows.Scan(&who, &memo); err != nil {
			return nil, fmt.Errorf("staff: undo: %w", err)
		}
		now, _ := d.byID(who)
		was := now
		if memo == "" {
			was.State, was.once = Gone, ""
		} else if was, err = recall(memo); err != nil {
			return nil, fmt.Errorf("staff: undo: %w", err)
		} else if now.PINAt.After(sqlite.FromMS(at)) {
			was.pin, was.HasPIN, was.PINAt, was.once, was.OnceUntil = now.pin, now.HasPIN, now.PINAt, now.once, now.OnceUntil
		}
		todo = append(todo, touched{person: was})
	}
	return todo, rows.Err()
}
