package access

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
)

// stamp sorts as text. The exact instants are in the body.
const stamp = sqlite.Seconds

func (d *Desk) read() sqlite.Querier { return d.book.DB().Read() }

// Request gives one request. The error is a NotFound fault when there is none.
func (d *Desk) Request(ctx context.Context, id string) (Request, error) {
	return load(ctx, d.read(), id)
}

func load(ctx context.Context, q sqlite.Querier, id string) (Request, error) {
	var body string
	err := q.QueryRowContext(ctx, "SELECT body FROM access_request WHERE id = ?", id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return Request{}, fault.New(fault.NotFound, "access.not_found").With(err)
	}
	if err != nil {
		return Request{}, fmt.Errorf("access: load: %w", err)
	}
	return decode(body)
}

func decode(body string) (Request, error) {
	var r Request
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, fmt.Errorf("access: stored request: %w", err)
	}
	return r, nil
}

// list reads the requests that fit the condition, one query.
func (d *Desk) list(ctx context.Context, where string, args ...any) ([]Request, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT body FROM access_request WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("access: list: %w", err)
	}
	defer rows.Close()
	var all []Request
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("access: list: %w", err)
		}
		r, err := decode(body)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// number gives the request the next number of its year. The one writer of the
// database makes it unique; the index would refuse a second.
func number(ctx context.Context, tx *ledger.Tx, r Request, year int) (Request, error) {
	var seq int
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) + 1 FROM access_request WHERE year = ?", year).Scan(&seq)
	if err != nil {
		return r, fmt.Errorf("access: number: %w", err)
	}
	r.Number = fmt.Sprintf("%04d-%04d", year, seq)
	_, err = tx.ExecContext(ctx, `INSERT INTO access_request(id, facility, year, seq, vendor, line, state, emergency,
		from_at, until_at, opened_at, closed_at, approved, result, live, version, body)
		VALUES(?, ?, ?, ?, '', '', '', 0, '', '', '', '', 0, '', 0, 0, '{}')`,
		r.ID, tx.Facility, year, seq)
	if err != nil {
		return r, fmt.Errorf("access: number: %w", err)
	}
	return r, nil
}

// note is one line of a request's story.
type note struct {
	step, text string
	until      time.Time
}

