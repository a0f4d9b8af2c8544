package keys

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/torideproject/toride/internal/event/store/files"
)

// Limits of memory and of files.
const (
	memoryLimit = 96 << 20 // of filters and lists of parts that were asked for
	fanIn       = 4        // runs of one size that become one
)

// Index is the index in one folder. It is safe for several goroutines.
type Index struct {
	fs  files.FS
	dir string

	mu     sync.Mutex
	parts  map[Part]*part
	used   uint64 // counts uses, for throwing out the part that was used longest ago
	memory int64
	fresh  map[Part]*set // not in a file yet
	count  int           // of items in fresh
}

// part is the runs of one day.
type part struct {
	runs   []*run
	loaded bool
	used   uint64
}

// Open finds the parts in a folder. Files are read when they are asked for.
func Open(f files.FS, dir string) (*Index, error) {
	x := &Index{fs: f, dir: dir, parts: map[Part]*part{}, fresh: map[Part]*set{}}
	if err := files.MakeAll(f, dir); err != nil {
		return nil, err
	}
	list, err := f.List(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if p, ok := parsePart(e.Name); ok && e.Dir {
			x.parts[p] = &part{}
		}
	}
	return x, nil
}

// Add notes that the segment of a leaf has an event of that hash.
func (x *Index) Add(p Part, h uint64, leaf uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.fresh[p]
	if s == nil {
		s = &set{}
		x.fresh[p] = s
	}
	before := s.n
	s.add(item{h, leaf})
	x.count += s.n - before
}

// Fresh is the number of items that Flush would write.
func (x *Index) Fresh() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.count
}

