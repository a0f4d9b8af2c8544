package synth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

// What the model says and what a reader finds in the messages are the same, for
// several hundred patients, with defects and several encodings among them.
func TestExpect_IsWhatAReaderFinds(t *testing.T) {
	t.Parallel()
	o := synth.Small(11)
	o.Patients, o.Beds, o.Years, o.Defects = 200, 30, 2, 0.25
	o.Charsets = []hl7.Charset{hl7.ISO2022JP, hl7.CP932, hl7.UTF8, hl7.EUCJP}
	h := hospital(t, o)
	s := open(t, h)
	total := map[string]int{}
	for i := range h.Patients() {
		e, c := h.Expect(i), s.chart(h.ID(i))
		identity(t, &e, c)
		stays(t, &e, c)
		drugs(t, &e, c, total)
		labs(t, &e, c, total)
		allergiesAndProblems(t, &e, c, total)
		injectionsAndMeals(t, &e, c, total)
	}
	for _, k := range []string{"in_use", "open", "over", "stopped", "interval", "labs", "corrected", "given", "waiting", "allergies", "withdrawn", "suspected", "restricted", "meals"} {
		if total[k] == 0 {
			t.Errorf("there was no %s in the whole hospital: %v", k, total)
		}
	}
}

func identity(t *testing.T, e *synth.Expected, c *chart) {
	t.Helper()
	for _, f := range c.files {
		if f.Name.Kind != "ADT-00" {
			continue
		}
		p := f.View.Patient
		kanji, kana := p.Names[0].Full, p.Names[1].Full
		got := []string{fold(kanji), fold(kana), p.Birth.Day, p.Sex.Text, f.View.Measures[0].Show(), f.View.Measures[1].Show(), f.View.Measures[2].Show()}
		want := []string{fold(e.Kanji), fold(e.Kana), e.Birth, e.Sex, e.Height, e.Weight, e.ABO}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", e.ID, got, want)
		}
		return
	}
	t.Errorf("%s has no details", e.ID)
}

func fold(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "　", ""), " ", "") }

func stays(t *testing.T, e *synth.Expected, c *chart) {
	t.Helper()
	course := view.Stays(c.files)
	want := slices.Clone(e.Past)
	if e.Stay != nil {
		want = append(want, *e.Stay)
	}
	slices.Reverse(want)
	if len(course.Stays) != len(want) || len(course.Visits) != len(e.Visits) {
		t.Errorf("%s: %d stays and %d visits, want %d and %d", e.ID, len(course.Stays), len(course.Visits), len(want), len(e.Visits))
		return
	}
	for i, w := range want {
		g := course.Stays[i]
		if g.Admitted == nil || g.Admitted.At.Raw != w.Admitted || g.Place.Ward != w.Ward || g.Place.Room != w.Room || g.Place.Bed != w.Bed || g.Away != w.Away || g.Attending.ID != w.Doctor || len(g.Doubts) > 0 {
			t.Errorf("%s: %+v, want %+v", e.ID, g, w)
		}
		if w.Discharged == "" != (g.Discharged == nil) || g.Discharged != nil && g.Discharged.At.Raw != w.Discharged {
			t.Errorf("%s: discharged %v, want %s", e.ID, g.Discharged, w.Discharged)
		}
	}
}

