package detect

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// stamp sorts as text.
const stamp = sqlite.Micros

func (d *Desk) read() sqlite.Querier { return d.book.DB().Read() }

// writeFindings writes alerts, samples, stories, what exceptions hid, and pairs
// that were met.
func (d *Desk) writeFindings(ctx context.Context, tx *ledger.Tx) error {
	f := &d.draft
	for _, a := range f.alerts {
		if err := putAlert(ctx, tx, a); err != nil {
			return err
		}
	}
	for _, k := range f.samples {
		body, err := json.Marshal(k.sample)
		if err != nil {
			return fmt.Errorf("detect: sample: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO detect_sample(alert, slot, facility, body) VALUES(?, ?, ?, ?)", k.alert, k.slot, tx.Facility, string(body)); err != nil {
			return fmt.Errorf("detect: sample: %w", err)
		}
	}
	for _, s := range f.stories {
		if err := putStory(ctx, tx, s); err != nil {
			return err
		}
	}
	for _, m := range f.merges {
		if _, err := tx.ExecContext(ctx, "UPDATE detect_alert SET story = ? WHERE story = ?", m[1], m[0]); err != nil {
			return fmt.Errorf("detect: join: %w", err)
		}
	}
	for id, h := range f.hides {
		if _, err := tx.ExecContext(ctx, "UPDATE detect_exception SET hidden = hidden + ?, hidden_at = max(hidden_at, ?) WHERE id = ?", h.n, stamp.Text(h.at), id); err != nil {
			return fmt.Errorf("detect: exception: %w", err)
		}
	}
	return writePairs(ctx, tx, f.pairs)
}

func putAlert(ctx context.Context, tx *ledger.Tx, a *Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("detect: alert: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO detect_alert(id, facility, no, key, family, rule, level, state, retro, host, entity, first_at, last_at, opened_at, count, story, body)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET level = excluded.level, state = excluded.state, retro = excluded.retro, first_at = excluded.first_at,
		last_at = excluded.last_at, count = excluded.count, story = excluded.story, body = excluded.body`,
		a.ID, tx.Facility, a.No, a.Key, a.Family, a.Rules[0].Rule, int(a.Level), string(a.State), a.Retro, a.Host.Key, "", stamp.Text(a.First), stamp.Text(a.Last),
		stamp.Text(a.Opened), a.Count, a.Story, string(body))
	if err != nil {
		return fmt.Errorf("detect: alert: %w", err)
	}
	for _, r := range a.Rules {
		if _, err := tx.ExecContext(ctx, `INSERT INTO detect_hit(alert, rule, facility, count) VALUES(?, ?, ?, ?)
			ON CONFLICT(alert, rule) DO UPDATE SET count = excluded.count`, a.ID, r.Rule, tx.Facility, r.Count); err != nil {
			return fmt.Errorf("detect: alert: %w", err)
		}
	}
	return nil
}

func putStory(ctx context.Context, tx *ledger.Tx, s *Story) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("detect: story: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO detect_story(id, facility, no, state, level, retro, first_at, last_at, opened_at, size, body)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET state = excluded.state, level = excluded.level, retro = excluded.retro,
		first_at = excluded.first_at, last_at = excluded.last_at, size = excluded.size, body = excluded.body`,
		s.ID, tx.Facility, s.No, string(s.State), int(s.Level), s.Retro || s.Old, stamp.Text(s.First), stamp.Text(s.Last), stamp.Text(s.Opened), s.Size, string(body))
	if err != nil {
		return fmt.Errorf("detect: story: %w", err)
	}
	return nil
}

// writePosition writes how far findings include the journal. Batches that are
// taken again after a restart do not move it back.
func (d *Desk) writePosition(ctx context.Context, tx *ledger.Tx) error {
	at := later(d.position.committed, d.position.at)
	_, err := tx.ExecContext(ctx, `INSERT INTO detect_state(one, facility, epoch, seq, mark_epoch, mark_seq, snapshot) VALUES(1, ?, ?, ?, 0, 0, NULL)
		ON CONFLICT(one) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`, tx.Facility, at.Epoch, int64(at.Seq))
	if err != nil {
		return fmt.Errorf("detect: position: %w", err)
	}
	return nil
}

// writeMark writes what has to be remembered of all batches so far: the memory
// of correlations, the noise of rules, the shapes that arrived.
func (d *Desk) writeMark(ctx context.Context, tx *ledger.Tx) error {
	if err := d.writePosition(ctx, tx); err != nil {
		return err
	}
	snapshot, err := d.snapshot()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE detect_state SET mark_epoch = ?, mark_seq = ?, snapshot = ? WHERE one = 1", d.position.at.Epoch, int64(d.position.at.Seq), snapshot)
	if err != nil {
		return fmt.Errorf("detect: mark: %w", err)
	}
	for key, t := range d.draft.counts {
		_, err := tx.ExecContext(ctx, `INSERT INTO detect_count(rule, day, facility, n, hidden) VALUES(?, ?, ?, ?, ?)
			ON CONFLICT(rule, day) DO UPDATE SET n = n + excluded.n, hidden = hidden + excluded.hidden`, key.rule, key.day, tx.Facility, t.n, t.hidden)
		if err != nil {
			return fmt.Errorf("detect: count: %w", err)
		}
	}
	return d.writeSeen(ctx, tx)
}

// seenLife is for how long a shape that no longer arrives is remembered, and
// countLife for how long the noise of rules is kept.
const (
	seenLife  = 90 * 24 * time.Hour
	countLife = 400 * 24 * time.Hour
)

func (d *Desk) writeSeen(ctx context.Context, tx *ledger.Tx) error {
	for _, s := range d.census.Changed() {
		body, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("detect: seen: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO detect_seen(id, facility, last_at, body) VALUES(?, ?, ?, ?)", s.ID, tx.Facility, stamp.Text(s.Last), string(body)); err != nil {
			return fmt.Errorf("detect: seen: %w", err)
		}
	}
	for _, id := range d.census.Forget(tx.Now.Add(-seenLife)) {
		if _, err := tx.ExecContext(ctx, "DELETE FROM detect_seen WHERE id = ?", id); err != nil {
			return fmt.Errorf("detect: seen: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM detect_count WHERE day < ?", d.day(tx.Now.Add(-countLife))); err != nil {
		return fmt.Errorf("detect: count: %w", err)
	}
	return nil
}

func (d *Desk) storedSeen(ctx context.Context) ([]match.Seen, error) {
	return bodies[match.Seen](ctx, d.read(), "SELECT body FROM detect_seen ORDER BY last_at DESC")
}

// bodies reads rows of one JSON column.
func bodies[T any](ctx context.Context, q sqlite.Querier, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("detect: read: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("detect: read: %w", err)
		}
		var v T
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return nil, fmt.Errorf("detect: stored: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// loadState reads how far the journal was taken and the memory of correlations.
func (d *Desk) loadState(ctx context.Context) error {
	var seq, markSeq int64
	var snapshot []byte
	p := &d.position
	err := d.read().QueryRowContext(ctx, "SELECT epoch, seq, mark_epoch, mark_seq, snapshot FROM detect_state").
		Scan(&p.committed.Epoch, &seq, &p.mark.Epoch, &markSeq, &snapshot)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("detect: state: %w", err)
	}
	p.committed.Seq, p.mark.Seq = uint64(seq), uint64(markSeq)
	p.at, p.from = p.mark, p.mark
	d.adopt(d.rules.Load())
	d.makeScenes()
	return d.restore(snapshot)
}

const alertColumns = "body, story, state"

// alerts reads alerts that fit.
func (d *Desk) alerts(ctx context.Context, where string, args ...any) ([]*Alert, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT "+alertColumns+" FROM detect_alert "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("detect: alerts: %w", err)
	}
	defer rows.Close()
	var out []*Alert
	for rows.Next() {
		var body, story string
		a := &Alert{}
		if err := rows.Scan(&body, &story, &a.State); err != nil {
			return nil, fmt.Errorf("detect: alerts: %w", err)
		}
		if err := json.Unmarshal([]byte(body), a); err != nil {
			return nil, fmt.Errorf("detect: stored alert: %w", err)
		}
		a.Story = story // a story may have joined another since
		out = append(out, a)
	}
	return out, rows.Err()
}

// Alert gives one alert. The error is a NotFound fault when there is none.
func (d *Desk) Alert(ctx context.Context, id string) (*Alert, error) {
	list, err := d.alerts(ctx, "WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "detect.alert.none")
	}
	return list[0], nil
}

// storedByKey gives the latest alert of an episode key, or nil. An error is kept
// for the next commit.
func (d *Desk) storedByKey(key string) *Alert {
	list, err := d.alerts(d.background(), "WHERE key = ? ORDER BY last_at DESC, no DESC LIMIT 1", key)
	if err != nil {
		d.draft.failed = err
		return nil
	}
	if len(list) == 0 {
		return nil
	}
	list[0].touched = d.cfg.Clock()
	return list[0]
}

// Story gives one story. The error is a NotFound fault when there is none.
func (d *Desk) Story(ctx context.Context, id string) (*Story, error) {
	list, err := bodies[*Story](ctx, d.read(), "SELECT body FROM detect_story WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "detect.story.none")
	}
	return list[0], nil
}

// loadLive reads what may go on.
func (d *Desk) loadLive(ctx context.Context) error {
	now := d.cfg.Clock()
	d.live = live{alerts: map[string]*Alert{}, stories: map[string]*Story{}, opened: map[hourOf]int{}}
	err := d.read().QueryRowContext(ctx, "SELECT (SELECT coalesce(max(no), 0) FROM detect_alert), (SELECT coalesce(max(no), 0) FROM detect_story)").Scan(&d.live.lastNo, &d.live.lastSNo)
	if err != nil {
		return fmt.Errorf("detect: numbers: %w", err)
	}
	stories, err := bodies[*Story](ctx, d.read(), "SELECT body FROM detect_story WHERE state IN ('new', 'acked') AND last_at > ?", stamp.Text(now.Add(-storyLife)))
	if err != nil {
		return err
	}
	for _, s := range stories {
		s.touched = now
		d.live.stories[s.ID] = s
	}
	recent, err := d.alerts(ctx, "WHERE last_at > ? ORDER BY last_at, no LIMIT ?", stamp.Text(now.Add(-2*EpisodeEnd)), maxLive)
	if err != nil {
		return err
	}
	for _, a := range recent {
		a.touched = now
		d.live.alerts[a.Key] = a
		hour := a.First.Unix() / 3600
		d.live.opened[hourOf{a.Family, hour}]++
		d.live.opened[hourOf{"", hour}]++
	}
	d.live.except, err = d.activeExceptions(ctx)
	return err
}
