package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
)

const facility = eventtest.Facility

// testKey makes a signing key that is the same for the same seed.
func testKey(t testing.TB, seed string) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, ed25519.SeedSize)[:ed25519.SeedSize]), "toride/"+facility)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func (c *clock) Set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.now = t }

// noon is when tests begin.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// bench is a store for tests: its disk is in memory, its clock stands still.
type bench struct {
	t        testing.TB
	disk     *filestest.Disk
	clock    *clock
	cfg      Config
	settings Settings
	free     uint64
	notes    []Note
	logged   *bytes.Buffer
	*Store
}

func newBench(t testing.TB) *bench {
	t.Helper()
	s, v := testKey(t, "a")
	b := &bench{t: t, disk: filestest.New(), clock: &clock{now: noon()}, free: 100 << 30, logged: &bytes.Buffer{}}
	b.cfg = Config{
		FS: b.disk, Catalogue: filepath.Join(quickDir(t), "events.db"), Facility: facility, Signer: s, Known: []note.Verifier{v},
		Clock: b.clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Settings: func() Settings { return b.settings },
		Free: func() (uint64, uint64, error) { return b.free, 1 << 40, nil },
		calm: func(work func() error) error { return work() },
		Note: func(_ context.Context, n Note) error { b.notes = append(b.notes, n); return nil },
	}
	if testing.Verbose() {
		b.cfg.Log = slog.New(slog.NewTextHandler(b.logged, nil))
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(b.logged.String())
			}
		})
	}
	return b
}

// quickDir is a folder in memory where there is one: a test that opens a
// thousand catalogues should not wait for the disk.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "toride-store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// open opens the store, closing the one before.
func (b *bench) open() *bench {
	b.t.Helper()
	b.close()
	s, err := Open(b.t.Context(), b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Store = s
	b.t.Cleanup(b.close)
	return b
}

func (b *bench) close() {
	if b.Store != nil {
		_ = b.Store.Close()
		b.Store = nil
	}
}

// line makes an event as a format would.
func line(epoch uint32, seq uint64, index int, at time.Time, text string) event.Event {
	original := []byte(text)
	return event.Event{At: event.Position{Epoch: epoch, Seq: seq, Index: uint32(index)}, Received: at, Time: at.Add(-time.Second),
		Source: "syslog-udp", Peer: "192.0.2.7", Dataset: "syslog", Original: original, Text: original}
}

// batchOf makes a batch of n events received at one time.
func batchOf(seq uint64, n int, at time.Time) []event.Event {
	var out []event.Event
	for i := range n {
		out = append(out, line(1, seq, i, at, fmt.Sprintf("<13>entry %d-%d 患者ID=%08d", seq, i, i)))
	}
	return out
}

func (b *bench) take(seq uint64, events []event.Event) {
	b.t.Helper()
	if err := b.Take(b.t.Context(), 1, seq, events); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) seal() {
	b.t.Helper()
	if err := b.Seal(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// positions gives all events that can be seen, by their positions.
func (b *bench) positions() []string {
	b.t.Helper()
	return slices.Sorted(slices.Values(positions(b.t, b.Store)))
}

func positions(t testing.TB, s *Store) []string {
	t.Helper()
	var out []string
	v, done := s.View()
	defer done()
	v.Tail.Each(func(e *event.Event) bool { out = append(out, e.At.String()); return true })
	for _, p := range v.Parts {
		r, closed, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		err = r.All(t.Context(), func(e *event.Event) error { out = append(out, e.At.String()); return nil })
		closed()
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// expect checks that exactly the events of these batches can be seen, once.
func (b *bench) expect(n int, seqs ...uint64) {
	b.t.Helper()
	var want []string
	for _, seq := range seqs {
		for i := range n {
			want = append(want, event.Position{Epoch: 1, Seq: seq, Index: uint32(i)}.String())
		}
	}
	slices.Sort(want)
	if got := b.positions(); !slices.Equal(got, want) {
		b.t.Fatalf("%d events are seen, want %d: %v", len(got), len(want), firstDifference(got, want))
	}
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%s instead of %s", got[i], want[i])
		}
	}
	return fmt.Sprintf("%d and %d events", len(got), len(want))
}

func (b *bench) done(epoch uint32, seq uint64) {
	b.t.Helper()
	if e, q := b.Done(); e != epoch || q != seq {
		b.t.Errorf("done up to %d-%d, want %d-%d", e, q, epoch, seq)
	}
}

func (b *bench) tick(d time.Duration) {
	b.t.Helper()
	b.clock.Add(d)
	if err := b.Tick(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.sealing.Wait()
}

// names lists the files of segments on the disk.
func (b *bench) names() []string {
	var out []string
	for name := range b.disk.Files() {
		if rest, ok := strings.CutPrefix(name, facilityFolder(facility)+"/"); ok {
			out = append(out, rest)
		}
	}
	slices.Sort(out)
	return out
}

func TestTake_FoundAtOnceSealedLater(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	b.done(0, 0)
	b.take(1, batchOf(1, 10, noon()))
	b.take(2, batchOf(2, 10, noon()))
	b.expect(10, 1, 2)
	b.done(0, 0)
	if names := b.names(); len(names) > 0 {
		t.Fatalf("%v", names)
	}
	b.tick(59 * time.Second)
	b.done(0, 0)
	b.tick(time.Second)
	b.done(1, 2)
	b.expect(10, 1, 2)
	if names := b.names(); !slices.Equal(names, []string{"date=2026-11-20/1-1-2.parquet"}) {
		t.Errorf("%v", names)
	}
	b.take(2, batchOf(2, 10, noon())) // again
	b.take(3, batchOf(3, 10, noon()))
	b.expect(10, 1, 2, 3)
	e, err := b.Event(t.Context(), event.Position{Epoch: 1, Seq: 2, Index: 7})
	if err != nil || string(e.Original) != "<13>entry 2-7 患者ID=00000007" {
		t.Errorf("%v %v", e, err)
	}
	if e, err = b.Event(t.Context(), event.Position{Epoch: 1, Seq: 3, Index: 9}); err != nil || string(e.Original) != "<13>entry 3-9 患者ID=00000009" {
		t.Errorf("%v %v", e, err)
	}
	if _, err := b.Event(t.Context(), event.Position{Epoch: 1, Seq: 9}); err == nil {
		t.Error("an event that is not there")
	}
	b.open()
	b.done(1, 2)
	b.expect(10, 1, 2)
	b.take(1, batchOf(1, 10, noon()))
	b.take(2, batchOf(2, 10, noon()))
	b.take(3, batchOf(3, 10, noon()))
	b.seal()
	b.done(1, 3)
	b.expect(10, 1, 2, 3)
}

func TestTake_PositionsThatCannotBe(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	for i, change := range []func([]event.Event){
		func(e []event.Event) { e[1].At = e[0].At },
		func(e []event.Event) { e[0], e[1] = e[1], e[0] },
		func(e []event.Event) { e[2].At.Seq++ },
		func(e []event.Event) { e[2].At.Epoch++ },
	} {
		events := batchOf(1, 3, noon())
		change(events)
		if err := b.Take(t.Context(), 1, 1, events); err == nil {
			t.Errorf("%d: taken", i)
		}
	}
	b.take(1, batchOf(1, 3, noon()))
	b.take(2, batchOf(2, 9, noon())[3:]) // some of a batch may be missing
	b.seal()
	b.done(1, 2)
}
