package notify

import (
	"context"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/text"
)

// beat sends a heartbeat to every channel that can carry one. While Toride does
// not work, none goes out: its silence is the alarm.
func (r *round) beat(ctx context.Context) error {
	said := ""
	if err := r.alive(ctx); err != nil {
		said = cut(strings.Split(r.cfg.Say(text.JA, fault.Of(err).Msg), "\n")[0])
	} else {
		hospital, err := r.cfg.Hospital(ctx)
		if err != nil {
			return err
		}
		var failed []string
		for i, ch := range r.channels {
			kind, ok := r.kind(ch.Kind)
			if !ok || !ch.On || !kind.Beats {
				continue
			}
			m := channel.Message{ID: "heartbeat", Kind: channel.Beat, Level: string(Info), Hospital: hospital, At: r.now,
				Subject: r.cfg.Say(text.JA, text.M("notify.subject.heartbeat", hospital)), URL: r.cfg.Site()}
			problem := r.deliver(ctx, ch, m)
			r.channels[i].TriedAt, r.channels[i].Error = r.now, problem
			if problem != "" {
				failed = append(failed, ch.Name+": "+problem)
			}
		}
		said = strings.Join(failed, " / ")
	}
	return r.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		p := r.policy
		if _, err := tx.ExecContext(ctx, `INSERT INTO notify_policy(facility, step, repeat, quiet_from, quiet_to, high_waits, beat, beat_at, beat_error) VALUES(?,?,?,?,?,?,?,?,?)
			ON CONFLICT(facility) DO UPDATE SET beat_at = excluded.beat_at, beat_error = excluded.beat_error`,
			tx.Facility, p.Step, p.Repeat, p.QuietFrom, p.QuietTo, p.HighWaits, p.Beat, stamp.Text(r.now), said); err != nil {
			return err
		}
		return r.saveChannels(ctx, tx)
	})
}

func (d *Desk) alive(ctx context.Context) error {
	if d.cfg.Alive == nil {
		return nil
	}
	return d.cfg.Alive(ctx)
}

// Test sends a test message through a channel now and gives what came of it:
// nil when the other side took it. personal kinds send to the given address.
func (d *Desk) Test(ctx context.Context, actor ledger.Actor, id, to string) error {
	ch, err := d.Channel(ctx, id)
	if err != nil {
		return err
	}
	hospital, err := d.cfg.Hospital(ctx)
	if err != nil {
		return err
	}
	now := d.cfg.Clock().UTC()
	m := channel.Message{ID: "test-" + ledger.NewID(), Kind: channel.Test, Level: string(Info), Hospital: hospital, At: now, To: []string{to}, Names: []string{actor.Name},
		Subject: d.cfg.Say(text.JA, text.M("notify.subject.test", hospital)), Body: d.cfg.Say(text.JA, text.M("notify.body.test", actor.Name, now)), URL: d.cfg.Site() + "/notify"}
	problem := d.deliver(ctx, ch, m)
	err = d.cfg.Book.Write(ctx, actor, "notify.channel.test", func(tx *ledger.Tx) error {
		tx.Subject("notify/channel/" + id)
		tx.Detail(map[string]string{"name": ch.Name, "error": problem})
		_, err := tx.ExecContext(ctx, "UPDATE notify_channel SET tried_at = ?, error = ? WHERE id = ?", stamp.Text(now), problem, id)
		return err
	})
	if err == nil && problem != "" {
		return fault.New(fault.Conflict, "notify.test.failed", ch.Name, problem)
	}
	return err
}
