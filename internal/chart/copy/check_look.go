package copy

import (
	"container/heap"
	"context"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/ssmix2"
)

// one is a file that a check may look into.
type one struct {
	path  string
	size  int64
	shape shape
}

// lowest keeps the k of many names whose hash is lowest: a sample that is the
// same each time and does not depend on the order.
type lowest[T any] struct {
	k     int
	items []hashed[T]
}

type hashed[T any] struct {
	hash  uint64
	value T
}

func (l *lowest[T]) Len() int           { return len(l.items) }
func (l *lowest[T]) Less(i, j int) bool { return l.items[i].hash > l.items[j].hash }
func (l *lowest[T]) Swap(i, j int)      { l.items[i], l.items[j] = l.items[j], l.items[i] }
func (l *lowest[T]) Push(x any)         { l.items = append(l.items, x.(hashed[T])) }
func (l *lowest[T]) Pop() any {
	last := l.items[len(l.items)-1]
	l.items = l.items[:len(l.items)-1]
	return last
}

func hashOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name)
	// FNV's upper bits change little between names that differ at the end.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

func (l *lowest[T]) offer(hash uint64, v T) {
	switch {
	case len(l.items) < l.k:
		heap.Push(l, hashed[T]{hash, v})
	case hash < l.items[0].hash:
		l.items[0] = hashed[T]{hash, v}
		heap.Fix(l, 0)
	}
}

// who keeps each patient once.
type who struct {
	lowest[string]
	in map[string]bool
}

func (w *who) offer(patient string) {
	if patient == "" || w.in[patient] {
		return
	}
	hash := hashOf(patient)
	if len(w.items) == w.k && hash >= w.items[0].hash {
		return
	}
	w.lowest.offer(hash, patient)
	clear(w.in)
	for _, x := range w.items {
		w.in[x.value] = true
	}
}

func (w *who) names() []string {
	var out []string
	for p := range w.in {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// replayed is how many patients are compared with the transaction storage.
const replayed = 200

// pick is what a check looks into: all files, or a sample of all and one of
// those that are new or changed.
type pick struct {
	all      bool
	sample   lowest[one]
	fresh    lowest[one]
	patients who
}

func newPick(sample int, all bool) *pick {
	return &pick{all: all, sample: lowest[one]{k: sample}, fresh: lowest[one]{k: sample}, patients: who{lowest: lowest[string]{k: replayed}, in: map[string]bool{}}}
}

// files gives the picked files by path, each once.
func (p *pick) files() []one {
	var out []one
	for _, l := range []*lowest[one]{&p.sample, &p.fresh} {
		for _, x := range l.items {
			out = append(out, x.value)
		}
	}
	slices.SortFunc(out, func(a, b one) int { return strings.Compare(a.path, b.path) })
	return slices.CompactFunc(out, func(a, b one) bool { return a.path == b.path })
}

// name takes what a file's name, place and size say.
func (c *check) name(f *facts, p *pick, o one, asOf time.Time) {
	f.Files++
	f.Bytes += o.size
	if f.kinds != nil {
		days := f.kinds[o.shape.kind]
		if days == nil {
			days = map[int]int64{}
			f.kinds[o.shape.kind] = days
		}
		days[o.shape.day]++
	}
	base := path.Base(o.path)
	if ransomNote(c.limits, base) {
		f.note(CodeNote, o.path)
	}
	if ransomEnding(c.limits, base) {
		f.note(CodeEnding, o.path)
	}
	if o.shape.kind == otherKind {
		f.note(CodeLayout, o.path)
	}
	if o.shape.standard {
		if n, _, ok := ssmix2.ParseName(base); ok && len(n.Sent) >= 14 && n.Sent[:14] > asOf.In(c.Zone).Format("20060102150405") {
			f.note(CodeFuture, o.path)
		}
		p.patients.offer(o.shape.patient)
	}
	p.sample.offer(hashOf(o.path), o)
}

// entries goes through a generation's list beside the one before it.
func (c *check) entries(ctx context.Context, r *vault.Reader, f *facts, p *pick) error {
	old, oldOn, step, stop := c.oldList(r)
	defer stop()
	id, of, asOf := r.Manifest().Generation, r.Manifest().Files, r.Manifest().AsOf
	for e, err := range r.Entries("") {
		if err != nil {
			f.note(CodeIncomplete, "")
			return ctx.Err()
		}
		for *oldOn && lessPath(old.Path, e.Path) {
			f.removed(old)
			step()
		}
		o := one{path: e.Path, size: e.Size, shape: shapeOf(e.Path, e.ModTime.UnixNano(), c.Zone)}
		c.name(f, p, o, asOf)
		switch {
		case *oldOn && old.Path == e.Path:
			if old.SHA256 != e.SHA256 {
				p.fresh.offer(hashOf(e.Path), o)
				c.changed(f, old, &e, o)
			}
			step()
		default:
			p.fresh.offer(hashOf(e.Path), o)
		}
		if f.Files%4096 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c.tell(id, f.Files, of)
		}
	}
	for *oldOn {
		f.removed(old)
		step()
	}
	return nil
}

// oldList goes through the list of the newest generation before, if it can be
// opened the same way.
func (c *check) oldList(r *vault.Reader) (e *vault.Entry, on *bool, step, stop func()) {
	e, on = &vault.Entry{}, new(bool)
	var before *vault.Reader
	if n := len(c.past); n > 0 && c.past[n-1].ID < r.Manifest().Generation {
		before, _ = c.open(c.Vault.Generation(c.past[n-1].ID))
	}
	if before == nil {
		return e, on, func() {}, func() {}
	}
	next, end := iter.Pull2(iter.Seq2[vault.Entry, error](before.Entries("")))
	step = func() {
		x, err, ok := next()
		*e, *on = x, ok && err == nil
	}
	step()
	return e, on, step, func() { end(); _ = before.Close() }
}

func (c *check) changed(f *facts, old, e *vault.Entry, o one) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Changed++
	if o.shape.standard {
		f.noteLocked(CodeInPlace, e.Path)
	}
	if old.Size == e.Size && old.ModTime.Equal(e.ModTime) {
		f.noteLocked(CodeSilent, e.Path)
	}
	if e.Day > 0 {
		f.touched[e.Day]++
	}
}

