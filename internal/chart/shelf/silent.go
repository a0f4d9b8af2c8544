package shelf

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// A share whose server died gives no error: whoever asks it for anything waits
// until somebody pulls the network apart. No page may wait for that, so that a
// medium is asked beside the reader, and one that does not even say that it is
// there counts as away.

// answerTime is how long a medium may take before it is asked whether it is
// there, again and again; probeTime is how long it has to answer that. Reading a
// patient with 40,000 messages from a slow disk takes longer than the first, and
// is waited for.
const (
	answerTime = 8 * time.Second
	probeTime  = 3 * time.Second
)

var errSilent = errors.New("shelf: the medium does not answer")

// gather asks all roots at once and waits for all, but for no root that does not
// answer. ask is called with what is open, or why nothing is; in the latter case
// it reads nothing.
func gather[T any](ctx context.Context, s *Shelf, ask func(i int, r *root, o *opened, err error) T) []T {
	out := make([]T, len(s.roots))
	var all sync.WaitGroup
	for i, r := range s.roots {
		all.Go(func() {
			o, err := r.use(ctx, &s.cfg)
			if err == nil {
				var answer T
				answer, err = patiently(ctx, &s.cfg, r, o, func() T {
					defer o.leave()
					return ask(i, r, o, nil)
				})
				if err == nil {
					out[i] = answer
					return
				}
			}
			out[i] = ask(i, r, nil, err)
		})
	}
	all.Wait()
	return out
}

// patiently runs do, which reads from what is open of a root, until it is done,
// the context ends, or the medium says nothing any more: then the root is away,
// and do is left to itself.
func patiently[T any](ctx context.Context, cfg *Config, r *root, o *opened, do func() T) (T, error) {
	done := make(chan T, 1)
	go func() { done <- do() }()
	timer := time.NewTimer(cfg.answer)
	defer timer.Stop()
	var none T
	for {
		select {
		case v := <-done:
			return v, nil
		case <-ctx.Done():
			return none, ctx.Err()
		case <-timer.C:
		}
		if !o.answers(cfg.probe) {
			select {
			case v := <-done:
				return v, nil
			default:
				return none, r.lost(cfg, o, errSilent)
			}
		}
		timer.Reset(cfg.answer)
	}
}

// answers reports whether the medium says anything at all in time, be it that
// it is not there.
func (o *opened) answers(within time.Duration) bool {
	done := make(chan struct{})
	go func() {
		_ = o.medium.alive() // an error is an answer
		close(done)
	}()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// walkWait is how long a walk may come by nobody before it is given up although
// the medium says that it is there: one folder of a share may hang alone. A
// folder of half a million entries on a slow share takes some minutes to list.
const walkWait = 10 * time.Minute

// walk goes through a source for the index, beside who asks: a medium that does
// not answer must not keep the other ones out. One that was given up ends when
// it answers; until then the source is not walked again. Whoever is met after
// that is met by nobody.
func (h *held) walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	if h.o.hangs() {
		return h.silent()
	}
	if !h.o.enterIfOpen() {
		return source.ErrGone
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &stroll{yield: yield, known: opt.Known}
	if opt.Known != nil {
		opt.Known = w.look
	}
	done := make(chan error, 1)
	go func() {
		defer h.o.leave()
		defer w.over(h.o)
		done <- h.Source.Walk(ctx, opt, w.meet)
	}()
	timer := time.NewTimer(h.cfg.answer)
	defer timer.Stop()
	var before int64
	for since := time.Now(); ; timer.Reset(h.cfg.answer) {
		select {
		case err := <-done:
			return err
		case <-ctx.Done(): // the walk sees it, too, unless it hangs
			select {
			case err := <-done:
				return err
			case <-time.After(h.cfg.probe):
				return w.leave(h.o, ctx.Err())
			}
		case <-timer.C:
		}
		if met := w.met.Load(); met != before {
			before, since = met, time.Now()
		}
		if !h.o.answers(h.cfg.probe) {
			return w.leave(h.o, h.r.lost(h.cfg, h.o, errSilent))
		}
		if time.Since(since) >= h.cfg.walkWait {
			h.cfg.Log.Warn("a walk for the index comes by nobody and is given up", "root", h.r.path)
			return w.leave(h.o, h.silent())
		}
	}
}

func (h *held) silent() error {
	return fault.New(fault.Busy, "shelf.silent", h.r.path).With(errSilent)
}

// stroll is a walk that may be given up.
type stroll struct {
	yield func(source.Entry) error
	known func(id string) (uint64, bool)
	met   atomic.Int64 // patients it came by

	mu    sync.Mutex // held while somebody is met
	left  bool       // it was given up
	ended bool
}

func (w *stroll) look(id string) (mark uint64, ok bool) {
	w.met.Add(1)
	return w.known(id)
}

func (w *stroll) meet(e source.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left {
		return source.ErrGone
	}
	defer w.met.Add(1)
	return w.yield(e)
}

// leave gives the walk up: it meets nobody any more, and its medium is not
// walked until it ended.
func (w *stroll) leave(o *opened, cause error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left = true; !w.ended {
		o.hanging.Add(1)
	}
	return cause
}

// over is called when the walk ends.
func (w *stroll) over(o *opened) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended = true; w.left {
		o.hanging.Add(-1)
	}
}

