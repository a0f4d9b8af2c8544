package view_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// everything asks a view all it can compute, and merges it with itself.
func everything(t testing.TB, kind string, v *view.View) {
	day := view.Day(20000)
	v.Patient.Age(day)
	for _, list := range [][]view.Medication{v.Prescription, v.Injections} {
		for i := range list {
			list[i].On(day)
			list[i].Rp()
			list[i].TotalFits()
		}
	}
	for i := range v.Problems {
		v.Problems[i].Title()
		v.Problems[i].Active()
	}
	for _, p := range []*view.Panels{v.Lab, v.Exams, v.Vitals} {
		if p == nil {
			continue
		}
		p.Cultures()
		for i := range p.Panels {
			for j := range p.Panels[i].Results {
				r := &p.Panels[i].Results[j]
				r.Flag()
				r.VitalOf()
			}
		}
	}
	name := ssmix2.Name{Kind: kind, Sent: "20251003103059000"}
	files := []view.File{{Name: name, View: v}, {Name: name, View: v}, {Name: name}}
	view.Stays(files)
	view.Problems(files)
	view.Allergies(files)
	view.Labs(files)
	view.Orders(files)
	files[0].View = v.Slim(name)
	view.LabPlaces(files)
	view.Orders(files)
	if _, err := json.Marshal(v); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range cases(f) {
		data, err := os.ReadFile(filepath.Join("testdata", name, "message.txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("MSH|^~\\&\rORC\rORC\rRXE\rTQ1\rRXR\rOBX\rOBR\rSPM\rZE2\rIPC\rNTE\rPRB\rZPR\rRXA\rODS"))
	kinds := []string{"", "X"}
	for _, k := range ssmix2.Types() {
		kinds = append(kinds, k.Code)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := hl7.Parse(data)
		if err != nil {
			return
		}
		for _, kind := range kinds {
			v, err := view.Read(kind, m)
			if err != nil {
				t.Fatal(err)
			}
			everything(t, kind, v)
		}
	})
}

func TestRead_NoMessage(t *testing.T) {
	t.Parallel()
	for _, m := range []*hl7.Message{nil, {}} {
		if _, err := view.Read("ADT-00", m); !errors.Is(err, view.ErrNoMessage) {
			t.Errorf("%v", err)
		}
	}
}

// Every case read as every type: no panic, and what no reader takes is in Other.
func TestRead_OneTypeAsAnother(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		m := message(t, name)
		for _, k := range ssmix2.Types() {
			v, err := view.Read(k.Code, m)
			if err != nil {
				t.Fatal(err)
			}
			everything(t, k.Code, v)
		}
	}
	v, err := view.Read("OMD", message(t, "OMP-01"))
	if err != nil || len(v.Other) == 0 {
		t.Errorf("drugs in a message of meals are lost: %v", err)
	}
}

func TestRead_AnotherPatientInTheMessage(t *testing.T) {
	t.Parallel()
	v := read(t, "ZZZ-99")
	found := 0
	for _, s := range v.Other {
		if s.ID == "PID" {
			found++
		}
	}
	if found != 2 || v.Patient.ID.Text != "0000000123" {
		t.Errorf("%d PID segments, %s", found, v.Patient.ID.Text)
	}
}

// A laboratory result of twenty items takes fewer than a hundred allocations:
// lists that grow, and none for each field.
func TestRead_Allocations(t *testing.T) {
	data := "MSH|^~\\&|HIS|T|GW|R|20251003||OUL^R22^OUL_R22|1|P|2.5\rPID|0001||1^^^^PI||砦^花子^^^^^L^I~トリデ^ハナコ^^^^^L^P||19470228|F\rSPM|1|||023^血清^JC10\rOBR|1|1||E002^生化学的検査^99T41\rORC|SC|1\r"
	for range 20 {
		data += "OBX|1|NM|3A010000002327102^総蛋白^JC10^10222^ＴＰ^99T42||6.2|g/dl^g/dl^99T43|6.7-8.3|L|||F|||202510030600\r"
	}
	m, err := hl7.Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, err := view.Read("OML-11", m); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%.0f allocations", n)
	if n > 100 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"ADT-00", "OMP-01", "OML-11"} {
		m := message(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := view.Read(name, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
