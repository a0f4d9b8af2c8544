package shelf

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// A share that falls silent while it is read from gives no error: it counts as
// away, the other root is read, and it is taken again when it answers.
func TestSilent_ShareIsAwayAndComesBack(t *testing.T) {
	t.Parallel()
	good, mute := &stick{fsys: hospital().FS()}, &stick{fsys: hospital().FS()}
	passed := make(chan time.Time)
	close(passed)
	s := open(t, Config{Roots: []string{"mute", "good"}, CacheBytes: -1, After: func(time.Duration) <-chan time.Time { return passed }, open: sticks(map[string]*stick{"mute": mute, "good": good}), answer: 300 * time.Millisecond, probe: 300 * time.Millisecond})
	ctx, id := context.Background(), hospital().ID(0)
	waitFor(t, func() bool { return s.State()[0].State == StateOpen && s.State()[1].State == StateOpen })
	chart, err := s.Read(ctx, id, want())
	if err != nil {
		t.Fatal(err)
	}
	var ref model.Ref
	for _, it := range chart.Items {
		if it.Ref.Source == "s1" {
			ref = it.Ref
		}
	}
	again := make(chan struct{})
	mute.silent.Store(&again)
	chart, err = s.Read(ctx, id, want())
	if err != nil || len(chart.Stores) != 2 || !chart.Stores[0].Failed && !chart.Stores[1].Failed {
		t.Fatalf("%+v %v", chart, err)
	}
	if found, err := s.Find(ctx, id); err != nil || len(found) != 1 || len(found[0].Notices) == 0 {
		t.Error(found, err)
	}
	if _, err := s.Document(ctx, ref); fault.KindOf(err) != fault.Busy {
		t.Errorf("a document of the silent share: %v", err)
	}
	s.Look(ctx)
	if st := s.State(); st[0].State != StateGone || st[1].State != StateOpen {
		t.Errorf("%+v", st)
	}

	mute.silent.Store(nil)
	close(again)
	waitFor(t, func() bool { s.Look(ctx); return s.State()[0].State == StateOpen })
	if chart, err = s.Read(ctx, id, want()); err != nil || chart.Stores[0].Failed || chart.Stores[1].Failed {
		t.Errorf("%+v %v", chart.Stores, err)
	}
}

// What falls silent in the middle of a reading is left there.
func TestSilent_WhileItIsRead(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*Shelf) error{
		"read": func(s *Shelf) error { _, err := s.Read(context.Background(), hospital().ID(0), want()); return err },
		"find": func(s *Shelf) error { _, err := s.Find(context.Background(), hospital().ID(0)); return err },
		"look": func(s *Shelf) error { s.Look(context.Background()); return s.State()[0].Fault },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &stick{fsys: hospital().FS()}
			s := open(t, Config{Roots: []string{"m"}, open: sticks(map[string]*stick{"m": m}), answer: 50 * time.Millisecond, probe: 50 * time.Millisecond})
			again := make(chan struct{})
			m.silent.Store(&again)
			if err := ask(s); fault.KindOf(err) != fault.Busy {
				t.Error(err)
			}
			m.silent.Store(nil)
			close(again)
		})
	}
}

// A file of a document that falls silent ends with an error; one that reads is
// what it is.
func TestSilent_FileOfADocument(t *testing.T) {
	t.Parallel()
	m := &stick{fsys: hospital().FS()}
	s := open(t, Config{Roots: []string{"m"}, open: sticks(map[string]*stick{"m": m}), answer: 50 * time.Millisecond, probe: 50 * time.Millisecond})
	big := strings.Repeat("0123456789", 20_000)
	o := s.roots[0].open
	doc := o.keepOpen(s.roots[0], &s.cfg, &source.Document{Files: []source.File{
		{Open: func() (io.ReadCloser, error) { m.listen(); return io.NopCloser(&slow{m, strings.NewReader(big)}), nil }},
	}})
	f, err := doc.Files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || !bytes.Equal(data, []byte(big)) {
		t.Error(len(data), err)
	}
	_ = f.Close()
	if f, err = doc.Files[0].Open(); err != nil {
		t.Fatal(err)
	}
	again := make(chan struct{})
	m.silent.Store(&again)
	if _, err := io.ReadAll(f); fault.KindOf(err) != fault.Busy {
		t.Errorf("a silent file: %v", err)
	}
	if _, err := f.Read(make([]byte, 1)); err == nil {
		t.Error("read once more")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	m.silent.Store(nil)
	close(again)
	waitFor(t, func() bool { return m.closed.Load() == 1 }) // nobody uses it any more
}

// slow is a file of a stick.
type slow struct {
	s  *stick
	in io.Reader
}

func (f *slow) Read(p []byte) (int, error) {
	f.s.listen()
	return f.in.Read(p)
}
