package ssmix2_test

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

// asOf is the day that the made-up hospital's copy was made on.
func asOf() model.Day {
	d, _ := view.ParseDay("20251026")
	return d
}

func want() source.Want { return source.Want{Today: asOf()} }

// hospital is shared by the tests of this package: patients with defects, in
// four charsets and two volumes.
var hospital = sync.OnceValues(func() (*synth.Hospital, error) {
	o := synth.Small(11)
	o.Patients, o.Beds, o.Defects, o.Volumes = 110, 24, 0.42, 2
	o.Charsets = []hl7.Charset{hl7.ISO2022JP, hl7.CP932, hl7.UTF8, hl7.EUCJP}
	return synth.New(o)
})

func opened(t testing.TB) (*synth.Hospital, source.Source) {
	t.Helper()
	h, err := hospital()
	if err != nil {
		t.Fatal(err)
	}
	return h, open(t, h.FS())
}

// open opens the only store of a file system.
func open(t testing.TB, fsys fs.FS) source.Source {
	t.Helper()
	list, _, err := ssmix2.Member().Open(context.Background(), fsys, source.Options{Name: "s1", Label: "test"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d stores, %v", len(list), err)
	}
	return list[0]
}

func read(t testing.TB, s source.Source, id string, w source.Want) *model.Chart {
	t.Helper()
	c, err := s.Read(context.Background(), id, w)
	if err != nil {
		t.Fatal(id, err)
	}
	return c
}

// What the made-up hospital's model says is what the chart says, for every
// patient, whatever is wrong with his files.
func TestRead_IsWhatHappened(t *testing.T) {
	t.Parallel()
	h, s := opened(t)
	for i := range h.Patients() {
		e, c := h.Expect(i), read(t, s, h.ID(i), want())
		identity(t, &e, c)
		stays(t, &e, c)
		drugs(t, &e, c)
		labs(t, &e, c)
		allergies(t, &e, c)
		problems(t, &e, c)
		injections(t, &e, c)
		documents(t, &e, c)
	}
}

func same[T comparable](t *testing.T, who, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s is %v, want %v", who, what, got, want)
	}
}

func sameSet(t *testing.T, who, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %s\n got %q\nwant %q", who, what, got, want)
	}
}

func fold(s string) string { return strings.NewReplacer("　", "", " ", "").Replace(s) }

func identity(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	p := &c.Person
	same(t, e.ID, "number", p.ID.Show, e.ID)
	same(t, e.ID, "kanji", fold(p.Kanji.Show), fold(e.Kanji))
	same(t, e.ID, "kana", fold(p.Kana.Show), fold(e.Kana))
	same(t, e.ID, "birth", string(p.Birth.Stamp), e.Birth)
	same(t, e.ID, "sex", p.Sex.Code, e.Sex)
	same(t, e.ID, "blood group", p.ABO.Show, e.ABO)
	same(t, e.ID, "height", p.Height.Value.Show, e.Height)
	same(t, e.ID, "weight", p.Weight.Value.Show, e.Weight)
	if len(p.Address) != 1 || !strings.Contains(fold(p.Address[0].Show), fold(e.Address)) || len(p.Phones) == 0 || p.Phones[0].Show != e.Phone {
		t.Errorf("%s: address %v, phones %v, want %s, %s", e.ID, p.Address, p.Phones, e.Address, e.Phone)
	}
	if !p.Age.OK || p.Age.Value < 0 || p.Age.Value > 110 {
		t.Errorf("%s: age %+v", e.ID, p.Age)
	}
}

func stays(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	list := slices.Clone(e.Past)
	if e.Stay != nil {
		list = append(list, *e.Stay)
	}
	slices.Reverse(list)
	same(t, e.ID, "number of visits", len(c.Visits.Rows), len(e.Visits))
	if len(c.Stays.Rows) != len(list) {
		t.Errorf("%s: %d stays, want %d", e.ID, len(c.Stays.Rows), len(list))
		return
	}
	for i, w := range list {
		g := &c.Stays.Rows[i]
		same(t, e.ID, "admission", string(g.Admitted.Stamp), w.Admitted)
		same(t, e.ID, "discharge", string(g.Discharged.Stamp), w.Discharged)
		same(t, e.ID, "place", g.Place.Ward+"/"+g.Place.Room+"/"+g.Place.Bed, w.Ward+"/"+w.Room+"/"+w.Bed)
		same(t, e.ID, "doctor", g.Attending.Code, w.Doctor)
		same(t, e.ID, "department", g.Dept.Code, w.Dept)
		same(t, e.ID, "leave", g.Away, w.Away)
	}
}