// put writes the request with a new version, and the line of its story.
func (d *Desk) put(ctx context.Context, tx *ledger.Tx, r *Request, n note) error {
	r.Version++
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	opened, closed, result := "", "", Result("")
	if v := r.LastReview(); v != nil {
		result = v.Result
	}
	if r.Opening != nil {
		opened = stamp.Text(r.Opening.At)
	}
	if r.Closing != nil {
		closed = stamp.Text(r.Closing.At)
	}
	_, err = tx.ExecContext(ctx, `UPDATE access_request SET vendor = ?, line = ?, state = ?, emergency = ?, from_at = ?,
		until_at = ?, opened_at = ?, closed_at = ?, approved = ?, result = ?, live = ?, version = ?, body = ? WHERE id = ?`,
		r.VendorID, r.LineID, string(r.State), r.Emergency, stamp.Text(r.From), stamp.Text(r.Until), opened, closed,
		r.Decision != nil && r.Decision.Yes, string(result), r.Live() || r.State == Closed || result == Question, r.Version, string(body), r.ID)
	if err != nil {
		return fmt.Errorf("access: write: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO access_event(facility, request, step, at, actor_id, actor, note, until_at, state)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.Facility, r.ID, n.step, tx.Now.Format(time.RFC3339Nano), tx.Actor.ID, tx.Actor.Name,
		n.text, stamp.Text(n.until), string(r.State))
	if err != nil {
		return fmt.Errorf("access: story: %w", err)
	}
	tx.Subject("access/request/" + r.ID)
	tx.Detail(map[string]any{"number": r.Number, "line": r.LineID, "line_name": r.LineName, "vendor": r.VendorID,
		"state": r.State, "from": r.From, "until": r.Until, "emergency": r.Emergency})
	return nil
}

// Event is one line of a request's story, oldest first.
type Event struct {
	Step  string
	At    time.Time
	Actor string
	Note  string
	Until time.Time
	State State
}

// Story gives all that happened to a request, including what was undone.
func (d *Desk) Story(ctx context.Context, id string) ([]Event, error) {
	rows, err := d.read().QueryContext(ctx, `SELECT step, at, actor, note, until_at, state FROM access_event
		WHERE request = ? ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("access: story: %w", err)
	}
	defer rows.Close()
	var all []Event
	for rows.Next() {
		var e Event
		var at, until string
		if err := rows.Scan(&e.Step, &at, &e.Actor, &e.Note, &until, &e.State); err != nil {
			return nil, fmt.Errorf("access: story: %w", err)
		}
		if e.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return nil, fmt.Errorf("access: story: %w", err)
		}
		if until != "" {
			if e.Until, err = stamp.Parse(until); err != nil {
				return nil, fmt.Errorf("access: story: %w", err)
			}
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// live gives every request that is not ended: asked, approved, open, closed and
// not yet reviewed, or reviewed with a question. vendor limits it, when set.
func (d *Desk) live(ctx context.Context, vendor string) ([]Request, error) {
	return d.list(ctx, "live = 1 AND (? = '' OR vendor = ?) ORDER BY from_at, id", vendor, vendor)
}

// Windows gives the requests whose window, or whose time open, touches from to
// until: approved ones and those that were opened, by their beginning. Refused,
// cancelled and merely asked ones are left out. Cost: one index range.
func (d *Desk) Windows(ctx context.Context, from, until time.Time) ([]Request, error) {
	return d.list(ctx, `state IN ('approved', 'opened', 'closed', 'reviewed') AND from_at < ?1
		AND (until_at > ?2 OR closed_at > ?2 OR state = 'opened') ORDER BY from_at, id`, stamp.Text(until), stamp.Text(from))
}

// Allowed answers whether traffic on the line at that time was inside a window
// that was approved, or opened as an emergency and not refused since. The
// request is the one that covers it. The grace after the end does not count.
func (d *Desk) Allowed(ctx context.Context, lineID string, at time.Time) (bool, Request, error) {
	near, err := d.list(ctx, `line = ? AND state IN ('approved', 'opened', 'closed', 'reviewed') AND until_at > ?
		AND (from_at <= ? OR (opened_at <> '' AND opened_at <= ?)) ORDER BY from_at, id`,
		lineID, stamp.Text(at.Add(-time.Second)), stamp.Text(at), stamp.Text(at))
	if err != nil {
		return false, Request{}, err
	}
	for _, r := range near {
		if r.Covers(at) {
			return true, r, nil
		}
	}
	return false, Request{}, nil
}

// onLine gives the live requests for one line.
func (d *Desk) onLine(ctx context.Context, lineID string) ([]Request, error) {
	return d.list(ctx, "line = ? AND state IN ('asked', 'approved', 'opened') ORDER BY from_at, id", lineID)
}

// Find chooses requests for the long list.
type Find struct {
	State, Line, Vendor string
	Offset, Limit       int // Limit 0: all
}

// Find gives the requests, the latest window first, and how many there are
// without Offset and Limit.
func (d *Desk) Find(ctx context.Context, f Find) ([]Request, int, error) {
	where := "(?1 = '' OR state = ?1) AND (?2 = '' OR line = ?2) AND (?3 = '' OR vendor = ?3)"
	args := []any{f.State, f.Line, f.Vendor}
	var total int
	if err := d.read().QueryRowContext(ctx, "SELECT count(*) FROM access_request WHERE "+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("access: count: %w", err)
	}
	if f.Limit > 0 {
		where += " ORDER BY from_at DESC, id DESC LIMIT ?4 OFFSET ?5"
		args = append(args, f.Limit, f.Offset)
	} else {
		where += " ORDER BY from_at DESC, id DESC"
	}
	all, err := d.list(ctx, where, args...)
	return all, total, err
}

// touching gives everything asked for between two times, whatever became of it,
// for the calendar and the vendor's month.
func (d *Desk) touching(ctx context.Context, vendor string, from, until time.Time) ([]Request, error) {
	return d.list(ctx, `(?1 = '' OR vendor = ?1) AND from_at < ?2 AND (until_at > ?3 OR closed_at > ?3 OR state = 'opened')
		ORDER BY from_at, id`, vendor, stamp.Text(until), stamp.Text(from))
}
