package ssmix2

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// Walk yields every patient in the order of the folders, several being read at
// a time; at most four of them wait for each worker.
//
// A whole walk lists every folder (names alone: no file is opened or asked for
// its size), opens ADT-00 of each patient whose names changed, and the newest
// movements of those who were ever admitted: two to ten files of a few KB. The
// mark is of all names; a file whose contents change under the same name is not
// seen, which SS-MIX2 never does.
//
// Quick lists for each patient the names of his dates, the folder "-" and the
// recentDates newest dates. A patient with a new date, a new version of his
// details, allergies or diagnoses, or anything new on those dates is looked at:
// what is new there is told as a difference (memo); who was moved, or whose older
// dates are not what they were, is listed whole. What is written into an older date (a culture that was taken last week) is
// seen by the next whole walk only.
func (s *store) Walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	workers := opt.Workers
	if workers <= 0 {
		workers = 2 * runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, 64))
	inner, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	line, work := make(chan *task, 4*workers), make(chan *task, 4*workers)
	running.Go(func() { s.feed(inner, opt.After, line, work) })
	for range workers {
		running.Go(func() {
			w := walker{loader: *s.loader(), opt: opt}
			for t := range work {
				t.entry, t.err = w.visit(inner, t.found)
				close(t.done)
			}
		})
	}
	for t := range line {
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if t.err != nil {
			return s.failed(ctx, t.err)
		}
		if t.entry.ID == "" {
			continue
		}
		if err := yield(t.entry); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.gone() // a disk that was pulled looks like an empty one
}

// task is a patient on his way through a walk.
type task struct {
	found ssmix2.Found
	entry source.Entry
	err   error
	done  chan struct{}
}

// feed hands the patients out, each to the line and to a worker.
func (s *store) feed(ctx context.Context, after string, line, work chan<- *task) {
	defer close(line)
	defer close(work)
	for f, err := range s.s.Patients(ctx, after) {
		t := &task{found: f, err: err, done: make(chan struct{})}
		if err != nil || f.Patient.ID == "" {
			close(t.done)
		} else {
			select {
			case work <- t:
			case <-ctx.Done():
				return
			}
		}
		select {
		case line <- t:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// walker visits patients, one behind the other.
type walker struct {
	loader

	opt source.Walk
}

// visit makes the entry of a patient. A patient whose folder cannot be listed
// is an entry with a notice, unless the store is away.
func (w *walker) visit(ctx context.Context, f ssmix2.Found) (source.Entry, error) {
	e := source.Entry{ID: f.Patient.ID, Position: f.Position, Notices: len(f.Lints)}
	var known uint64
	has := false
	if w.opt.Known != nil {
		known, has = w.opt.Known(e.ID)
	}
	if has && w.opt.Quick {
		if enough, err := w.quick(ctx, f.Patient, known, &e); enough || err != nil {
			return e, err
		}
	}
	l, err := w.s.s.List(ctx, f.Patient)
	if err != nil {
		return e, w.missed(ctx, &e, err)
	}
	e.Mark = uint64(hashAll(l.Records))<<32 | uint64(hashRecent(l))
	if has && known == e.Mark {
		return source.Entry{ID: e.ID, Mark: e.Mark, Position: e.Position, Same: true}, nil
	}
	return e, w.describe(ctx, &e, l)
}

// missed takes the failure of one patient's folder: the walk goes on where the
// store itself is there.
func (w *walker) missed(ctx context.Context, e *source.Entry, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if gone := w.s.gone(); gone != nil {
		return errors.Join(gone, err)
	}
	e.Notices++
	return nil
}

// describe reads what an entry says of a patient besides the names.
func (w *walker) describe(ctx context.Context, e *source.Entry, l *ssmix2.Listing) error {
	items, lints := ssmix2.Resolve(l.Records)
	e.Files, e.Memo = len(l.Records), memoOf(l)
	e.Kinds = counts(l, items)
	var notes notices
	who, err := w.who(ctx, l, &notes)
	if err != nil {
		return err
	}
	if e.Brief = who; who == (source.Brief{}) {
		e.Brief = w.anyone(l, items, &notes)
	}
	mine := items
	if w.two {
		if mine, err = w.own(ctx, l, items, identity(who)); err != nil {
			return err
		}
	}
	if e.Stay, err = w.bed(ctx, l, mine); err != nil {
		return err
	}
	if e.Stay != nil && w.two {
		e.Stay.Doubt = true
	}
	e.Notices += len(l.Lints) + len(lints) + notes.Len()
	return nil
}
