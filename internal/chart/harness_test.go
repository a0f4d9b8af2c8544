package chart_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

// zone is that of webtest's catalogue.
func zone() *time.Location { return time.FixedZone("JST", 9*3600) }

// asOf is when the test hospital's copy was made: two hours before the clock.
func asOf() time.Time { return time.Date(2026, 11, 2, 7, 0, 0, 0, zone()) }

// hospital is one for all tests: tables only.
var hospital = sync.OnceValue(func() *synth.Hospital {
	o := synth.Small(7)
	o.AsOf = asOf()
	h, err := synth.New(o)
	if err != nil {
		panic(err)
	}
	return h
})

// shelf answers from charts that a test makes.
type shelf struct {
	mu     sync.Mutex
	charts map[string]*model.Chart
	err    error
	roots  []chart.Root
	docs   map[model.Ref]*source.Document
}

func (s *shelf) Find(_ context.Context, id string) ([]source.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	var out []source.Found
	for _, c := range s.charts {
		if strings.TrimLeft(c.ID, "0") == strings.TrimLeft(id, "0") {
			out = append(out, source.Found{ID: c.ID, Person: brief(c)})
		}
	}
	return out, nil
}

func brief(c *model.Chart) source.Brief {
	return source.Brief{Kanji: c.Person.Kanji.Show, Kana: c.Person.Kana.Show, Birth: string(c.Person.Birth.Stamp), Sex: c.Person.Sex.Code}
}

func (s *shelf) Read(_ context.Context, id string, _ source.Want) (*model.Chart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if c := s.charts[id]; c != nil {
		return c, nil
	}
	return &model.Chart{ID: id, Stores: []model.Store{{Source: "s1", Absent: true}}}, nil
}

func (s *shelf) Document(_ context.Context, ref model.Ref) (*source.Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.docs[ref]; d != nil {
		return d, nil
	}
	return nil, fs.ErrNotExist
}

func (s *shelf) Kind(_, code string) source.Kind {
	return source.Kind{Code: code, Japanese: "種別" + code, English: "kind " + code}
}

func (s *shelf) AsOf() time.Time     { return asOf() }
func (s *shelf) Roots() []chart.Root { return s.roots }

// lists answers from the shelf's charts.
type lists struct {
	shelf    *shelf
	progress index.Progress
	lacks    []string
}

func (l *lists) all() []index.Hit {
	l.shelf.mu.Lock()
	defer l.shelf.mu.Unlock()
	var out []index.Hit
	for _, c := range l.shelf.charts {
		hit := index.Hit{Source: "s1", ID: c.ID, Brief: brief(c)}
		if len(c.Stays.Rows) > 0 && !c.Stays.Rows[0].Discharged.Has() {
			at := c.Stays.Rows[0].Place
			hit.Bed = &source.Bed{Ward: at.Ward, Room: at.Room, Bed: at.Bed, WardName: "架空病棟" + at.Ward, Attending: c.Stays.Rows[0].Attending.Show}
		}
		out = append(out, hit)
	}
	slices.SortFunc(out, func(a, b index.Hit) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (l *lists) Search(q index.Query) index.Result {
	res := index.Result{Complete: l.progress.Phase == "ready"}
	for _, h := range l.all() {
		switch {
		case q.Ward != "" && (h.Bed == nil || h.Bed.Ward != q.Ward):
		case strings.Contains(strings.ReplaceAll(h.Brief.Kana, " ", ""), strings.ReplaceAll(q.Text, " ", "")):
			h.By = []string{"kana"}
			res.Hits = append(res.Hits, h)
		case strings.HasPrefix(q.Text, h.ID):
			h.By = []string{"id"}
			res.Hits = append(res.Hits, h)
		}
	}
	return res
}

func (l *lists) Wards() []index.Ward {
	var out []index.Ward
	for _, h := range l.all() {
		if h.Bed == nil {
			continue
		}
		at := slices.IndexFunc(out, func(w index.Ward) bool { return w.Code == h.Bed.Ward })
		if at < 0 {
			out, at = append(out, index.Ward{Code: h.Bed.Ward, Name: h.Bed.WardName}), len(out)
		}
		out[at].Patients++
	}
	return out
}

func (l *lists) Ward(code string) []index.Hit {
	var out []index.Hit
	for _, h := range l.all() {
		if h.Bed != nil && h.Bed.Ward == code {
			out = append(out, h)
		}
	}
	return out
}

func (l *lists) Progress() index.Progress { return l.progress }

func (l *lists) Kinds() []index.KindCount {
	return []index.KindCount{{Source: "s1", Kind: source.Kind{Code: "OMP-01", Japanese: "処方オーダ", English: "Prescription"}, Items: 12, Patients: 5, Newest: "202611020655"}}
}

func (l *lists) Stored(_, kind string) (stored, known bool) {
	return !slices.Contains(l.lacks, kind), l.progress.Phase == "ready"
}

func (l *lists) AsOf() time.Time { return asOf().Add(-5 * time.Minute) }

func (l *lists) Patient(_, id string) (index.Hit, bool) {
	for _, h := range l.all() {
		if h.ID == id {
			return h, true
		}
	}
	return index.Hit{}, false
}

// witness keeps the lines.
type witness struct {
	mu    sync.Mutex
	lines []string
	err   error
}

func (w *witness) Note(_ context.Context, _ ledger.Actor, action, subject string, _ any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, action+" "+subject)
	return w.err
}

func (w *witness) has(line string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.lines, line)
}

