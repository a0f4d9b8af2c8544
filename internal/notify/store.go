package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// stamp sorts as text.
const stamp = sqlite.Millis

func (d *Desk) db() *sql.DB { return d.cfg.Book.DB().Read() }

const callColumns = `id, key, level, title, body, url, raised_at, step, next_at, acked_at, acked_by, ack_note, ended_at, ended_why`

func scanCall(row sqlite.Row) (c Call, err error) {
	var title, body, raised, next, acked, ended, why string
	if err := row.Scan(&c.ID, &c.Key, &c.Level, &title, &body, &c.URL, &raised, &c.Step, &next, &acked, &c.AckedBy, &c.AckNote, &ended, &why); err != nil {
		return c, err
	}
	c.RaisedAt, c.NextAt, c.AckedAt, c.EndedAt = stamp.Read(raised), stamp.Read(next), stamp.Read(acked), stamp.Read(ended)
	for _, m := range []struct {
		from string
		to   *text.Msg
	}{{title, &c.Title}, {body, &c.Body}, {why, &c.EndedWhy}} {
		if m.from != "" {
			err = errors.Join(err, json.Unmarshal([]byte(m.from), m.to))
		}
	}
	return c, err
}

func (d *Desk) calls(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, where string, args ...any) ([]Call, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+callColumns+" FROM notify_call "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("notify: calls: %w", err)
	}
	defer rows.Close()
	var out []Call
	for rows.Next() {
		c, err := scanCall(rows)
		if err != nil {
			return nil, fmt.Errorf("notify: calls: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// countPast counts the calls that were taken or are over.
func (d *Desk) countPast(ctx context.Context) (n int, err error) {
	if err := d.db().QueryRowContext(ctx, "SELECT COUNT(*) FROM notify_call WHERE acked_at != '' OR ended_at != ''").Scan(&n); err != nil {
		return 0, fmt.Errorf("notify: calls: %w", err)
	}
	return n, nil
}

// Call gives one call.
func (d *Desk) Call(ctx context.Context, id string) (Call, error) {
	c, err := scanCall(d.db().QueryRowContext(ctx, "SELECT "+callColumns+" FROM notify_call WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Call{}, fault.New(fault.NotFound, "notify.call.gone")
	}
	return c, err
}

// sends gives the messages of a call, the newest first, at most 200.
func (d *Desk) sends(ctx context.Context, call string) ([]Send, error) {
	rows, err := d.db().QueryContext(ctx, `SELECT id, call_id, channel, step, recipients, at, error, attempt FROM notify_send
		WHERE call_id = ? ORDER BY at DESC, id DESC LIMIT 200`, call)
	if err != nil {
		return nil, fmt.Errorf("notify: messages: %w", err)
	}
	defer rows.Close()
	var out []Send
	for rows.Next() {
		var s Send
		var at string
		if err := rows.Scan(&s.ID, &s.CallID, &s.Channel, &s.Step, &s.To, &at, &s.Error, &s.Attempt); err != nil {
			return nil, fmt.Errorf("notify: messages: %w", err)
		}
		s.At = stamp.Read(at)
		out = append(out, s)
	}
	return out, rows.Err()
}

// Roster reads members and shifts.
func (d *Desk) Roster(ctx context.Context) (Roster, error) {
	r := Roster{Zone: d.cfg.Zone}
	rows, err := d.db().QueryContext(ctx, "SELECT id, name, mail, phone, phone2, note, lang FROM notify_member ORDER BY name, id")
	if err != nil {
		return r, fmt.Errorf("notify: members: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Member
		if err := rows.Scan(&m.ID, &m.Name, &m.Mail, &m.Phone, &m.Phone2, &m.Note, &m.Lang); err != nil {
			return r, fmt.Errorf("notify: members: %w", err)
		}
		r.Members = append(r.Members, m)
	}
	if err := rows.Err(); err != nil {
		return r, err
	}
	shifts, err := d.db().QueryContext(ctx, "SELECT id, member, days, start, stop, rank, since, until FROM notify_shift ORDER BY rank, start, id")
	if err != nil {
		return r, fmt.Errorf("notify: shifts: %w", err)
	}
	defer shifts.Close()
	for shifts.Next() {
		var s Shift
		if err := shifts.Scan(&s.ID, &s.MemberID, &s.Days, &s.From, &s.To, &s.Rank, &s.Since, &s.Until); err != nil {
			return r, fmt.Errorf("notify: shifts: %w", err)
		}
		r.Shifts = append(r.Shifts, s)
	}
	return r, shifts.Err()
}

// SaveMember writes a member; an empty ID makes a new one, who is on duty
// always until shifts say otherwise.
func (d *Desk) SaveMember(ctx context.Context, actor ledger.Actor, m Member) (string, error) {
	action := "notify.member.change"
	if m.ID == "" {
		action = "notify.member.add"
	}
	err := d.cfg.Book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		if m.ID == "" {
			m.ID = tx.NewID()
		}
		tx.Subject("notify/member/" + m.ID)
		tx.Detail(map[string]string{"name": m.Name})
		_, err := tx.ExecContext(ctx, `INSERT INTO notify_member(id, facility, name, mail, phone, phone2, note, lang) VALUES(?,?,?,?,?,?,?,?)
			ON CONFLICT(id) DO UPDATE SET name=excluded.name, mail=excluded.mail, phone=excluded.phone, phone2=excluded.phone2, note=excluded.note, lang=excluded.lang`,
			m.ID, tx.Facility, m.Name, m.Mail, m.Phone, m.Phone2, m.Note, m.Lang)
		return err
	})
	d.nudge()
	return m.ID, err
}

// RemoveMember takes a member and their shifts off.
func (d *Desk) RemoveMember(ctx context.Context, actor ledger.Actor, id string) error {
	defer d.nudge()
	return d.cfg.Book.Write(ctx, actor, "notify.member.remove", func(tx *ledger.Tx) error {
		var name string
		if err := tx.QueryRowContext(ctx, "SELECT name FROM notify_member WHERE id = ?", id).Scan(&name); err != nil {
			return fault.New(fault.NotFound, "notify.member.gone").With(err)
		}
		tx.Subject("notify/member/" + id)
		tx.Detail(map[string]string{"name": name})
		if _, err := tx.ExecContext(ctx, "DELETE FROM notify_shift WHERE member = ?", id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM notify_member WHERE id = ?", id)
		return err
	})
}

// SaveShift writes a shift; an empty ID makes a new one.
func (d *Desk) SaveShift(ctx context.Context, actor ledger.Actor, s Shift) (string, error) {
	err := d.cfg.Book.Write(ctx, actor, "notify.shift.save", func(tx *ledger.Tx) error {
		if s.ID == "" {
			s.ID = tx.NewID()
		}
		tx.Subject("notify/shift/" + s.ID)
		tx.Detail(s)
		_, err := tx.ExecContext(ctx, `INSERT INTO notify_shift(id, facility, member, days, start, stop, rank, since, until) VALUES(?,?,?,?,?,?,?,?,?)
			ON CONFLICT(id) DO UPDATE SET member=excluded.member, days=excluded.days, start=excluded.start, stop=excluded.stop, rank=excluded.rank, since=excluded.since, until=excluded.until`,
			s.ID, tx.Facility, s.MemberID, s.Days, s.From, s.To, s.Rank, s.Since, s.Until)
		return err
	})
	d.nudge()
	return s.ID, err
}

// RemoveShift takes a shift off.
func (d *Desk) RemoveShift(ctx context.Context, actor ledger.Actor, id string) error {
	return d.cfg.Book.Write(ctx, actor, "notify.shift.remove", func(tx *ledger.Tx) error {
		tx.Subject("notify/shift/" + id)
		res, err := tx.ExecContext(ctx, "DELETE FROM notify_shift WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "notify.shift.gone").With(err)
		}
		return nil
	})
}
