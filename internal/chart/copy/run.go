package copy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
)

// Run brings the state of a source into a new generation and judges it. tell,
// if not nil, is told of the progress now and then, from one goroutine at a
// time.
//
// Its faults: "copy.source.gone" and "copy.source.empty" (no generation was
// made), "copy.medium.changed", those of vault.Begin and of writing
// ("vault.full", "vault.write"). A run that ends with an error or is killed
// leaves the older generations as they were; the next run clears away what it
// left. With "copy.read_back" the generation stands, but what the medium gives
// back is not what was written.
//
// Memory is bounded: about 64 MiB, whatever the number of files. An unchanged
// file costs its share of a listing and some ten microseconds.
func Run(ctx context.Context, p Plan, tell func(Progress)) (*Report, error) {
	r, err := newRun(p, tell)
	if err != nil {
		return nil, err
	}
	past, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer r.w.Abort()
	if r.prev != nil {
		defer r.prev.Close()
	}
	if err := r.copy(ctx); err != nil {
		return nil, r.sourceFault(ctx, err)
	}
	if r.facts.Files == 0 {
		return nil, fault.New(fault.Invalid, "copy.source.empty")
	}
	r.facts.kinds = r.w.Counts()
	r.rep.Judgement = judge(r.limits, &r.facts, past, r.Accepted, r.asOf)
	return r.commit(ctx, past)
}

// run is one run in progress.
type run struct {
	Plan
	limits *Limits
	tell   func(Progress)
	w      *vault.Writer
	prev   *vault.Reader // the list of the generation before; nil: a full one
	asOf   time.Time
	pace   *pace
	facts  facts
	prog   Progress
	rep    Report
}

func newRun(p Plan, tell func(Progress)) (*run, error) {
	r := &run{Plan: p, tell: tell, limits: p.Limits, facts: newFacts()}
	if r.limits == nil {
		l, err := DefaultLimits()
		if err != nil {
			return nil, err
		}
		r.limits = l
	}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	now := p.Now()
	r.asOf = p.AsOf
	if r.asOf.IsZero() {
		r.asOf = now
	}
	r.facts.zone, r.facts.limits = r.Zone, r.limits
	r.pace = &pace{rate: p.Rate, now: time.Now}
	r.prog = Progress{Phase: PhaseCopy, Begun: now}
	r.rep = Report{Begun: now, AsOf: r.asOf}
	if id := p.Vault.About().ID; p.VaultID != "" && id != p.VaultID {
		return nil, fault.New(fault.Conflict, "copy.medium.changed", p.VaultID, id)
	}
	return r, nil
}

// begin opens the writer and the list of the generation before, and gives what
// is known of earlier generations.
func (r *run) begin(ctx context.Context) ([]Past, error) {
	all, err := r.Vault.Generations()
	if err != nil {
		return nil, err
	}
	trust := append(slices.Clone(r.Trust), r.Machine.Fingerprint())
	past := pastOf(r.Vault, all, trust)
	opt := vault.Options{AsOf: r.asOf, By: r.By, Now: r.Now, RepackBelow: 0.3, Damaged: r.Damaged}
	if n := len(past); n > 0 {
		opt.Previous = past[n-1].ID
		r.prev, err = r.Vault.Directory(opt.Previous, r.Machine, r.Machine.Fingerprint())
		if err != nil { // another machine's, or damaged: everything is read
			opt.Previous, r.prev = "", nil
		} else {
			r.prog.Of = r.prev.Manifest().Files
		}
	}
	r.w, err = r.Vault.Begin(ctx, r.Machine, opt)
	if err != nil && r.prev != nil {
		_ = r.prev.Close()
	}
	r.rep.Previous = opt.Previous
	return past, err
}

// sourceFault names an error as the source's where it is.
func (r *run) sourceFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errGone) {
		return fault.New(fault.Internal, "copy.source.gone", r.prog.Files).With(err)
	}
	return err
}

var errGone = errors.New("copy: the source is away")

