package detect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

// Trial is what rules would have found in stored days: their noise, seen before
// they are switched on.
type Trial struct {
	Scope    string           `json:"scope"`
	Rules    int              `json:"rules"`
	At       time.Time        `json:"at"`
	By       string           `json:"by"`
	From     time.Time        `json:"from"`
	Until    time.Time        `json:"until"`
	Through  time.Time        `json:"through"` // received before it were looked at; Until when all were
	Events   int64            `json:"events"`
	Findings int64            `json:"findings"`
	Alerts   int64            `json:"alerts"` // into which the findings would fold
	ByDay    map[string]int64 `json:"by_day"`
	ByRule   map[string]int64 `json:"by_rule"`
	ByHost   []Counted        `json:"by_host"` // the ten with the most
	Stopped  bool             `json:"stopped"` // the time was over before the days were
	Retro    bool             `json:"retro"`   // findings were kept, not only counted
	Cut      int64            `json:"cut,omitempty"`
}

// Counted is a name and how often.
type Counted struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Whole reports whether all days were looked at.
func (t Trial) Whole() bool { return !t.Through.Before(t.Until) }

// Limits of a trial.
const (
	TrialDays    = 7
	trialFor     = 2 * time.Minute
	maxTrialKeys = 200_000
)

// trials is the one trial that runs, and who waits for it.
type trials struct {
	mu      sync.Mutex
	running *Progress
	wake    chan trialJob
}

// Progress is how far a running trial is.
type Progress struct {
	Scope   string
	Retro   bool
	Since   time.Time
	Events  int64
	Total   int64 // about
	Through time.Time
}

type trialJob struct {
	scope string
	refs  []string
	days  int
	retro bool
	actor ledger.Actor
}

// Running gives the progress of the trial that runs; ok is false when none
// does.
func (d *Desk) Running() (Progress, bool) {
	d.trials.mu.Lock()
	defer d.trials.mu.Unlock()
	if d.trials.running == nil {
		return Progress{}, false
	}
	return *d.trials.running, true
}

// StartTrial has rules tried on the last days, in the background. scope names
// what is tried ("rule:REF", "level:PACK:LEVEL"). With retro what is found becomes
// alerts, marked so. The fault is Busy while another one runs.
func (d *Desk) StartTrial(ctx context.Context, actor ledger.Actor, scope string, days int, retro bool) error {
	refs := d.scope(scope)
	switch {
	case d.cfg.History == nil:
		return fault.New(fault.Conflict, "detect.trial.nohistory")
	case len(refs) == 0:
		return fault.New(fault.NotFound, "detect.rule.none")
	case days < 1 || days > 60:
		return fault.New(fault.Invalid, "detect.trial.days")
	}
	if _, err := d.newProbe(refs); err != nil {
		return err
	}
	d.trials.mu.Lock()
	defer d.trials.mu.Unlock()
	if d.trials.running != nil {
		return fault.New(fault.Busy, "detect.trial.busy")
	}
	action := "detect.trial"
	if retro {
		action = "detect.retro"
	}
	if err := d.book.Note(ctx, actor, action, "detect/"+scope, map[string]int{"days": days, "rules": len(refs)}); err != nil {
		return err
	}
	d.trials.running = &Progress{Scope: scope, Retro: retro, Since: d.cfg.Clock()}
	d.trials.wake <- trialJob{scope, refs, days, retro, actor} // it has room for the one that may run
	return nil
}

// scope gives the rules that a scope names.
func (d *Desk) scope(scope string) []string {
	var out []string
	for _, r := range d.rules.Load().rules {
		if scope == "rule:"+r.Ref || (scope == levelScope(r.Pack, r.Level) && !r.Feeds) {
			out = append(out, r.Ref)
		}
	}
	return out
}

func levelScope(pack string, level sigma.Level) string { return "level:" + pack + ":" + level.String() }

// work runs trials until ctx ends.
func (d *Desk) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-d.trials.wake:
			if err := d.Try(ctx, job.scope, job.refs, job.days, job.retro); err != nil && ctx.Err() == nil {
				d.cfg.Log.Error("rules could not be tried on stored days", "scope", job.scope, "err", err)
			}
			d.trials.mu.Lock()
			d.trials.running = nil
			d.trials.mu.Unlock()
			d.tell()
		}
	}
}

// errEnough ends a replay early.
var errEnough = errors.New("detect: the time of the trial is over")

// trying is a trial on its way.
type trying struct {
	desk     *Desk
	trial    *Trial
	deadline time.Time
	episodes map[string]time.Time
	hosts    map[string]int64
	kept     []sighting // of retro
}

