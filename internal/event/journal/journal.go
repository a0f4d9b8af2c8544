package journal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// What Config leaves at zero.
const (
	DefaultMaxBytes = 4 << 30 // about 40 million events
	DefaultMinFree  = 1 << 30
	DefaultGather   = 5 * time.Millisecond
)

// Config is what a Journal is made of.
type Config struct {
	// Dir is the journal's own folder. It is made where it is not there.
	Dir string
	// Seen is the highest position that anybody has kept. When the journal does
	// not reach it (its folder is new, old, or lost its end), a new epoch begins.
	Seen  event.Position
	Clock func() time.Time
	Log   *slog.Logger
	// MaxBytes is how much the journal may hold, compressed. Then it is full.
	MaxBytes int64
	// MinFree is how many bytes the disk keeps free: below, the journal is full,
	// so that the database and the segments can still be written.
	MinFree uint64
	// Free gives the free bytes of the disk; nil asks the file system of Dir.
	Free func() (uint64, error)
	// Gather is how long a batch of few records waits for company after the
	// batch before, at most 50 ms.
	Gather time.Duration
}

func (c *Config) fill() {
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.MinFree == 0 {
		c.MinFree = DefaultMinFree
	}
	if c.Gather == 0 {
		c.Gather = DefaultGather
	}
	c.Gather = min(c.Gather, 50*time.Millisecond)
	if c.Free == nil {
		dir := c.Dir
		c.Free = func() (uint64, error) { return freeOf(dir) }
	}
}

// Journal is an open journal. Its methods may be called by many goroutines.
type Journal struct {
	cfg  Config
	mark *os.File

	lock   chan struct{} // held by who sends on it; guards cur and closed
	cur    *group        // the batch that takes records, or nil
	closed bool
	wake   chan struct{} // cur has something
	sealed chan *group   // full batches, oldest first
	ready  chan *group   // compressed ones
	spare  chan *group   // whose memory may be used again
	quit   chan struct{}
	done   chan struct{} // the last batch is written
	gone   chan struct{} // nothing of it runs any more

	files sync.Mutex // held while the list of epochs is written

	mu      sync.Mutex        // guards what follows
	markBad bool              // it could not be written once
	engine  *engine           // nil while it is broken
	dead    *engine           // the broken one, until it was stopped
	epoch   uint32            // the current one
	last    uint64            // the last batch of it that was acknowledged
	ended   map[uint32]uint64 // last acknowledged batch of each epoch before that may have batches left
	state   State
	checked time.Time // when the disk was looked at; by the machine's own clock
	free    uint64
	oldest  event.Position // whose time is oldestAt
	oldAt   time.Time
	changed chan struct{} // closed when something above changed
}

// group is a batch on its way.
type group struct {
	enc     encoder
	epoch   uint32
	msg     []byte
	waiting chan struct{} // closed when err is set
	err     error
}

// Open opens the journal in cfg.Dir, or makes one. It costs reading what the
// journal holds when it was not closed in order.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	cfg.fill()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	mark, err := os.OpenFile(filepath.Join(cfg.Dir, markFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{cfg: cfg, mark: mark, lock: make(chan struct{}, 1), wake: make(chan struct{}, 1), sealed: make(chan *group, 2),
		ready: make(chan *group), spare: make(chan *group, 4), quit: make(chan struct{}), done: make(chan struct{}), gone: make(chan struct{}), changed: make(chan struct{})}
	if err := j.start(ctx, latest(cfg.Seen, readMark(mark))); err != nil {
		return nil, errors.Join(err, mark.Close())
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(128<<10))
	if err != nil {
		return nil, errors.Join(err, mark.Close())
	}
	go j.compress(z)
	go j.write()
	return j, nil
}

// Append returns when all records are durable, each set of at most MaxRecords and
// MaxBytes in one batch together with others that came at the same time. With
// an error none of them may be acknowledged, though some may be kept: fault.Full
// when there is no room, fault.TooLarge for a record over source.MaxRecord (and then
// none is kept), ctx's error. It keeps nothing of records after it returned.
func (j *Journal) Append(ctx context.Context, records []event.Record) error {
	if len(records) == 0 {
		return nil
	}
	if err := check(records); err != nil {
		return err
	}
	if err := j.room(); err != nil {
		return err
	}
	groups, err := j.join(ctx, records)
	for _, g := range groups {
		select {
		case <-g.waiting:
			err = errors.Join(err, g.err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// join writes the records into the current batch, and into more when they do
// not fit.
func (j *Journal) join(ctx context.Context, records []event.Record) ([]*group, error) {
	select {
	case j.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-j.lock }()
	if j.closed {
		return nil, fault.New(fault.Busy, "event.journal.closed")
	}
	// A set that would be torn apart but fits into one batch gets its own, so
	// that it is kept as a whole or not at all.
	if j.cur != nil && !j.cur.holds(records) && new(group).holds(records) {
		if err := j.push(ctx); err != nil {
			return nil, err
		}
	}
	var groups []*group
	for i := range records {
		if j.cur != nil && !j.cur.enc.fits(&records[i]) {
			if err := j.push(ctx); err != nil {
				return groups, err
			}
		}
		if j.cur == nil {
			j.cur = j.fresh()
		}
		if len(groups) == 0 || groups[len(groups)-1] != j.cur {
			groups = append(groups, j.cur)
		}
		j.cur.enc.add(&records[i])
	}
	j.kick()
	return groups, nil
}

// holds reports whether all records fit into the batch.
func (g *group) holds(records []event.Record) bool {
	if g.enc.count+len(records) > MaxRecords {
		return false
	}
	n := len(g.enc.plain)
	for i := range records {
		n += size(&records[i])
	}
	return n <= MaxBytes
}

// push hands the current batch on. The lock is held; it waits while two
// batches are waiting already, which is what holds callers back.
func (j *Journal) push(ctx context.Context) error {
	select {
	case j.sealed <- j.cur:
		j.cur = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) fresh() *group {
	g := &group{waiting: make(chan struct{})}
	select {
	case old := <-j.spare:
		g.enc, g.msg = old.enc, old.msg
		g.enc.reset()
	default:
	}
	return g
}

func (j *Journal) kick() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Close takes no more records, writes those it has, and ends. Who closes it
// again waits for the first: then nothing touches the folder any more.
func (j *Journal) Close() error {
	j.lock <- struct{}{}
	if j.closed {
		<-j.lock
		<-j.gone
		return nil
	}
	j.closed = true
	<-j.lock
	defer close(j.gone)
	close(j.quit)
	<-j.done
	j.mu.Lock()
	engines := []*engine{j.engine, j.dead}
	j.engine, j.dead, j.state = nil, nil, Closed
	j.tell()
	j.mu.Unlock()
	for _, e := range engines {
		if e != nil {
			e.stop()
		}
	}
	return j.mark.Close()
}

// tell wakes all who wait for a change. mu is held.
func (j *Journal) tell() {
	close(j.changed)
	j.changed = make(chan struct{})
}
