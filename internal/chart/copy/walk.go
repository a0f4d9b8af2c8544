package copy

import (
	"context"
	"io/fs"
	"path"
)

// How far the walk reads ahead: a share answers each listing after
// milliseconds, so that many are asked for at a time; memory stays bounded by
// the number of entries each may bring.
const (
	walkers   = 8
	walkAhead = 16
	walkEnds  = 2048 // entries that one reading ahead brings, beyond its first folder
	maxDepth  = 64
)

// seen is what the walk came by, in the order of fs.WalkDir.
type seen struct {
	path string
	size int64
	time int64
	err  error // the folder at path could not be listed
	odd  bool  // not a file and not a folder
	bad  bool  // a name that no path can hold
}

// node is a folder being read ahead.
type node struct {
	path  string
	items []item
	err   error
	done  chan struct{}
}

// walker goes through a source in order, several folders being listed at a
// time. A listing counts as one operation of the throttle.
type walker struct {
	fsys  fs.FS
	pace  *pace
	slots chan struct{}
	out   func(seen) bool // false ends the walk
}

// walk yields every file; it ends early when out says so or ctx ends.
func walk(ctx context.Context, fsys fs.FS, p *pace, out func(seen) bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := &walker{fsys: fsys, pace: p, slots: make(chan struct{}, walkers), out: out}
	top := &node{path: ".", done: make(chan struct{})}
	w.ahead(ctx, top)
	_, err := w.visit(ctx, top, 0)
	return err
}

// ahead lists a folder and, as far as the limit allows, what is below.
func (w *walker) ahead(ctx context.Context, n *node) {
	go func() {
		defer close(n.done)
		select {
		case w.slots <- struct{}{}:
		case <-ctx.Done():
			n.err = ctx.Err()
			return
		}
		defer func() { <-w.slots }()
		f := filling{w: w, fsys: w.fsys, left: walkEnds}
		if s, ok := w.fsys.(*Source); ok && n.path != "." {
			if sub, end, err := s.below(n.path); err == nil { // else the listing says why
				defer end.Close()
				f.fsys, f.at = sub, n.path
			}
		}
		f.fill(ctx, n, 0)
	}()
}

// filling is one reading ahead.
type filling struct {
	w    *walker
	fsys fs.FS
	at   string // the folder that is the top of fsys; "" is the source's
	left int
}

// list lists a folder of the source.
func (f *filling) list(dir string) ([]item, error) {
	switch {
	case f.at == "":
		return list(f.fsys, dir)
	case f.at == dir:
		return list(f.fsys, ".")
	}
	return list(f.fsys, dir[len(f.at)+1:])
}

func (f *filling) fill(ctx context.Context, n *node, depth int) {
	if n.err = f.w.pace.wait(ctx, 1, 0); n.err != nil {
		return
	}
	if n.items, n.err = f.list(n.path); n.err != nil {
		return
	}
	for i := range n.items {
		it := &n.items[i]
		if f.left--; f.left <= 0 || depth >= maxDepth || ctx.Err() != nil {
			return
		}
		if it.dir {
			it.sub = &node{path: path.Join(n.path, it.name), done: make(chan struct{})}
			f.fill(ctx, it.sub, depth+1)
			close(it.sub.done)
		}
	}
}

// visit yields what is in a folder; more is false when the walk is to end.
func (w *walker) visit(ctx context.Context, n *node, depth int) (more bool, err error) {
	select {
	case <-n.done:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if n.err != nil {
		return w.out(seen{path: n.path, err: n.err}), nil
	}
	if depth > maxDepth {
		return w.out(seen{path: n.path, err: errDeep}), nil
	}
	next, started := 0, 0
	for i := range n.items {
		it := &n.items[i]
		at := it.name
		if n.path != "." {
			at = n.path + "/" + it.name
		}
		if !it.dir {
			if !w.out(seen{path: at, size: it.size, time: it.time, odd: it.odd, bad: it.bad}) {
				return false, nil
			}
			continue
		}
		started--
		for ; next < len(n.items) && started < walkAhead || next <= i; next++ {
			if ahead := &n.items[next]; ahead.dir {
				started++
				if ahead.sub == nil {
					ahead.sub = &node{path: path.Join(n.path, ahead.name), done: make(chan struct{})}
					w.ahead(ctx, ahead.sub)
				}
			}
		}
		more, err := w.visit(ctx, it.sub, depth+1)
		if !more || err != nil {
			return false, err
		}
		it.sub = nil // what was visited is not held
	}
	return true, nil
}
