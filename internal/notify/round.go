package notify

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/text"
)

// Bounds of a round.
const (
	perRound  = 50               // calls
	sendWait  = 30 * time.Second // for one message
	atOnce    = 8                // messages
	retryWait = time.Minute      // after no channel took a step of a call
)

// Round takes every step that is due now, sends heartbeats, and gives when the
// next one is due (zero: nothing waits).
func (d *Desk) Round(ctx context.Context) (next time.Time, err error) {
	d.round.Lock()
	defer d.round.Unlock()
	now := d.cfg.Clock().UTC()
	policy, beatAt, _, err := d.Policy(ctx)
	if err != nil {
		return now.Add(retryWait), err
	}
	due, err := d.calls(ctx, d.db(), "WHERE next_at != '' AND next_at <= ? ORDER BY next_at LIMIT ?", stamp.Text(now), perRound)
	if err != nil {
		return now.Add(retryWait), err
	}
	r := &round{Desk: d, now: now, policy: policy}
	if len(due) > 0 {
		if r.roster, err = d.Roster(ctx); err != nil {
			return now.Add(retryWait), err
		}
	}
	if r.channels, err = d.Channels(ctx); err != nil {
		return now.Add(retryWait), err
	}
	for _, c := range due {
		err = errors.Join(err, r.step(ctx, c))
	}
	if policy.Beat > 0 && !now.Before(beatAt.Add(time.Duration(policy.Beat)*time.Minute)) {
		err = errors.Join(err, r.beat(ctx))
	}
	if len(due) > 0 && d.cfg.Changed != nil {
		d.cfg.Changed()
	}
	var first sql.NullString
	if e := d.db().QueryRowContext(ctx, "SELECT MIN(next_at) FROM notify_call WHERE next_at != ''").Scan(&first); e != nil {
		return now.Add(retryWait), errors.Join(err, e)
	}
	return stamp.Read(first.String), err
}

type round struct {
	*Desk
	now      time.Time
	policy   Policy
	roster   Roster
	channels []Channel
}

// step takes the next step of one call and writes down when the one after is
// due.
func (r *round) step(ctx context.Context, c Call) error {
	if !c.Open() {
		return r.dark(ctx, c)
	}
	if r.policy.Waits(c.Level, r.now, r.roster.Zone) {
		return r.save(ctx, c.ID, c.Step, r.quietEnd(), nil)
	}
	woken := r.roster.Woken(r.now, c.Step)
	sends, took := r.send(ctx, c, channel.Wake, woken)
	at, climbs := r.policy.After(c.Level, r.now, c.Step, len(r.roster.OnDuty(r.now)))
	step := c.Step + 1
	switch {
	case !took && len(sends) > 0:
		// Nobody was reached: go on to more people soon, not after the usual wait.
		if !climbs || at.After(r.now.Add(retryWait)) {
			at = r.now.Add(retryWait)
		}
	case !climbs:
		at = time.Time{}
	}
	return r.save(ctx, c.ID, step, at, sends)
}

// quietEnd is when the quiet hours that run now are over.
func (r *round) quietEnd() time.Time {
	t := r.now.In(r.roster.Zone)
	end := time.Date(t.Year(), t.Month(), t.Day(), 0, r.policy.QuietTo, 0, 0, r.roster.Zone)
	if !end.After(t) {
		end = end.AddDate(0, 0, 1)
	}
	return end
}

// dark tells channels that a call was taken on, unless another one is open.
func (r *round) dark(ctx context.Context, c Call) error {
	var others int
	if err := r.db().QueryRowContext(ctx, "SELECT COUNT(*) FROM notify_call WHERE acked_at = '' AND ended_at = '' AND id != ?", c.ID).Scan(&others); err != nil {
		return fmt.Errorf("notify: open calls: %w", err)
	}
	var sends []Send
	if others == 0 && c.Step > 0 {
		sends, _ = r.send(ctx, c, channel.Clear, nil)
	}
	return r.save(ctx, c.ID, c.Step, time.Time{}, sends)
}

// send gives the message to every channel it is for, several at a time. took
// says whether one of them took it.
func (r *round) send(ctx context.Context, c Call, why channel.Purpose, woken []Member) (sends []Send, took bool) {
	type job struct {
		at   int
		ch   Channel
		mess channel.Message
	}
	var jobs []job
	for i, ch := range r.channels {
		kind, ok := r.kind(ch.Kind)
		if !ok || !ch.On || levelRank(c.Level) < levelRank(ch.Least) || (why == channel.Clear && !kind.Clears) {
			continue
		}
		for _, m := range r.messages(ctx, kind, c, why, woken) {
			jobs = append(jobs, job{i, ch, m})
		}
	}
	sends = make([]Send, len(jobs))
	var wg sync.WaitGroup
	gate := make(chan struct{}, atOnce)
	for i, j := range jobs {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			sends[i] = Send{CallID: c.ID, Channel: j.ch.Name, Step: c.Step, To: strings.Join(j.mess.Names, "、"), At: r.now, Error: r.deliver(ctx, j.ch, j.mess), Attempt: c.Step + 1}
		})
	}
	wg.Wait()
	for i := range sends {
		took = took || sends[i].Error == ""
		ch := &r.channels[jobs[i].at]
		ch.TriedAt, ch.Error = r.now, sends[i].Error
	}
	return sends, took
}

