package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"
)

// onCopy gives the vault on a copy of its medium.
func (f *fixture) onCopy(t testing.TB, d *memDisk) *fixture {
	t.Helper()
	v, err := open(d)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{d: d, v: v, k: f.k, m: f.m}
}

// Cut at every change: the generations before stay readable, the new one is
// there whole or not at all, and the next copy succeeds.
func TestWriter_CutAtEveryStep(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(12, 4)
	first := f.write(t, files, f.options("", day(2)))
	changed := store(14, 4)
	changed["zz"] = strings.Repeat("large ", 300_000)
	base := f.d.afterCut(false)
	whole, steps := 0, 0
	for cut := 1; ; cut++ {
		running := f.onCopy(t, base.afterCut(true))
		running.d.failAt, running.d.cause = cut, errCut
		_, err := write(running.v, f.m, changed, f.options(first.Generation, day(3)))
		if err == nil {
			steps = cut
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatalf("step %d: %v", cut, err)
		}
		for _, lucky := range []bool{true, false} {
			after := f.onCopy(t, running.d.afterCut(lucky))
			same(t, after.read(t, first.Generation), files)
			all, err := after.v.Generations()
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				if g.ID != first.Generation && g.Finished {
					whole++
					same(t, after.read(t, g.ID), changed)
				}
			}
			next, err := write(after.v, f.m, changed, f.options(first.Generation, day(4)))
			if err != nil {
				t.Fatalf("step %d: after the cut: %v", cut, err)
			}
			same(t, after.read(t, next.Generation), changed)
			if left, err := after.v.sweep(context.Background(), true); err != nil || len(left) > 0 {
				t.Fatalf("step %d: left over: %v, %v", cut, left, err)
			}
		}
	}
	if steps < 15 || whole == 0 {
		t.Errorf("%d steps, %d of them left the new generation whole: the cuts are wrong", steps, whole)
	}
}

func TestPrune_CutAtEveryStep(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(8, 3)
	first := f.write(t, files, f.options("", day(2)))
	files2 := store(10, 3)
	second := f.write(t, files2, f.options(first.Generation, day(3)))
	third := f.write(t, files2, f.options("", day(4)))
	base := f.d.afterCut(false)
	for cut := 1; ; cut++ {
		running := f.onCopy(t, base.afterCut(true))
		running.d.failAt, running.d.cause = cut, errCut
		_, err := running.v.Prune(context.Background(), Rule{}, day(20), false)
		if err == nil && cut > 3 {
			break
		}
		for _, lucky := range []bool{true, false} {
			after := f.onCopy(t, running.d.afterCut(lucky))
			all, err := after.v.Generations()
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				switch {
				case !g.Finished:
				case g.ID == first.Generation:
					same(t, after.read(t, g.ID), files)
				default:
					same(t, after.read(t, g.ID), files2)
				}
			}
			if _, err := after.v.Prune(context.Background(), Rule{}, day(20), false); err != nil {
				t.Fatal(err)
			}
			same(t, after.read(t, third.Generation), files2)
			if names, err := after.d.Names(generationsDir); err != nil || len(names) != 1 {
				t.Fatalf("step %d: %v, %v", cut, names, err)
			}
			if names, err := after.d.Names(packsDir); err != nil || len(names) != len(third.Packs) {
				t.Fatalf("step %d: %v, %v", cut, names, err)
			}
		}
	}
	_ = second
}

func TestWriter_FullMediumIsSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(8, 3)
	first := f.write(t, files, f.options("", day(2)))
	for at := 1; at < 12; at++ {
		full := f.onCopy(t, f.d.afterCut(true))
		full.d.failAt, full.d.cause = at, errNoSpace
		_, err := write(full.v, f.m, store(30, 30), f.options(first.Generation, day(3)))
		isFault(t, err, "vault.full")
		same(t, full.read(t, first.Generation), files)
	}
	gone := f.onCopy(t, f.d.afterCut(true))
	gone.d.failAt, gone.d.cause = 3, io.ErrClosedPipe
	_, err := write(gone.v, f.m, store(30, 30), f.options(first.Generation, day(3)))
	isFault(t, err, "vault.write")
}

