package shelf

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// stuckFS is a share that is there, and of which one folder never answers.
type stuckFS struct {
	fs.FS
	below string
	on    *atomic.Bool
	again chan struct{}
}

func (f stuckFS) Open(name string) (fs.File, error) {
	if f.on.Load() && strings.Contains(name, f.below) {
		<-f.again
	}
	return f.FS.Open(name)
}

// never is a clock on which no wait ends, so that a test says when something is tried again.
func never(time.Duration) <-chan time.Time { return nil }

// A share that falls silent while the index is made keeps no other copy out of
// it, and is gone through when it answers.
func TestSilent_WalkGoesOnWithTheOthers(t *testing.T) {
	t.Parallel()
	id := hospital().ID(0)
	again := make(chan struct{})
	stuck := stuckFS{hospital().FS(), id, &atomic.Bool{}, again}
	for name, c := range map[string]struct {
		medium *stick
		mute   bool // the whole medium, not one folder of it
	}{
		"the share":  {&stick{fsys: hospital().FS()}, true},
		"one folder": {&stick{fsys: stuck}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := &stick{fsys: hospital().FS()}
			s := open(t, Config{Roots: []string{"mute", "good"}, After: never, Index: index.Config{Quick: -1},
				open:   sticks(map[string]*stick{"mute": c.medium, "good": good}),
				answer: 60 * time.Millisecond, probe: 60 * time.Millisecond, walkWait: 60 * time.Millisecond})
			waitFor(t, func() bool {
				s.Look(t.Context())
				return s.State()[0].State == StateOpen && s.State()[1].State == StateOpen
			})
			mute := make(chan struct{})
			if c.mute {
				c.medium.silent.Store(&mute)
			} else {
				stuck.on.Store(true)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Index().Run(ctx) }()
			waitFor(t, func() bool { return s.Index().Progress().Phase == index.PhaseFailed })
			if _, ok := s.Index().Patient("r2s1", id); !ok {
				t.Error("the silent share kept the other one out of the index")
			}
			if _, ok := s.Index().Patient("s1", id); ok {
				t.Error("who could not be read is in the index")
			}
			if err := s.Index().Progress().Err; fault.KindOf(err) != fault.Busy {
				t.Errorf("nobody is told: %v", err)
			}
			if !c.mute { // as long as it hangs, it is not walked once more
				h := s.sources()[0]
				if err := h.Walk(ctx, source.Walk{}, func(source.Entry) error { t.Error("met somebody"); return nil }); fault.KindOf(err) != fault.Busy {
					t.Error(err)
				}
				close(again)
			} else {
				c.medium.silent.Store(nil)
				close(mute)
			}
			waitFor(t, func() bool {
				s.Look(ctx)
				s.Index().Refresh(true)
				_, ok := s.Index().Patient("s1", id)
				return ok
			})
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// A copy that is away is one thing, whether it went while it was read or was not
// there when it was looked for: it may be back in a moment, and its pages say so
// with one status.
func TestGone_IsOneFault(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"no such path": filepath.Join(t.TempDir(), "away"), "a folder, pulled": t.TempDir()} {
		s := open(t, Config{Roots: []string{path}})
		if name != "no such path" {
			s.roots[0].mu.Lock()
			s.roots[0].last = []source.Info{{Name: "s1"}} // it was open once
			s.roots[0].tried = time.Time{}
			s.roots[0].mu.Unlock()
		}
		s.Look(t.Context())
		if _, err := s.Read(t.Context(), "1", want()); fault.KindOf(err) != fault.Busy || fault.Of(err).Msg.Key != "shelf.gone" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
