package paper

import (
	"context"
	"io/fs"
	"strconv"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// The charts of these tests are made by hand, so that each says what it is for.

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

// noon is when the tests print.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, jst()) }

func tx(s string) model.Text { return model.Text{Show: s} }

func coded(code, s string) model.Text { return model.Text{Code: code, Show: s} }

func at(s string) model.When { return model.When{Stamp: model.Stamp(s)} }

func days(t testing.TB, s string) model.Day {
	t.Helper()
	d, ok := model.ParseDay(s)
	if !ok {
		t.Fatalf("%q is no day", s)
	}
	return d
}

func computed[T any](v T, rule string) model.Computed[T] {
	return model.Computed[T]{Value: v, OK: true, Rule: rule}
}

// drug makes a drug in use for a span.
func drug(t testing.TB, name, order, rp, from, to string) model.Drug {
	d := model.Drug{Life: view.Live, Kind: "oral", Name: tx(name), Dose: tx("1錠"), Daily: tx("3錠"), Total: tx("21錠"), Usage: []model.Text{tx("1日3回毎食後")}, Days: tx("7日分"),
		Order: order, Ordered: at("20261118"), By: tx("架空 一郎"), Dept: tx("内科"), Inpatient: true, Rp: computed(rp, "rp.group"), Fits: computed(true, "drug.total"),
		Start: computed(days(t, from), "drug.start.earliest"), Use: computed(view.InUse, "drug.use")}
	if to != "" {
		d.End = computed(days(t, to), "drug.end.days")
	} else {
		d.End = model.Computed[model.Day]{Rule: "drug.end.none"}
		d.Use = computed(view.Open, "drug.use")
	}
	return d
}

func some[T any](rows ...T) model.List[T] { return model.List[T]{State: model.Some, Rows: rows} }

// lab is one result; flag is the sender's.
func lab(item, value, unit, flag, collected string) model.Lab {
	return model.Lab{Life: view.Live, Stage: view.Final, Item: model.Share(coded(item, item)), Values: []model.Text{tx(value)}, Unit: model.Share(tx(unit)), Range: model.Share(tx("3.5-5.0")),
		Flag: model.Share(computed(flag, "flag.sent")), Collected: at(collected), Panel: model.Share(tx("生化学"))}
}

// chart is a patient with something in every list.
func chart(t testing.TB) *model.Chart {
	over := drug(t, "レボフロキサシン錠500mg", "R100", "1", "20261001", "20261007")
	over.Use = computed(view.Over, "drug.use")
	prn := drug(t, "アセトアミノフェン錠200mg", "R201", "2", "20261118", "")
	prn.Kind, prn.Usage, prn.Days = "as_needed", []model.Text{tx("疼痛時"), tx("1日3回まで 6時間以上あける")}, model.Text{Show: "10", Raw: "10", Code: "times"}
	ext := drug(t, "ヘパリン類似物質油性クリーム0.3%", "R202", "1", "20261010", "")
	ext.Kind, ext.Dose, ext.Daily, ext.Usage, ext.Days = "external", model.Text{}, model.Text{}, []model.Text{tx("1日2回 両下腿に塗布")}, model.Text{}
	undated := drug(t, "酸化マグネシウム錠330mg", "R200", "2", "20261118", "20261124")
	undated.Start, undated.End, undated.Use = model.Computed[model.Day]{}, model.Computed[model.Day]{Rule: "drug.end.unknown"}, model.Computed[view.Usage]{Value: view.Undated}
	return &model.Chart{
		ID: "00012345", Today: days(t, "20261122"),
		Person: model.Person{ID: tx("00012345"), Kanji: tx("架空 花子"), Kana: tx("カクウ ハナコ"), Birth: at("19480229"), Sex: coded("F", "女"), Age: computed(78, "age.full_years"),
			Phones: []model.Text{tx("00-0000-0000")}, ABO: tx("A"), Rh: tx("+"), Height: model.Measure{Value: tx("152"), Unit: tx("cm"), At: at("20261110")}, Weight: model.Measure{Value: tx("48.5"), Unit: tx("kg"), At: at("20261120")},
			Contacts: []model.Contact{{Name: tx("架空 太郎"), Relation: tx("子"), Phones: []model.Text{tx("000-0000-0000")}}}},
		Allergies: some(
			model.Allergy{Life: view.Live, Source: "IAM", Kind: coded("DA", "薬剤"), Allergen: tx("ペニシリン"), Severity: tx("重度"), Reactions: []model.Text{tx("アナフィラキシー")}},
			model.Allergy{Life: view.Live, Source: "IAM", Kind: coded("FA", "食物"), Allergen: tx("そば"), Severity: tx("中等度")},
			model.Allergy{Life: view.Deleted, Source: "IAM", Kind: coded("DA", "薬剤"), Allergen: tx("アスピリン")}),
		Infections: some(model.Infection{Name: tx("HBs抗原"), Result: tx("陽性(+)"), Mark: computed("positive", "x"), At: at("20261110")}),
		Problems: some(
			model.Problem{Life: view.Live, Name: tx("急性心不全"), Main: true, Set: at("20261110"), Active: computed(true, "problem.active"), Dept: tx("循環器内科")},
			model.Problem{Life: view.Live, Name: tx("秘密の病名"), Confidential: true, Set: at("20261112"), Active: computed(true, "problem.active")},
			model.Problem{Life: view.Live, Name: tx("肺炎"), Suspected: true, Set: at("20261111"), Active: computed(true, "problem.active")}),
		Drugs: some(drug(t, "フロセミド錠20mg", "R200", "1", "20261118", "20261124"), undated, prn, ext, over),
		Injections: some(
			model.Injection{Life: view.Live, Kind: tx("点滴"), Drugs: []model.Component{{Name: tx("維持液3号輸液500mL"), Amount: tx("1袋"), Role: coded("B", "")}, {Name: tx("カルバゾクロム注50mg"), Amount: tx("1A"), Role: coded("A", "")}},
				Volume: tx("500mL"), Rate: tx("60mL/h"), Route: tx("静脈内 末梢"), Start: at("202611220900"), End: at("202611221700"), Use: computed(view.InUse, "x"), Carried: view.Unrecorded, Order: "I300", By: tx("架空 一郎")},
			model.Injection{Life: view.Live, Kind: tx("静注"), Drugs: []model.Component{{Name: tx("フロセミド注20mg"), Amount: tx("1A")}}, Start: at("202611211800"), Use: computed(view.Over, "x"), Carried: view.CarriedOut, Order: "I299",
				Doses: []model.Dose{{Life: view.Live, Outcome: "given", At: at("202611211805"), Drug: tx("フロセミド注20mg"), By: tx("架空 看護師")}}},
			model.Injection{Life: view.Live, Drugs: []model.Component{{Name: tx("古い注射")}}, Start: at("202610010900"), Use: computed(view.Over, "x"), Carried: view.CarriedOut}),
		Labs:   some(lab("K", "5.6", "mmol/L", "H", "202611220610"), lab("Na", "132", "mmol/L", "L", "202611220610"), lab("K", "4.1", "mmol/L", "N", "202611190605"), lab("CRP", "12.3", "mg/dL", "H", "202611150600")),
		Vitals: model.List[model.Lab]{State: model.NotStored},
		Stays:  some(model.Stay{Admitted: at("202611101420"), Place: model.Place{Ward: "3E", Room: "305", Bed: "2"}, Dept: tx("循環器内科"), Attending: tx("架空 一郎")}),
		Meals:  some(model.Meal{Life: view.Live, Diets: []model.Text{tx("心臓食 塩分6g")}, At: []model.Text{tx("朝"), tx("昼"), tx("夕")}, Texts: []model.Text{tx("そば禁")}, Start: at("20261110"), Use: computed(view.InUse, "x")}),
		Items:  []model.Item{{Kind: "11506-3", Title: "経過記録", Day: "20261121", Sent: "20261121183000", Media: "cda"}, {Kind: "18842-5", Title: "秘密の文書", Day: "20261120", Media: "pdf", Confidential: true}},
		Stores: []model.Store{{Source: "s1", Label: "写し", Format: "ssmix2", AsOf: "20261122020000"}},
	}
}

// store is a reader and a census for tests.
type store struct {
	charts map[string]*model.Chart
	wards  []index.Ward
	hits   map[string][]index.Hit
	err    error
}

func (s *store) Read(ctx context.Context, id string, _ source.Want) (*model.Chart, error) {
	if s.err != nil {
		return nil, s.err
	}
	if c, ok := s.charts[id]; ok {
		return c, ctx.Err()
	}
	return &model.Chart{ID: id, Stores: []model.Store{{Absent: true}}}, ctx.Err()
}

func (s *store) Wards() []index.Ward          { return s.wards }
func (s *store) Ward(code string) []index.Hit { return s.hits[code] }

func hit(id, ward, room, bed string) index.Hit {
	return index.Hit{Source: "s1", ID: id, Brief: source.Brief{Kanji: "架空 花子", Kana: "カクウ ハナコ", Birth: "19480229", Sex: "F"}, Bed: &source.Bed{Ward: ward, Room: room, Bed: bed, WardName: "3階東"}}
}

// hospital is a ward with one patient with everything and some with nothing.
func hospital(t testing.TB) *store {
	s := &store{charts: map[string]*model.Chart{"00012345": chart(t)}, wards: []index.Ward{{Code: "3E", Name: "3階東", Patients: 2}}, hits: map[string][]index.Hit{}}
	s.hits["3E"] = []index.Hit{hit("00012345", "3E", "305", "2"), hit("00099999", "3E", "301", "1")}
	return s
}

func catalog(t testing.TB) *text.Catalog {
	t.Helper()
	cat := text.NewCatalog(jst())
	for _, texts := range []fs.FS{Texts(), model.Texts()} {
		if err := cat.Add(texts); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

// sampleJob prints a form from a store.
func sampleJob(t testing.TB, s *store, form string, patients ...string) Job {
	return Job{Data: Data{Reader: s, Census: s, AsOf: func() time.Time { return time.Date(2026, 11, 22, 2, 0, 0, 0, jst()) }}, Catalog: catalog(t), Lang: text.JA, Zone: jst(), Hospital: "架空総合病院", Now: noon(), By: "試験 太郎", Form: form, Patients: patients}
}

// many is a patient with n drugs.
func many(t testing.TB, n int) *model.Chart {
	c := chart(t)
	c.Drugs.Rows = nil
	for i := range n {
		d := drug(t, "架空薬"+strconv.Itoa(i)+"号錠 とても長い販売名を持つ徐放性製剤「架空」"+strconv.Itoa(i)+"mg", "R"+strconv.Itoa(i/5), strconv.Itoa(i%5+1), "20261118", "20261124")
		if i%3 == 0 {
			d.Use = computed(view.Over, "drug.use")
		}
		c.Drugs.Rows = append(c.Drugs.Rows, d)
	}
	return c
}
