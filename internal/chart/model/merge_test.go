package model_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

func person(kanji, kana, birth, sex string) model.Person {
	return model.Person{Kanji: model.Text{Show: kanji}, Kana: model.Text{Show: kana}, Birth: model.When{Stamp: model.Stamp(birth)}, Sex: model.Text{Show: sex, Code: sex}}
}

func codes(c *model.Chart) []string {
	var out []string
	for _, n := range c.Notices {
		out = append(out, n.Level+" "+n.Code)
	}
	return out
}

func TestMerge_SamePersonWrittenInTwoWays(t *testing.T) {
	t.Parallel()
	a := &model.Chart{ID: "0000000001", Person: person("髙橋　花子", "タカハシ ハナコ", "19500102", "F"), Stores: []model.Store{{Source: "s1", Newest: "2025"}}}
	b := &model.Chart{ID: "1", Person: person("高橋花子", "たかはしはなこ", "1950", ""), Stores: []model.Store{{Source: "s2", Newest: "2026"}}}
	b.Person.ABO = model.Text{Show: "A"}
	c := model.Merge(b, nil, a)
	if c.Person.Kanji.Show != "髙橋　花子" || c.Person.ABO.Show != "A" || len(c.Stores) != 2 || len(c.Notices) != 0 {
		t.Errorf("%+v %v", c.Person, c.Notices)
	}
}

