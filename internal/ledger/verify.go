package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Report is the outcome of Verify.
type Report struct {
	Lines     int64
	Last      Checkpoint
	From, To  time.Time
	Backwards int64 // lines whose time is before the line above: a clock was set back
	FirstBack int64 // number of the first of them
}

// scanner is a row or rows.
type scanner interface{ Scan(...any) error }

const entryColumns = "seq, facility, at, actor_id, actor, via, action, subject, detail, prev, hash"

func scanEntry(row scanner) (Entry, error) {
	var e Entry
	var at, detail string
	err := row.Scan(&e.Seq, &e.Facility, &at, &e.ActorID, &e.Actor, &e.Via, &e.Action, &e.Subject, &detail, &e.Prev, &e.Hash)
	if err != nil {
		return e, err
	}
	e.Detail = json.RawMessage(detail)
	if e.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return e, &BrokenError{Seq: e.Seq, Reason: Altered}
	}
	return e, nil
}

// Verify reads the whole chain, one line after the other, and checks it
// against the checkpoint when that is not zero. A chain that does not hold
// gives a *BrokenError. The cost is one SHA-256 per line; memory is constant.
func (b *Book) Verify(ctx context.Context, against Checkpoint) (Report, error) {
	var r Report
	prev := genesis
	err := b.each(ctx, 0, func(e Entry) error {
		switch {
		case e.Seq != r.Last.Seq+1:
			return &BrokenError{Seq: r.Last.Seq + 1, Reason: Missing}
		case e.Prev != prev:
			return &BrokenError{Seq: e.Seq, Reason: Unlinked}
		case e.sum() != e.Hash:
			return &BrokenError{Seq: e.Seq, Reason: Altered}
		case e.Seq == against.Seq && e.Hash != against.Hash:
			return &BrokenError{Seq: e.Seq, Reason: Rewritten}
		}
		if r.Lines == 0 {
			r.From = e.At
		} else if e.At.Before(r.To) {
			r.Backwards++
			if r.FirstBack == 0 {
				r.FirstBack = e.Seq
			}
		}
		r.Lines, r.Last, r.To, prev = r.Lines+1, Checkpoint{e.Seq, e.Hash}, e.At, e.Hash
		return nil
	})
	if err == nil && against.Seq > r.Last.Seq {
		err = &BrokenError{Seq: r.Last.Seq, Reason: Shortened}
	}
	return r, err
}

// each reads entries in order, from a number on.
func (b *Book) each(ctx context.Context, from int64, do func(Entry) error) error {
	rows, err := b.db.Read().QueryContext(ctx, "SELECT "+entryColumns+" FROM ledger_entry WHERE seq >= ? ORDER BY seq", from)
	if err != nil {
		return fmt.Errorf("ledger: read: %w", err)
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

// Export writes all entries as JSON Lines, as docs/spec/ledger.md describes,
// so that another program can verify the chain.
func (b *Book) Export(ctx context.Context, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return b.each(ctx, 0, func(e Entry) error { return enc.Encode(e) })
}

// VerifyExport checks a chain in the form which Export writes, without a
// database.
func VerifyExport(r io.Reader, against Checkpoint) (Report, error) {
	var rep Report
	prev := genesis
	dec := json.NewDecoder(r)
	for {
		var e Entry
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return rep, &BrokenError{Seq: rep.Last.Seq + 1, Reason: Altered}
		}
		switch {
		case e.Seq != rep.Last.Seq+1:
			return rep, &BrokenError{Seq: rep.Last.Seq + 1, Reason: Missing}
		case e.Prev != prev:
			return rep, &BrokenError{Seq: e.Seq, Reason: Unlinked}
		case e.sum() != e.Hash:
			return rep, &BrokenError{Seq: e.Seq, Reason: Altered}
		case e.Seq == against.Seq && e.Hash != against.Hash:
			return rep, &BrokenError{Seq: e.Seq, Reason: Rewritten}
		}
		rep.Lines, rep.Last, rep.To, prev = rep.Lines+1, Checkpoint{e.Seq, e.Hash}, e.At, e.Hash
	}
	if against.Seq > rep.Last.Seq {
		return rep, &BrokenError{Seq: rep.Last.Seq, Reason: Shortened}
	}
	return rep, nil
}

// Filter chooses entries. Empty fields choose all.
type Filter struct {
	Action  string // begins with
	Subject string // begins with
	Words   string // occurs in actor, action, subject or detail
	Offset  int
	Limit   int
}

// Entries gives the newest entries that fit, and how many fit in all.
func (b *Book) Entries(ctx context.Context, f Filter) ([]Entry, int, error) {
	where := ` WHERE substr(action, 1, length(?1)) = ?1 AND substr(subject, 1, length(?2)) = ?2
		AND (?3 = '' OR instr(lower(actor || ' ' || action || ' ' || subject || ' ' || detail), lower(?3)) > 0)`
	var total int
	err := b.db.Read().QueryRowContext(ctx, "SELECT count(*) FROM ledger_entry"+where, f.Action, f.Subject, f.Words).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("ledger: count: %w", err)
	}
	rows, err := b.db.Read().QueryContext(ctx, "SELECT "+entryColumns+" FROM ledger_entry"+where+" ORDER BY seq DESC LIMIT ?4 OFFSET ?5",
		f.Action, f.Subject, f.Words, f.Limit, f.Offset)
	if err != nil {
		return nil, 0, fmt.Errorf("ledger: list: %w", err)
	}
	defer rows.Close()
	var all []Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, e)
	}
	return all, total, rows.Err()
}

// Head is the last line's place in the chain; zero for an empty ledger.
func (b *Book) Head(ctx context.Context) (Checkpoint, error) {
	var c Checkpoint
	err := b.db.Read().QueryRowContext(ctx, "SELECT seq, hash FROM ledger_entry ORDER BY seq DESC LIMIT 1").Scan(&c.Seq, &c.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	return c, err
}