// house is a Desk with its surroundings.
type house struct {
	*chart.Desk
	shelf   *shelf
	lists   *lists
	witness *witness
	clock   *ledgertest.Clock
	site    *webtest.Site
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{shelf: &shelf{charts: map[string]*model.Chart{}, roots: []chart.Root{{Label: "/media/copy", State: chart.RootOpen, Sources: []source.Info{{Name: "s1", Format: "ssmix2"}}}}},
		witness: &witness{}, clock: ledgertest.NewClock()}
	h.lists = &lists{shelf: h.shelf, progress: index.Progress{Phase: "ready"}}
	for i := range hospital().Patients() {
		c := chartOf(hospital().Expect(i))
		h.shelf.charts[c.ID] = c
	}
	var err error
	h.Desk, err = chart.New(t.Context(), chart.Config{Book: ledgertest.BookAt(t, h.clock), Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		Shelf: h.shelf, Index: h.lists, Witness: h.witness})
	if err != nil {
		t.Fatal(err)
	}
	h.site = webtest.New(t, h.clock.Now, h.Module())
	return h
}

func reader() web.Person { return webtest.Person("chart.read", "chart.print", "chart.setup") }

// on switches trends and derived lists on.
func (h *house) on(t testing.TB) {
	t.Helper()
	for _, what := range []string{chart.UseSwitch, chart.TrendsSwitch, chart.DerivedSwitch} {
		s := chart.Switch{On: true, Name: "架空 院長", Post: "院長", Day: "2026-11-01"}
		if err := h.Sign(t.Context(), ledgertest.Actor(), what, s); err != nil {
			t.Fatal(err)
		}
	}
}

// open confirms a patient and gives the path of his chart.
func (h *house) open(t testing.TB, c *webtest.Client, id string) string {
	t.Helper()
	at := "/chart/p/" + id
	page := c.Get(at+"/confirm").Want(t, 200)
	c.Post(at+"/confirm", map[string][]string{"seal": {seal(t, page.Body)}}).Want(t, 303)
	return at
}

// seal finds the hidden field of a confirmation.
func seal(t testing.TB, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="seal" value="`)
	value, _, end := strings.Cut(rest, `"`)
	if !ok || !end {
		t.Fatal("the page has no seal")
	}
	return value
}

var errPulled = errors.New("the stick was pulled")

func text(s string) model.Text { return model.Text{Show: s} }

func origin(n string) model.Origin {
	return model.Origin{Ref: model.Ref{Source: "s1", Item: n}, Place: "RXE-2"}
}