// hangs reports whether a walk that was given up has not ended.
func (o *opened) hangs() bool { return o.hanging.Load() > 0 }

// file is a file of a document: the medium stays open until it is closed, and a
// read that never answers ends with an error.
type file struct {
	in   io.ReadCloser
	r    *root
	o    *opened
	cfg  *Config
	once sync.Once
	buf  []byte // never the reader's own: a read may end after he left
	dead error
	busy sync.Mutex // held while it is read
}

type chunk struct {
	n   int
	err error
}

func (f *file) Read(p []byte) (int, error) {
	if f.dead != nil {
		return 0, f.dead
	}
	if f.buf == nil {
		f.buf = make([]byte, 64<<10)
	}
	part := f.buf[:min(len(p), len(f.buf))]
	got, err := patiently(context.Background(), f.cfg, f.r, f.o, func() chunk {
		f.busy.Lock()
		defer f.busy.Unlock()
		n, err := f.in.Read(part)
		return chunk{n, err}
	})
	if err != nil {
		f.dead = err
		return 0, err
	}
	return copy(p, part[:got.n]), got.err
}

// Close closes the file. One that hangs is closed when its read ends, by nobody
// waiting for that.
func (f *file) Close() (err error) {
	f.once.Do(func() {
		if f.dead != nil {
			go func() {
				f.busy.Lock()
				defer f.busy.Unlock()
				_ = f.in.Close() // it was only read
				f.o.leave()
			}()
			return
		}
		err = f.in.Close()
		f.o.leave()
	})
	return err
}

// seekFile is a file that can be read from any place.
type seekFile struct{ *file }

// Seek goes to a place in the file.
func (f seekFile) Seek(offset int64, whence int) (int64, error) {
	return f.in.(io.Seeker).Seek(offset, whence)
}

// openFile opens a file of a document. The medium was entered for it.
func (o *opened) openFile(r *root, cfg *Config, open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	var mu sync.Mutex
	var in io.ReadCloser
	left := false // nobody waits any more
	failed, err := patiently(context.Background(), cfg, r, o, func() error {
		f, err := open()
		mu.Lock()
		defer mu.Unlock()
		if err == nil && left {
			_ = f.Close() // nothing of it was read
		}
		if err != nil || left {
			o.leave()
			return err
		}
		in = f
		return nil
	})
	mu.Lock()
	defer mu.Unlock()
	if err != nil && in == nil {
		left = true
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	f := &file{in: in, r: r, o: o, cfg: cfg}
	if _, ok := in.(io.Seeker); ok {
		return seekFile{f}, nil
	}
	return f, nil
}