// A source that breaks off spoils its own file only.
func TestWriter_SourceFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w, err := f.v.Begin(t.Context(), f.m, f.options("", day(2)))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	add := func(name string, r io.Reader) error { _, err := w.Add(name, Meta{}, r); return err }
	if err := add("a", strings.NewReader("a")); err != nil {
		t.Fatal(err)
	}
	broken := iotest.ErrReader(errCut)
	if err := add("b", broken); !errors.Is(err, ErrSource) || !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if err := add("c", io.MultiReader(strings.NewReader(strings.Repeat("c", 3<<20)), broken)); !errors.Is(err, ErrSource) {
		t.Fatal(err)
	}
	if err := add("c", strings.NewReader("c")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"c", "b", "a/x"} {
		isFault(t, add(name, strings.NewReader("")), "vault.order")
	}
	for _, name := range []string{"", ".", "/a", "a/../b", "d\x00e", strings.Repeat("x", maxKey+1), "\xff"} {
		isFault(t, add(name, strings.NewReader("")), "vault.path")
	}
	m, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, f.read(t, m.Generation), map[string]string{"a": "a", "c": "c"})
	isFault(t, add("z", strings.NewReader("")), "vault.committed")
	_, err = w.Commit(t.Context())
	isFault(t, err, "vault.committed")
}

// Every byte of every file, one at a time in steps: what is read is right or a
// fault, and files in other packs stay readable.
func TestReader_DamageConcernsItsFilesOnly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(150, 8)
	m := f.write(t, files, f.options("", day(2)))
	if len(m.Packs) < 2 {
		t.Fatal("one pack only")
	}
	victim := m.Packs[0].Name
	for name := range f.d.files {
		size := len(f.d.files[name].data)
		for at := 0; at < size; at += 1 + size/7 {
			d := f.d.afterCut(true)
			d.files[name].data[at] ^= 0x20
			bad, good := readAllOf(t, f.onCopy(t, d), m.Generation)
			if name == victim && (bad == 0 || good == 0) {
				t.Errorf("%s at %d: %d damaged, %d whole", name, at, bad, good)
			}
		}
		for _, cut := range []int{0, 1, size / 2, size - 1} {
			d := f.d.afterCut(true)
			d.files[name].data = d.files[name].data[:cut]
			readAllOf(t, f.onCopy(t, d), m.Generation)
		}
		d := f.d.afterCut(true)
		delete(d.files, name)
		if name != aboutName {
			readAllOf(t, f.onCopy(t, d), m.Generation)
		}
	}
}

// readAllOf reads what can be read and fails if anything read is wrong.
func readAllOf(t testing.TB, f *fixture, id string) (bad, good int) {
	t.Helper()
	want := store(150, 8)
	r, err := f.v.Read(id, ReadOptions{}, f.k)
	if err != nil {
		return len(want), 0
	}
	defer r.Close()
	for e, err := range r.Entries("") {
		if err != nil {
			bad++
			break
		}
		data, err := r.ReadFile(e.Path)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s looks as if it had never been: %v", e.Path, err)
			}
			bad++
			continue
		}
		if string(data) != want[e.Path] {
			t.Fatalf("%s reads wrong", e.Path)
		}
		good++
	}
	return bad, good
}

// What the medium lost since is written anew, so that damage does not go from
// generation to generation.
func TestWriter_HealsDamagedPacks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files := store(150, 8)
	first := f.write(t, files, f.options("", day(2)))
	victim := first.Packs[0].Name
	for name, harm := range map[string]func(*memDisk){
		"gone": func(d *memDisk) { delete(d.files, victim) },
		"cut":  func(d *memDisk) { d.files[victim].data = d.files[victim].data[:10] },
		"bits": func(d *memDisk) { d.files[victim].data[len(d.files[victim].data)/2] ^= 1 },
	} {
		x := f.onCopy(t, f.d.afterCut(true))
		harm(x.d)
		opt := f.options(first.Generation, day(3))
		found, err := x.v.Verify(t.Context(), Check{Full: true})
		if err != nil || len(found.Findings) != 1 || found.Findings[0].File != victim {
			t.Fatalf("%s: %+v, %v", name, found, err)
		}
		if name == "bits" {
			opt.Damaged = []string{found.Findings[0].File}
		}
		second := x.write(t, files, opt)
		if second.Added == 0 || second.Kept == 0 {
			t.Errorf("%s: added %d, kept %d", name, second.Added, second.Kept)
		}
		same(t, x.read(t, second.Generation), files)
	}
}
