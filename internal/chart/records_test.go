package chart_test

import (
	"context"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	shelves "github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web/webtest"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

// store is a shelf on the synthetic hospital's files, read by the real source.
type store struct {
	source.Source
	mu     sync.Mutex
	charts map[string]*model.Chart
	docs   map[model.Ref]*source.Document // instead of the store's
	read   int                            // documents opened
}

// synthetic opens the hospital's store once for all tests; what is read of it
// is kept, because nobody writes into it.
var synthetic = sync.OnceValue(func() source.Source {
	list, _, err := all.Open(context.Background(), hospital().FS(), source.Options{Zone: zone(), AsOf: asOf()})
	if err != nil {
		panic(err)
	}
	return list[0]
})

func (s *store) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.charts[id]; c != nil {
		return c, nil
	}
	want.Today, _ = view.ParseDay("20261102")
	want.Only = nil // what is kept serves every page
	c, err := s.Source.Read(ctx, id, want)
	if err == nil {
		s.charts[id] = c
	}
	return c, err
}

func (s *store) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	s.mu.Lock()
	s.read++
	d := s.docs[ref]
	s.mu.Unlock()
	if d != nil {
		return d, nil
	}
	return s.Source.Document(ctx, ref)
}

func (s *store) Kind(_, code string) source.Kind { return s.Source.Kind(code) }
func (s *store) AsOf() time.Time                 { return asOf() }
func (s *store) Until() (time.Time, string)      { return asOf(), shelves.ByManifest }
func (s *store) State() []shelves.Root           { return nil }

// records is a Desk on the synthetic store.
type records struct {
	*chart.Desk
	store   *store
	witness *witness
	clock   *ledgertest.Clock
	site    *webtest.Site
}

func newRecords(t testing.TB) *records {
	t.Helper()
	r := &records{store: &store{Source: synthetic(), charts: map[string]*model.Chart{}, docs: map[model.Ref]*source.Document{}}, witness: &witness{}, clock: ledgertest.NewClock()}
	var err error
	r.Desk, err = chart.New(t.Context(), chart.Config{Book: ledgertest.BookAt(t, r.clock), Clock: r.clock.Now, Log: slog.New(slog.DiscardHandler),
		Shelf: r.store, Index: &lists{progress: index.Progress{Phase: "ready"}}, Witness: r.witness})
	if err != nil {
		t.Fatal(err)
	}
	r.site = webtest.New(t, r.clock.Now, r.Module())
	for _, words := range []fs.FS{document.Texts(), model.Texts()} {
		if err := r.site.Catalog.Add(words); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// person gives a reader who opened the chart of a patient, and its path.
func (r *records) person(t testing.TB, id string) (*webtest.Client, string) {
	t.Helper()
	c := r.site.As(reader())
	at := "/chart/p/" + id
	page := c.Get(at+"/confirm").Want(t, 200)
	c.Post(at+"/confirm", map[string][]string{"seal": {seal(t, page.Body)}, "how": {"seen"}}).Want(t, 303)
	return c, at
}

// chart is the chart as the source reads it.
func (r *records) chart(t testing.TB, id string) *model.Chart {
	t.Helper()
	c, err := r.store.Read(t.Context(), id, source.Want{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// patientWith finds a patient of whom something is expected.
func patientWith(t testing.TB, fits func(synth.Expected) bool) synth.Expected {
	t.Helper()
	for i := range hospital().Patients() {
		if e := hospital().Expect(i); fits(e) {
			return e
		}
	}
	t.Fatal("the synthetic hospital has no such patient")
	return synth.Expected{}
}