func drugs(t *testing.T, e *synth.Expected, c *chart, total map[string]int) {
	t.Helper()
	now, _ := view.ParseDay("20251026")
	got, want := map[string]view.Usage{}, map[string]view.Usage{}
	for _, f := range c.files {
		for i := range f.View.Prescription {
			d := &f.View.Prescription[i]
			u := d.On(now)
			key := d.Order.Number.Text + " " + d.Rp().Value + " " + d.Drug.Display
			got[key] = u.Value
			if end := d.End(); end.OK && d.TotalFits().OK && !d.TotalFits().Value {
				t.Errorf("%s: %s: the total does not fit: %+v", e.ID, key, d)
			}
		}
	}
	for i := range e.Drugs {
		d := &e.Drugs[i]
		u := view.Usage(d.On("20251026"))
		want[d.Order+" "+d.Rp+" "+d.Name] = u
		total[string(u)]++
		if d.End != "" && d.Days > 0 && (strings.Contains(d.Name, "ジゴシン") || strings.Contains(d.Name, "リウマトレックス")) {
			total["interval"]++
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d drugs, want %d", e.ID, len(got), len(want))
	}
	for k, u := range want {
		if got[k] != u {
			t.Errorf("%s: %s is %q, want %q", e.ID, k, got[k], u)
		}
	}
}

func labs(t *testing.T, e *synth.Expected, c *chart, total map[string]int) {
	t.Helper()
	newest := map[string]view.MergedResult{}
	for _, r := range view.Labs(c.files) {
		if _, ok := newest[r.Item.Display]; !ok {
			newest[r.Item.Display] = r
		}
	}
	for _, l := range e.Labs {
		total["labs"]++
		if l.Corrected {
			total["corrected"]++
		}
		g, ok := newest[l.Name]
		flag := g.Flag().Value
		if l.Value == "(-)" {
			flag, l.Flag = "", ""
		}
		if !ok || g.Show() != l.Value || g.Collected.Raw != l.Collected || string(flag) != l.Flag {
			t.Errorf("%s: %s is %q %s %s, want %+v", e.ID, l.Name, g.Show(), flag, g.Collected.Raw, l)
		}
	}
}

func allergiesAndProblems(t *testing.T, e *synth.Expected, c *chart, total map[string]int) {
	t.Helper()
	var got, want []string
	for _, a := range view.Allergies(c.files).Items {
		got = append(got, a.Source+" "+a.Kind.Code+" "+a.Allergen.Display+" "+string(a.Life))
	}
	for _, a := range e.Allergies {
		total["allergies"]++
		life := "live"
		if a.Deleted {
			life = "deleted"
			total["withdrawn"]++
		}
		want = append(want, "IAM "+a.Kind+" "+a.Name+" "+life)
		if a.Details {
			want = append(want, "AL1 "+a.Kind+" "+a.Name+" live")
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: allergies %q, want %q", e.ID, got, want)
	}
	got, want = nil, nil
	line := func(name string, active, suspected, main, restricted bool) string {
		return strings.Join([]string{name, yes(active, "active"), yes(suspected, "suspected"), yes(main, "main"), yes(restricted, "restricted")}, " ")
	}
	for _, p := range view.Problems(c.files) {
		got = append(got, line(p.Title().Value, p.Active().Value, p.Suspected(), p.Main(), p.Confidential))
	}
	for _, p := range e.Problems {
		want = append(want, line(p.Name, p.Ended == "", p.Suspected, p.Main, p.Restricted))
		if p.Suspected {
			total["suspected"]++
		}
		if p.Restricted {
			total["restricted"]++
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: problems %q, want %q", e.ID, got, want)
	}
}

func yes(b bool, s string) string {
	if b {
		return s
	}
	return "-"
}

func injectionsAndMeals(t *testing.T, e *synth.Expected, c *chart, total map[string]int) {
	t.Helper()
	got := map[string]bool{}
	for _, o := range view.Orders(c.files).Orders {
		if o.Kind == "OMP-02" {
			got[o.Number+" "+o.Medication.Timings[0].Start.Raw] = o.Carried == view.CarriedOut
		}
	}
	if len(got) != len(e.Injections) {
		t.Errorf("%s: %d injections, want %d", e.ID, len(got), len(e.Injections))
	}
	for _, x := range e.Injections {
		if given, ok := got[x.Order+" "+x.Start]; !ok || given != x.Given {
			t.Errorf("%s: injection %+v: %v %v", e.ID, x, ok, given)
		}
		total[map[bool]string{true: "given", false: "waiting"}[x.Given]]++
	}
	if e.Meal == "" {
		return
	}
	total["meals"]++
	newest, diet := "", ""
	for _, f := range c.files {
		if f.Name.Kind == "OMD" && f.Name.Sent > newest {
			newest, diet = f.Name.Sent, f.View.Meals[0].Diets[0].Codes[0].Display
		}
	}
	if diet != e.Meal {
		t.Errorf("%s: meal %q, want %q", e.ID, diet, e.Meal)
	}
}
