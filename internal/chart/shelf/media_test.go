package shelf

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

// indexed runs the shelf until the index is ready, with no further refresh, and
// ends Run with the test.
func indexed(t *testing.T, cfg Config) *Shelf {
	t.Helper()
	s := open(t, cfg)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	waitFor(t, func() bool { return s.Index().Progress().Phase == index.PhaseReady })
	return s
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it does not happen")
		}
	}
}

// The index says of everybody who he is and of those in the hospital where they
// lie, as the hospital was made.
func TestIndex_IsWhatTheHospitalIs(t *testing.T) {
	t.Parallel()
	o := synth.Small(3)
	o.Patients, o.Beds, o.AsOf = 60, 20, time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC)
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := indexed(t, Config{Roots: []string{"stick"}, open: sticks(map[string]*stick{"stick": {fsys: h.FS()}})})
	if c, ok := s.sources()[0].(index.Counter); !ok {
		t.Error("patients cannot be counted")
	} else if n, err := c.Count(t.Context()); err != nil || n != int64(h.Patients()) {
		t.Errorf("%d patients were counted: %v", n, err)
	}
	for i := range h.Patients() {
		e := h.Expect(i)
		hit, ok := s.Index().Patient("s1", e.ID)
		if !ok || hit.Brief.Birth != e.Birth || hit.Brief.Sex != e.Sex || oneBlank(hit.Brief.Kanji) != e.Kanji || oneBlank(hit.Brief.Kana) != e.Kana {
			t.Errorf("%+v, want %+v", hit, e.Identity)
		}
		for _, q := range []string{e.Kana, e.Kanji, e.Kana + " " + e.Birth} {
			r := s.Index().Search(index.Query{Text: q})
			if !slices.ContainsFunc(r.Hits, func(x index.Hit) bool { return x.ID == e.ID }) || !r.Complete {
				t.Errorf("%s is not found by %q", e.ID, q)
			}
		}
	}
	want := map[string]string{}
	for _, i := range h.Census() {
		e := h.Expect(i)
		want[e.ID] = e.Stay.Ward + "/" + e.Stay.Room + "/" + e.Stay.Bed
	}
	got := map[string]string{}
	for _, w := range s.Index().Wards() {
		hits := s.Index().Ward(w.Code)
		if len(hits) != w.Patients {
			t.Errorf("%+v: %d", w, len(hits))
		}
		for _, hit := range hits {
			got[hit.ID] = hit.Bed.Ward + "/" + hit.Bed.Room + "/" + hit.Bed.Bed
		}
	}
	if len(want) < 10 {
		t.Fatalf("the hospital is too empty: %d", len(want))
	}
	for id, bed := range want {
		if got[id] != bed {
			t.Errorf("%s lies in %q, want %q", id, got[id], bed)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lie in the hospital, want %d", len(got), len(want))
	}
	if at, by := s.Until(); by != ByNewest || at.After(o.AsOf) || o.AsOf.Sub(at) > 72*time.Hour {
		t.Error(at, by)
	}
}

