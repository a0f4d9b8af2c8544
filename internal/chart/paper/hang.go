package paper

import (
	"context"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// A share whose server died gives no error: whoever asks it for anything waits
// until somebody pulls the network apart. So a round is made beside whoever wants
// it. One whose folder does not answer gives its turn to the other places, says
// after a while that it hangs, and goes on where it was when the folder answers.
// Until then nothing else is begun in that folder: one goroutine for each folder
// waits, however often somebody asks.

const (
	// answerTime is how long one step in a folder may take before the other
	// places have their turn.
	answerTime = 3 * time.Second
	// hangTime is how long it may take before the place is said to hang: a slow
	// stick, or a share that looks for its server, takes seconds.
	hangTime = 30 * time.Second
	// For how many answerTimes a round is waited for whose folder is silent.
	timerWaits, personWaits = 1, 10
	// lookTime is how long a page waits for what it only shows of a folder,
	// saveTime how long somebody waits who enters one.
	lookTime, saveTime = 2 * time.Second, 10 * time.Second
	// maxLooks is how many looks at folders may wait for an answer at a time.
	maxLooks = 64
)

// work is a round that is being made.
type work struct {
	folder string
	begun  time.Time
	clock  func() time.Time
	turns  chan struct{} // the desk's

	mu     sync.Mutex
	step   int       // of the folder: how many were begun
	since  time.Time // when the one began that has not ended; zero: there is none
	passed bool      // others have the turn
	late   bool      // others had it once

	saying sync.Mutex // held while something is put into the record
	said   bool       // that it hangs; guarded by saying
	over   bool       // nothing of a hang is said any more; guarded by saying
}

// do takes a step in the folder. When others had the turn meanwhile it waits for
// its own again. The error is the step's or the context's.
func (w *work) do(ctx context.Context, step func() error) error {
	w.mu.Lock()
	w.step, w.since = w.step+1, w.clock()
	w.mu.Unlock()
	err := step()
	w.mu.Lock()
	w.since = time.Time{}
	passed := w.passed
	w.mu.Unlock()
	if passed && ctx.Err() == nil {
		select {
		case w.turns <- struct{}{}:
			w.mu.Lock()
			w.passed = false
			w.mu.Unlock()
		case <-ctx.Done():
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// beat says from within a long step that the folder answers.
func (w *work) beat() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step, w.since = w.step+1, w.clock()
}

// silent reports whether the step that was the last one before has not ended; if
// so, others have the turn from now on.
func (w *work) silent(before int) (step int, silent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() || w.step != before {
		return w.step, false
	}
	if !w.passed {
		w.passed, w.late = true, true
		<-w.turns
	}
	return w.step, true
}

// hangs tells since when the folder does not answer; zero: it does, or it may
// only be slow.
func (w *work) hangs(now time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() || now.Sub(w.since) < hangTime {
		return time.Time{}
	}
	return w.since
}

func (w *work) isPassed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed
}

// working is the round that is being made in a folder; nil: none.
func (d *Desk) working(folder string) *work {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.works[folder]
}

// begin waits for a turn. other is the round that waits for the folder already;
// then none is begun.
func (d *Desk) begin(ctx context.Context, p *Place) (w, other *work, err error) {
	if other = d.working(p.Folder); other != nil && other.isPassed() {
		return nil, other, nil
	}
	select {
	case d.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other = d.works[p.Folder]; other != nil { // it has no turn: its folder is silent
		<-d.turns
		return nil, other, nil
	}
	w = &work{folder: p.Folder, begun: d.cfg.Clock(), clock: d.cfg.Clock, turns: d.turns}
	d.works[p.Folder], d.made[p.ID] = w, w.begun.UTC()
	return w, nil, nil
}

// end gives the turn back. What was late is followed by a fresh round.
func (d *Desk) end(w *work) {
	d.mu.Lock()
	delete(d.works, w.folder)
	d.mu.Unlock()
	w.mu.Lock()
	passed, late := w.passed, w.late
	w.mu.Unlock()
	if !passed {
		<-d.turns
	}
	if late {
		d.wake()
	}
}

type outcome struct {
	round Round
	err   error
}

// round makes one round beside the caller, who waits for it, but not for a folder
// that is silent for longer than waits times answerTime: that round goes on by
// itself, and what it comes to stands in the record.
func (d *Desk) round(ctx context.Context, p *Place, actor ledger.Actor, waits int) (Round, error) {
	w, other, err := d.begin(ctx, p)
	if err != nil {
		return Round{}, err
	}
	if other != nil {
		return Round{At: other.begun.UTC(), Fault: hangsKey}, nil
	}
	done, own := make(chan outcome, 1), *p
	go func() {
		r, err := d.make(ctx, w, &own, actor)
		d.end(w)
		if w.late && err != nil && ctx.Err() == nil { // whoever waited may have gone
			d.cfg.Log.Error("sheets made ahead: a late round could not be recorded", "place", own.ID, "err", err)
		}
		done <- outcome{r, err}
	}()
	for step, quiet, silent := 0, 0, false; ; {
		select {
		case o := <-done:
			return o.round, o.err
		case <-d.after(answerTime):
		}
		if step, silent = w.silent(step); !silent {
			quiet = 0
		} else if quiet++; quiet >= waits {
			return Round{At: w.begun.UTC(), Fault: hangsKey}, nil
		}
	}
}

// hangsKey is the fault of a round whose folder does not answer.
const hangsKey = "paper.ahead.hangs"

// sayHanging puts into the record, once, that a place hangs, and alarms.
func (d *Desk) sayHanging(ctx context.Context, p *Place) error {
	w := d.working(p.Folder)
	if w == nil || w.hangs(d.cfg.Clock()).IsZero() {
		return nil
	}
	w.saying.Lock()
	defer w.saying.Unlock()
	if w.said || w.over {
		return nil
	}
	d.cfg.Log.Error("sheets made ahead: a folder does not answer", "place", p.ID)
	r := Round{At: w.begun.UTC(), Fault: hangsKey, Took: d.cfg.Clock().Sub(w.begun).Round(time.Second).String()}
	if err := d.record(ctx, p, r); err != nil {
		return err
	}
	w.said = true
	d.tell(ctx, p, r)
	return nil
}

// lookBeside runs a look at a folder beside the caller, unless one like it waits
// for an answer already or too many do. It reports whether it was begun.
func (d *Desk) lookBeside(what, folder string, look func()) bool {
	key := what + " " + folder
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looks[key] || len(d.looks) >= maxLooks {
		return false
	}
	d.looks[key] = true
	go func() {
		look()
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.looks, key)
	}()
	return true
}

// openness says of each place who may read its folder. It takes lookTime at most;
// what is not answered by then is unknown.
func (d *Desk) openness(places []Place) []Openness {
	type answer struct {
		at   int
		open Openness
	}
	out, answers, asked := make([]Openness, len(places)), make(chan answer, len(places)), 0
	for i := range places {
		out[i] = OpenUnknown
		folder := places[i].Folder
		if w := d.working(folder); w != nil && w.isPassed() {
			continue
		}
		if d.lookBeside("open", folder, func() { answers <- answer{i, d.open(folder)} }) {
			asked++
		}
	}
	for late := d.after(lookTime); asked > 0; asked-- {
		select {
		case a := <-answers:
			out[a.at] = a.open
		case <-late:
			return out
		}
	}
	return out
}

// checkFolder is a look at a folder that somebody entered. Busy: it does not
// answer.
func (d *Desk) checkFolder(folder string) error {
	done := make(chan error, 1)
	if d.lookBeside("save", folder, func() { done <- d.checkNow(folder) }) {
		select {
		case err := <-done:
			return err
		case <-d.after(saveTime):
		}
	}
	return fault.New(fault.Busy, "paper.fault.folder_silent", folder)
}

// file is what a sheet is written into.
type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
}

// steps writes into a file, each piece as a step.
type steps struct {
	ctx  context.Context
	work *work
	file file
}

func (s *steps) Write(p []byte) (n int, err error) {
	err = s.work.do(s.ctx, func() error {
		n, err = s.file.Write(p)
		return err
	})
	return n, err
}

func (s *steps) Sync() error  { return s.work.do(s.ctx, s.file.Sync) }
func (s *steps) Close() error { return s.work.do(s.ctx, s.file.Close) }

// part makes the folder in which a round grows. What fails here cost nothing.
func (d *Desk) part(ctx context.Context, w *work, folder string) (part string, err error) {
	err = w.do(ctx, func() error {
		if !isDir(folder) {
			return &fs.PathError{Op: "open", Path: folder, Err: fs.ErrNotExist}
		}
		part, err = os.MkdirTemp(folder, "part-")
		return err
	})
	if err != nil {
		if part != "" {
			_ = w.do(ctx, func() error { return os.Remove(part) }) // it is empty, and goes with the next round at the latest
		}
		return "", early{err}
	}
	return part, nil
}