// chartOf makes the chart that a reader of the synthetic store should get.
func chartOf(e synth.Expected) *model.Chart {
	today, _ := view.ParseDay("20261102")
	c := &model.Chart{ID: e.ID, Today: today, Stores: []model.Store{{Source: "s1", Label: "写し", Format: "ssmix2", AsOf: "202611020700", Newest: "202611020655"}}}
	c.Person = model.Person{ID: text(e.ID), Kanji: text(e.Kanji), Kana: text(e.Kana), Birth: model.When{Stamp: model.Stamp(e.Birth)},
		Sex: model.Text{Show: e.Sex, Code: e.Sex}, Age: model.Computed[int]{Value: 70, OK: true, Rule: "person.age"}, ABO: text(e.ABO), Rh: text(e.Rh),
		Weight: model.Measure{Value: text(e.Weight), Unit: text("kg"), At: model.When{Stamp: "20261001"}}}
	for _, a := range e.Allergies {
		life := view.Live
		if a.Deleted {
			life = view.Deleted
		}
		c.Allergies.Rows = append(c.Allergies.Rows, model.Allergy{Life: life, Source: "IAM", Kind: model.Text{Show: a.Kind, Code: a.Kind},
			Allergen: text(a.Name), Severity: model.Text{Show: a.Severity, Code: a.Severity}, Reactions: []model.Text{text(a.Reaction)}, Origin: origin("al" + a.Code)})
	}
	c.Allergies.State = state(len(c.Allergies.Rows))
	for i := range e.Drugs {
		c.Drugs.Rows = append(c.Drugs.Rows, drugOf(&e.Drugs[i], today))
	}
	slices.Reverse(c.Drugs.Rows)
	c.Drugs.State = state(len(c.Drugs.Rows))
	for _, l := range e.Labs {
		c.Labs.Rows = append(c.Labs.Rows, model.Lab{Life: view.Live, Stage: view.Final, Item: model.Text{Show: l.Name, Code: l.Code}, Values: []model.Text{text(l.Value)},
			Unit: text(l.Unit), Flag: model.Computed[string]{Value: l.Flag, OK: l.Flag != "", Rule: "flag.sent"}, Collected: model.When{Stamp: model.Stamp(l.Collected)}, Origin: origin("lab" + l.Code)})
	}
	c.Labs.State = state(len(c.Labs.Rows))
	for _, p := range e.Problems {
		c.Problems.Rows = append(c.Problems.Rows, model.Problem{Life: view.Live, Name: text(p.Name), Main: p.Main, Suspected: p.Suspected, Confidential: p.Restricted,
			Set: model.When{Stamp: model.Stamp(p.Set)}, Ended: model.When{Stamp: model.Stamp(p.Ended)}, Active: model.Computed[bool]{Value: p.Ended == "", OK: true, Rule: "problem.active"}, Origin: origin("pr" + p.ICD)})
	}
	c.Problems.State = state(len(c.Problems.Rows))
	for _, i := range e.Injections {
		inj := model.Injection{Life: view.Live, Start: model.When{Stamp: model.Stamp(i.Start)}, Rate: text(i.Rate), Carried: view.Unrecorded, Origin: origin("inj" + i.Order)}
		if i.Given {
			inj.Carried = view.CarriedOut
		}
		for _, name := range i.Drugs {
			inj.Drugs = append(inj.Drugs, model.Component{Name: text(name)})
		}
		c.Injections.Rows = append(c.Injections.Rows, inj)
	}
	slices.Reverse(c.Injections.Rows)
	c.Injections.State = state(len(c.Injections.Rows))
	addStay(c, e)
	c.Infections.State, c.Orders.State, c.Reports.State = model.NoRecord, model.Unknown, model.NotStored
	return c
}

func addStay(c *model.Chart, e synth.Expected) {
	if e.Stay != nil {
		c.Stays.Rows = append(c.Stays.Rows, model.Stay{Admitted: model.When{Stamp: model.Stamp(e.Stay.Admitted)}, Attending: text(e.Stay.Doctor),
			Place: model.Place{Ward: e.Stay.Ward, Room: e.Stay.Room, Bed: e.Stay.Bed}, Dept: text(e.Stay.Dept), Origin: origin("stay")})
	}
	c.Stays.State = state(len(c.Stays.Rows))
	if e.Meal != "" {
		c.Meals.Rows = []model.Meal{{Life: view.Live, Diets: []model.Text{text(e.Meal)}, Start: model.When{Stamp: "20261101"}, Use: model.Computed[model.Usage]{Value: view.InUse, OK: true}, Origin: origin("meal")}}
	}
	c.Meals.State = state(len(c.Meals.Rows))
}

func state(rows int) model.State {
	if rows == 0 {
		return model.NoRecord
	}
	return model.Some
}

func drugOf(d *synth.Drug, today model.Day) model.Drug {
	kinds := map[string]string{"21": "oral", "22": "as_needed", "23": "external", "24": "self_injection"}
	out := model.Drug{Life: view.Live, Kind: kinds[d.Kind], Name: text(d.Name), Dose: text(d.Dose + d.Unit), Usage: []model.Text{text(d.Usage)}, Order: d.Order,
		Rp: model.Computed[string]{Value: d.Rp, OK: true}, Inpatient: d.Inpatient, Ordered: model.When{Stamp: model.Stamp(d.Start)}, Origin: origin("rx" + d.Order + d.Rp + d.Code)}
	if d.Days > 0 {
		out.Days = text(strings.Repeat(" ", 0) + itoa(d.Days) + "日分")
	}
	if day, ok := view.ParseDay(d.Start); ok {
		out.Start = model.Computed[model.Day]{Value: day, OK: true, Rule: "drug.start"}
	}
	if day, ok := view.ParseDay(d.End); ok {
		out.End = model.Computed[model.Day]{Value: day, OK: true, Rule: "drug.end.days"}
	}
	out.Use = model.Computed[model.Usage]{Value: model.Usage(d.On(today.String())), OK: true, Rule: "drug.use"}
	if d.Stopped {
		out.Life = view.Cancelled
	}
	return out
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
