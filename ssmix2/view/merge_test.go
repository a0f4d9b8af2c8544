package view_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// file is a case of testdata as it would stand in a store.
func file(t testing.TB, name, sent string) view.File {
	t.Helper()
	return view.File{Name: ssmix2.Name{Patient: "0000000123", Date: "20251003", Kind: kindOf(name), Order: "999999999999999", Sent: sent, Dept: "-", Flag: ssmix2.Valid}, View: read(t, name)}
}

// changed is the same with text replaced.
func changed(t testing.TB, name, sent string, pairs ...string) view.File {
	t.Helper()
	text := strings.NewReplacer(pairs...).Replace(message(t, name).Text())
	m, err := hl7.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	v, err := view.Read(kindOf(name), m)
	if err != nil {
		t.Fatal(err)
	}
	f := file(t, name, sent)
	f.View = v
	return f
}

// Whatever order the files come in, the result is the same.
func same[T any](t *testing.T, merge func([]view.File) T, files []view.File) T {
	t.Helper()
	want := merge(files)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		mixed := append([]view.File(nil), files...)
		rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := merge(mixed); !reflect.DeepEqual(got, want) {
			t.Fatalf("another order of the files gives\n%+v\nnot\n%+v", got, want)
		}
	}
	return want
}

func TestStays_CourseOfOneStay(t *testing.T) {
	t.Parallel()
	c := same(t, view.Stays, []view.File{
		file(t, "ADT-12", "20250920091000000"), file(t, "ADT-21", "20250925100000000"), file(t, "ADT-22", "20251001101000000"), file(t, "ADT-01", "20251002130000000"),
		file(t, "ADT-31", "20251004100000000"), file(t, "ADT-32", "20251005175500000"), file(t, "ADT-41", "20251006090000000"), file(t, "ADT-42", "20251007141000000"),
		file(t, "ADT-51", "20251008090000000"), file(t, "ADT-52", "20251010110500000"),
	})
	if len(c.Stays) != 1 || len(c.Visits) != 1 || len(c.Planned) != 3 || len(c.Undone)+len(c.Undated) != 0 {
		t.Fatalf("%+v", c)
	}
	s := c.Stays[0]
	if s.Inside() || s.Admitted == nil || len(s.Moves) != 4 || s.Away || len(s.Doubts) != 0 || s.Discharged.Visit.Ending.Code != "01" || s.Discharged.Visit.Death() {
		t.Errorf("%+v", s)
	}
}

func TestStays_Cancels(t *testing.T) {
	t.Parallel()
	in, move, out := file(t, "ADT-22", "20251001101000000"), file(t, "ADT-42", "20251007141000000"), file(t, "ADT-52", "20251010110500000")
	c := same(t, view.Stays, []view.File{in, move, file(t, "ADT-42-A12", "20251007142000000"), out, file(t, "ADT-52-A13", "20251010113000000")})
	if len(c.Stays) != 1 || !c.Stays[0].Inside() || c.Stays[0].Place.Room != "302" || len(c.Undone) != 4 {
		t.Errorf("%+v", c)
	}
	c = same(t, view.Stays, []view.File{in, file(t, "ADT-22-A11", "20251001102000000")})
	if len(c.Stays) != 0 || len(c.Undone) != 2 || !c.Undone[0].Undone {
		t.Errorf("%+v", c)
	}
	// A message that takes back another day's event leaves this one alone.
	other := changed(t, "ADT-22-A11", "20251001102000000", "202510011000", "202509011000")
	if c = same(t, view.Stays, []view.File{in, other}); len(c.Stays) != 1 || len(c.Undone) != 1 {
		t.Errorf("%+v", c)
	}
	away := []view.File{in, file(t, "ADT-31", "20251004100000000")}
	if c = same(t, view.Stays, away); !c.Stays[0].Away {
		t.Errorf("%+v", c)
	}
	if c = same(t, view.Stays, append(away, file(t, "ADT-32", "20251005175500000"), file(t, "ADT-32-A53", "20251005180000000"))); !c.Stays[0].Away {
		t.Errorf("back, and not back: %+v", c)
	}
	if c = same(t, view.Stays, append(away, file(t, "ADT-31-A52", "20251004100500000"))); c.Stays[0].Away {
		t.Errorf("never gone: %+v", c)
	}
}

