package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Line is one line for Notes.
type Line struct {
	Actor   Actor
	Action  string
	Subject string
	Detail  any // as for Tx.Detail; a json.RawMessage is taken as it is
}

// Notes appends lines without a change of data, in their order, in one
// transaction: all of them are in the chain, or none is. One sync of the disk
// serves them all, which is what makes a line for every page that hundreds of
// people look at affordable. No lines are no act.
func (b *Book) Notes(ctx context.Context, lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	details := make([]json.RawMessage, len(lines))
	for i, l := range lines {
		var err error
		if details[i], err = encode(l.Action, l.Detail); err != nil {
			return err
		}
	}
	defer b.acts.Add(1)
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		last, err := head(ctx, tx)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, insertEntry)
		if err != nil {
			return fmt.Errorf("ledger: notes: %w", err)
		}
		defer insert.Close()
		now := b.clock().UTC()
		for i, l := range lines {
			e := Entry{Facility: b.facility, At: now, ActorID: l.Actor.ID, Actor: l.Actor.Name,
				Via: l.Actor.Via, Action: l.Action, Subject: l.Subject, Detail: details[i]}
			e.after(last)
			if _, err := insert.ExecContext(ctx, e.columns()...); err != nil {
				return fmt.Errorf("ledger: notes: %w", err)
			}
			last = Checkpoint{Seq: e.Seq, Hash: e.Hash}
		}
		return nil
	})
}

// Query chooses entries by what an index knows. Empty fields choose all.
type Query struct {
	Subject string    // exactly this one
	Actor   string    // exactly this ID; one that ends in "/" means all that begin so
	Action  string    // exactly this one; one that ends in "." means all that begin so
	From    time.Time // written at or after, to the second
	Before  int64     // number below; 0 begins with the newest
	Limit   int       // 0: no limit
}

// Each gives the entries that fit to do, the newest first, until do fails; its
// error is given back. A query with Subject, Actor or one whole Action costs
// what it finds; others read the ledger from its end.
func (b *Book) Each(ctx context.Context, q Query, do func(Entry) error) error {
	where, args := []string{"1 = 1"}, []any{}
	add := func(cond string, values ...any) {
		where, args = append(where, cond), append(args, values...)
	}
	if q.Subject != "" {
		add("subject = ?", q.Subject)
	}
	if family, ok := strings.CutSuffix(q.Actor, "/"); ok {
		add("actor_id >= ? AND actor_id < ?", q.Actor, family+"0") // "0" follows "/"
	} else if q.Actor != "" {
		add("actor_id = ?", q.Actor)
	}
	if strings.HasSuffix(q.Action, ".") {
		add("substr(action, 1, length(?)) = ?", q.Action, q.Action)
	} else if q.Action != "" {
		add("action = ?", q.Action)
	}
	if !q.From.IsZero() {
		add("at >= ?", q.From.UTC().Format("2006-01-02T15:04:05")) // sorts before each fraction of its second
	}
	if q.Before > 0 {
		add("seq < ?", q.Before)
	}
	query := "SELECT " + entryColumns + " FROM ledger_entry WHERE " + strings.Join(where, " AND ") + " ORDER BY seq DESC"
	if q.Limit > 0 {
		query += " LIMIT ?"
		args = append(args, q.Limit)
	}
	rows, err := b.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("ledger: query: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
	}
	return rows.Err()
}