func TestMerge_TwoPeopleUnderOneNumber(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		b    model.Person
		want []string
	}{
		{"birth", person("砦花子", "トリデハナコ", "19510102", "F"), []string{"danger patient.differs.birth"}},
		{"name", person("砦桃子", "トリデモモコ", "19500102", "F"), []string{"danger patient.differs.name"}},
		{"sex", person("砦花子", "トリデハナコ", "19500102", "M"), []string{"danger patient.differs.sex"}},
		{"lost character", person("■花子", "", "19500102", "F"), nil},
		{"kana alone", person("砦花子", "トリデカコ", "19500102", "F"), nil},
		{"sex not known", person("砦花子", "トリデハナコ", "19500102", "U"), nil},
	} {
		a := &model.Chart{Person: person("砦花子", "トリデハナコ", "19500102", "F")}
		if got := codes(model.Merge(a, &model.Chart{Person: x.b})); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

func TestMerge_StatesOfLists(t *testing.T) {
	t.Parallel()
	type l = model.List[model.Lab]
	row := []model.Lab{{Order: "1", Collected: model.When{Stamp: "2025"}}}
	for _, x := range []struct {
		a, b l
		want model.State
	}{
		{l{State: model.NotStored}, l{State: model.NoRecord}, model.NoRecord},
		{l{State: model.NoRecord}, l{State: model.Unknown}, model.NoRecord},
		{l{State: model.NoRecord}, l{State: model.Unknown, Unread: 3}, model.Unknown},
		{l{State: model.NotStored}, l{State: model.Unknown}, model.Unknown},
		{l{State: model.NoRecord}, l{State: model.Unreadable, Broken: 1}, model.Unreadable},
		{l{State: model.Some, Rows: row}, l{State: model.Unreadable, Broken: 1}, model.Some},
		{l{}, l{State: model.NotStored}, model.NotStored},
		{l{}, l{}, ""},
	} {
		for range 2 {
			c := model.Merge(&model.Chart{Labs: x.a}, &model.Chart{Labs: x.b})
			if c.Labs.State != x.want || len(c.Labs.Rows) != len(x.a.Rows)+len(x.b.Rows) || c.Labs.Broken != x.a.Broken+x.b.Broken {
				t.Errorf("%+v and %+v: %+v", x.a, x.b, c.Labs)
			}
			x.a, x.b = x.b, x.a
		}
	}
}

// A source that says "none" does not outweigh another's allergy.
func TestMerge_NoneBesideAnAllergy(t *testing.T) {
	t.Parallel()
	none := &model.Chart{Allergies: model.List[model.Allergy]{State: model.SaysNone, Rows: []model.Allergy{{Life: view.Live, Allergen: model.Text{Show: "なし"}, SaysNone: model.Computed[bool]{Value: true, OK: true}}}}}
	real := &model.Chart{Allergies: model.List[model.Allergy]{State: model.Some, Rows: []model.Allergy{{Life: view.Live, Allergen: model.Text{Show: "ペニシリン"}}}}}
	c := model.Merge(none, real)
	if c.Allergies.State != model.Some || len(c.Allergies.Rows) != 2 || c.Allergies.Rows[0].Allergen.Show != "ペニシリン" {
		t.Errorf("%+v", c.Allergies)
	}
	if c := model.Merge(none, &model.Chart{Allergies: model.List[model.Allergy]{State: model.NoRecord}}); c.Allergies.State != model.SaysNone {
		t.Errorf("%+v", c.Allergies)
	}
}

func TestMerge_SortsEverything(t *testing.T) {
	t.Parallel()
	a := &model.Chart{Items: []model.Item{{Ref: model.Ref{Source: "s1", Item: "x"}, Day: "20250102"}, {Ref: model.Ref{Source: "s1", Item: "y"}}},
		Labs: model.List[model.Lab]{State: model.Some, Rows: []model.Lab{{Collected: model.When{Stamp: "20250103"}}, {Collected: model.When{Stamp: "20250101"}}}}}
	b := &model.Chart{Items: []model.Item{{Ref: model.Ref{Source: "s2", Item: "x"}, Day: "20250103"}, {Ref: model.Ref{Source: "s2", Item: "z"}, Day: "20250101"}},
		Labs: model.List[model.Lab]{State: model.Some, Rows: []model.Lab{{Collected: model.When{Stamp: "20250102"}}}}}
	c := model.Merge(a, b)
	var days, labs []string
	for _, i := range c.Items {
		days = append(days, i.Day)
	}
	for _, l := range c.Labs.Rows {
		labs = append(labs, string(l.Collected.Stamp))
	}
	if !slices.Equal(days, []string{"20250103", "20250102", "20250101", ""}) || !slices.Equal(labs, []string{"20250103", "20250102", "20250101"}) {
		t.Error(days, labs)
	}
}

func TestChart_JSONSurvives(t *testing.T) {
	t.Parallel()
	day, _ := model.ParseDay("20251026")
	c := &model.Chart{ID: "1", Today: day, Items: []model.Item{{Ref: model.Ref{Source: "s1", Item: "経過/記録"}, Older: []model.Older{{Ref: model.Ref{Source: "s1", Item: "a"}}}}}}
	c.Drugs = model.List[model.Drug]{State: model.Some, Rows: []model.Drug{{End: model.Computed[model.Day]{Value: day, OK: true, Rule: "drug.end.sent"}, Origin: model.Origin{Ref: model.Ref{Source: "s1", Item: "b"}, Place: "3-2~1"}}}}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back model.Chart
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(&back); string(again) != string(data) || back.Items[0].Ref.Item != "経過/記録" || back.Drugs.Rows[0].End.Value != day {
		t.Errorf("%s\n%s", data, again)
	}
}

func TestStamp_Time(t *testing.T) {
	t.Parallel()
	for s, want := range map[model.Stamp]string{"20251026031255123": "2025-10-26T03:12:55Z", "202510260312": "2025-10-26T03:12:00Z", "20251026": "2025-10-26T00:00:00Z", "202510": "", "": "", "2025102x": ""} {
		at, ok := s.Time(nil)
		if got := at.Format("2006-01-02T15:04:05Z"); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %s (%v), want %q", s, got, ok, want)
		}
		if d, ok := s.Day(); ok && time.Unix(int64(d)*86400, 0).UTC().Format("20060102") != string(s[:8]) {
			t.Errorf("%q: %v", s, d)
		}
	}
}
