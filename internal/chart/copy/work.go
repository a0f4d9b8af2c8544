package copy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Start runs a job now, in the background, and gives the ID of its first run;
// a person's act.
func (d *Copier) Start(ctx context.Context, actor ledger.Actor, job Job) error {
	if err := d.cfg.Book.Note(ctx, actor, "copy.run.start", "copy/job/"+job.ID, map[string]string{"name": job.Name}); err != nil {
		return err
	}
	at := d.cfg.Clock()
	d.background(func(ctx context.Context) { d.runJob(ctx, actor, job, at) })
	return nil
}

// RunNow runs a job and waits: one run for each medium that is there.
func (d *Copier) RunNow(ctx context.Context, actor ledger.Actor, job Job) {
	d.runJob(ctx, actor, job, d.cfg.Clock())
}

// runJob copies onto every medium that is there. What came of it is written
// down in any case.
func (d *Copier) runJob(ctx context.Context, actor ledger.Actor, job Job, planned time.Time) {
	if actor.Via == "timer" { // the next round comes within a minute
		if !d.writer.TryLock() {
			return
		}
	} else {
		d.writer.Lock()
	}
	defer d.writer.Unlock()
	if _, due, err := d.due(ctx, job); actor.Via == "timer" && (err != nil || !due) {
		return // another round was quicker
	}
	media, err := d.Media(ctx)
	if err != nil {
		d.cfg.Log.Error("copying the chart failed", "job", job.Name, "err", err)
		return
	}
	there, ours := 0, map[string]bool{}
	for _, m := range media {
		ours[m.Vault] = true
	}
	for _, m := range media {
		if ctx.Err() != nil {
			return
		}
		v, err := m.open()
		if isFault(err, "vault.none") || ours[otherVault(err)] {
			continue // detached, as it should be, and perhaps another of ours in its place
		}
		there++
		d.runOn(ctx, job, m, v, planned, err)
	}
	if there == 0 {
		d.runOn(ctx, job, Medium{}, nil, planned, fault.New(fault.NotFound, "copy.medium.none"))
	}
}

// runOn makes one run and its record.
func (d *Copier) runOn(ctx context.Context, job Job, m Medium, v *vault.Vault, planned time.Time, failed error) {
	id := ledger.NewID()
	now := d.cfg.Clock()
	err := d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE copy_job SET turn = turn + 1 WHERE id = ?", job.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO copy_run(id, facility, job, medium, planned, begun, ended, state, generation, report, error) VALUES(?,?,?,?,?,?,'',?,'','','')",
			id, tx.Facility, job.ID, m.ID, stamp.Text(planned), stamp.Text(now), Running)
		return err
	})
	if err != nil {
		d.cfg.Log.Error("a run could not be written down", "job", job.Name, "err", err)
		return
	}
	d.changed()
	runCtx, end := d.begin(ctx, id)
	defer end()
	var rep *Report
	if failed == nil {
		rep, failed = d.execute(runCtx, job, m, v, id)
	}
	ctx = context.WithoutCancel(ctx) // what came of it is written down even while the service ends
	if err := d.remember(ctx, id, m, rep, failed); err != nil {
		d.cfg.Log.Error("a run could not be written down", "job", job.Name, "err", err)
	}
	d.tellRun(ctx, id, job, m, rep, failed)
}

func (d *Copier) execute(ctx context.Context, job Job, m Medium, v *vault.Vault, id string) (*Report, error) {
	machine, err := d.machine()
	if err != nil {
		return nil, err
	}
	if err := d.fit(ctx, v, machine); err != nil {
		return nil, err
	}
	accepted, err := d.accepted(ctx, m.Vault)
	if err != nil {
		return nil, err
	}
	clean, err := d.cleanOf(ctx, m.Vault)
	if err != nil {
		return nil, err
	}
	src, err := OpenSource(job.Source)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	rule := job.Rule()
	rule.Clean = clean
	plan := job.Plan(v, machine, d.cfg.Zone)
	plan.Source, plan.VaultID, plan.By, plan.Now, plan.Rule = src, m.Vault, d.cfg.By, d.cfg.Clock, rule
	plan.Damaged, plan.Limits, plan.Accepted = m.Damaged, d.limits, accepted
	said := time.Time{}
	return Run(ctx, plan, func(p Progress) {
		d.mu.Lock()
		if g := d.now[id]; g != nil {
			g.run = p
		}
		d.mu.Unlock()
		if p.At.Sub(said) >= 2*time.Second {
			said = p.At
			d.changed()
		}
	})
}

