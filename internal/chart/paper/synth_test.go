package paper

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	ssmix2source "github.com/torideproject/toride/internal/chart/source/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

// made is a made-up hospital read through the real source.
type made struct {
	source.Source
	h     *synth.Hospital
	wards []index.Ward
	hits  map[string][]index.Hit
}

func (m *made) Wards() []index.Ward          { return m.wards }
func (m *made) Ward(code string) []index.Hit { return slices.Clone(m.hits[code]) }

// open reads a hospital's store and makes a census of its walk.
func open(t testing.TB, o synth.Options) *made {
	t.Helper()
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := ssmix2source.Member().Open(t.Context(), h.FS(), source.Options{Name: "s1", Label: "写し", AsOf: o.AsOf, Zone: jst()})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sources, %v", len(list), err)
	}
	m := &made{Source: list[0], h: h, hits: map[string][]index.Hit{}}
	err = list[0].Walk(t.Context(), source.Walk{}, func(e source.Entry) error {
		if e.Stay != nil {
			m.hits[e.Stay.Ward] = append(m.hits[e.Stay.Ward], index.Hit{Source: "s1", ID: e.ID, Brief: e.Brief, Bed: e.Stay})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for code, hits := range m.hits {
		m.wards = append(m.wards, index.Ward{Code: code, Name: hits[0].Bed.WardName, Patients: len(hits)})
	}
	slices.SortFunc(m.wards, func(a, b index.Ward) int { return cmp.Compare(a.Code, b.Code) })
	return m
}

// cached reads each chart once, whole; the tests only look at them.
type cached struct {
	*made
	mu     sync.Mutex
	charts map[string]*model.Chart
}

func (c *cached) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.charts[id]; got != nil {
		return got, nil
	}
	want.Only = nil
	got, err := c.made.Read(ctx, id, want)
	c.charts[id] = got
	return got, err
}

var (
	smallOnce sync.Once
	smallMade *cached
)

// small is one small hospital for all tests of this package.
func small(t testing.TB) *cached {
	t.Helper()
	smallOnce.Do(func() { smallMade = &cached{made: open(t, synth.Small(7)), charts: map[string]*model.Chart{}} })
	if smallMade == nil {
		t.Fatal("the hospital could not be made")
	}
	return smallMade
}

// jobFor prints from a made-up hospital, some hours after the copy was made.
func jobFor(t testing.TB, m *made, form string) Job {
	t.Helper()
	asOf := m.h.Options().AsOf
	j := sampleJob(t, nil, form)
	j.Data = Data{Reader: m, Census: m, AsOf: func() time.Time { return asOf }}
	j.Now = asOf.Add(5 * time.Hour)
	return j
}
