package shelf

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
)

// root is one root: what is open of it, or why it is not.
type root struct {
	path string
	name string // of its first source

	opening chan struct{} // of one place: taken while it is opened

	mu      sync.Mutex
	open    *opened
	state   string
	since   time.Time
	fault   error
	tried   time.Time
	looked  time.Time
	notices []model.Notice
	// last are the sources that were there when it was open last, so that what
	// is missing has a name.
	last []source.Info
	// again is called, with mu held, when it was opened anew, forget when what
	// was read of it may not be shown any more.
	again, forget func()
}

// opened is an opened medium. It is closed when it was replaced and nobody uses
// it any more.
type opened struct {
	medium  *medium
	sources []source.Source
	mu      sync.Mutex
	users   int
	retired bool
	hanging atomic.Int32 // walks that were given up and have not ended
}

func (o *opened) enter() {
	o.mu.Lock()
	o.users++
	o.mu.Unlock()
}

func (o *opened) leave() {
	o.mu.Lock()
	o.users--
	last := o.retired && o.users == 0
	o.mu.Unlock()
	if last {
		o.close()
	}
}

func (o *opened) retire() {
	o.mu.Lock()
	last := !o.retired && o.users == 0
	o.retired = true
	o.mu.Unlock()
	if last {
		o.close()
	}
}

func (o *opened) close() {
	all.Close(o.sources)
	_ = o.medium.Close()
}

// retryAfter is how long a root that could not be opened is left alone: a
// request must not wait for a dead share again and again.
const retryAfter = 2 * time.Second

// use gives what is open, opening it if need be; whoever gets it calls leave.
// nil, with the reason, if the root cannot be read now.
func (r *root) use(ctx context.Context, cfg *Config) (*opened, error) {
	r.mu.Lock()
	if o := r.open; o != nil {
		o.enter()
		r.mu.Unlock()
		return o, nil
	}
	err, tried := r.fault, r.tried
	r.mu.Unlock()
	if err != nil && cfg.Clock().Sub(tried) < retryAfter {
		return nil, err
	}
	if err := r.reopen(ctx, cfg); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		return nil, r.fault
	}
	r.open.enter()
	return r.open, nil
}

// patience is how long somebody waits for another who is opening the root.
const patience = time.Second

// reopen opens the root, unless somebody else just did. A share that is dead may
// never answer: then whoever waits goes when his context ends, and who comes
// meanwhile gets the fault after a moment.
func (r *root) reopen(ctx context.Context, cfg *Config) error {
	select {
	case r.opening <- struct{}{}:
	default:
		select {
		case r.opening <- struct{}{}:
		case <-cfg.After(patience):
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.fault
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-r.opening }()
		done <- r.openNow(context.WithoutCancel(ctx), cfg)
	}()
	timer := time.NewTimer(cfg.answer + cfg.probe)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C: // it is taken when it comes
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.fault
	}
}

func (r *root) openNow(ctx context.Context, cfg *Config) error {
	r.mu.Lock()
	already, closed := r.open != nil, r.state == closedState
	r.mu.Unlock()
	if closed {
		return fs.ErrClosed
	}
	if already {
		return nil
	}
	o, notices, err := r.try(ctx, cfg)
	r.settle(cfg, o, notices, err)
	return err
}

func (r *root) try(ctx context.Context, cfg *Config) (*opened, []model.Notice, error) {
	m, err := cfg.open(cfg, r.path)
	if err != nil {
		return nil, nil, err
	}
	found, notices, err := m.sources(ctx, cfg, r.path, r.name)
	if err != nil {
		_ = m.Close()
		return nil, notices, err
	}
	return &opened{medium: m, sources: found}, notices, nil
}

// settle notes what came of opening.
func (r *root) settle(cfg *Config, o *opened, notices []model.Notice, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == closedState {
		if o != nil {
			o.retire()
		}
		return
	}
	now := cfg.Clock()
	state := StateFailed
	if s, ok := errors.AsType[stateError](err); ok {
		state, err = s.state, s.error
	}
	if o == nil && len(r.last) > 0 && isKey(err, "shelf.empty") {
		// The mount point of a disk that was pulled is an empty folder.
		state, err = StateGone, fault.New(fault.Busy, "shelf.gone", r.path)
	}
	if o != nil {
		if r.last != nil && r.again != nil {
			r.again()
		}
		state, err = StateOpen, o.medium.flaw
		r.last = nil
		for _, s := range o.sources {
			r.last = append(r.last, s.Info())
		}
		r.notices = notices
	}
	if state == StateSuspect && r.state == StateSuspect && isKey(r.fault, "shelf.withdrawn") {
		err = r.fault // what it is held back for was said, and that it had been open
	}
	if r.state != state {
		r.since = now
		cfg.Log.Info("a root of the chart", "root", r.path, "state", state, "error", err)
	}
	before := r.open
	r.open, r.state, r.fault, r.tried, r.looked = o, state, err, now, now
	if before != nil {
		before.retire()
	}
}

