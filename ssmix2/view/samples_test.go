package view_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// samples reads the public sample files by data type, "" for documents of
// extended storage; a type with several is the last one.
func samples(t *testing.T) map[string]*view.View {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", "ssmix2")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the sample files are not here")
	}
	out, n := map[string]*view.View{}, 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := ""
		if name, _, ok := ssmix2.ParseName(d.Name()); ok {
			kind = name.Kind
		} else if !strings.HasSuffix(path, ".hl7") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m, err := hl7.Parse(data)
		if err != nil {
			t.Logf("%s: %v", d.Name(), err) // one sample is an empty file in the wrong folder
			return nil
		}
		v, err := view.Read(kind, m)
		if err != nil {
			t.Errorf("%s: %v", d.Name(), err)
			return nil
		}
		everything(t, kind, v)
		if strings.Contains(path, "nho-samples") && kind == "OML-11" {
			kind = "culture"
		}
		n++
		out[kind] = v
		return nil
	})
	if err != nil || n < 20 {
		t.Fatalf("%d samples, %v", n, err)
	}
	return out
}

func TestSamples_ReadAsTheyAre(t *testing.T) {
	t.Parallel()
	all := samples(t)
	for kind, want := range map[string]func(*view.View) (got, want string){
		"ADT-00": func(v *view.View) (string, string) {
			return join(v.Patient.Birth.Day, v.Measures[0].Show(), v.Measures[2].Show(), v.Allergies[0].Allergen.Display), "19480405 167.8 A ペニシリン"
		},
		"ADT-61": func(v *view.View) (string, string) {
			return join(v.Allergies[1].OnsetText.Text, v.Allergies[3].Severity.Code, v.Allergies[0].Onset.Raw), "小学校低学年の頃 MO 199601"
		},
		"PPR-01": func(v *view.View) (string, string) {
			return join(v.Problems[0].ICD.Text, v.Problems[0].Class.Display, v.Problems[0].Security.Code, v.Problems[0].Outcome.Code, v.Problems[0].Insurances[0].Symbol.Text), "K29.7 外来時 V N 123456"
		},
		"ADT-22": func(v *view.View) (string, string) {
			return join(v.Movement.At.Raw, v.Visit.Place.Bed), "201111201600 1"
		},
		"ADT-42": func(v *view.View) (string, string) {
			return join(v.Movement.At.Raw, v.Visit.Place.Room, v.Visit.Before.Room), "201112202000 305 302"
		},
		"ADT-52": func(v *view.View) (string, string) {
			return join(v.Movement.At.Raw, v.Visit.Ending.Code), "201112201200 01"
		},
		"OMD": func(v *view.View) (string, string) {
			return join(v.Meals[0].Diets[0].Codes[0].Code, v.Meals[0].Diets[0].Texts[0].Text), "001 塩分控えめ"
		},
		"OMP-01": func(v *view.View) (string, string) {
			end, rp := v.Prescription[2].End(), v.Prescription[2].Rp()
			return join(v.Prescription[0].Drug.Code, end.Value.String(), rp.Value, v.Prescription[2].Daily.Unit.Code), "108665201 20110714 2 MG"
		},
		"OMP-02": func(v *view.View) (string, string) {
			i := v.Injections[0]
			return join(i.Rate.Number, i.Rate.Unit.Code, i.Components[0].Role.Text, i.Components[1].Drug.Code, i.Routes[0].Device.Code), "102 ml/hr B 620002559 IVP"
		},
		"OMP-12": func(v *view.View) (string, string) {
			d := v.Given[0].Doses[1]
			return join(string(d.Outcome), d.Rate.Text, d.Remarks[0].Display, d.Routes[0].Way.Code), "given 102ml/hr 左手に実施 IV"
		},
		"OML-01": func(v *view.View) (string, string) {
			return join(string(v.Lab.Panels[0].Results[0].Stage), v.Lab.Specimens[1].Kind.Display), "ordered 血漿"
		},
		"OML-11": func(v *view.View) (string, string) {
			p := v.Lab.Panels[0]
			return join(p.Order.Control.Text, p.Results[1].Show(), p.Results[1].Unit.Display, p.Results[1].Range.Text, p.Results[1].Flag().Value), "SC 7.2 g/dl 6.70-8.3 N"
		},
		"OMG-11": func(v *view.View) (string, string) {
			last := v.Exams.Panels[len(v.Exams.Panels)-1]
			return join(last.Studies[0].UID.Text, last.Performed[0].Staff[0].ID), "1.2.392.1114.20045.43233.5.300001 D98765"
		},
		"OMG-13": func(v *view.View) (string, string) {
			r := v.Exams.Panels[0].Results
			return join(r[0].Show(), r[1].Show(), v.Patient.Sex.Text), "心筋虚血疑い 67 M" // the birth date stands in PID-9 of the sample
		},
		"culture": func(v *view.View) (string, string) {
			c := v.Lab.Cultures()
			return join(c[1].Results[0].Show(), c[1].Results[1].Show(), string(c[1].Results[1].Stage)), "S.Aureus (2+) preliminary"
		},
		"": func(v *view.View) (string, string) {
			r := v.Vitals.Panels[0].Results
			return join(string(r[0].VitalOf()), string(r[4].VitalOf()), r[1].Unit.System), "diastolic temperature  ISO+"
		},
	} {
		v := all[kind]
		if v == nil {
			t.Errorf("%q is not among the samples", kind)
			continue
		}
		if got, want := want(v); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func join(parts ...string) string { return strings.Join(parts, " ") }

func TestCultures_OrganismAmountAndSusceptibility(t *testing.T) {
	t.Parallel()
	list := read(t, "OML-11-culture").Lab.Cultures()
	if len(list) != 2 || list[0].Results[0].Show() != "E.coli" || len(list[0].Tests) != 1 || list[0].Tests[0] != 1 || len(list[1].Tests) != 0 {
		t.Errorf("%+v", list)
	}
}
