package ssmix2_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

func walk(t testing.TB, s source.Source, opt source.Walk) []source.Entry {
	t.Helper()
	var out []source.Entry
	if err := s.Walk(context.Background(), opt, func(e source.Entry) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// A walk finds everybody, who he is and where he lies.
func TestWalk_FindsEverybodyAndHisBed(t *testing.T) {
	t.Parallel()
	h, s := opened(t)
	list := walk(t, s, source.Walk{})
	if len(list) != h.Patients() {
		t.Fatalf("%d patients, want %d", len(list), h.Patients())
	}
	inside := 0
	for i, e := range list {
		want := h.Expect(i)
		same(t, want.ID, "number", e.ID, want.ID)
		same(t, want.ID, "kanji", fold(e.Brief.Kanji), fold(want.Kanji))
		same(t, want.ID, "kana", fold(e.Brief.Kana), fold(want.Kana))
		same(t, want.ID, "birth", e.Brief.Birth, want.Birth)
		same(t, want.ID, "sex", e.Brief.Sex, want.Sex)
		files := want.Files
		for _, d := range want.Defects {
			if d.Kind == "name.odd" || d.Kind == "file.stray" {
				files--
			}
		}
		same(t, want.ID, "files", e.Files, files)
		if want.Stay == nil != (e.Stay == nil) {
			t.Errorf("%s: stay %+v, want %+v", want.ID, e.Stay, want.Stay)
			continue
		}
		if w := want.Stay; w != nil {
			inside++
			same(t, want.ID, "bed", e.Stay.Ward+"/"+e.Stay.Room+"/"+e.Stay.Bed, w.Ward+"/"+w.Room+"/"+w.Bed)
			same(t, want.ID, "admission", string(e.Stay.Admitted), w.Admitted)
			if e.Stay.Doubt || e.Stay.Attending == "" || e.Stay.Dept == "" {
				t.Errorf("%s: %+v", want.ID, e.Stay)
			}
		}
	}
	same(t, "hospital", "inpatients", inside, len(h.Census()))
}

// The order is that of the folders, whatever the number of workers, and a walk
// goes on behind any position.
func TestWalk_SameOrderAndGoesOn(t *testing.T) {
	t.Parallel()
	_, s := opened(t)
	all := walk(t, s, source.Walk{Workers: 1})
	again := walk(t, s, source.Walk{Workers: 7})
	for i := range all {
		if all[i].ID != again[i].ID || all[i].Mark != again[i].Mark || !slices.Equal(all[i].Kinds, again[i].Kinds) {
			t.Fatalf("%+v, then %+v", all[i], again[i])
		}
	}
	rest := walk(t, s, source.Walk{After: all[99].Position})
	if len(rest) != len(all)-100 || rest[0].ID != all[100].ID {
		t.Errorf("%d entries behind the hundredth of %d", len(rest), len(all))
	}
}

// Who did not change is told so by a mark; both kinds of walk agree on it.
func TestWalk_KnowsWhoDidNotChange(t *testing.T) {
	t.Parallel()
	_, s := opened(t)
	marks := map[string]uint64{}
	for _, e := range walk(t, s, source.Walk{}) {
		marks[e.ID] = e.Mark
	}
	first := ""
	for id := range marks {
		first = max(first, id)
	}
	marks[first] ^= 1<<32 | 1
	known := func(id string) (uint64, bool) { m, ok := marks[id]; return m, ok }
	for _, quick := range []bool{false, true} {
		for _, e := range walk(t, s, source.Walk{Known: known, Quick: quick}) {
			if e.Same == (e.ID == first) {
				t.Errorf("quick %v: %s: same %v", quick, e.ID, e.Same)
			}
		}
	}
}

func TestWalk_Ends(t *testing.T) {
	t.Parallel()
	_, s := opened(t)
	enough := errors.New("enough")
	n := 0
	err := s.Walk(context.Background(), source.Walk{Workers: 3}, func(source.Entry) error {
		if n++; n == 5 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 5 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = s.Walk(ctx, source.Walk{}, func(source.Entry) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v after it was called off", err)
	}
}