// Find appends the leaves of segments that perhaps have an event of that hash.
// A new key costs a look into one table and one filter for each run of its day,
// well below a microsecond; the first use of a day reads its files.
func (x *Index) Find(p Part, h uint64, out []uint32) ([]uint32, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	first, last := p.look()
	for q := first; q <= last; q++ {
		if s := x.fresh[q]; s != nil {
			out = s.find(h, out)
		}
		held := x.parts[q]
		if held == nil {
			continue
		}
		if !held.loaded {
			if err := x.load(q, held); err != nil {
				return out, err
			}
		}
		x.used++
		held.used = x.used
		for _, r := range held.runs {
			var err error
			if out, err = r.find(x.fs, h, out); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func (x *Index) folder(p Part) string { return path.Join(x.dir, p.name()) }

// load reads the runs of a part, and forgets others when that takes too much.
func (x *Index) load(p Part, held *part) error {
	list, err := x.fs.List(x.folder(p))
	if err != nil {
		return err
	}
	var runs []*run
	for _, e := range list {
		name := path.Join(x.folder(p), e.Name)
		number, ok := runNumber(e.Name)
		if !ok { // the rest of an interrupted write
			if err := x.fs.Remove(name); err != nil {
				return fmt.Errorf("keys: %w", err)
			}
			continue
		}
		r, err := openRun(x.fs, name, number)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	held.runs, held.loaded = runs, true
	for _, r := range runs {
		x.memory += r.memory()
	}
	x.used++
	held.used = x.used
	x.evict(held)
	return nil
}

func runNumber(name string) (int, bool) {
	text, ok := strings.CutSuffix(name, ".run")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil && n >= 0
}

func (x *Index) evict(keep *part) {
	for x.memory > memoryLimit {
		var oldest *part
		for _, held := range x.parts {
			if held != keep && held.loaded && (oldest == nil || held.used < oldest.used) {
				oldest = held
			}
		}
		if oldest == nil {
			return
		}
		for _, r := range oldest.runs {
			x.memory -= r.memory()
		}
		*oldest = part{}
	}
}

// Flush writes what was added into run files, durable on return, and joins runs
// when there are many. When it fails, what was added stays and a later Flush
// writes it, perhaps twice, which is harmless.
func (x *Index) Flush(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for p, s := range x.fresh {
		if err := ctx.Err(); err != nil {
			return err
		}
		held, err := x.ready(p)
		if err != nil {
			return err
		}
		items := s.sorted()
		r, err := x.write(p, held, len(items), func(add func(item)) error {
			for _, it := range items {
				add(it)
			}
			return nil
		})
		if err != nil {
			return err
		}
		held.runs = append(held.runs, r)
		x.memory += r.memory()
		x.count -= s.n
		delete(x.fresh, p)
		if err := x.join(p, held); err != nil {
			return err
		}
		x.evict(held)
	}
	x.count = 0
	return nil
}

// ready gives a part with its runs, and makes its folder.
func (x *Index) ready(p Part) (*part, error) {
	held := x.parts[p]
	if held == nil {
		if err := files.MakeAll(x.fs, x.folder(p)); err != nil {
			return nil, err
		}
		held = &part{loaded: true}
		x.parts[p] = held
	}
	if !held.loaded {
		if err := x.load(p, held); err != nil {
			return nil, err
		}
	}
	x.used++
	held.used = x.used
	return held, nil
}

func (x *Index) write(p Part, held *part, atMost int, fill func(add func(item)) error) (*run, error) {
	number := 1
	for _, r := range held.runs {
		number = max(number, r.number+1)
	}
	dir := x.folder(p)
	name := path.Join(dir, strconv.Itoa(number)+".run")
	temp := path.Join(dir, files.Temporary+"run")
	out, err := x.fs.Create(temp)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	w := newWriter(out, name, number, atMost)
	err = fill(w.add)
	var r *run
	if err == nil {
		r, err = w.finish()
	}
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err := x.fs.Rename(temp, name); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return r, x.fs.SyncDir(dir)
}

// join makes one run of several of about one size, so that a day has few and
// each item is written few times.
func (x *Index) join(p Part, held *part) error {
	for {
		bySize := map[int][]*run{}
		var group []*run
		for _, r := range held.runs {
			size := sizeClass(r.count)
			bySize[size] = append(bySize[size], r)
			if len(bySize[size]) >= fanIn {
				group = bySize[size]
			}
		}
		if group == nil {
			return nil
		}
		if err := x.replace(p, held, group, nil); err != nil {
			return err
		}
	}
}

func sizeClass(count int) int {
	c := 0
	for count >>= 10; count > 0; count >>= 2 {
		c++
	}
	return c
}

// replace writes the items of some runs as one, without those of leaves that
// are gone, and removes the old files.
func (x *Index) replace(p Part, held *part, group []*run, gone func(leaf uint32) bool) error {
	total := 0
	for _, r := range group {
		total += r.count
	}
	joined, err := x.write(p, held, total, func(add func(item)) error { return x.mergeInto(group, gone, add) })
	if err != nil {
		return err
	}
	left := []*run{}
	for _, r := range held.runs {
		if !slices.Contains(group, r) {
			left = append(left, r)
		}
	}
	held.runs = left
	if joined.count > 0 {
		held.runs = append(held.runs, joined)
		x.memory += joined.memory()
	} else {
		group = append(group, joined)
	}
	for _, r := range group {
		if r != joined {
			x.memory -= r.memory()
		}
		if err := x.fs.Remove(r.name); err != nil {
			return fmt.Errorf("keys: %w", err)
		}
	}
	return nil
}

// mergeInto gives the items of several runs in order.
func (x *Index) mergeInto(group []*run, gone func(leaf uint32) bool, add func(item)) error {
	var ins []*runReader
	defer func() {
		for _, in := range ins {
			_ = in.file.Close()
		}
	}()
	for _, r := range group {
		in, err := newRunReader(x.fs, r)
		if err != nil {
			return err
		}
		ins = append(ins, in)
	}
	for {
		var best *runReader
		for _, in := range ins {
			if in.left > 0 && (best == nil || compareItems(in.next, best.next) < 0) {
				best = in
			}
		}
		if best == nil {
			return nil
		}
		if gone == nil || !gone(best.next.leaf) {
			add(best.next)
		}
		if err := best.step(); err != nil {
			return err
		}
	}
}

type runReader struct {
	file files.File
	in   *bufio.Reader
	next item
	left int
}

func newRunReader(f files.FS, r *run) (*runReader, error) {
	file, err := f.Open(r.name)
	if err != nil {
		return nil, err
	}
	body := io.NewSectionReader(file, int64(len(magic)), int64(r.count)*itemSize)
	out := &runReader{file: file, in: bufio.NewReaderSize(body, 64<<10), left: r.count + 1}
	if err := out.step(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return out, nil
}

func (r *runReader) step() error {
	if r.left--; r.left == 0 {
		return nil
	}
	var buf [itemSize]byte
	if _, err := io.ReadFull(r.in, buf[:]); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r.next = item{binary.BigEndian.Uint64(buf[:]), binary.BigEndian.Uint32(buf[8:])}
	return nil
}

// Forget drops the items of leaves that are gone from the parts up to a day. It
// is called after old days were deleted; what it leaves behind does no harm.
func (x *Index) Forget(ctx context.Context, upTo Part, gone func(leaf uint32) bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for p := range x.parts {
		if p > upTo && p < undated-1<<23 || p > upTo+undated {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		held, err := x.ready(p)
		if err != nil {
			return err
		}
		if len(held.runs) > 0 {
			if err := x.replace(p, held, held.runs, gone); err != nil {
				return err
			}
		}
		if len(held.runs) == 0 {
			delete(x.parts, p)
			if err := x.fs.Remove(x.folder(p)); err != nil {
				return fmt.Errorf("keys: %w", err)
			}
		}
	}
	return nil
}

// Reset removes everything, to be made again from the segments.
func (x *Index) Reset() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.parts, x.fresh, x.count, x.memory = map[Part]*part{}, map[Part]*set{}, 0, 0
	list, err := x.fs.List(x.dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		dir := path.Join(x.dir, e.Name)
		if !e.Dir {
			continue
		}
		inside, err := x.fs.List(dir)
		if err != nil {
			return err
		}
		for _, f := range inside {
			if err := x.fs.Remove(path.Join(dir, f.Name)); err != nil {
				return fmt.Errorf("keys: %w", err)
			}
		}
		if err := x.fs.Remove(dir); err != nil {
			return fmt.Errorf("keys: %w", err)
		}
	}
	return x.fs.SyncDir(x.dir)
}

// Check reads every file and gives an error for the first that is damaged.
func (x *Index) Check(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for p := range x.parts {
		list, err := x.fs.List(x.folder(p))
		if err != nil {
			return err
		}
		for _, e := range list {
			number, ok := runNumber(e.Name)
			if !ok {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := openRun(x.fs, path.Join(x.folder(p), e.Name), number); err != nil {
				return err
			}
		}
	}
	return nil
}
