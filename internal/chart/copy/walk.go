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
		left := walkEnds
		w.fill(ctx, n, &left, 0)
	}()
}

func (w *walker) fill(ctx context.Context, n *node, left *int, depth int) {
	if n.err = w.pace.wait(ctx, 1, 0); n.err != nil {
		return
	}
	if n.items, n.err = list(w.fsys, n.path); n.err != nil {
		return
	}
	for i := range n.items {
		it := &n.items[i]
		if *left--; *left <= 0 || depth >= maxDepth || ctx.Err() != nil {
			return
		}
		if it.dir {
			it.sub = &node{path: path.Join(n.path, it.name), done: make(chan struct{})}
			w.fill(ctx, it.sub, left, depth+1)
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
			if !w.out(seen{path: at, size: it.size, time: it.time, odd: it.odd}) {
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
