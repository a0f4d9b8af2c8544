package chart_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	shelves "github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
	"github.com/torideproject/toride/ssmix2/synth"
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

// shelf reads the synthetic store; a test may put charts of its own before it.
type shelf struct {
	mu     sync.Mutex
	charts map[string]*model.Chart
	err    error
	roots  []shelves.Root
	asOf   time.Time
	by     string
}

// read keeps what was read of the synthetic store for all tests: nobody writes
// into it.
var read = sync.OnceValue(func() *sync.Map { return &sync.Map{} })

func readChart(ctx context.Context, id string) (*model.Chart, error) {
	if c, ok := read().Load(id); ok {
		return c.(*model.Chart), nil
	}
	day, _ := model.ParseDay("20261102")
	c, err := synthetic().Read(ctx, id, source.Want{Today: day, Stored: func(string) (bool, bool) { return true, true }})
	if err == nil {
		read().Store(id, c)
	}
	return c, err
}

func (s *shelf) Find(ctx context.Context, id string) ([]source.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	return synthetic().Find(ctx, id)
}

func (s *shelf) Read(ctx context.Context, id string, _ source.Want) (*model.Chart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if c := s.charts[id]; c != nil {
		return c, nil
	}
	return readChart(ctx, id)
}

func (s *shelf) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	return synthetic().Document(ctx, ref)
}

func (s *shelf) Kind(_, code string) source.Kind { return synthetic().Kind(code) }
func (s *shelf) AsOf() time.Time                 { return s.asOf }
func (s *shelf) Until() (at time.Time, by string) {
	if s.asOf.IsZero() {
		return time.Time{}, shelves.ByNothing
	}
	return s.asOf, s.by
}
func (s *shelf) State() []shelves.Root { return s.roots }

// change gives a test a patient's chart of its own, to spoil it.
func (s *shelf) change(t testing.TB, id string, how func(*model.Chart)) {
	t.Helper()
	c, err := readChart(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	own := *c
	how(&own)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.charts[id] = &own
}

// entries are all patients of the synthetic store.
var entries = sync.OnceValue(func() []index.Hit {
	var out []index.Hit
	err := synthetic().Walk(context.Background(), source.Walk{}, func(e source.Entry) error {
		out = append(out, index.Hit{Source: "s1", ID: e.ID, Brief: e.Brief, Bed: e.Stay, Items: e.Files})
		return nil
	})
	if err != nil {
		panic(err)
	}
	return out
})

// lists answers from the walk.
type lists struct {
	progress index.Progress
	lacks    []string
	one      string // everybody lies on this ward
}

func (l *lists) all() []index.Hit { return entries() }

func (l *lists) Search(q index.Query) index.Result {
	res := index.Result{Complete: l.progress.Phase == "ready"}
	for _, h := range l.all() {
		switch {
		case q.Ward != "" && (h.Bed == nil || h.Bed.Ward != q.Ward):
		case strings.Contains(strings.Join(strings.Fields(h.Brief.Kana), ""), strings.Join(strings.Fields(q.Text), "")):
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
		switch {
		case h.Bed == nil:
		case l.one == code:
			bed := *h.Bed
			bed.Ward = code
			h.Bed = &bed
			out = append(out, h)
		case h.Bed.Ward == code:
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
	h := &house{shelf: &shelf{charts: map[string]*model.Chart{}, asOf: asOf(), by: shelves.ByManifest, roots: []shelves.Root{{Label: "/media/copy", State: shelves.StateOpen, Sources: []source.Info{{Name: "s1", Format: "ssmix2"}}}}},
		witness: &witness{}, clock: ledgertest.NewClock()}
	h.lists = &lists{progress: index.Progress{Phase: "ready"}}
	var err error
	h.Desk, err = chart.New(t.Context(), chart.Config{Book: ledgertest.BookAt(t, h.clock), Clock: h.clock.Now, Log: slog.New(slog.DiscardHandler),
		Shelf: h.shelf, Index: h.lists, Witness: h.witness})
	if err != nil {
		t.Fatal(err)
	}
	h.site = webtest.New(t, h.clock.Now, h.Module())
	if err := h.site.Catalog.Add(model.Texts()); err != nil {
		t.Fatal(err)
	}
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
	c.Post(at+"/confirm", map[string][]string{"seal": {seal(t, page.Body)}, "how": {"seen"}}).Want(t, 303)
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

// wide writes a name as the store does, with a full-width blank.
func wide(name string) string { return strings.ReplaceAll(name, " ", "\u3000") }

func withoutSetup() web.Person { return webtest.Person("chart.read") }

func signed() chart.Switch {
	return chart.Switch{On: true, Name: "架空 院長", Post: "院長", Day: "2026-11-01"}
}
