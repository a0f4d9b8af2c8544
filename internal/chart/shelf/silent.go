package shelf

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
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
