package ssmix2_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

// ward is a small store on a disk that changes, and what an index knows of it.
type ward struct {
	t     *testing.T
	dir   string // of patients, with the prefixes
	src   source.Source
	r     *rand.Rand
	ids   []string
	known map[string]source.Entry
	n     int
}

func newWard(t *testing.T, seed uint64) *ward {
	t.Helper()
	h, err := synth.New(synth.Options{Seed: seed, Patients: 24, Years: 1, AsOf: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC), Extended: true})
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := h.Write(t.Context(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	fsys := source.Folder(root)
	w := &ward{t: t, src: open(t, fsys), r: rand.New(rand.NewPCG(seed, 7)), known: map[string]source.Entry{}}
	roots, _, err := ssmix2.Detect(t.Context(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roots {
		if r.Kind == ssmix2.StandardStorage {
			w.dir = filepath.Join(top, filepath.FromSlash(r.Path))
		}
	}
	for _, e := range walk(t, w.src, source.Walk{}) {
		w.known[e.ID] = e
	}
	w.ids = slices.Sorted(maps.Keys(w.known))
	return w
}

func (w *ward) folder(id string) string {
	at, ok := ssmix2.PatientPath(id)
	if !ok {
		w.t.Fatal(id)
	}
	return filepath.Join(w.dir, filepath.FromSlash(at))
}

// put writes a message of a date.
func (w *ward) put(id, date, kind, flag string) {
	w.t.Helper()
	w.n++
	dir := filepath.Join(w.folder(id), date, kind)
	name := fmt.Sprintf("%s_%s_%s_%015d_202604%02d12%05d00_01_%s", id, date, kind, 900_000_000+w.n, 2+w.n%20, w.n, flag)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte("MSH|^~\\&|||||20260402||RDE^O11|1|P|2.5\r"), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// newest gives the newest files of a patient that are no movements and not his
// details, by date.
func (w *ward) newest(id string) (dir, name string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.folder(id), "2*", "*", id+"_*"))
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(files)
	for _, f := range slices.Backward(files) {
		if !strings.Contains(f, "ADT-") {
			return filepath.Dir(f), filepath.Base(f)
		}
	}
	return "", ""
}

// change does something to a patient as a hospital's day does.
func (w *ward) change(id string, day int) {
	w.t.Helper()
	date := fmt.Sprintf("202604%02d", day)
	switch w.r.IntN(7) {
	case 0, 1:
		w.put(id, date, "OMP-01", "1")
	case 2:
		w.put(id, date, "OML-11", "1")
		w.put(id, date, "OMP-02", "1")
	case 3: // a new version; the old one is renamed
		if dir, name := w.newest(id); name != "" {
			if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name[:len(name)-1]+"2")); err != nil {
				w.t.Fatal(err)
			}
			w.put(id, filepath.Base(filepath.Dir(dir)), filepath.Base(dir), "1")
		}
	case 4: // it is deleted
		if dir, name := w.newest(id); name != "" {
			if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name[:len(name)-1]+"0")); err != nil {
				w.t.Fatal(err)
			}
		}
	case 5: // the file itself goes
		if dir, name := w.newest(id); name != "" {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				w.t.Fatal(err)
			}
		}
	case 6: // moved to another bed: an order of transfer that says little
		w.put(id, date, "ADT-32", "1")
	}
}

// refresh does a quick walk and takes what it says as an index does.
func (w *ward) refresh() (deltas, whole int) {
	w.t.Helper()
	opt := source.Walk{Quick: true,
		Known: func(id string) (uint64, bool) { e, ok := w.known[id]; return e.Mark, ok },
		Memo:  func(id string) []byte { return w.known[id].Memo },
	}
	for _, e := range walk(w.t, w.src, opt) {
		switch {
		case e.Same:
			continue
		case e.Delta:
			deltas++
			e = added(w.known[e.ID], e)
		default:
			whole++
		}
		w.known[e.ID] = e
	}
	return deltas, whole
}

func added(old, e source.Entry) source.Entry {
	e.Files, e.Stay, e.Delta = e.Files+old.Files, old.Stay, false
	kinds := slices.Clone(e.Kinds)
	for _, k := range old.Kinds {
		if i := slices.IndexFunc(kinds, func(c source.Count) bool { return c.Kind == k.Kind }); i >= 0 {
			kinds[i].Items += k.Items
		} else {
			kinds = append(kinds, k)
		}
	}
	e.Kinds = slices.DeleteFunc(kinds, func(c source.Count) bool { return c.Items == 0 })
	return e
}

