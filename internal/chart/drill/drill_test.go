package drill_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/drill"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/synth"
)

func open(t *testing.T) drill.Config {
	t.Helper()
	h, err := synth.New(synth.Small(1))
	if err != nil {
		t.Fatal(err)
	}
	s, err := shelf.Open(t.Context(), shelf.Config{Roots: []string{"made"}, Made: map[string]shelf.Made{"made": {FS: h.FS()}}, Index: index.Config{Quick: -1}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for s.Index().Progress().Whole.IsZero() {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
	c := text.NewCatalog(time.UTC)
	for _, texts := range []fs.FS{drill.Texts(), paper.Texts(), model.Texts()} {
		if err := c.Add(texts); err != nil {
			t.Fatal(err)
		}
	}
	return drill.Config{Shelf: s, Index: s.Index(), Catalog: c, Clock: time.Now, Zone: time.UTC, Lang: text.JA}
}

func steps(list []rollout.Measured) (names []string, ok bool) {
	ok = true
	for _, m := range list {
		names = append(names, m.Step)
		ok = ok && m.OK
	}
	return names, ok
}

func TestDo_AllSteps(t *testing.T) {
	t.Parallel()
	c := open(t)
	got := drill.Do(t.Context(), c)
	names, ok := steps(got)
	if !slices.Equal(names, rollout.MeasuredSteps()) || !ok {
		for _, m := range got {
			t.Errorf("%s: ok %v in %v: %s", m.Step, m.OK, m.Took, c.Catalog.Say(text.JA, m.Note))
		}
	}
	for _, m := range got {
		if m.Took <= 0 {
			t.Errorf("%s took no time", m.Step)
		}
	}
}

// gone is a shelf whose medium was pulled.
type gone struct{ drill.Shelf }

func (gone) Find(context.Context, string) ([]source.Found, error) { return nil, errors.New("away") }
func (gone) Read(context.Context, string, source.Want) (*model.Chart, error) {
	return nil, errors.New("away")
}

// none is an index that knows nobody.
type none struct{ drill.Index }

func (none) Wards() []index.Ward { return nil }

func TestDo_SaysWhatFails(t *testing.T) {
	t.Parallel()
	c := open(t)
	whole := c
	c.Shelf = gone{whole.Shelf}
	got := drill.Do(t.Context(), c)
	if got[0].OK || !got[1].OK || !got[2].OK || got[3].OK {
		t.Errorf("with the medium pulled: %+v", got)
	}
	c = whole
	c.Index = none{whole.Index}
	if names, ok := steps(drill.Do(t.Context(), c)); ok || !slices.Equal(names, rollout.MeasuredSteps()) {
		t.Errorf("with nobody known: %v", names)
	}
}
