package segment

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

// Reader reads one segment. It is safe for several goroutines at the same time.
// Every error about the file's content is a fault: "segment.damaged",
// "segment.newer" or "segment.foreign"; a damaged file never panics.
//
// It holds about 10 kB for each row group, and no file's content beyond that.
type Reader struct {
	name  string
	file  io.ReaderAt
	close io.Closer
	dir   *directory
	mem   Memory
}

// Open opens the file at path. It reads the directory only.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Internal, "segment.damaged", filepath.Base(path)).With(err)
	}
	stat, err := f.Stat()
	if err == nil {
		r := &Reader{name: filepath.Base(path), file: f, close: f}
		if err = r.open(stat.Size()); err == nil {
			return r, nil
		}
	}
	_ = f.Close() // it was only read; the first error counts
	if errors.As(err, new(*fault.Error)) {
		return nil, err
	}
	return nil, fault.New(fault.Internal, "segment.damaged", filepath.Base(path)).With(err)
}

// NewReader reads a segment from r, which stays the caller's.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	s := &Reader{name: "-", file: r}
	if err := s.open(size); err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes the file that Open opened. Nobody may be reading any more.
func (r *Reader) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close.Close()
}

// Info is what the directory says. It is shared: do not change it.
func (r *Reader) Info() *Info { return &r.dir.info }

// Name is the file's name without its folder, for messages.
func (r *Reader) Name() string { return r.name }

const magic = "PAR1"

// open reads trailer and directory, which lie before Parquet's footer.
func (r *Reader) open(size int64) (err error) {
	defer r.guard(&err)
	var end [8]byte
	if size < 12+trailerSize {
		return r.foreign(errors.New("too short"))
	}
	if _, err := r.file.ReadAt(end[:4], 0); err != nil {
		return err
	}
	if string(end[:4]) != magic {
		return r.foreign(errors.New("not Parquet"))
	}
	if _, err := r.file.ReadAt(end[:], size-8); err != nil {
		return err
	}
	footer := int64(binary.LittleEndian.Uint32(end[:4])) + 8
	if string(end[4:]) != magic || footer+trailerSize > size {
		return fmt.Errorf("%w: the end is missing", errDirectory)
	}
	tail := make([]byte, min(footer+trailerSize, maxDirectory))
	if _, err := r.file.ReadAt(tail, size-footer-trailerSize); err != nil {
		return err
	}
	if string(tail[trailerSize-8:trailerSize]) != trailerMagic {
		return r.foreign(errors.New("no trailer"))
	}
	length, sum := binary.LittleEndian.Uint32(tail), binary.LittleEndian.Uint32(tail[4:])
	if version := binary.LittleEndian.Uint32(tail[12:]); version > Version {
		return fault.New(fault.Conflict, "segment.newer", r.name, int(version))
	}
	if checksum(tail[trailerSize:]) != binary.LittleEndian.Uint32(tail[8:]) {
		return fmt.Errorf("%w: wrong checksum of the footer", errDirectory)
	}
	start := size - footer - trailerSize - int64(length)
	if start < 0 {
		return errDirectory
	}
	packed := make([]byte, length)
	if _, err := r.file.ReadAt(packed, start); err != nil {
		return err
	}
	if checksum(packed) != sum {
		return fmt.Errorf("%w: wrong checksum", errDirectory)
	}
	p := newPageReader()
	plain, err := p.unpack(packed, uint64(min(maxDirectory, binary.LittleEndian.Uint32(tail[16:]))), nil)
	if err != nil {
		return err
	}
	r.dir, err = decodeDirectory(plain, size)
	return err
}

func (r *Reader) foreign(cause error) error {
	return fault.New(fault.Invalid, "segment.foreign", r.name).With(cause)
}

// guard makes a fault of an error or of a panic in the decoders of
// parquet-go, which trust their input. It is called by defer.
func (r *Reader) guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("segment: %v", p)
	}
	if *err == nil || errors.As(*err, new(*fault.Error)) || errors.Is(*err, context.Canceled) || errors.Is(*err, context.DeadlineExceeded) {
		return
	}
	var stop stopped
	if errors.As(*err, &stop) {
		*err = stop.error
		return
	}
	*err = fault.New(fault.Internal, "segment.damaged", r.name).With(*err)
}

// stopped is an error of a caller's function, which guard leaves alone.
type stopped struct{ error }

// Event gives the event at pos, whole as it was written (times in
// microseconds), or false. It reads the few pages where pos may be.
func (r *Reader) Event(ctx context.Context, pos event.Position) (*event.Event, bool, error) {
	if pos.Compare(r.dir.info.First) < 0 || pos.Compare(r.dir.info.Last) > 0 {
		return nil, false, nil
	}
	for i := range r.dir.groups {
		g := r.Group(i)
		e, err := g.find(ctx, pos)
		g.Close()
		if e != nil || err != nil {
			return e, e != nil, err
		}
	}
	return nil, false, nil
}

// All gives every event in the order of the file. The event and what it points
// to are valid during the call of yield only.
func (r *Reader) All(ctx context.Context, yield func(*event.Event) error) error {
	var e event.Event
	for i := range r.dir.groups {
		g := r.Group(i)
		for row := range g.Rows() {
			err := ctx.Err()
			if err == nil {
				err = g.Event(row, &e)
			}
			if err == nil {
				err = yield(&e)
			}
			if err != nil {
				g.Close()
				return err
			}
		}
		g.Close()
	}
	return nil
}

// Original is the part of an event that is evidence.
type Original struct {
	At       event.Position
	Original []byte // valid during the call only
}

// Originals gives the original bytes of every event, in the order of the file
// (not of positions): sort by At before making a tree of them. It reads four
// columns only.
func (r *Reader) Originals(ctx context.Context, yield func(Original) error) error {
	for i := range r.dir.groups {
		g := r.Group(i)
		err := g.originals(ctx, yield)
		g.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// FindKey gives the position of the event with that natural key from that
// source and peer, or false. A segment without the key is nearly always
// left after a look into one small filter for each row group.
func (r *Reader) FindKey(ctx context.Context, source, peer, key string) (event.Position, bool, error) {
	for i := range r.dir.groups {
		g := r.Group(i)
		at, ok, err := g.findKey(ctx, []string{source, peer, key})
		g.Close()
		if ok || err != nil {
			return at, ok, err
		}
	}
	return event.Position{}, false, nil
}