// contents looks into the files that were picked; without a key only at their
// sizes.
func (c *check) contents(ctx context.Context, fsys fs.FS, f *facts, p *pick, content bool) error {
	if !content {
		return nil
	}
	if p.all {
		return c.everyContent(ctx, fsys, f)
	}
	files := p.files()
	for i, o := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i%64 == 0 {
			c.tell("", int64(i), int64(len(files)))
		}
		c.content(fsys, f, o)
	}
	return nil
}

func (c *check) everyContent(ctx context.Context, fsys fs.FS, f *facts) error {
	if r, ok := fsys.(*vault.Reader); ok {
		for e, err := range r.Entries("") {
			if err != nil {
				return nil // noted when the names were read
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			c.content(fsys, f, one{path: e.Path, size: e.Size, shape: shapeOf(e.Path, 0, c.Zone)})
			if f.Looked%1024 == 0 {
				c.tell(r.Manifest().Generation, f.Looked, f.Files)
			}
		}
		return nil
	}
	return walk(ctx, fsys, nil, func(s seen) bool {
		if s.err == nil && !s.odd && !s.bad {
			c.content(fsys, f, one{path: s.path, size: s.size, shape: shapeOf(s.path, 0, c.Zone)})
		}
		return true
	})
}

// content looks into one file. A full check reads it to its end, so that its
// digest is compared; otherwise its beginning is enough.
func (c *check) content(fsys fs.FS, f *facts, o one) {
	head, err := headOf(fsys, o.path, c.Depth == DepthFull)
	switch {
	case vanished(err) && c.Vault == nil: // a plain folder that lives on
		return
	case err != nil:
		f.note(CodeIncomplete, o.path)
		return
	}
	f.Looked++
	if found := look(o.shape, head); found != "" {
		f.note(found, o.path)
	}
}

func headOf(fsys fs.FS, name string, whole bool) ([]byte, error) {
	in, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(in, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return head[:n], nil
	}
	if err == nil && whole {
		_, err = io.Copy(io.Discard, in)
	}
	return head[:n], err
}
