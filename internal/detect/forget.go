package detect

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// For how long alerts and stories are kept, and how much is removed at a time.
const (
	// KeepDays is how many days they are kept where Config.Keep says nothing: as
	// long as the records that are their evidence.
	KeepDays = 400
	// maxAlone bounds the alerts that belong to no story: of low level, listed
	// and searched, but nobody's task. Beyond, the oldest go before their time.
	maxAlone = 500_000
	// A transaction removes so much at most; findings wait for it.
	forgetStories = 200
	forgetAlerts  = 5_000
	forgetEvery   = 24 * time.Hour
)

// Forgotten is what was removed because its days were over.
type Forgotten struct {
	Stories int `json:"stories"`
	Alerts  int `json:"alerts"` // with their samples
	more    bool
}

// Forget removes closed stories with their alerts, and alerts of no story, that
// ended and were found more than days ago. What is open, and what became an
// incident, stays whatever its age. It is written to the ledger in one line with
// the counts; nothing is written where nothing was due. It takes one transaction
// of at most a few thousand rows; Run repeats it until nothing is due.
func (d *Desk) Forget(ctx context.Context, days int) (Forgotten, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.cfg.Clock()
	f := forgetting{before: stamp.Text(now.Add(-time.Duration(max(days, 1)) * 24 * time.Hour)), gone: map[string]bool{}}
	if err := d.dueToForget(ctx, &f); err != nil || len(f.stories)+len(f.alerts)+f.merged == 0 {
		return Forgotten{}, err
	}
	if err := d.settled(ctx); err != nil {
		return Forgotten{}, err
	}
	done := Forgotten{}
	err := d.act(ctx, ledger.System("toride"), "detect.forget", func(tx *ledger.Tx) error {
		f.gone, done = map[string]bool{}, Forgotten{more: len(f.stories) == forgetStories || len(f.alerts) == forgetAlerts}
		if err := f.remove(ctx, tx, &done); err != nil {
			return fmt.Errorf("detect: forget: %w", err)
		}
		tx.Subject("detect/story")
		tx.Detail(map[string]any{"days": days, "before": f.before[:10], "stories": done.Stories, "alerts": done.Alerts})
		return nil
	})
	if err != nil {
		return Forgotten{}, err
	}
	for key, a := range d.live.alerts {
		if f.gone[a.ID] {
			delete(d.live.alerts, key)
		}
	}
	return done, nil
}

// forgetting is what is due.
type forgetting struct {
	before  string // stamp: what ended before it goes
	stories []string
	alerts  []string // of no story
	merged  int
	gone    map[string]bool // alerts that were removed
}

// Of a closed story nothing may be younger, or open: an alert that came after
// it was closed is somebody's task still. The latest of all stays, so that no
// number is given twice.
const (
	dueStories = `SELECT id FROM detect_story WHERE state = 'closed' AND last_at < ?1 AND opened_at < ?1
		AND coalesce(json_extract(body, '$.incident'), '') = '' AND substr(coalesce(json_extract(body, '$.close.at'), ''), 1, 19) < substr(?1, 1, 19)
		AND NOT EXISTS (SELECT 1 FROM detect_alert WHERE story = detect_story.id AND (state <> 'closed' OR last_at >= ?1 OR opened_at >= ?1
			OR no = (SELECT max(no) FROM detect_alert)))
		AND no < (SELECT max(no) FROM detect_story)
		ORDER BY last_at LIMIT ?2`
	dueAlone = `SELECT id FROM detect_alert WHERE story = '' AND (state = 'closed' OR level < ?3) AND no < (SELECT max(no) FROM detect_alert)
		AND (last_at < ?1 AND opened_at < ?1 OR no <= (SELECT max(no) FROM detect_alert WHERE story = '') - ?4) ORDER BY last_at LIMIT ?2`
	// A story that joined another leads to it as long as that one is there.
	dueMerged = `state = 'merged' AND last_at < ?1 AND opened_at < ?1 AND no < (SELECT max(no) FROM detect_story) AND coalesce(json_extract(body, '$.incident'), '') = ''
		AND NOT EXISTS (SELECT 1 FROM detect_story AS other WHERE other.id = json_extract(detect_story.body, '$.into'))`
)

func (d *Desk) dueToForget(ctx context.Context, f *forgetting) (err error) {
	if f.stories, err = idsOf(ctx, d.read(), dueStories, f.before, forgetStories); err != nil {
		return err
	}
	if f.alerts, err = idsOf(ctx, d.read(), dueAlone, f.before, forgetAlerts, int(storyLevel), maxAlone); err != nil {
		return err
	}
	return d.read().QueryRowContext(ctx, "SELECT count(*) FROM detect_story WHERE "+dueMerged, f.before).Scan(&f.merged)
}

func idsOf(ctx context.Context, q sqlite.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("detect: forget: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("detect: forget: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// remove looks once more inside the transaction: meanwhile a person may have
// acted.
func (f *forgetting) remove(ctx context.Context, tx *ledger.Tx, done *Forgotten) error {
	stories, err := idsOf(ctx, tx, dueStories, f.before, forgetStories)
	if err != nil {
		return err
	}
	for _, id := range stories {
		alerts, err := idsOf(ctx, tx, "SELECT id FROM detect_alert WHERE story = ?", id)
		if err != nil {
			return err
		}
		if err := f.removeAlerts(ctx, tx, alerts, done); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM detect_story WHERE id = ?", id); err != nil {
			return err
		}
		done.Stories++
	}
	alone, err := idsOf(ctx, tx, dueAlone, f.before, forgetAlerts, int(storyLevel), maxAlone)
	if err != nil {
		return err
	}
	if err := f.removeAlerts(ctx, tx, alone, done); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, "DELETE FROM detect_story WHERE "+dueMerged, f.before)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	done.Stories += int(n)
	return err
}

func (f *forgetting) removeAlerts(ctx context.Context, tx *ledger.Tx, ids []string, done *Forgotten) error {
	for _, id := range ids {
		for _, query := range []string{"DELETE FROM detect_sample WHERE alert = ?", "DELETE FROM detect_hit WHERE alert = ?", "DELETE FROM detect_alert WHERE id = ?"} {
			if _, err := tx.ExecContext(ctx, query, id); err != nil {
				return err
			}
		}
		f.gone[id] = true
		done.Alerts++
	}
	return nil
}

// KeptFor is for how many days alerts and stories are kept.
func (d *Desk) KeptFor() int {
	if d.cfg.Keep != nil {
		if days := d.cfg.Keep(); days > 0 {
			return days
		}
	}
	return KeepDays
}

// keptText says for how long, below the lists.
func (d *Desk) keptText() text.Msg { return text.M("detect.kept", d.KeptFor()) }

// tidy forgets once at the start and then each day, until ctx ends.
func (d *Desk) tidy(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		for ctx.Err() == nil {
			done, err := d.Forget(ctx, d.KeptFor())
			if err != nil && ctx.Err() == nil {
				d.cfg.Log.Error("alerts whose days are over are not removed yet", "err", err)
			}
			if err != nil || !done.more {
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