func TestStays_MissingMessages(t *testing.T) {
	t.Parallel()
	c := same(t, view.Stays, []view.File{file(t, "ADT-42", "20251007141000000")})
	if len(c.Stays) != 1 || c.Stays[0].Place.Ward != "4W" || !has(c.Stays[0].Doubts, "stay.no_admission") {
		t.Errorf("%+v", c)
	}
	again := changed(t, "ADT-22", "20251101101000000", "202510011000", "202511011000")
	c = same(t, view.Stays, []view.File{file(t, "ADT-22", "20251001101000000"), again})
	if len(c.Stays) != 2 || !has(c.Stays[1].Doubts, "stay.no_discharge") || len(c.Stays[0].Doubts) != 0 {
		t.Errorf("%+v", c)
	}
	undated := changed(t, "ADT-22", "20251101101000000", "|202510011000", "")
	if c = same(t, view.Stays, []view.File{undated}); len(c.Stays) != 0 || len(c.Undated) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestProblems_NewestHolds(t *testing.T) {
	t.Parallel()
	a := file(t, "PPR-01", "20251003163030000")
	b := changed(t, "PPR-01", "20251004163030000", "PRB|AD|20251001", "PRB|DE|20251004")
	list := same(t, view.Problems, []view.File{a, b})
	if len(list) != 4 {
		t.Fatalf("%d diagnoses", len(list))
	}
	lives := ""
	for _, p := range list {
		lives += string(p.Life) + " "
		if p.Replaced != 1 || p.File.Sent != b.Name.Sent {
			t.Errorf("%s: %d %s", p.Disease.Display, p.Replaced, p.File.Sent)
		}
	}
	if lives != "live live deleted deleted " {
		t.Error(lives)
	}
	// Without instance numbers the uncoded disease is told apart by its name.
	other := changed(t, "PPR-01", "20251003163030001", "|100000000000002|", "||", "架空症候群", "別の症候群")
	first := changed(t, "PPR-01", "20251003163030000", "|100000000000002|", "||")
	if list = same(t, view.Problems, []view.File{first, other}); len(list) != 5 {
		t.Errorf("%d diagnoses", len(list))
	}
}

func TestAllergies_NoneIsDropped(t *testing.T) {
	t.Parallel()
	list := same(t, view.Allergies, []view.File{file(t, "ADT-00", "20251003120000000"), file(t, "ADT-61", "20251002100000000"), file(t, "ADT-61", "20240101000000000"), file(t, "ADT-12", "20250920091000000")})
	if len(list.Items) != 11 || !list.Details || !list.List {
		t.Fatalf("%d %v %v", len(list.Items), list.Details, list.List)
	}
	if list.Items[0].Older || !list.Items[4].Older || list.Items[8].Source != "AL1" || list.Items[2].Life != view.Deleted || list.Items[3].Life != view.Mistaken {
		t.Errorf("%+v", list.Items)
	}
	if list = same(t, view.Allergies, []view.File{file(t, "ADT-22", "20251001101000000")}); list.List || list.Details || list.Items != nil {
		t.Errorf("%+v", list)
	}
}

func TestLabs_PreliminaryFinalCorrected(t *testing.T) {
	t.Parallel()
	f := file(t, "OML-11", "20251003103059000")
	p := changed(t, "OML-11", "20251003090000000", "||||F|", "||||P|", "|6.2|", "|6.1|")
	c := changed(t, "OML-11", "20251004090000000", "||||F|", "||||C|", "|6.2|", "|6.3|")
	late := changed(t, "OML-11", "20251005090000000", "||||F|", "||||P|", "|6.2|", "|6.0|")
	list := same(t, view.Labs, []view.File{p, f, c, late})
	if len(list) != 8 {
		t.Fatalf("%d results", len(list))
	}
	tp := list[0]
	if tp.Show() != "6.3" || tp.Stage != view.Corrected || len(tp.Earlier) != 3 || tp.First != p.Name.Sent || tp.Specimen.Display != "血清" {
		t.Errorf("%s %s %d %s", tp.Show(), tp.Stage, len(tp.Earlier), tp.First)
	}
	wrong := changed(t, "OML-11", "20251004090000000", "||||F|", "||||W|")
	if list = same(t, view.Labs, []view.File{wrong, late}); list[0].Show() != "6.0" || list[0].Earlier[0].Result.Life != view.Mistaken {
		t.Errorf("behind a withdrawn result: %s %s", list[0].Show(), list[0].Stage)
	}
	// Another unit is another result.
	if list = same(t, view.Labs, []view.File{f, changed(t, "OML-11", "20251004090000000", "g/dl^g/dl^99T43", "g/L^g/L^ISO+")}); len(list) != 9 {
		t.Errorf("%d results", len(list))
	}
}

func TestOrders_AgainstRecords(t *testing.T) {
	t.Parallel()
	files := []view.File{file(t, "OMP-01", "20251002105000000"), file(t, "OMP-11", "20251002084000000"), file(t, "OMP-02", "20251002110000000"), file(t, "OMP-12", "20251002180600000"),
		file(t, "OML-01", "20251002103059000"), file(t, "OML-11", "20251003103059000"), file(t, "OMG-03", "20251003140000000"), file(t, "OMG-13", "20251003160000000"), file(t, "OMG-01", "20251003140000000")}
	list := same(t, view.Orders, files)
	got := map[string]int{}
	for _, o := range list.Orders {
		got[o.Kind+" "+string(o.Carried)]++
	}
	want := map[string]int{"OMP-01 carried_out": 1, "OMP-01 unrecorded": 5, "OMP-01 stopped": 1, "OMP-02 mixed": 1, "OMP-02 unrecorded": 1, "OML-01 partly": 1, "OML-01 unrecorded": 1, "OMG-03 carried_out": 1, "OMG-01 unrecorded": 3, "OMG-01 stopped": 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if !reflect.DeepEqual(list.Recorded, []string{"OMG-13", "OML-11", "OMP-11", "OMP-12"}) {
		t.Errorf("%v", list.Recorded)
	}
	alone := view.Orders([]view.File{file(t, "OMP-12", "20251002180600000")})
	if len(alone.Orders) != 0 || len(alone.Unmatched) != 1 {
		t.Errorf("%+v", alone)
	}
}

func TestStays_CancelWithAnotherTime(t *testing.T) {
	t.Parallel()
	in := file(t, "ADT-22", "20251001101000000")
	c := same(t, view.Stays, []view.File{in, changed(t, "ADT-22-A11", "20251001102000000", "202510011000", "202510011005")})
	if len(c.Stays) != 0 || len(c.Undone) != 2 || !has(c.Undone[0].Doubts, "cancel.time_differs") {
		t.Errorf("%+v", c)
	}
	second := changed(t, "ADT-22", "20251101101000000", "202510011000", "202510011030")
	c = same(t, view.Stays, []view.File{in, second, changed(t, "ADT-22-A11", "20251101102000000", "202510011000", "202510011005")})
	if len(c.Stays) != 2 || len(c.Undone) != 1 {
		t.Errorf("which of two was meant is guessed: %+v", c)
	}
}

// Thousands of drugs and doses under one number, which no real order has, are
// not compared each with each; the orders say so.
func TestOrders_TooManyToCompare(t *testing.T) {
	t.Parallel()
	order := parse(t, "ORC|NW|1||1\r"+strings.Repeat("RXE||A^A^99T|1||TAB\r", 3000))
	given, err := hl7.Parse([]byte("MSH|^~\\&|HIS|T|GW|R|20251002||RAS^O17^RAS_O17|1|P|2.5\rORC|NW|1||1\r" + strings.Repeat("RXA|0|1|20251002|20251002|A^A^99T|1|TAB|||||||||||||CP\r", 3000)))
	if err != nil {
		t.Fatal(err)
	}
	a, err1 := view.Read("OMP-01", order)
	b, err2 := view.Read("OMP-11", given)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	list := view.Orders([]view.File{{Name: ssmix2.Name{Kind: "OMP-01"}, View: a}, {Name: ssmix2.Name{Kind: "OMP-11"}, View: b}})
	if n := len(list.Orders); n != 3000 || list.Orders[0].Carried != view.CarriedOut || !has(list.Orders[n-1].Doubts, "order.not_compared") || list.Orders[n-1].Carried != view.Unrecorded {
		t.Errorf("%d orders", n)
	}
}

// A slim view says the same to the merging functions as the view it was made of.
func TestSlim_MergesTheSame(t *testing.T) {
	t.Parallel()
	whole := []view.File{file(t, "OML-01", "20251002103000000"), file(t, "OML-11", "20251003103059000"),
		changed(t, "OML-11", "20251003090000000", "||||F|", "||||P|", "|6.2|", "|6.1|"), changed(t, "OML-11", "20251004090000000", "||||F|", "||||C|", "|6.2|", "|6.3|"),
		changed(t, "OML-11", "20251005090000000", "000000000060001", "000000000060099"), file(t, "OMG-01", "20251003103059000"), file(t, "OMG-11", "20251003103059000")}
	slim := append([]view.File(nil), whole...)
	for i, f := range slim {
		if f.Name.Kind == "OML-11" {
			slim[i].View = f.View.Slim(f.Name).Slim(f.Name)
			if _, r := slim[i].View.LabResult(0); r != nil || slim[i].View.Patient.Kanji != f.View.Patient.Kanji {
				t.Errorf("a slim view holds %+v", r)
			}
		} else if slim[i].View = f.View.Slim(f.Name); f.View.Lab == nil && slim[i].View != f.View {
			t.Errorf("%s is made slim", f.Name.Kind)
		}
	}
	slim[0].View = whole[0].View // an order is asked for its tests
	places, want := view.LabPlaces(slim), view.LabPlaces(whole)
	if !reflect.DeepEqual(places, want) || len(want) != 16 || len(want[0].Earlier) == 0 && len(want[8].Earlier) == 0 {
		t.Errorf("results\n%+v, not\n%+v", places, want)
	}
	if got, want := view.Orders(slim), view.Orders(whole); !reflect.DeepEqual(got, want) || want.Orders[0].Results == 0 {
		t.Errorf("orders\n%+v, not\n%+v", got, want)
	}
	for i, m := range view.Labs(whole) { // the places are those of Labs
		if _, r := whole[want[i].File].View.LabResult(want[i].Result); r != m.Result || len(m.Earlier) != len(want[i].Earlier) {
			t.Errorf("result %d stands elsewhere", i)
		}
	}
	if list := view.Labs(slim); len(list) != 0 {
		t.Errorf("%d results of slim views", len(list))
	}
	if _, r := whole[1].View.LabResult(8); r != nil {
		t.Error("a result behind the last")
	}
}
