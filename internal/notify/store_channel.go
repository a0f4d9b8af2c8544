package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify/channel"
)

// Channels gives all channels by name.
func (d *Desk) Channels(ctx context.Context) ([]Channel, error) {
	rows, err := d.db().QueryContext(ctx, "SELECT id, kind, name, enabled, least, vals, sealed, tried_at, error FROM notify_channel ORDER BY name, id")
	if err != nil {
		return nil, fmt.Errorf("notify: channels: %w", err)
	}
	defer rows.Close()
	var out []Channel
	for rows.Next() {
		var c Channel
		var vals, sealed, tried string
		if err := rows.Scan(&c.ID, &c.Kind, &c.Name, &c.On, &c.Least, &vals, &sealed, &tried, &c.Error); err != nil {
			return nil, fmt.Errorf("notify: channels: %w", err)
		}
		c.TriedAt = stamp.Read(tried)
		if err := errors.Join(json.Unmarshal([]byte(vals), &c.Values), json.Unmarshal([]byte(sealed), &c.Sealed)); err != nil {
			return nil, fmt.Errorf("notify: channel %s: %w", c.ID, err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Channel gives one channel.
func (d *Desk) Channel(ctx context.Context, id string) (Channel, error) {
	all, err := d.Channels(ctx)
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	return Channel{}, errors.Join(fault.New(fault.NotFound, "notify.channel.gone"), err)
}

// SaveChannel writes a channel; an empty ID makes a new one. secrets are sealed;
// one that is not given stays as it was. The settings are checked first by
// making a sender of them.
func (d *Desk) SaveChannel(ctx context.Context, actor ledger.Actor, c Channel, secrets map[string]string) (string, error) {
	kind, ok := d.kind(c.Kind)
	if !ok {
		return "", fault.New(fault.Invalid, "notify.channel.kind", c.Kind)
	}
	if c.Sealed == nil {
		c.Sealed = map[string][]byte{}
	}
	for _, f := range kind.Fields {
		if value := secrets[f.Name]; f.Secret && value != "" {
			sealed, err := d.cfg.Seal.Seal([]byte(value))
			if err != nil {
				return "", err
			}
			c.Sealed[f.Name] = sealed
		}
	}
	if _, err := d.sender(c); err != nil {
		return "", err
	}
	vals, err1 := json.Marshal(c.Values)
	sealed, err2 := json.Marshal(c.Sealed)
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	err := d.cfg.Book.Write(ctx, actor, "notify.channel.save", func(tx *ledger.Tx) error {
		if c.ID == "" {
			c.ID = tx.NewID()
		}
		tx.Subject("notify/channel/" + c.ID)
		tx.Detail(map[string]any{"kind": c.Kind, "name": c.Name, "on": c.On, "least": c.Least})
		_, err := tx.ExecContext(ctx, `INSERT INTO notify_channel(id, facility, kind, name, enabled, least, vals, sealed) VALUES(?,?,?,?,?,?,?,?)
			ON CONFLICT(id) DO UPDATE SET name=excluded.name, enabled=excluded.enabled, least=excluded.least, vals=excluded.vals, sealed=excluded.sealed`,
			c.ID, tx.Facility, c.Kind, c.Name, c.On, c.Least, string(vals), string(sealed))
		return err
	})
	d.nudge()
	return c.ID, err
}

// RemoveChannel takes a channel off.
func (d *Desk) RemoveChannel(ctx context.Context, actor ledger.Actor, id string) error {
	c, err := d.Channel(ctx, id)
	if err != nil {
		return err
	}
	return d.cfg.Book.Write(ctx, actor, "notify.channel.remove", func(tx *ledger.Tx) error {
		tx.Subject("notify/channel/" + id)
		tx.Detail(map[string]string{"kind": c.Kind, "name": c.Name})
		_, err := tx.ExecContext(ctx, "DELETE FROM notify_channel WHERE id = ?", id)
		return err
	})
}

// sender makes the sender of a channel with its secrets opened.
func (d *Desk) sender(c Channel) (channel.Sender, error) {
	kind, ok := d.kind(c.Kind)
	if !ok {
		return nil, fault.New(fault.Invalid, "notify.channel.kind", c.Kind)
	}
	set := channel.Settings{}
	for _, f := range kind.Fields {
		switch {
		case !f.Secret:
			set[f.Name] = c.Values[f.Name]
		case len(c.Sealed[f.Name]) > 0:
			open, err := d.cfg.Seal.Open(c.Sealed[f.Name])
			if err != nil {
				return nil, err
			}
			set[f.Name] = string(open)
		}
		if f.Required && set[f.Name] == "" {
			return nil, fault.New(fault.Invalid, "notify.channel.lacks", c.Name)
		}
	}
	return kind.New(set)
}

// Policy reads how calls climb.
func (d *Desk) Policy(ctx context.Context) (p Policy, beatAt time.Time, beatError string, err error) {
	var at string
	err = d.db().QueryRowContext(ctx, "SELECT step, repeat, quiet_from, quiet_to, high_waits, beat, beat_at, beat_error FROM notify_policy").Scan(
		&p.Step, &p.Repeat, &p.QuietFrom, &p.QuietTo, &p.HighWaits, &p.Beat, &at, &beatError)
	if errors.Is(err, sql.ErrNoRows) {
		return DefaultPolicy(), time.Time{}, "", nil
	}
	return p, stamp.Read(at), beatError, err
}

// SavePolicy changes how calls climb.
func (d *Desk) SavePolicy(ctx context.Context, actor ledger.Actor, p Policy) error {
	defer d.nudge()
	return d.cfg.Book.Write(ctx, actor, "notify.policy.change", func(tx *ledger.Tx) error {
		tx.Subject("notify/policy")
		tx.Detail(p)
		_, err := tx.ExecContext(ctx, `INSERT INTO notify_policy(facility, step, repeat, quiet_from, quiet_to, high_waits, beat) VALUES(?,?,?,?,?,?,?)
			ON CONFLICT(facility) DO UPDATE SET step=excluded.step, repeat=excluded.repeat, quiet_from=excluded.quiet_from, quiet_to=excluded.quiet_to,
			high_waits=excluded.high_waits, beat=excluded.beat`, tx.Facility, p.Step, p.Repeat, p.QuietFrom, p.QuietTo, p.HighWaits, p.Beat)
		return err
	})
}
