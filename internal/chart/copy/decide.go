package copy

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"strings"

	"github.com/torideproject/toride/internal/chart/vault"
)

// What a file is done with.
type act uint8

const (
	actKeep  act = iota // as before
	actRead             // read and added
	actCarry            // could not be listed: taken over from before
)

// task is one file on its way into the generation.
type task struct {
	path  string
	size  int64
	time  int64
	act   act
	again bool // its name, size and time are as before; its turn to be read
	old   vault.Entry
	had   bool // old is there
	shape shape

	data []byte // a small file's content, when done
	err  error
	note readNote
	done chan struct{} // nil: the writer reads it
}

// lessPath compares as a vault orders: "/" before everything else.
func lessPath(a, b string) bool {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x == '/' {
			return true
		}
		if y == '/' {
			return false
		}
		return x < y
	}
	return len(a) < len(b)
}

// merge goes through the source and the generation before side by side and
// says of each file what is done with it.
type merge struct {
	r    *run
	next func() (vault.Entry, error, bool)
	cur  vault.Entry
	on   bool
	err  error
	put  func(*task) bool
}

// decide runs the merge; put false ends it.
func (r *run) decide(ctx context.Context, put func(*task) bool) error {
	m := &merge{r: r, put: put}
	if r.prev != nil {
		next, stop := iter.Pull2(iter.Seq2[vault.Entry, error](r.prev.Entries("")))
		defer stop()
		m.next = next
		m.step()
	}
	ended := false
	err := walk(ctx, r.Source, r.pace, func(s seen) bool {
		more := m.see(s)
		ended = ended || !more
		return more
	})
	if err == nil && m.err == nil && !ended {
		m.rest("")
	}
	return errors.Join(m.err, err)
}

func (m *merge) step() {
	if m.next == nil {
		return
	}
	e, err, ok := m.next()
	m.cur, m.on = e, ok && err == nil
	if err != nil {
		m.err = err
	}
}

// rest passes over what the generation before has in front of a path ("": all
// of it): it is not in the source any more, or its folder could not be listed.
func (m *merge) rest(before string) bool {
	for m.on && (before == "" || lessPath(m.cur.Path, before)) {
		m.r.facts.removed(&m.cur)
		m.step()
	}
	return m.err == nil
}

func (m *merge) see(s seen) bool {
	if !m.rest(s.path) {
		return false
	}
	f := &m.r.facts
	if s.err != nil {
		return m.folderFailed(s)
	}
	if s.odd {
		f.note(CodeLinks, s.path)
		return true
	}
	if s.bad || len(s.path) > 4000 || strings.IndexByte(s.path, 0) >= 0 {
		f.note(CodeNames, s.path)
		return true
	}
	t := &task{path: s.path, size: s.size, time: s.time, act: actRead}
	if m.on && m.cur.Path == s.path {
		t.old, t.had = m.cur, true
		m.step()
		if t.old.Size == s.size && t.old.ModTime.UnixNano() == s.time {
			t.act = actKeep
			if m.r.due(s.path) {
				t.act, t.again = actRead, true
			}
		}
	}
	if t.act == actRead {
		t.shape = shapeOf(s.path, s.time, m.r.Zone)
	}
	return m.put(t)
}

// folderFailed goes on behind a folder that cannot be listed; if the source as
// a whole is away, it ends.
func (m *merge) folderFailed(s seen) bool {
	if errors.Is(s.err, errDeep) {
		m.r.facts.note(CodeNames, s.path)
		return true
	}
	if s.path == "." || gone(m.r.Source, s.err) {
		m.err = fmt.Errorf("%w: %w", errGone, s.err)
		return false
	}
	if vanished(s.err) {
		return true // it went between the listing above and its own
	}
	m.r.facts.note(CodeCarried, s.path)
	// What stood below comes now: its keys follow the folder's.
	for below := s.path + "/"; m.on && strings.HasPrefix(m.cur.Path, below); {
		if !m.put(&task{path: m.cur.Path, act: actCarry, old: m.cur, had: true}) {
			return false
		}
		m.step()
	}
	return m.err == nil
}

// due says whether it is a file's turn to be read again although nothing
// seems to have changed.
func (r *run) due(name string) bool {
	switch {
	case r.Rereads <= 0:
		return false
	case r.Rereads == 1:
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32()%uint32(r.Rereads)) == r.Turn%r.Rereads
}