// commit stores the judgement with the generation, makes it known, reads back
// what was written and lets old generations go.
func (r *run) commit(ctx context.Context, past []Past) (*Report, error) {
	note, err := json.Marshal(r.rep.Judgement.clear())
	if err != nil {
		return nil, err
	}
	if err := r.w.Note(note); err != nil {
		return nil, err
	}
	m, err := r.w.Commit(ctx)
	if err != nil {
		return nil, err
	}
	r.rep.Generation, r.rep.Written = m.Generation, m.Written
	r.rep.Counts = r.facts.Counts
	if !r.SkipReadBack {
		if err := r.readBack(ctx, m.Generation); err != nil {
			r.rep.Ended = r.Now()
			return &r.rep, err
		}
	}
	err = r.prune(ctx, past, m)
	r.rep.Ended = r.Now()
	return &r.rep, err
}

func (r *run) readBack(ctx context.Context, id string) error {
	r.prog.Phase, r.prog.Begun, r.prog.Bytes = PhaseBack, r.Now(), 0
	seen, err := r.Vault.Verify(ctx, vault.Check{Full: true, MadeBy: id, Progress: func(done, total int64) {
		r.prog.Bytes, r.prog.BytesOf = done, total
		r.say(false)
	}})
	if err != nil {
		return err
	}
	for _, f := range seen.Findings {
		if f.File != "" {
			r.rep.Judgement.add(r.limits, Finding{Code: CodeMedium, Weight: Suspects, Count: 1, Examples: []string{f.File}})
			return fault.New(fault.Internal, "copy.read_back", id, f.File).With(f.Fault)
		}
	}
	r.rep.ReadBack = true
	return nil
}

// prune lets generations go by the rule; not while the newest is suspect, for
// then the older ones are what a hospital may need.
func (r *run) prune(ctx context.Context, past []Past, m *vault.Manifest) error {
	rule := r.Rule
	if rule.Days == 0 && rule.Weeks == 0 && rule.Least == 0 {
		return nil
	}
	if r.rep.Judgement.Verdict != Clean {
		r.rep.RuleHeld = true
		return nil
	}
	r.prog.Phase = PhasePrune
	r.say(true)
	rule.Clean = append(slices.Clone(rule.Clean), m.Generation)
	for _, p := range past {
		if p.Note.Verdict == Clean {
			rule.Clean = append(rule.Clean, p.ID)
		}
	}
	plan, err := r.Vault.Prune(ctx, rule, r.Now().In(r.Zone), false)
	r.rep.Removed, r.rep.Kept = plan.Remove, plan.Keep
	return err
}

// say tells of the progress, at most twice a second unless it must.
func (r *run) say(must bool) {
	if r.tell == nil {
		return
	}
	now := r.Now()
	if !must && now.Sub(r.prog.At) < 500*time.Millisecond {
		return
	}
	r.prog.At = now
	r.tell(r.prog)
}

// Past is what is known of an earlier generation without a key.
type Past struct {
	ID     string
	Made   time.Time
	Files  int64
	Bytes  int64
	Added  int64
	Full   bool // nothing was kept: how much it wrote says nothing
	Note   Judgement
	Counts map[string]map[int]int64 // of the newest only
}

// pastOf lists the generations that can be trusted, oldest first.
func pastOf(v *vault.Vault, all []vault.Generation, trust []string) []Past {
	var past []Past
	for _, g := range all {
		if !g.Finished || g.Problem != nil || len(trust) > 0 && !slices.Contains(trust, g.Manifest.Signer) {
			continue
		}
		m := g.Manifest
		past = append(past, Past{ID: g.ID, Made: m.Made, Files: m.Files, Bytes: m.Bytes, Added: m.Added, Full: m.Kept == 0, Note: noteOf(m)})
	}
	if n := len(past); n > 0 {
		if c, err := v.Counts(past[n-1].ID); err == nil {
			past[n-1].Counts = c
		}
	}
	return past
}

// noteOf reads the judgement of the run that made a generation; without one
// nothing was checked.
func noteOf(m *vault.Manifest) Judgement {
	j := Judgement{Verdict: NotChecked}
	if len(m.Note) == 0 || json.Unmarshal(m.Note, &j) != nil {
		return Judgement{Verdict: NotChecked}
	}
	j.Verdict = cmp.Or(j.Verdict, NotChecked)
	return j
}

// gone tells whether an error of a folder or file means that the source as a
// whole is away.
func gone(fsys fs.FS, err error) bool { return err != nil && sourceGone(fsys) != nil }
