package fhir_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/fhir"
	"github.com/torideproject/toride/internal/chart/source/sourcetest"
)

func tokyo() *time.Location { return time.FixedZone("JST", 9*3600) }

func open(t testing.TB, fsys fs.FS) source.Source {
	t.Helper()
	list, notes, err := fhir.Member().Open(context.Background(), fsys, source.Options{Name: "s1", Label: "test", Zone: tokyo()})
	if err != nil || len(list) != 1 || len(notes) != 0 {
		t.Fatalf("%d sources, %+v, %v", len(list), notes, err)
	}
	return list[0]
}

func day(s string) model.Day {
	d, _ := model.ParseDay(s)
	return d
}

func read(t testing.TB, s source.Source, id string) *model.Chart {
	t.Helper()
	c, err := s.Read(context.Background(), id, source.Want{Today: day("20260405"), Stored: func(string) (bool, bool) { return false, true }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMember_PassesWhatEverySourceMust(t *testing.T) {
	t.Parallel()
	sourcetest.Member(t, fhir.Member(), os.DirFS("testdata"), []string{"0001234567", "0007654321", "404"})
}

func TestRead_JPCLINS(t *testing.T) {
	t.Parallel()
	c := read(t, open(t, os.DirFS("testdata")), "1234567")
	p := c.Person
	if c.ID != "0001234567" || p.Kanji.Show != "架空　花子" || p.Kana.Show != "カクウ　ハナコ" || p.Birth.Stamp != "19520314" || p.Age.Value != 74 || p.ABO.Show != "A" {
		t.Errorf("%s %+v", c.ID, p)
	}
	if len(c.Allergies.Rows) != 2 || c.Allergies.State != model.Some || c.Allergies.Rows[0].Allergen.Show != "ペニシリン系" || c.Allergies.Rows[0].Kind.Code != "DA" || !c.Allergies.Rows[1].SaysNone.Value {
		t.Errorf("%+v", c.Allergies)
	}
	var problems []string
	for _, x := range c.Problems.Rows {
		problems = append(problems, fmt.Sprint(x.Name.Show, " ", x.Active.Value, " ", x.Suspected, " ", x.Confidential, " ", x.Life, " ", x.Set.Stamp))
	}
	if got := strings.Join(problems, "\n"); got != "高血圧症 true false false live 201906\n胃癌の疑い true true true live 20260401\n急性虫垂炎 false false false live 20100201\n糖尿病 false false false mistaken 20260301" {
		t.Error(got)
	}
	var drugs []string
	for _, d := range c.Drugs.Rows {
		drugs = append(drugs, fmt.Sprint(d.Rp.Value, " ", d.Name.Show, " ", d.Dose.Show, " ", d.Daily.Show, " ", d.Total.Show, " ", d.Days.Show, " ", d.By.Show, " ", d.Use.Value, " ", d.End.OK))
	}
	if got := strings.Join(drugs, "\n"); got != "1 テスト錠５ｍｇ 1錠 3錠 42錠 14日 見本 太郎 in_use true\n2 見本カプセル 1錠 3錠 42錠 14日 見本 太郎 over true\n3 架空散 1錠 3錠 21錠 7日 見本 太郎 undated false\n4 取消錠 1錠 3錠 42錠 14日 見本 太郎 stopped true" {
		t.Error(got)
	}
	if d := c.Drugs.Rows[0]; d.End.Value != day("20260414") || d.End.Rule == "" || d.Usage[0].Show != "1日3回 毎食後 1回 1錠 (1日 3錠) 14 日分" || len(d.Usage) != 1 {
		t.Errorf("%+v", d)
	}
	var labs []string
	for _, l := range c.Labs.Rows {
		v := ""
		if len(l.Values) > 0 {
			v = l.Values[0].Show
		}
		labs = append(labs, fmt.Sprint(l.Item.Get().Show, " ", v, " ", l.Unit.Get().Show, " ", l.Range.Get().Show, " ", l.Flag.Get().Value, " ", l.Flag.Get().Rule, " ", l.Stage, " ", l.Specimen.Get().Show, " ", l.Collected.Stamp))
	}
	if got := strings.Join(labs, "\n"); got != "カリウム 5.6 mEq/L 3.6 - 4.8 H flag.range final 血清 20260404\nHBs抗原 (-)    flag.range final 血清 20260404\nクレアチニン 0.8 mg/dL  N flag.sent preliminary 血清 20260404\n"+
		"血液型-ABO A    flag.range final 血清 20260404\nAST     flag.range impossible 血清 20260404" {
		t.Error(got)
	}
	if len(c.Infections.Rows) != 1 || c.Infections.Rows[0].Mark.Value != "negative" {
		t.Errorf("%+v", c.Infections)
	}
	if c.Meals.State != model.NotStored || c.Stays.State != model.NotStored {
		t.Error(c.Meals.State, c.Stays.State)
	}
}

func TestRead_OfAnExport(t *testing.T) {
	t.Parallel()
	s := open(t, os.DirFS("testdata"))
	c := read(t, s, "0007654321")
	if c.Person.Kana.Show != "ミホン タロウ" || c.Person.Weight.Value.Show != "61.50" && c.Person.Weight.Value.Show != "61.5" || c.Person.Weight.Unit.Show != "kg" {
		t.Errorf("%+v", c.Person)
	}
	if len(c.Stays.Rows) != 2 || c.Stays.Rows[0].Discharged.Has() || c.Stays.Rows[0].Place.Ward != "3階東病棟" || c.Stays.Rows[0].Place.Room != "301" || c.Stays.Rows[0].Place.Bed != "3" ||
		c.Stays.Rows[0].Attending.Show != "見本 次郎" || c.Stays.Rows[1].Discharged.Stamp != "20200109" || len(c.Visits.Rows) != 1 || len(c.Planned.Rows) != 2 {
		t.Errorf("%+v\n%+v\n%+v", c.Stays.Rows, c.Visits.Rows, c.Planned.Rows)
	}
	if len(c.Labs.Rows) != 1 || c.Labs.Rows[0].Values[0].Show != "4.2" || c.Labs.Rows[0].Stage != "final" {
		t.Errorf("%+v", c.Labs.Rows)
	}
	if len(c.Vitals.Rows) != 3 || c.Vitals.Rows[0].Collected.Stamp != "20260405071500" || c.Vitals.Rows[0].Panel.Get().Show != "血圧" {
		t.Errorf("%+v", c.Vitals.Rows)
	}
	if x := c.Injections.Rows; len(x) != 2 || len(x[0].Drugs) != 2 || x[0].Rate.Show != "125 mL/h" || x[0].Start.Stamp != "20260405090000" || x[0].Carried != "carried_out" || len(x[0].Doses) != 1 || x[1].Carried != "not_given" {
		t.Errorf("%+v", x)
	}
	if len(c.Reports.Rows) != 1 || c.Reports.Rows[0].Lines[0].Texts[0].Show != "肺炎像あり" || len(c.Meals.Rows) != 1 || c.Meals.Rows[0].Texts[0].Show != "そば" || len(c.Orders.Rows) != 1 {
		t.Errorf("%+v %+v %+v", c.Reports.Rows, c.Meals.Rows, c.Orders.Rows)
	}
	var codes []string
	for _, n := range c.Notices {
		codes = append(codes, n.Code)
	}
	if !slices.Contains(codes, "fhir.broken") || !slices.Contains(codes, "fhir.lost") {
		t.Error(codes)
	}
	for _, i := range c.Items {
		if i.Kind == "Observation" && i.Title == "K" && len(i.Older) != 1 {
			t.Errorf("%+v", i)
		}
	}
	var beds int
	err := s.Walk(context.Background(), source.Walk{}, func(e source.Entry) error {
		if e.Stay != nil {
			beds++
			if e.ID != "0007654321" || e.Stay.Admitted != "20260401100000" || e.Stay.Dept != "内科" || e.Stay.Ward != "3階東病棟" || e.Stay.Room != "301" || e.Stay.Bed != "3" {
				t.Errorf("%+v", e.Stay)
			}
		}
		return nil
	})
	if err != nil || beds != 1 {
		t.Error(beds, err)
	}
}

func TestDocument_OfFHIR(t *testing.T) {
	t.Parallel()
	s := open(t, os.DirFS("testdata"))
	got := map[string]string{}
	for _, id := range []string{"0001234567", "0007654321"} {
		for _, i := range read(t, s, id).Items {
			d, err := s.Document(context.Background(), i.Ref)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range d.Files {
				names = append(names, f.Name+" "+f.MIME)
			}
			got[i.Kind] = strings.Join(names, ", ")
			if i.Kind != "Composition" {
				continue
			}
			in, err := d.Files[0].Open()
			if err != nil {
				t.Fatal(err)
			}
			doc, _, ok, err := document.Read(context.Background(), d.Files[0].Name, in, nil)
			if err != nil || !ok || len(doc.Blocks) != 5 || doc.Blocks[1].Spans[0].Text != "現病歴" || doc.Blocks[4].List == nil {
				t.Errorf("%+v %v", doc, err)
			}
		}
	}
	for kind, want := range map[string]string{
		"Composition": "narrative.html text/html, Composition.json application/fhir+json", "DocumentReference": "letter.pdf application/pdf, DocumentReference.json application/fhir+json",
		"DiagnosticReport": "report.html text/html, DiagnosticReport.json application/fhir+json", "NewThing": "narrative.html text/html, NewThing.json application/fhir+json",
	} {
		if got[kind] != want {
			t.Errorf("%s: %q, want %q", kind, got[kind], want)
		}
	}
}

// pack makes a gzip file.
func pack(data string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = io.WriteString(z, data)
	_ = z.Close()
	return out.Bytes()
}

// many are resources of nobody that do not pack well.
func many() string {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "{\"resourceType\":\"Practitioner\",\"id\":\"%d\"}\n", i*i*7919)
	}
	return b.String()
}

const person = `{"resourceType":"Patient","id":"1","identifier":[{"system":"urn:x","value":"00077"}],"name":[{"text":"架空 花子"}],"birthDate":"1952-03-14"}`

func TestRead_WhatIsNotAsItShouldBe(t *testing.T) {
	t.Parallel()
	allergy := `{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/1"},"code":{"text":"そば"}}`
	lines := person + "\n" + allergy + "\n"
	for name, c := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"lines":           {"a.ndjson", []byte(lines), "そば"},
		"lines, bom":      {"a.ndjson", []byte("\ufeff" + strings.ReplaceAll(lines, "\n", "\r\n")), "そば"},
		"gzip":            {"a.ndjson.gz", pack(lines), "そば"},
		"lines as json":   {"a.json", []byte(lines), "そば"},
		"array":           {"a.json", []byte("[" + person + ",\n" + allergy + "]"), "そば"},
		"cut gzip":        {"a.ndjson.gz", pack(lines + many())[:20_000], "そば fhir.broken"},
		"deep":            {"a.ndjson", []byte(person + "\n" + `{"resourceType":"Observation","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}\n" + allergy), "そば fhir.broken"},
		"very deep":       {"a.ndjson", []byte(person + "\n" + `{"resourceType":"Observation","x":` + strings.Repeat("[", 1_000_000) + "\n" + allergy), "そば fhir.broken"},
		"cut bundle":      {"a.json", []byte(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + person + `},{"resource":` + allergy + `},{"resource":{"resourceType`), "そば fhir.broken"},
		"bundle of lines": {"a.ndjson", []byte(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + person + `},{"resource":` + allergy + `}]}` + "\n{\"resourceType\":\"Bundle\",\"entry\":[{]\n" + allergy + "\n"), "そば そば fhir.broken"},
		"late type":       {"a.json", []byte(`{"entry":[{"resource":` + person + `},{"resource":` + allergy + `}],"resourceType":"Bundle","type":"collection"}`), "そば"},
		"only patient":    {"a.json", []byte(`{"resourceType":"Bundle","type":"document","entry":[{"resource":` + person + `},{"resource":{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"そば"}}}]}`), "そば"},
		"contained":       {"a.ndjson", []byte(`{"resourceType":"AllergyIntolerance","id":"a","contained":[` + person + `],"patient":{"reference":"#1"},"code":{"text":"そば"}}`), "そば"},
		"bomb":            {"a.ndjson.gz", pack(lines + strings.Repeat(" ", 80<<20)), "そば fhir.broken"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, fstest.MapFS{"x/" + c.file: {Data: c.data}})
			chart := read(t, s, "00077")
			var got []string
			for _, a := range chart.Allergies.Rows {
				got = append(got, a.Allergen.Show)
			}
			for _, n := range chart.Notices {
				if n.Code != "fhir.lost" && (len(got) == 0 || got[len(got)-1] != n.Code) {
					got = append(got, n.Code)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, want %s: %+v", got, c.want, chart.Notices)
			}
		})
	}
}

// A family shares an insurance number; two hospitals share a patient's number.
func TestFind_NeverMixesPeople(t *testing.T) {
	t.Parallel()
	bundle := func(name, birth, value, allergy string) string {
		p := fmt.Sprintf(`{"resourceType":"Patient","id":"p","identifier":[{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"1:2:3:"},{"system":"urn:oid:1.2.392.100495.20.3.51.1%s","value":"0001"}],"name":[{"text":%q}],"birthDate":%q}`, value, name, birth)
		return `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:p","resource":` + p + `},{"fullUrl":"urn:uuid:a","resource":{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"urn:uuid:p"},"code":{"text":"` + allergy + `"}}}]}`
	}
	s := open(t, fstest.MapFS{"a.json": {Data: []byte(bundle("架空 花子", "1952-03-14", "1318814790", "そば"))}, "b.json": {Data: []byte(bundle("架空 太郎", "1950-01-01", "2318814790", "卵"))},
		"c.json": {Data: []byte(`{"resourceType":"AllergyIntolerance","id":"z","patient":{"identifier":{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"1:2:3:"}},"code":{"text":"乳"}}`)}})
	found, err := s.Find(context.Background(), "1")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	twin, err := s.Find(context.Background(), "0001#2")
	if err != nil || len(twin) != 1 || twin[0].Person.Kanji == found[0].Person.Kanji {
		t.Fatal(twin, err)
	}
	a, b := read(t, s, "0001"), read(t, s, "0001#2")
	if len(a.Allergies.Rows) != 1 || len(b.Allergies.Rows) != 1 || a.Allergies.Rows[0].Allergen.Show == b.Allergies.Rows[0].Allergen.Show || a.Allergies.Rows[0].Allergen.Show == "乳" {
		t.Errorf("%+v %+v", a.Allergies, b.Allergies)
	}
	var codes []string
	for _, n := range b.Notices {
		codes = append(codes, n.Level+" "+n.Code)
	}
	if !slices.Contains(codes, "danger fhir.number_of_two") || !slices.Contains(codes, "danger fhir.identifier_of_two") || !slices.Contains(codes, "warn fhir.lost") {
		t.Error(codes)
	}
}

func TestDocument_GivesNothingOfAnother(t *testing.T) {
	t.Parallel()
	s := open(t, os.DirFS("testdata"))
	items := read(t, s, "0001234567").Items
	stolen := strings.Replace(items[0].Ref.Item, "0001234567", "0007654321", 1)
	for _, item := range []string{stolen, "clins/allergy.json\x000\x000001234567", "../x\x000\x000001234567", "clins/allergy.json"} {
		if d, err := s.Document(context.Background(), model.Ref{Source: "s1", Item: item}); !errors.Is(err, source.ErrNoItem) {
			t.Errorf("%q: %+v %v", item, d, err)
		}
	}
}

// Criticality and severity are codes of FHIR; a reader gets words, and the code
// stays beside them.
func TestRead_AllergyInWords(t *testing.T) {
	t.Parallel()
	allergy := func(id, more string) string {
		return `{"resourceType":"AllergyIntolerance","id":"` + id + `","patient":{"reference":"Patient/p"},"code":{"text":"そば"}` + more + `}` + "\n"
	}
	s := open(t, fstest.MapFS{"p.ndjson": {Data: []byte(`{"resourceType":"Patient","id":"p","identifier":[{"value":"0001"}],"name":[{"text":"架空 花子"}],"birthDate":"1952-03-14"}` + "\n")},
		"a.ndjson": {Data: []byte(allergy("a", `,"criticality":"high"`) + allergy("b", `,"criticality":"high","reaction":[{"severity":"severe","manifestation":[{"text":"呼吸困難"}]}]`) + allergy("c", `,"criticality":"odd"`))}})
	got := map[string]string{}
	for _, a := range read(t, s, "0001").Allergies.Rows {
		got[a.Severity.Show] = a.Severity.Code + "/" + a.Severity.Raw
	}
	if len(got) != 3 || got["重篤化のおそれ: 高"] != "high/high" || got["重度"] != "SV/severe" || got["odd"] != "/" {
		t.Errorf("%v", got)
	}
}