// Opening costs the same for millions of files and for thirty times as many, and so
// does the first chart.
func TestOpen_CostsTheSameForAnySize(t *testing.T) {
	t.Parallel()
	cost := func(patients int) (opening, first int64) {
		h, err := synth.New(synth.Options{Seed: 4, Patients: patients, Years: 3, AsOf: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		m := &stick{fsys: h.FS()}
		s := open(t, Config{Roots: []string{"stick"}, open: sticks(map[string]*stick{"stick": m})})
		opening = m.opens.Load() + m.lists.Load()
		if found, err := s.Find(context.Background(), strings.TrimLeft(h.ID(patients/2), "0")); err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return opening, m.opens.Load() + m.lists.Load() - opening
	}
	small, smallFirst := cost(100_000)
	large, largeFirst := cost(3_000_000)
	t.Logf("opening %d and %d, first patient %d and %d calls", small, large, smallFirst, largeFirst)
	if large > small+20 || largeFirst > smallFirst+5 || large > 400 || largeFirst > 60 {
		t.Errorf("opening %d and %d, first patient %d and %d calls", small, large, smallFirst, largeFirst)
	}
}

// tree says everything about a folder that a write could change.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().UTC().Format(time.RFC3339Nano) + "\n")
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b.Write(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Opening, indexing, searching, reading and closing leave a folder and a vault
// as they were, to the byte and the nanosecond.
func TestShelf_TouchesNothing(t *testing.T) {
	t.Parallel()
	sealed, key, _ := sealedStore(t)
	roots := []string{store(t), sealed}
	before := []string{tree(t, roots[0]), tree(t, roots[1])}
	s := indexed(t, Config{Roots: roots, Key: keyIs(key), Store: index.Sealed{Path: filepath.Join(t.TempDir(), "index"), Key: key}})
	for i := range 3 {
		c, err := s.Read(context.Background(), hospital().ID(i), want())
		if err != nil {
			t.Fatal(err)
		}
		if doc, err := s.Document(context.Background(), c.Items[0].Ref); err != nil || len(doc.Files) == 0 {
			t.Fatal(err)
		}
	}
	s.Look(context.Background())
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for i, dir := range roots {
		if tree(t, dir) != before[i] {
			t.Errorf("%s was changed", dir)
		}
	}
}

// Nothing in the package can write: it names no function that does.
func TestPackage_HasNothingThatWrites(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, word := range []string{"OpenFile", "Create(", "WriteFile", "Mkdir", "os.Remove", "RemoveAll", "root.Remove", "Rename", "Chmod", "Chtimes", "Chown", "Truncate", "Symlink", "os.Link", "durable", ".Begin(", ".Prune(", "O_RDWR", "O_WRONLY"} {
			if strings.Contains(string(data), word) {
				t.Errorf("%s has %s", file, word)
			}
		}
	}
	if read < 5 {
		t.Fatal("the files were not read")
	}
}

// A medium that is pulled out in the middle of anything gives a fault or a chart
// that says so, never a crash and never "nothing recorded"; put in again, the
// next request reads it.
func TestUnplug_AnywhereAndBack(t *testing.T) {
	t.Parallel()
	id := hospital().ID(1)
	for n := int64(1); n < 400; n = n*3/2 + 1 {
		m := &stick{fsys: hospital().FS()}
		now := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
		s := open(t, Config{Roots: []string{"stick"}, CacheBytes: -1, Clock: func() time.Time { return now }, open: sticks(map[string]*stick{"stick": m})})
		whole, err := s.Read(context.Background(), id, want())
		if err != nil {
			t.Fatal(err)
		}
		m.after.Store(m.opens.Load() + n)
		c, err := s.Read(context.Background(), id, want())
		switch {
		case !m.out.Load(): // it was read before the pulling
		case err != nil && !isKey(err, "shelf.gone"):
			t.Fatalf("pulled at %d: %v", n, err)
		case err == nil && !c.Stores[len(c.Stores)-1].Failed:
			t.Fatalf("pulled at %d: a chart of %d items of %d, and nothing said: %+v", n, len(c.Items), len(whole.Items), c.Notices)
		case err == nil && (c.Allergies.State == model.NoRecord || c.Drugs.State == model.NotStored):
			t.Fatalf("pulled at %d: it says that nothing is recorded", n)
		}
		if !m.out.Load() {
			continue
		}
		if st := s.State()[0]; st.State != StateGone || !isKey(st.Fault, "shelf.gone") {
			t.Fatalf("pulled at %d: %+v", n, st)
		}
		if _, err := s.Find(context.Background(), id); err == nil {
			t.Fatal("found on a medium that is away")
		}
		m.after.Store(0)
		m.out.Store(false)
		now = now.Add(2 * retryAfter)
		again, err := s.Read(context.Background(), id, want())
		if err != nil || len(again.Items) != len(whole.Items) || again.Stores[0].Failed || s.State()[0].State != StateOpen {
			t.Fatalf("back at %d: %v", n, err)
		}
	}
}

// Pulled while many read and the index is built: faults, no crash, closed once.
func TestUnplug_WhileManyReadAndTheIndexIsBuilt(t *testing.T) {
	t.Parallel()
	m := &stick{fsys: hospital().FS()}
	s := open(t, Config{Roots: []string{"stick"}, CacheBytes: -1, open: sticks(map[string]*stick{"stick": m})})
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) })
	for w := range 8 {
		work.Go(func() {
			for i := 0; ctx.Err() == nil && i < 25; i++ {
				if c, err := s.Read(ctx, hospital().ID((w+i)%hospital().Patients()), want()); err == nil && len(c.Items) == 0 && !c.Stores[0].Failed {
					t.Error("somebody has no items")
				}
				if i == 8 && w == 0 {
					m.out.Store(true)
				}
			}
		})
	}
	waitFor(t, func() bool { return s.State()[0].State == StateGone })
	stop()
	work.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closing twice:", err)
	}
	waitFor(t, func() bool { return m.closed.Load() > 0 })
	if n := m.closed.Load(); n != 1 {
		t.Errorf("closed %d times", n)
	}
}

