package notify

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// Raise writes a call in the transaction of what caused it. Sending begins
// when the transaction is done: call Nudge after it.
func (d *Desk) Raise(ctx context.Context, tx *ledger.Tx, r Raise) error {
	open, err := d.calls(ctx, tx, "WHERE key = ? AND acked_at = '' AND ended_at = '' ORDER BY raised_at DESC LIMIT 1", r.Key)
	if err != nil {
		return err
	}
	title, err1 := json.Marshal(r.Title)
	body, err2 := json.Marshal(r.Body)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if len(open) > 0 {
		if levelRank(r.Level) <= levelRank(open[0].Level) {
			return nil
		}
		// It became worse: it begins to climb anew.
		_, err := tx.ExecContext(ctx, "UPDATE notify_call SET level = ?, title = ?, body = ?, step = 0, next_at = ? WHERE id = ?",
			r.Level, string(title), string(body), stamp.Text(tx.Now), open[0].ID)
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notify_call(id, facility, key, level, title, body, url, raised_at, next_at) VALUES(?,?,?,?,?,?,?,?,?)`,
		tx.NewID(), tx.Facility, r.Key, r.Level, string(title), string(body), r.URL, stamp.Text(tx.Now), stamp.Text(tx.Now))
	return err
}

// Nudge starts the sending of what was just raised.
func (d *Desk) Nudge() { d.nudge() }

// Settle ends the open calls of a key in the transaction of what ended the
// reason, or of the act by which a person took it on elsewhere.
func (d *Desk) Settle(ctx context.Context, tx *ledger.Tx, key string, why text.Msg) error {
	words, err := json.Marshal(why)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE notify_call SET ended_at = ?, ended_why = ?, next_at = ? WHERE key = ? AND acked_at = '' AND ended_at = ''",
		stamp.Text(tx.Now), string(words), stamp.Text(tx.Now), key)
	return err
}

// Acknowledge notes that somebody has taken the call on: the actor, or a
// person whom the guard room reached by telephone (note).
func (d *Desk) Acknowledge(ctx context.Context, actor ledger.Actor, id, note string) error {
	c, err := d.Call(ctx, id)
	if err != nil {
		return err
	}
	if !c.Open() {
		return fault.New(fault.Conflict, "notify.call.taken", c.AckedBy)
	}
	err = d.cfg.Book.Write(ctx, actor, "notify.call.ack", func(tx *ledger.Tx) error {
		tx.Subject("notify/call/" + id)
		tx.Detail(map[string]string{"reason": c.Key, "note": note})
		// next_at lets the next round put lamps out.
		res, err := tx.ExecContext(ctx, "UPDATE notify_call SET acked_at = ?, acked_by = ?, ack_note = ?, next_at = ? WHERE id = ? AND acked_at = '' AND ended_at = ''",
			stamp.Text(tx.Now), actor.Name, note, stamp.Text(tx.Now), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "notify.call.taken", "").With(err)
		}
		return nil
	})
	d.nudge()
	if err == nil && d.cfg.Taken != nil {
		err = d.cfg.Taken(ctx, actor, c.Key, note)
	}
	return err
}
