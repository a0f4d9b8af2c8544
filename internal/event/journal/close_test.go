package journal

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
)

func TestClose_WritesWhatItTookAndRefusesMore(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	j := open(t, cfg)
	var taken atomic.Int64
	var wg sync.WaitGroup
	started := make(chan struct{}, 8)
	for range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				err := j.Append(context.Background(), []event.Record{record("x")})
				if err != nil {
					if fault.KindOf(err) != fault.Busy {
						t.Error(err)
					}
					return
				}
				taken.Add(1)
				if i == 3 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 8 {
		<-started
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := j.Append(t.Context(), []event.Record{record("x")}); fault.KindOf(err) != fault.Busy {
		t.Error(err)
	}
	if got := readAll(t, open(t, cfg), event.Position{}); int64(len(got.words)) != taken.Load() {
		t.Errorf("%d acknowledged, %d found", taken.Load(), len(got.words))
	}
}

func TestAppend_CallerWhoGivesUp(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Append(ctx, []event.Record{record("x")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	add(t, j, 0, 1)
}

func TestTexts_BothLanguagesHaveThreeLines(t *testing.T) {
	t.Parallel()
	c := text.NewCatalog(time.UTC)
	if err := c.Add(Texts()); err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Keys() {
		for _, lang := range text.Langs() {
			if words := c.Say(lang, text.M(key)); strings.Count(words, "\n") != 2 {
				t.Errorf("%s %s has not three lines: %q", lang, key, words)
			}
		}
	}
}

func TestClose_TheSecondWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		j := open(t, config(dir))
		add(t, j, 0, 1)
		first := make(chan error, 1)
		go func() { first <- j.Close() }()
		<-j.quit // it has begun
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := j.mark.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Fatal("the first has not ended:", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal("something still writes:", err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
	}
}
