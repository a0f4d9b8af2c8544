package ssmix2

import (
	"context"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync"
)

// Patients yields every patient of the store in the order of their folders
// (first prefix, second prefix, number), those of all volumes together, from
// the one behind after on; "" begins at the beginning. The Position of what
// was yielded last is where to go on, even in another process or with another
// volume, and a patient's number of six characters and more does as well.
// Memory: the names of three folders of each root.
//
// Folders that cannot be read are passed over, and their lints come with the
// next patient or, at the end, with an empty one. An error ends the walk: the
// context's, or ErrGone when a root is away.
func (s *Store) Patients(ctx context.Context, after string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		if at, ok := PatientPath(after); ok {
			after = at
		}
		w := walker{s: s, ctx: ctx, after: after, yield: yield}
		var tops []Dir
		for i, r := range s.roots {
			if s.patients(i) {
				tops = append(tops, Dir{int32(i), r.Path})
			}
		}
		w.level(tops, 0, ".")
		if w.stopped {
			return
		}
		if err := ctx.Err(); err != nil {
			yield(Found{}, err)
			return
		}
		if len(w.l) > 0 {
			yield(Found{Lints: w.l}, nil)
		}
	}
}

// Found is a patient that a walk came by.
type Found struct {
	Patient  Patient // with no ID at the end of a walk: only lints
	Position string  // the patient's folder below a root: where to go on behind
	Lints    []Lint
}

type walker struct {
	s       *Store
	ctx     context.Context
	after   string
	yield   func(Found, error) bool
	l       lints
	stopped bool
}

// child is a folder of the same name in one or several roots.
type child struct {
	name string
	dirs []Dir
}

// children lists folders of all roots together, sorted by name.
func (w *walker) children(dirs []Dir, level int) []child {
	var out []child
	for _, d := range dirs {
		entries, more, err := ListDir(w.s.fsys, d.Path, MaxEntries)
		if err != nil {
			if gone := w.s.gone(); gone != nil {
				w.stop(gone)
				return nil
			}
			w.l.add(DirUnreadable, d.Path, err.Error())
			continue
		}
		if more {
			w.l.add(DirTooLarge, d.Path)
		}
		for _, e := range entries {
			at := join(d.Path, e.Name())
			switch {
			case e.Type()&fs.ModeSymlink != 0 || (!e.IsDir() && !e.Type().IsRegular()):
				w.l.add(LinkRefused, at)
			case hidden(e.Name()):
			case !e.IsDir() || !fs.ValidPath(at) || (level < 2 && len(e.Name()) != 3):
				if level > 0 || e.IsDir() {
					w.l.add(DirUnknown, at)
				}
			default:
				out = append(out, child{e.Name(), []Dir{{d.Root, at}}})
			}
		}
	}
	if len(dirs) < 2 {
		return out
	}
	slices.SortStableFunc(out, func(a, b child) int { return strings.Compare(a.name, b.name) })
	merged := out[:0]
	for _, c := range out {
		if n := len(merged); n > 0 && merged[n-1].name == c.name {
			merged[n-1].dirs = append(merged[n-1].dirs, c.dirs...)
		} else {
			merged = append(merged, c)
		}
	}
	return merged
}

func (w *walker) stop(err error) {
	if !w.stopped {
		w.stopped = true
		if err != nil {
			w.yield(Found{}, err)
		}
	}
}

// level goes through the folders of one level: 0 and 1 prefixes, 2 patients.
func (w *walker) level(dirs []Dir, level int, prefix string) {
	for _, c := range w.children(dirs, level) {
		if err := w.ctx.Err(); err != nil {
			w.stop(err)
		}
		if w.stopped {
			return
		}
		full := join(prefix, c.name)
		if level < 2 {
			if full < w.after[:min(len(w.after), len(full))] {
				continue // all below stands before the position
			}
			w.level(c.dirs, level+1, full)
			continue
		}
		if w.after != "" && full <= w.after {
			continue
		}
		if !strings.HasPrefix(c.name, strings.ReplaceAll(prefix, "/", "")) {
			w.l.add(PathPrefix, c.dirs[0].Path, c.name)
		}
		found := Found{Patient{c.name, c.dirs}, full, w.l}
		w.l = nil
		if !w.yield(found, nil) {
			w.stop(nil)
			return
		}
	}
}

// Visit is one patient of a Walk with what stands in his folders.
type Visit struct {
	Found
	Listing *Listing // nil where the patient's folders could not be listed, and at the end
}

// WalkOptions says how a Walk goes.
type WalkOptions struct {
	After   string // a Position to go on behind; "" begins
	Workers int    // how many patients are listed at a time; at least 1, at most 64
	Only    Filter // which of their folders count
}

// Walk yields every patient with the listing of his folders, in the order of
// Patients, several being listed at a time. At most four listings for each
// worker wait, so that memory stays bounded whatever the store's size. A
// consumer that stops early leaves nothing running behind.
func (s *Store) Walk(ctx context.Context, opt WalkOptions) iter.Seq2[Visit, error] {
	return func(yield func(Visit, error) bool) {
		workers := max(1, min(opt.Workers, 64))
		inner, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		line := make(chan *task, 4*workers) // in the order of the walk
		work := make(chan *task, 4*workers)
		running.Go(func() { s.feed(inner, opt.After, line, work) })
		for range workers {
			running.Go(func() {
				for t := range work {
					t.listing, t.listErr = s.ListOnly(inner, t.found.Patient, opt.Only)
					close(t.done)
				}
			})
		}
		for t := range line {
			<-t.done
			if ctx.Err() != nil {
				yield(Visit{}, ctx.Err())
				return
			}
			if t.err != nil {
				yield(Visit{}, t.err)
				return
			}
			if !yield(s.visit(t), nil) {
				return
			}
		}
		if ctx.Err() != nil {
			yield(Visit{}, ctx.Err())
		}
	}
}

func (s *Store) visit(t *task) Visit {
	v := Visit{Found: t.found, Listing: t.listing}
	if t.listErr != nil {
		v.Lints = append(slices.Clone(v.Lints), Lint{DirUnreadable, t.found.Patient.Dirs[0].Path, []string{t.listErr.Error()}})
	}
	return v
}

// task is a patient on his way through a Walk.
type task struct {
	found   Found
	listing *Listing
	listErr error
	err     error // ends the walk
	done    chan struct{}
}

// feed hands the patients out: each to the line and to a worker.
func (s *Store) feed(ctx context.Context, after string, line, work chan<- *task) {
	defer close(line)
	defer close(work)
	for f, err := range s.Patients(ctx, after) {
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