// Try evaluates rules over the last days and stores what came of it: counts, or
// with retro alerts. A trial that takes too long stops and says how far it
// came.
func (d *Desk) Try(ctx context.Context, scope string, refs []string, days int, retro bool) error {
	now := d.cfg.Clock().UTC()
	t := &trying{desk: d, deadline: now.Add(trialFor), episodes: map[string]time.Time{}, hosts: map[string]int64{},
		trial: &Trial{Scope: scope, Rules: len(refs), At: now, From: d.span(now.AddDate(0, 0, 1-days)).from.UTC(), Until: now, Retro: retro, ByDay: map[string]int64{}, ByRule: map[string]int64{}}}
	first, total, err := d.cfg.History.Extent(ctx, t.trial.From, now)
	if err != nil {
		return err
	}
	if first.IsZero() || first.After(now) {
		first = now
	}
	if first.After(t.trial.From) {
		t.trial.From = first
	}
	d.progress(func(p *Progress) { p.Total = total })
	err = t.run(ctx, refs)
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	t.trial.Stopped = errors.Is(err, errEnough)
	t.trial.ByHost = top(t.hosts, 10)
	return d.storeTrial(ctx, t.trial)
}

// run goes through the days of the hospital in order, because correlations count
// forwards.
func (t *trying) run(ctx context.Context, refs []string) error {
	d := t.desk
	p, err := d.newProbe(refs)
	if err != nil {
		return err
	}
	p.found = t.found
	from := t.trial.From
	if t.trial.Retro {
		if from, err = t.resume(ctx); err != nil {
			return err
		}
	}
	for t.trial.Through = from; from.Before(t.trial.Until); {
		until := d.span(from).till.UTC()
		if until.After(t.trial.Until) {
			until = t.trial.Until
		}
		err := d.cfg.History.Replay(ctx, from, until, func(events []event.Event) error { return t.batch(p, events) })
		if err != nil {
			return err
		}
		t.trial.Through = until
		if err := t.keep(ctx); err != nil {
			return err
		}
		from = until
	}
	return nil
}

func (t *trying) batch(p *probe, events []event.Event) error {
	p.take(events)
	t.trial.Events += int64(len(events))
	if n := len(events); n > 0 {
		t.desk.progress(func(p *Progress) { p.Events, p.Through = t.trial.Events, events[n-1].Received })
	}
	if !t.trial.Retro && t.desk.cfg.Clock().After(t.deadline) {
		return errEnough
	}
	return nil
}

func (d *Desk) progress(fn func(*Progress)) {
	d.trials.mu.Lock()
	defer d.trials.mu.Unlock()
	if d.trials.running != nil {
		fn(d.trials.running)
	}
}

// found counts a finding, as it would fold.
func (t *trying) found(r *Rule, e *event.Event, f *correlate.Firing) {
	d := t.desk
	var s sighting
	if f != nil {
		s = d.sightFiring(r, f, e)
	} else {
		s = d.sight(r, e)
	}
	t.trial.Findings++
	t.trial.ByRule[r.Ref]++
	t.trial.ByDay[d.day(s.at)]++
	if len(t.hosts) < maxTrialKeys {
		t.hosts[s.host.Name]++
	}
	key, _, _ := s.key()
	last, going := t.episodes[key]
	if !going || s.at.Sub(last) > EpisodeEnd {
		t.trial.Alerts++
	}
	if going || len(t.episodes) < maxTrialKeys {
		t.episodes[key] = s.at
	}
	if t.trial.Retro {
		t.remember(s)
	}
}

func top(m map[string]int64, n int) []Counted {
	var out []Counted
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Counted{name, m[name]})
	}
	slices.SortStableFunc(out, func(a, b Counted) int { return cmp.Compare(b.Count, a.Count) })
	return out[:min(n, len(out))]
}

func (d *Desk) storeTrial(ctx context.Context, t *Trial) error {
	return d.book.Record(ctx, func(tx *ledger.Tx) error { return putTrial(ctx, tx, t) })
}

func putTrial(ctx context.Context, tx *ledger.Tx, t *Trial) error {
	body, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("detect: trial: %w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO detect_trial(scope, facility, at, body) VALUES(?, ?, ?, ?)", trialKey(t.Scope, t.Retro), tx.Facility, stamp.Text(t.At), string(body))
	if err != nil {
		return fmt.Errorf("detect: trial: %w", err)
	}
	return nil
}

func trialKey(scope string, retro bool) string {
	if retro {
		return "retro:" + scope
	}
	return scope
}

// Trial gives the last trial of a scope; ok is false when there is none.
func (d *Desk) Trial(ctx context.Context, scope string, retro bool) (t Trial, ok bool, err error) {
	list, err := bodies[Trial](ctx, d.read(), "SELECT body FROM detect_trial WHERE scope = ?", trialKey(scope, retro))
	if err != nil || len(list) == 0 {
		return Trial{}, false, err
	}
	return list[0], true, nil
}