// deliver sends one message and gives what came of it in words, empty when
// the other side took it.
func (d *Desk) deliver(ctx context.Context, ch Channel, m channel.Message) string {
	sender, err := d.sender(ch)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, sendWait)
		defer cancel()
		err = sender.Send(ctx, m)
	}
	if err == nil {
		return ""
	}
	if f := fault.Of(err); f.Kind != fault.Internal {
		said, _, _ := strings.Cut(d.cfg.Say(text.JA, f.Msg), "\n")
		return said
	}
	return cut(err.Error())
}

func cut(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// messages words the message: for personal kinds once for each language of
// the woken who have an address, else once.
func (r *round) messages(ctx context.Context, kind channel.Kind, c Call, why channel.Purpose, woken []Member) []channel.Message {
	byLang := map[text.Lang][]Member{}
	for _, m := range woken {
		if !kind.Personal || m.Mail != "" {
			lang := cmp.Or(m.Lang, text.JA)
			if !kind.Personal {
				lang = text.JA
			}
			byLang[lang] = append(byLang[lang], m)
		}
	}
	if !kind.Personal && len(byLang) == 0 {
		byLang[text.JA] = nil
	}
	var out []channel.Message
	for _, lang := range []text.Lang{text.JA, text.EN} {
		members, ok := byLang[lang]
		if !ok {
			continue
		}
		m := r.word(ctx, lang, c, why)
		for _, person := range members {
			m.To, m.Names = append(m.To, person.Mail), append(m.Names, person.Name)
		}
		out = append(out, m)
	}
	return out
}

// word puts a call into words.
func (d *Desk) word(ctx context.Context, lang text.Lang, c Call, why channel.Purpose) channel.Message {
	hospital, err := d.cfg.Hospital(ctx)
	if err != nil {
		hospital = "" // the call goes out without it
	}
	title := d.cfg.Say(lang, c.Title)
	m := channel.Message{ID: c.ID, Kind: why, Level: string(c.Level), Hospital: hospital, At: d.cfg.Clock().UTC()}
	key := "notify.subject." + string(why)
	m.Subject = d.cfg.Say(lang, text.M(key, text.M("notify.level."+string(c.Level)), hospital, title))
	if why == channel.Clear {
		m.Body = d.cfg.Say(lang, text.M("notify.body.clear", title, c.AckedBy))
		return m
	}
	m.URL = d.cfg.Site() + cmp.Or(c.URL, "/notify/calls/"+c.ID)
	m.Body = d.cfg.Say(lang, text.M("notify.body.call", title, d.cfg.Say(lang, c.Body), c.RaisedAt, d.cfg.Site()+"/notify/calls/"+c.ID))
	return m
}

// save writes the call's next step and what was sent, in one transaction.
func (r *round) save(ctx context.Context, call string, step int, next time.Time, sends []Send) error {
	return r.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		// Somebody may have taken it on while messages went out: then next_at is
		// theirs, and step only counts up.
		if _, err := tx.ExecContext(ctx, `UPDATE notify_call SET step = ?, next_at = CASE WHEN ? = '' OR (acked_at = '' AND ended_at = '') THEN ? ELSE next_at END WHERE id = ?`,
			step, stamp.Text(next), stamp.Text(next), call); err != nil {
			return err
		}
		for _, s := range sends {
			if _, err := tx.ExecContext(ctx, `INSERT INTO notify_send(id, facility, call_id, channel, step, recipients, at, error, attempt) VALUES(?,?,?,?,?,?,?,?,?)`,
				tx.NewID(), tx.Facility, call, s.Channel, s.Step, s.To, stamp.Text(s.At), s.Error, s.Attempt); err != nil {
				return err
			}
		}
		return r.saveChannels(ctx, tx)
	})
}

func (r *round) saveChannels(ctx context.Context, tx *ledger.Tx) error {
	for _, ch := range r.channels {
		if !ch.TriedAt.Equal(r.now) {
			continue
		}
		if _, err := tx.ExecContext(ctx, "UPDATE notify_channel SET tried_at = ?, error = ? WHERE id = ?", stamp.Text(ch.TriedAt), ch.Error, ch.ID); err != nil {
			return err
		}
	}
	return nil
}