func drugs(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	var got, want []string
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		end := ""
		if d.End.OK {
			end = d.End.Value.String()
		}
		got = append(got, strings.Join([]string{d.Order, d.Rp.Value, d.Name.Show, string(d.Use.Value), end}, " "))
	}
	for i := range e.Drugs {
		d := &e.Drugs[i]
		want = append(want, strings.Join([]string{d.Order, d.Rp, d.Name, d.On("20251026"), d.End}, " "))
	}
	sameSet(t, e.ID, "drugs", got, want)
}

func labs(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	newest := map[string]*model.Lab{}
	for i := range c.Labs.Rows {
		if l := &c.Labs.Rows[i]; newest[l.Item.Get().Show] == nil {
			newest[l.Item.Get().Show] = l
		}
	}
	for _, w := range e.Labs {
		g := newest[w.Name]
		if g == nil || len(g.Values) == 0 {
			t.Errorf("%s: no result of %s: %v %+v", e.ID, w.Name, e.Defects, c.Notices)
			continue
		}
		same(t, e.ID, w.Name, g.Values[0].Show, w.Value)
		same(t, e.ID, "collection of "+w.Name, string(g.Collected.Stamp), w.Collected)
		if w.Value != "(-)" {
			same(t, e.ID, "flag of "+w.Name, g.Flag.Get().Value, w.Flag)
		}
		if w.Corrected && len(g.Earlier) == 0 && g.Stage != view.Corrected && g.Stage != view.Final {
			t.Errorf("%s: %s was corrected: %+v", e.ID, w.Name, g)
		}
	}
}

func allergies(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	var got, want []string
	for _, a := range c.Allergies.Rows {
		if !a.Older {
			got = append(got, strings.Join([]string{a.Source, a.Kind.Code, a.Allergen.Show, string(a.Life)}, " "))
		}
	}
	for _, a := range e.Allergies {
		life := "live"
		if a.Deleted {
			life = "deleted"
		}
		want = append(want, strings.Join([]string{"IAM", a.Kind, a.Name, life}, " "))
		if a.Details {
			want = append(want, strings.Join([]string{"AL1", a.Kind, a.Name, "live"}, " "))
		}
	}
	sameSet(t, e.ID, "allergies", got, want)
	if (len(want) > 0) != (c.Allergies.State == model.Some) {
		t.Errorf("%s: %d allergies, state %s", e.ID, len(want), c.Allergies.State)
	}
}

func problems(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	line := func(name string, marks ...bool) string {
		for _, m := range marks {
			name += map[bool]string{true: " yes", false: " no"}[m]
		}
		return name
	}
	var got, want []string
	for i := range c.Problems.Rows {
		p := &c.Problems.Rows[i]
		got = append(got, line(p.Name.Show, p.Active.Value, p.Suspected, p.Main, p.Confidential))
	}
	for _, p := range e.Problems {
		want = append(want, line(p.Name, p.Ended == "", p.Suspected, p.Main, p.Restricted))
	}
	sameSet(t, e.ID, "problems", got, want)
}

func injections(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	var got, want []string
	for i := range c.Injections.Rows {
		x := &c.Injections.Rows[i]
		var names []string
		for _, d := range x.Drugs {
			names = append(names, d.Name.Show)
		}
		given := "not"
		if x.Carried == view.CarriedOut {
			given = "given"
		}
		got = append(got, strings.Join([]string{x.Order, string(x.Start.Stamp), given, strings.Join(names, "+")}, " "))
	}
	for _, x := range e.Injections {
		given := "not"
		if x.Given {
			given = "given"
		}
		want = append(want, strings.Join([]string{x.Order, x.Start, given, strings.Join(x.Drugs, "+")}, " "))
	}
	sameSet(t, e.ID, "injections", got, want)
	if e.Meal == "" {
		return
	}
	for i := range c.Meals.Rows {
		if m := &c.Meals.Rows[i]; m.Use.Value == view.InUse || m.Use.Value == view.Open {
			same(t, e.ID, "meal", m.Diets[0].Show, e.Meal)
			return
		}
	}
	t.Errorf("%s: no meal holds, want %s of %+v", e.ID, e.Meal, c.Meals.Rows)
}

func documents(t *testing.T, e *synth.Expected, c *model.Chart) {
	t.Helper()
	docs, files, bad := 0, 0, 0
	for _, i := range c.Items {
		files += 1 + len(i.Older)
		if strings.Contains(i.Kind, "^") && i.Standing == model.Holds {
			docs++
		}
	}
	for _, d := range e.Defects {
		if strings.HasPrefix(d.Kind, "document.") || d.Kind == "folder.mojibake" {
			docs--
		}
		if d.Kind == "name.odd" || d.Kind == "file.stray" {
			bad++
		}
	}
	same(t, e.ID, "number of documents", docs, e.Documents)
	same(t, e.ID, "number of files", files+bad, e.Files)
}