// agrees compares what is known with a whole walk by somebody who knows nothing.
func (w *ward) agrees(round int) {
	w.t.Helper()
	all := walk(w.t, w.src, source.Walk{})
	if len(all) != len(w.known) {
		w.t.Errorf("round %d: %d patients, %d are known", round, len(all), len(w.known))
	}
	for _, want := range all {
		got := w.known[want.ID]
		same(w.t, want.ID, fmt.Sprintf("round %d: files", round), got.Files, want.Files)
		same(w.t, want.ID, fmt.Sprintf("round %d: mark", round), got.Mark, want.Mark)
		same(w.t, want.ID, fmt.Sprintf("round %d: memo", round), string(got.Memo), string(want.Memo))
		same(w.t, want.ID, fmt.Sprintf("round %d: person", round), got.Brief, want.Brief)
		same(w.t, want.ID, fmt.Sprintf("round %d: kinds", round), numbers(got), numbers(want))
		if (got.Stay == nil) != (want.Stay == nil) || got.Stay != nil && *got.Stay != *want.Stay {
			w.t.Errorf("round %d: %s lies in %+v, want %+v", round, want.ID, got.Stay, want.Stay)
		}
	}
}

func numbers(e source.Entry) string {
	var out []string
	for _, k := range e.Kinds {
		if k.Items != 0 {
			out = append(out, fmt.Sprint(k.Kind, " ", k.Items))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// A month of refreshes that look at newest dates alone knows in the end exactly
// what a whole walk finds: numbers, marks, people, beds.
func TestWalk_QuickAddsUpToTheWhole(t *testing.T) {
	t.Parallel()
	w := newWard(t, 3)
	deltas, whole := 0, 0
	for day := 2; day <= 28; day += 2 {
		for range 1 + w.r.IntN(12) {
			w.change(w.ids[w.r.IntN(len(w.ids))], day-w.r.IntN(2))
		}
		d, n := w.refresh()
		deltas, whole = deltas+d, whole+n
		w.agrees(day)
		if t.Failed() {
			return
		}
	}
	if deltas < 30 || whole < 3 {
		t.Errorf("%d were told from their newest dates, %d whole: the test tries too little", deltas, whole)
	}
	if d, n := w.refresh(); d+n != 0 {
		t.Errorf("%d patients changed although nothing did", d+n)
	}
}

// What a memo cannot vouch for is listed whole.
func TestWalk_QuickListsWhole(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(w *ward, id string)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, 5)
			id := w.ids[len(w.ids)/2]
			change(w, id)
			if d, n := w.refresh(); d != 0 || n != 1 {
				t.Errorf("%d by newest dates, %d whole", d, n)
			}
			w.agrees(1)
		})
	}
	f("an old date is new", func(w *ward, id string) { w.put(id, "19990101", "OMP-01", "1") })
	f("an old date went", func(w *ward, id string) {
		dates, err := filepath.Glob(filepath.Join(w.folder(id), "2*"))
		if err != nil || len(dates) < 5 {
			w.t.Fatal(dates, err)
		}
		if err := os.RemoveAll(dates[0]); err != nil {
			w.t.Fatal(err)
		}
	})
	f("many new dates", func(w *ward, id string) {
		for day := range 14 {
			w.put(id, fmt.Sprintf("202605%02d", day+1), "OMP-01", "1")
		}
	})
	f("a name that says another date", func(w *ward, id string) {
		w.put(id, "20260410", "OMP-01", "1")
		dir, name := w.newest(id)
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, strings.Replace(name, "_20260410_", "_20260409_", 1))); err != nil {
			w.t.Fatal(err)
		}
	})
	// One more version of what stands in an old date, in the first of the newest:
	// it counts as a thing of its own for who sees the newest alone. Then a newer
	// date comes, and the folder is among the newest no more.
	f("a name that says another date, where the newest were", func(w *ward, id string) {
		files, err := filepath.Glob(filepath.Join(w.folder(id), "2*", "OM*", id+"_*"))
		dates, err2 := filepath.Glob(filepath.Join(w.folder(id), "2*"))
		if err != nil || err2 != nil || len(dates) < 5 || len(files) == 0 || filepath.Dir(filepath.Dir(files[0])) >= dates[len(dates)-3] {
			w.t.Fatal(files, dates, err, err2)
		}
		dir := filepath.Join(dates[len(dates)-3], filepath.Base(filepath.Dir(files[0])))
		name := strings.Split(filepath.Base(files[0]), "_")
		name[4] = "20260409120000000" // sent
		if err := os.MkdirAll(dir, 0o700); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, strings.Join(name, "_")), []byte("MSH|^~\\&|||||20260402||RDE^O11|1|P|2.5\r"), 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.put(id, "20260410", "OMP-01", "1")
	})
	f("a movement", func(w *ward, id string) { w.put(id, "20260410", "ADT-22", "1") })
	f("no memo", func(w *ward, id string) {
		e := w.known[id]
		e.Memo = nil
		w.known[id] = e
		w.put(id, "20260410", "OMP-01", "1")
	})
	f("a memo of nobody", func(w *ward, id string) {
		e := w.known[id]
		e.Memo = e.Memo[:len(e.Memo)/2]
		w.known[id] = e
		w.put(id, "20260410", "OMP-01", "1")
	})
}
