package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// pointer joins a record's struct type to its pointer, which is the record.
type pointer[T any] interface {
	*T
	record
}

func columns(r record) string {
	var names []string
	for _, f := range r.fields() {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// scan reads id, updated_at and all fields from a row.
func scan(r record, row interface{ Scan(...any) error }) error {
	fields := r.fields()
	id, updated := r.head()
	values := make([]string, len(fields)+1)
	dest := []any{id}
	for i := range values {
		dest = append(dest, &values[i])
	}
	if err := row.Scan(dest...); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, values[0])
	if err != nil {
		return fmt.Errorf("asset: updated_at: %w", err)
	}
	*updated = at
	for i, f := range fields {
		if err := f.at.set(values[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func load[T any, P pointer[T]](ctx context.Context, q sqlite.Querier, id string) (T, error) {
	return loadWhere[T, P](ctx, q, id, " AND removed_at = ''")
}

// loadWhere is load for records that may have been taken off the lists too.
func loadWhere[T any, P pointer[T]](ctx context.Context, q sqlite.Querier, id, and string) (T, error) {
	var v T
	r := P(&v)
	row := q.QueryRowContext(ctx, "SELECT id, updated_at, "+columns(r)+" FROM asset_"+r.table()+" WHERE id = ?"+and, id)
	if err := scan(r, row); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return v, fault.New(fault.NotFound, "asset.not_found").With(err)
		}
		return v, fmt.Errorf("asset: load %s: %w", r.table(), err)
	}
	return v, nil
}

// list reads all records that fit the condition, one query.
func list[T any, P pointer[T]](ctx context.Context, q sqlite.Querier, where string, args ...any) ([]T, error) {
	var head T
	r := P(&head)
	rows, err := q.QueryContext(ctx, "SELECT id, updated_at, "+columns(r)+" FROM asset_"+r.table()+" WHERE removed_at = '' "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("asset: list %s: %w", r.table(), err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := scan(P(&v), rows); err != nil {
			return nil, fmt.Errorf("asset: list %s: %w", r.table(), err)
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// origin says where values come from and which batch they belong to.
type origin struct {
	source Source
	place  string // file name and row, or empty
	batch  string
}

// put writes a record, new or changed, with one history line per field that
// changed. It returns how many did. old is nil for a new record.
func put(ctx context.Context, tx *ledger.Tx, r, old record, from origin) (int, error) {
	if err := check(r); err != nil {
		return 0, err
	}
	id, updated := r.head()
	var before []field
	if old != nil {
		before = old.fields()
	}
	if *id == "" {
		*id = tx.NewID()
	}
	object := r.table() + "/" + *id
	var changes []change
	for i, f := range r.fields() {
		was := ""
		if old != nil {
			was = before[i].at.get()
		} else if n, isInt := f.at.(intRef); isInt && *n.p == 0 {
			was = "0"
		}
		if was == f.at.get() {
			continue
		}
		changes = append(changes, change{f.name, was, f.at.get()})
	}
	if old != nil && len(changes) == 0 {
		return 0, nil
	}
	if err := note(ctx, tx, object, from, changes...); err != nil {
		return 0, err
	}
	*updated = tx.Now
	return len(changes), write(ctx, tx, r, old == nil)
}

type change struct{ field, old, now string }

// note writes the history lines of one object in one statement: an import of
// 3,000 devices writes 30,000 of them.
func note(ctx context.Context, tx *ledger.Tx, object string, from origin, changes ...change) error {
	if len(changes) == 0 {
		return nil
	}
	query := "INSERT INTO asset_change(facility, batch, object, field, old, new, source, place, actor, at) VALUES" +
		strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ", len(changes)-1) + "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	at := tx.Now.Format(time.RFC3339Nano)
	args := make([]any, 0, 10*len(changes))
	for _, c := range changes {
		args = append(args, tx.Facility, from.batch, object, c.field, c.old, c.now, string(from.source), from.place, tx.Actor.Name, at)
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("asset: history: %w", err)
	}
	return nil
}

func write(ctx context.Context, tx *ledger.Tx, r record, create bool) error {
	id, updated := r.head()
	args := []any{*id, tx.Facility, updated.UTC().Format(time.RFC3339Nano), searchText(r)}
	names, marks, sets := "", "", ""
	for _, f := range r.fields() {
		names += ", " + f.name
		marks += ", ?"
		sets += ", " + f.name + " = excluded." + f.name
		if n, isInt := f.at.(intRef); isInt {
			args = append(args, *n.p)
		} else {
			args = append(args, f.at.get())
		}
	}
	query := "INSERT INTO asset_" + r.table() + "(id, facility, updated_at, search" + names + ") VALUES(?, ?, ?, ?" + marks + ")"
	if !create {
		query += " ON CONFLICT(id) DO UPDATE SET updated_at = excluded.updated_at, search = excluded.search" + sets
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		if strings.Contains(err.Error(), "asset_asset.number") {
			return fault.New(fault.Conflict, "asset.number_taken").With(err)
		}
		return fmt.Errorf("asset: write %s: %w", r.table(), err)
	}
	return nil
}

// save writes one record in a transaction of its own. A record that somebody
// else changed since it was read is refused, so that nobody's work is lost.
func save[T any, P pointer[T]](ctx context.Context, book *ledger.Book, actor ledger.Actor, v T, from origin) (string, error) {
	r := P(&v)
	id, seen := r.head()
	action := "asset." + r.table() + ".create"
	if *id != "" {
		action = "asset." + r.table() + ".update"
	}
	err := book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		if from.batch == "" {
			from.batch = tx.NewID()
		}
		var old record
		if *id != "" {
			was, err := load[T, P](ctx, tx, *id)
			if err != nil {
				return err
			}
			old = P(&was)
			_, now := old.head()
			if !seen.IsZero() && !seen.Equal(*now) {
				return fault.New(fault.Conflict, "asset.changed_meanwhile")
			}
		}
		n, err := put(ctx, tx, r, old, from)
		if err != nil {
			return err
		}
		tx.Subject("asset/" + r.table() + "/" + *id)
		tx.Detail(map[string]any{"fields": n, "source": from.source, "place": from.place, "batch": from.batch})
		return nil
	})
	return *id, err
}
