package copy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
)

const (
	readers   = 4         // files read ahead at a time
	readAhead = 96        // tasks that wait for the writer
	smallFile = 256 << 10 // what is read ahead; larger ones go through in pieces
	tries     = 3         // how often a file that changes is read
	headBytes = 8 << 10   // what look is given of a large file
)

// readNote says what reading a file showed.
type readNote struct {
	size     int64
	time     int64
	unstable bool // it changed during the last try too
	found    Code // what look said
}

var errChanged = errors.New("copy: the file changed while it was read")

// copy sends every file of the source through: the merge decides, some readers
// read ahead, and this goroutine writes in the order of paths.
func (r *run) copy(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	queue, ahead := make(chan *task, readAhead), make(chan *task, readAhead)
	decided := make(chan error, 1)
	go func() {
		defer close(queue)
		defer close(ahead)
		decided <- r.decide(ctx, func(t *task) bool {
			if t.act == actRead && t.size <= smallFile {
				t.done = make(chan struct{})
				select {
				case ahead <- t:
				case <-ctx.Done():
					return false
				}
			}
			select {
			case queue <- t:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	left := make(chan struct{}, readers)
	for range readers {
		go func() {
			defer func() { left <- struct{}{} }()
			for t := range ahead {
				r.readSmall(ctx, t)
				close(t.done)
			}
		}()
	}
	var err error
	for t := range queue {
		if err == nil {
			if err = r.write(ctx, t); err != nil {
				stop() // the merge and the readers end, and the queue with them
			}
		}
	}
	stop()
	for range readers {
		<-left
	}
	merged := <-decided
	if err != nil {
		return err
	}
	return merged
}

// write brings one file into the generation.
func (r *run) write(ctx context.Context, t *task) error {
	r.prog.Files++
	r.say(false)
	if t.done != nil {
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	switch {
	case t.act == actCarry:
		return r.carry(t, nil)
	case t.act == actKeep:
		kept, err := r.w.Keep(t.path)
		if err != nil {
			return err
		}
		if kept {
			r.facts.kept(&t.old)
			return nil
		}
		t.shape = shapeOf(t.path, t.time, r.Zone)
		if t.size <= smallFile {
			r.readSmall(ctx, t)
		}
		return r.add(ctx, t)
	}
	return r.add(ctx, t)
}

// add writes what was read.
func (r *run) add(ctx context.Context, t *task) error {
	if t.err != nil {
		return r.failed(ctx, t, t.err)
	}
	if t.size > smallFile && t.data == nil {
		return r.addLarge(ctx, t)
	}
	r.took(int64(len(t.data)))
	if t.again && sha256.Sum256(t.data) == t.old.SHA256 {
		if kept, err := r.w.Keep(t.path); err != nil {
			return err
		} else if kept {
			r.facts.keptReread(&t.old, t.note.found, t.path)
			return nil
		}
	}
	e, err := r.w.Add(t.path, t.meta(t.note.time), bytes.NewReader(t.data))
	t.data = nil
	if err != nil {
		return r.nameFault(t, err)
	}
	r.facts.added(t, &e)
	return nil
}

// nameFault turns a name that the vault does not take into a note.
func (r *run) nameFault(t *task, err error) error {
	if isFault(err, "vault.path") {
		r.facts.note(CodeNames, t.path)
		return nil
	}
	return err
}

func (t *task) meta(changed int64) vault.Meta {
	return vault.Meta{ModTime: time.Unix(0, changed), Kind: t.shape.kind, Day: t.shape.day, Group: t.shape.patient}
}

func (r *run) took(bytes int64) {
	r.prog.Read++
	r.prog.Bytes += bytes
	r.facts.took(bytes)
}

// failed goes on behind a file that cannot be read: as it was before, if it
// was there before.
func (r *run) failed(ctx context.Context, t *task, cause error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case gone(r.Source, cause):
		return fmt.Errorf("%w: %w", errGone, cause)
	case vanished(cause): // renamed or deleted since it was listed
		if t.had {
			r.facts.removed(&t.old)
		}
		return nil
	}
	return r.carry(t, cause)
}

func (r *run) carry(t *task, cause error) error {
	if t.had {
		kept, err := r.w.Keep(t.path)
		if err != nil {
			return err
		}
		if kept {
			r.facts.carried(&t.old, t.path, cause != nil)
			return nil
		}
	}
	r.facts.lost(t.path)
	return nil
}

// readSmall reads a whole file; one that changes meanwhile is read again.
func (r *run) readSmall(ctx context.Context, t *task) {
	for try := range tries {
		if t.err = r.pace.wait(ctx, 1, t.size); t.err != nil {
			return
		}
		t.data, t.note, t.err = readWhole(r.Source, t.path)
		if t.err != nil {
			return
		}
		if !t.note.unstable {
			break
		}
		t.again = false // it was written to: nothing is as before
		_ = try
	}
	if t.note.size != t.size || t.note.time != t.time {
		t.again = false
	}
	t.note.found = look(t.shape, t.data)
}

// readWhole reads a file with a look at its size and time before and after.
// One that grew beyond reason is read as far as its size said.
func readWhole(fsys fs.FS, name string) ([]byte, readNote, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, readNote{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, readNote{}, err
	}
	if !before.Mode().IsRegular() {
		return nil, readNote{}, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	data := make([]byte, min(before.Size(), 16*smallFile)+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, readNote{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return nil, readNote{}, err
	}
	note := readNote{size: after.Size(), time: after.ModTime().UnixNano()}
	note.unstable = before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()) || int64(n) != after.Size()
	return data[:n], note, nil
}

// addLarge streams a file. Its reader fails at the end if the file changed, so
// that the vault forgets it and it is read again; the last try is taken as it
// is and noted.
func (r *run) addLarge(ctx context.Context, t *task) error {
	if t.again {
		same, err := r.sameLarge(ctx, t)
		if err != nil {
			return r.failed(ctx, t, err)
		}
		if same {
			if kept, err := r.w.Keep(t.path); err != nil {
				return err
			} else if kept {
				r.facts.keptReread(&t.old, "", t.path)
				return nil
			}
		}
	}
	for try := 1; ; try++ {
		in, err := r.openLarge(ctx, t.path, try == tries)
		if err != nil {
			return r.failed(ctx, t, err)
		}
		e, err := r.w.Add(t.path, t.meta(in.before.ModTime().UnixNano()), in)
		err = errors.Join(err, in.f.Close())
		r.took(in.n)
		switch {
		case err == nil:
			t.note = readNote{size: in.n, time: e.ModTime.UnixNano(), unstable: in.changed, found: look(t.shape, in.head)}
			r.facts.added(t, &e)
			return nil
		case errors.Is(err, errChanged):
			t.again = false
		case errors.Is(err, vault.ErrSource):
			return r.failed(ctx, t, err)
		default:
			return r.nameFault(t, err)
		}
	}
}

// large reads a file in pieces and compares its size and time at the end.
type large struct {
	ctx     context.Context
	pace    *pace
	f       fs.File
	before  fs.FileInfo
	n       int64
	head    []byte
	accept  bool // a change is noted, not an error
	changed bool
}

func (r *run) openLarge(ctx context.Context, name string, accept bool) (*large, error) {
	f, err := r.Source.Open(name)
	if err != nil {
		return nil, err
	}
	before, err := f.Stat()
	if err == nil && !before.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &large{ctx: ctx, pace: r.pace, f: f, before: before, accept: accept}, nil
}

func (l *large) Read(p []byte) (int, error) {
	if l.n >= 2*l.before.Size()+smallFile { // it grows as fast as it is read
		l.changed = true
		return 0, io.EOF
	}
	if err := l.pace.wait(l.ctx, 0, int64(len(p))); err != nil {
		return 0, err
	}
	n, err := l.f.Read(p)
	l.n += int64(n)
	if room := headBytes - len(l.head); room > 0 {
		l.head = append(l.head, p[:min(n, room)]...)
	}
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	after, failed := l.f.Stat()
	if failed != nil {
		return n, failed
	}
	if after.Size() != l.n || after.Size() != l.before.Size() || !after.ModTime().Equal(l.before.ModTime()) {
		if l.changed = true; !l.accept {
			return n, errChanged
		}
	}
	return n, err
}

func (r *run) sameLarge(ctx context.Context, t *task) (bool, error) {
	in, err := r.openLarge(ctx, t.path, true)
	if err != nil {
		return false, err
	}
	defer in.f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return false, err
	}
	r.took(in.n)
	return [sha256.Size]byte(sum.Sum(nil)) == t.old.SHA256, nil
}