// Folders that are held open are the same as the folder: what is there, what is
// not, what leads out, from many goroutines while they are put away.
func TestFolders_AreTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 300 {
		sub := filepath.Join(dir, "a", "b", strings.Repeat("x", i%20+1)+string(rune('a'+i%26)))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, "f"), []byte(sub), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Symlink("/etc", filepath.Join(dir, "a", "out"))
	m, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := w; i < 600; i++ {
				name := "a/b/" + strings.Repeat("x", i%20+1) + string(rune('a'+i%26)) + "/f"
				data, err := fs.ReadFile(m.fsys, name)
				plain, other := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
				if (err == nil) != (other == nil) || string(data) != string(plain) {
					t.Errorf("%s: %q %v, want %q %v", name, data, err, plain, other)
				}
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for _, n := range []int{-1, 1, 7, 1000} {
		f, err := m.fsys.Open("a/b")
		if err != nil {
			t.Fatal(err)
		}
		list, names := f.(fs.ReadDirFile), 0
		for {
			part, err := list.ReadDir(n)
			if names += len(part); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			if err == io.EOF || n < 0 {
				break
			}
		}
		plain, _ := os.ReadDir(filepath.Join(dir, "a", "b"))
		if err := f.Close(); err != nil || names != len(plain) || names < 20 {
			t.Errorf("%d at a time: %d names, want %d, %v", n, names, len(plain), err)
		}
	}
	for _, name := range []string{"a/out", "a/out/passwd", "a/none/f", "a/b/xa/f/g"} {
		if f, err := m.fsys.Open(name); err == nil {
			_ = f.Close()
			t.Errorf("%s was opened", name)
		} else if p, ok := errors.AsType[*fs.PathError](err); !ok || p.Path != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := m.fsys.Open("a/b/xa/f"); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

// Another medium in the place of the first: nothing of the first is shown.
func TestUnplug_AnotherMediumComesBack(t *testing.T) {
	t.Parallel()
	o := hospital().Options()
	o.Seed = 99
	other, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	m := &stick{fsys: hospital().FS()}
	s := open(t, Config{Roots: []string{"stick"}, open: sticks(map[string]*stick{"stick": m})})
	name := func() string {
		t.Helper()
		c, err := s.Read(t.Context(), hospital().ID(0), want())
		if err != nil {
			t.Fatal(err)
		}
		return oneBlank(c.Person.Kanji.Show)
	}
	if got := name(); got != hospital().Expect(0).Kanji {
		t.Fatal(got)
	}
	m.out.Store(true)
	s.Look(t.Context())
	m.fsys = other.FS()
	m.out.Store(false)
	s.Look(t.Context())
	if got := name(); got != other.Expect(0).Kanji || got == hospital().Expect(0).Kanji {
		t.Errorf("%s, want %s", got, other.Expect(0).Kanji)
	}
}

// A share that never answers holds up nobody but who waits for it.
func TestOpen_DeadShareHoldsUpNobody(t *testing.T) {
	t.Parallel()
	good, dead := &stick{fsys: hospital().FS()}, make(chan struct{})
	inner := sticks(map[string]*stick{"good": good, "dead": good})
	passed := make(chan time.Time)
	close(passed) // nobody has patience
	s := open(t, Config{Roots: []string{"dead", "good"}, After: func(time.Duration) <-chan time.Time { return passed }, open: func(cfg *Config, path string) (*medium, error) {
		if path == "dead" {
			<-dead
		}
		return inner(cfg, path)
	}})
	waitFor(t, func() bool { return s.State()[1].State == StateOpen })
	if st := s.State()[0]; st.State != StateGone {
		t.Errorf("%+v", st)
	}
	if found, err := s.Find(context.Background(), hospital().ID(0)); err != nil || len(found) != 1 || len(found[0].Notices) != 1 {
		t.Error(found, err)
	}
	close(dead)
	waitFor(t, func() bool { return s.State()[0].State == StateOpen })
	if c, err := s.Read(context.Background(), hospital().ID(0), want()); err != nil || len(c.Stores) != 2 {
		t.Error(c, err)
	}
}

// Two roots with the same patients, one number written shorter, one pulled.
func TestRead_MergesRootsAndSaysWhichIsAway(t *testing.T) {
	t.Parallel()
	a, b := &stick{fsys: hospital().FS()}, &stick{fsys: hospital().FS()}
	s := open(t, Config{Roots: []string{"a", "b"}, open: sticks(map[string]*stick{"a": a, "b": b}), CacheBytes: -1})
	ctx, id := context.Background(), hospital().ID(0)
	c, err := s.Read(ctx, id, want())
	if err != nil || len(c.Stores) != 2 || c.Stores[0].Source != "s1" || c.Stores[1].Source != "r2s1" {
		t.Fatalf("%+v %v", c, err)
	}
	found, err := s.Find(ctx, strings.TrimLeft(id, "0"))
	if err != nil || len(found) != 1 || len(found[0].Notices) != 0 {
		t.Errorf("%+v %v", found, err)
	}
	one := len(c.Items) / 2
	b.out.Store(true)
	c, err = s.Read(ctx, id, want())
	if err != nil || len(c.Items) != one || !slices.ContainsFunc(c.Stores, func(st model.Store) bool { return st.Source == "r2s1" && st.Failed }) ||
		!slices.ContainsFunc(c.Notices, func(n model.Notice) bool { return n.Code == "source.away" && n.Level == model.Danger }) {
		t.Errorf("%+v %v", c.Stores, err)
	}
	if found, err = s.Find(ctx, id); err != nil || len(found) != 1 || len(found[0].Notices) != 1 {
		t.Errorf("%+v %v", found, err)
	}
	// Nobody on the one that is left: it cannot be said that there is nobody.
	if found, err = s.Find(ctx, "7777777777"); err == nil {
		t.Errorf("%+v", found)
	}
	if c, err = s.Read(ctx, "7777777777", want()); err != nil || len(c.Items) != 0 || c.Allergies.State == model.NoRecord {
		t.Errorf("%+v %v", c, err)
	}
}

func TestFind_JoinsAndWarns(t *testing.T) {
	t.Parallel()
	f := func(id, kanji, birth string) source.Found {
		return source.Found{ID: id, Person: source.Brief{Kanji: kanji, Birth: birth}}
	}
	var out []source.Found
	for _, x := range []source.Found{f("0001", "山田 太郎", "19500101"), f("1", "山田 太郎", "19500101"), f("01", "森 優", "19600101"), f("0001", "林 優", "19700101")} {
		out = join(out, x)
	}
	if len(out) != 2 || out[0].ID != "0001" || out[1].ID != "01" || len(out[0].Notices) != 2 || out[0].Notices[0].Code != "patient.differs.birth" {
		t.Errorf("%+v", out)
	}
	if !ssmix2.SamePatient("1", "0001") {
		t.Error("numbers")
	}
}

func TestStateError_Unwraps(t *testing.T) {
	t.Parallel()
	if !errors.Is(stateError{StateGone, errIO}, errIO) {
		t.Error("the cause is lost")
	}
}
