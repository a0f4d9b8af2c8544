package index

import (
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
)

// deltas are what a source says of patients who had more or less since: person
// by person the entry that is whole, and the one that says the difference.
func deltas(before []source.Entry) (whole, differ []source.Entry) {
	for i, e := range before {
		next := e
		next.Mark++
		next.Memo = []byte{byte(i), byte(i >> 8)}
		next.Files += 2
		next.Kinds = slices.Clone(e.Kinds)
		next.Kinds[1].Items, next.Kinds[1].Newest = e.Kinds[1].Items+2, "20260801"
		d := source.Entry{ID: e.ID, Brief: e.Brief, Position: e.Position, Mark: next.Mark, Memo: next.Memo, Files: 2, Delta: true,
			Kinds: []source.Count{{Kind: e.Kinds[1].Kind, Items: 2, Newest: "20260801"}}}
		switch i % 3 {
		case 0: // a kind that the patient never had
			next.Kinds = append(next.Kinds, source.Count{Kind: "OML-11", Items: 1, Newest: "20260802"})
			d.Kinds = append(d.Kinds, source.Count{Kind: "OML-11", Items: 1, Newest: "20260802"})
		case 1: // the only one of a kind went
			next.Kinds, next.Files = next.Kinds[1:], next.Files-4
			d.Kinds, d.Files = append(d.Kinds, source.Count{Kind: e.Kinds[0].Kind, Items: -1}), d.Files-4
		}
		whole, differ = append(whole, next), append(differ, d)
	}
	return whole, differ
}

// A table to which differences were added is the table of who reads everything.
func TestMerge_DifferencesAddUp(t *testing.T) {
	t.Parallel()
	before := crowd(9, 300)
	whole, differ := deltas(before)
	mixed := slices.Clone(before)
	for i := range mixed {
		switch i % 4 {
		case 0:
			mixed[i] = differ[i]
		case 1:
			mixed[i], differ[i] = whole[i], whole[i]
		default: // nothing happened
			whole[i], mixed[i] = before[i], before[i]
		}
	}
	src, store := newFake("s1", before), &memStore{}
	run := func(s *fakeSource, store Store, rounds int, change func()) *Index {
		t.Helper()
		ix := New(Config{Sources: func() []source.Source { return []source.Source{s} }, Store: store, Zone: time.UTC})
		b := &builder{ix: ix, whole: map[string]time.Time{}, walks: map[string]*walkState{}}
		b.load()
		for range rounds {
			if err := b.round(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			change()
		}
		return ix
	}
	got := run(src, store, 2, func() { src.set(func(f *fakeSource) { f.entries = mixed }) })
	want := run(newFake("s1", whole), nil, 1, func() {})
	again := run(newFake("s1", nil), store, 0, nil) // as it was saved
	for name, ix := range map[string]*Index{"running": got, "saved": again} {
		a, b := ix.table.Load(), want.table.Load()
		if a.rows() != b.rows() || a.fileSum != b.fileSum {
			t.Fatalf("%s: %d rows, %d files; want %d, %d", name, a.rows(), a.fileSum, b.rows(), b.fileSum)
		}
		for row := range b.rows() {
			if a.files[row] != b.files[row] || a.items[row] != b.items[row] || a.mark[row] != b.mark[row] || string(a.memo.at(row)) != string(b.memo.at(row)) ||
				a.newest[row] < b.newest[row] || a.brief(row) != b.brief(row) || countsOf(a, row) != countsOf(b, row) {
				t.Errorf("%s: row %d: files %d items %d %s; want %d, %d, %s", name, row, a.files[row], a.items[row], countsOf(a, row), b.files[row], b.items[row], countsOf(b, row))
			}
			if x, y := a.bed(row), b.bed(row); (x == nil) != (y == nil) || x != nil && *x != *y {
				t.Errorf("%s: row %d lies in %+v, want %+v", name, row, x, y)
			}
		}
	}
}

// countsOf is a row's numbers by the names of their kinds.
func countsOf(t *table, row int) string {
	out := ""
	for _, code := range []string{"ADT-00", "OMP-01", "OML-11"} {
		n := 0
		eachCount(t.counts.at(row), func(kind, items int) {
			if t.kinds[kind].Code == code {
				n += items
			}
		})
		out += code + "=" + string(rune('0'+n%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n/100%10)) + " "
	}
	return out
}

// A difference to nobody says nothing.
func TestMerge_DifferenceToNobody(t *testing.T) {
	t.Parallel()
	e := person("0000000001", "山田　太郎", "ヤマダ　タロウ", "19500101")
	e.Delta = true
	ix := built(newFake("s1", []source.Entry{e}))
	if n := ix.Progress().Patients; n != 0 {
		t.Errorf("%d patients", n)
	}
}