// outcome is how a run or a check ended, and why in the words that are kept.
func outcome(failed error, cancelled string) (state State, words string, err error) {
	if failed == nil {
		return Finished, "", nil
	}
	state, msg := Failed, fault.Of(failed).Msg
	if errors.Is(failed, context.Canceled) {
		state, msg = Cancelled, text.M(cancelled)
	}
	data, err := json.Marshal(msg)
	return state, string(data), err
}

// remember writes down what came of a run.
func (d *Copier) remember(ctx context.Context, id string, m Medium, rep *Report, failed error) error {
	state, words, err := outcome(failed, "copy.run.cancelled")
	if err != nil {
		return err
	}
	report, generation := "", ""
	if rep != nil {
		data, err := json.Marshal(rep)
		if err != nil {
			return err
		}
		report, generation = string(data), rep.Generation
	}
	return d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE copy_run SET ended = ?, state = ?, generation = ?, report = ?, error = ? WHERE id = ?", stamp.Text(tx.Now), state, generation, report, words, id); err != nil {
			return err
		}
		if rep == nil || generation == "" {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "UPDATE copy_medium SET generation = ?, made = ?, damaged = '' WHERE id = ?", generation, stamp.Text(rep.Ended), m.ID); err != nil {
			return err
		}
		for _, gone := range rep.Removed {
			if _, err := tx.ExecContext(ctx, "UPDATE copy_generation SET removed = ? WHERE vault = ? AND generation = ?", stamp.Text(tx.Now), m.Vault, gone); err != nil {
				return err
			}
		}
		return putGeneration(ctx, tx, m.Vault, Checked{ID: generation, Made: rep.Ended, AsOf: rep.AsOf, Files: rep.Counts.Files, Bytes: rep.Counts.Bytes, Verdict: rep.Judgement.Verdict, AtRun: rep.Judgement}, false)
	})
}

// callBody is what a call says of a failed run. Calls leave the house: they name
// no file of the store, in whose path patients' numbers stand. The run's page does.
func callBody(failed error) text.Msg {
	m := fault.Of(failed).Msg
	if m.Key == "vault.path" || m.Key == "vault.order" {
		m.Args = []any{"…"}
	}
	return m
}

// tellRun raises the alarm of a failed run and of a suspect generation.
func (d *Copier) tellRun(ctx context.Context, id string, job Job, m Medium, rep *Report, failed error) {
	key, url := "copy/run/"+job.ID, "/copy/runs/"+id
	if failed != nil && !errors.Is(failed, context.Canceled) {
		d.cfg.Log.Error("copying the chart failed", "job", job.Name, "medium", m.Label, "err", failed)
		d.alarm(ctx, Alarm{Key: key, Level: web.Warn, Title: text.M("copy.alarm.failed", job.Name), Body: callBody(failed), URL: url})
	} else if failed == nil {
		d.quiet(key)
	}
	if rep == nil || rep.Generation == "" {
		return
	}
	d.cfg.Log.Info("copied the chart", "job", job.Name, "medium", m.Label, "run", rep.String())
	if rep.Judgement.Verdict == Suspect {
		first := text.Msg{}
		for _, f := range rep.Judgement.Findings[:min(1, len(rep.Judgement.Findings))] {
			first = f.Say()
		}
		d.alarm(ctx, Alarm{Key: fmt.Sprintf("copy/suspect/%s/%s", m.Vault, rep.Generation), Level: web.Danger,
			Title: text.M("copy.alarm.suspect", rep.Generation, m.Label), Body: text.M("copy.alarm.suspect.body", first), URL: generationURL(m.ID, rep.Generation)})
	}
}

func generationURL(medium, generation string) string {
	return "/copy/media/" + medium + "/generations/" + generation
}

// watch raises the alarm when the newest copy that could be used is too old.
func (d *Copier) watch(ctx context.Context, jobs []Job) error {
	k := known{now: d.cfg.Clock()}
	var err error
	if k.newest, err = d.newest(ctx); err != nil {
		return err
	}
	if k.clean, err = d.newestClean(ctx); err != nil {
		return err
	}
	for _, j := range jobs {
		key := "copy/age/" + j.ID
		if k.jobs = []Job{j}; !k.old() {
			d.quiet(key)
			continue
		}
		d.alarm(ctx, Alarm{Key: key, Level: web.Danger, Title: text.M("copy.alarm.old", k.age(), j.MaxAge), Body: text.M("copy.alarm.old.body", k.newest.Made), URL: "/copy"})
	}
	return nil
}

func hours(d time.Duration) int { return int(d / time.Hour) }