// lost notes that what was open is away.
func (r *root) lost(cfg *Config, o *opened, cause error) error {
	err := fault.New(fault.Busy, "shelf.gone", r.path).With(cause)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open != o {
		return err
	}
	r.open, r.state, r.fault, r.since, r.tried = nil, StateGone, err, cfg.Clock(), time.Time{}
	cfg.Log.Warn("a root of the chart is away", "root", r.path, "error", cause)
	o.retire()
	return err
}

// closedState is the state of a root whose shelf was closed.
const closedState = "closed"

func (r *root) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open != nil {
		r.open.retire()
	}
	r.open, r.state, r.fault = nil, closedState, fs.ErrClosed
}

// isGone tells an error that says the source is away.
func isGone(err error) bool {
	return errors.Is(err, source.ErrGone) || errors.Is(err, fs.ErrClosed)
}

// look checks whether the root is as it was: still there, or there again, or
// with a newer generation. It opens one folder.
func (r *root) look(ctx context.Context, cfg *Config) {
	r.mu.Lock()
	o, state := r.open, r.state
	r.mu.Unlock()
	switch {
	case state == closedState:
		return
	case o == nil:
		_ = r.reopen(ctx, cfg)
		return
	}
	o.enter()
	_, _ = patiently(ctx, cfg, r, o, func() struct{} { // what it says stands in the root
		defer o.leave()
		if err := o.medium.alive(); err != nil {
			_ = r.lost(cfg, o, err)
			return struct{}{}
		}
		if o.medium.generation != "" && cfg.Clock().Sub(r.lookedAt()) >= generationsAfter {
			r.newer(ctx, cfg, o)
		}
		return struct{}{}
	})
}

// generationsAfter is how often a vault is asked for a newer generation: it
// reads all manifests.
const generationsAfter = time.Minute

func (r *root) lookedAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.looked
}

// newer opens a generation that became the one to read, and closes one that may
// not be read any more: the hours that two persons gave a suspect one are over,
// or a later check found it suspect.
func (r *root) newer(ctx context.Context, cfg *Config, o *opened) {
	r.mu.Lock()
	r.looked = cfg.Clock()
	r.mu.Unlock()
	v, err := vault.Open(r.path)
	if err != nil {
		return
	}
	g, err := chosen(cfg, r.path, v)
	if refused(err) {
		r.withdraw(cfg, o, err)
		return
	}
	if err != nil || g.ID == o.medium.generation {
		return // what cannot be asked now stays as it is
	}
	next, notices, err := r.try(ctx, cfg)
	if err != nil {
		cfg.Log.Warn("another generation could not be opened", "root", r.path, "generation", g.ID, "error", err)
		if passed(v, o.medium.generation, g.ID) {
			r.withdraw(cfg, o, err)
		}
		return
	}
	r.settle(cfg, next, notices, nil)
}

// passed tells that a generation was passed over for an older one: it may not be
// read any more, whether the older one can be opened or not (its key is another,
// and nobody has it at hand).
func passed(v *vault.Vault, open, instead string) bool {
	all, err := v.Generations() // oldest first
	at := func(id string) int { return slices.IndexFunc(all, func(g vault.Generation) bool { return g.ID == id }) }
	return err == nil && at(instead) >= 0 && at(instead) < at(open)
}

// refused tells a decision that no generation may be opened from an error on the
// way to one.
func refused(err error) bool {
	s, ok := errors.AsType[stateError](err)
	f, said := errors.AsType[*fault.Error](err)
	return ok && s.state == StateSuspect && said && (f.Kind == fault.Denied || f.Kind == fault.Conflict)
}

// withdraw closes what is open, for everybody who comes from now on.
func (r *root) withdraw(cfg *Config, o *opened, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open != o {
		return
	}
	now := cfg.Clock()
	r.open, r.state, r.since, r.tried = nil, StateSuspect, now, now
	r.fault = fault.New(fault.Conflict, "shelf.withdrawn", r.path, o.medium.generation).With(cause)
	cfg.Log.Warn("a generation may not be read any more", "root", r.path, "generation", o.medium.generation, "error", cause)
	if r.forget != nil {
		r.forget()
	}
	o.retire()
}

// view says what is known of the root.
func (r *root) view() Root {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := Root{Label: r.path, State: r.state, Since: r.since, Sources: r.last, Fault: r.fault, Notices: r.notices}
	if r.open != nil {
		v.AsOf, v.Generation = r.open.medium.asOf, r.open.medium.generation
	}
	return v
}
