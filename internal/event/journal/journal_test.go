package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// quiet drops the log: many tests break things on purpose.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func config(dir string) Config {
	return Config{Dir: dir, Clock: func() time.Time { return received }, Log: quiet(), MinFree: 1, Gather: time.Nanosecond}
}

func open(t testing.TB, cfg Config) *Journal {
	t.Helper()
	j, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func record(words string) event.Record {
	return event.Record{Source: "s", Format: "f", Peer: "192.0.2.7", Received: received, Data: []byte(words)}
}

func add(t testing.TB, j *Journal, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := j.Append(t.Context(), []event.Record{record(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
}

// reading is what a reader gave: words of records and losses, in order.
type reading struct {
	words  []string
	at     event.Position
	losses []Loss
}

// readAll reads until nothing is left.
func readAll(t testing.TB, j *Journal, after event.Position) reading {
	t.Helper()
	r, err := j.Read(after)
	if err != nil {
		t.Fatal(err)
	}
	var got reading
	var b event.Batch
	for {
		if want, end, _, _ := j.locate(r.at); want.Seq > end {
			return got
		}
		loss, err := r.Next(t.Context(), &b)
		if err != nil {
			t.Fatal(err)
		}
		if loss != nil {
			got.losses = append(got.losses, *loss)
			continue
		}
		got.at = event.Position{Epoch: b.Epoch, Seq: b.Seq}
		for _, rec := range b.Records {
			got.words = append(got.words, string(rec.Data))
		}
	}
}

func (r reading) String() string { return strings.Join(r.words, " ") }

func count(from, to int) string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return strings.Join(list, " ")
}

func TestAppend_IsReadInOrderAndAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	j := open(t, cfg)
	add(t, j, 0, 20)
	if got := readAll(t, j, event.Position{}); got.String() != count(0, 20) || len(got.losses) != 0 {
		t.Fatalf("%+v", got)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, cfg)
	got := readAll(t, j, event.Position{})
	if got.String() != count(0, 20) || got.at != (event.Position{Epoch: 1, Seq: 20}) {
		t.Fatalf("%+v", got)
	}
	if got := readAll(t, j, event.Position{Epoch: 1, Seq: 18, Index: 3}); got.String() != count(18, 20) {
		t.Errorf("from a position: %v", got)
	}
}

// TestRead_NothingIsMarkedByReading is the trap that lost acknowledged entries: a reader
// that takes batches and dies before it kept them must get them again, even
// when the journal went on meanwhile.
func TestRead_NothingIsMarkedByReading(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	j := open(t, cfg)
	add(t, j, 0, 10)
	if got := readAll(t, j, event.Position{}); len(got.words) != 10 {
		t.Fatal(got)
	}
	if err := j.Purge(t.Context(), event.Position{Epoch: 1, Seq: 4}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil { // what was read and not purged
		t.Fatal(err)
	}
	j = open(t, cfg)
	add(t, j, 10, 15) // new ones before anybody reads
	got := readAll(t, j, event.Position{})
	if got.String() != count(4, 15) || len(got.losses) != 0 {
		t.Fatalf("%+v", got)
	}
	if err := j.Purge(t.Context(), event.Position{Epoch: 1, Seq: 6}); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, j, event.Position{Epoch: 1, Seq: 6}); got.String() != count(6, 15) || len(got.losses) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAppend_CallersAtTheSameTimeShareABatch(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	const callers, each = 40, 25
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if err := j.Append(t.Context(), []event.Record{record(fmt.Sprintf("%d-%d", c, i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := readAll(t, j, event.Position{})
	next := make([]int, callers)
	for _, w := range got.words {
		var c, i int
		if _, err := fmt.Sscanf(w, "%d-%d", &c, &i); err != nil || next[c] != i {
			t.Fatalf("%s comes when %d was next", w, next[c])
		}
		next[c]++
	}
	if len(got.words) != callers*each || got.at.Seq > callers*each/2 {
		t.Errorf("%d records in %d batches", len(got.words), got.at.Seq)
	}
}

func TestAppend_GreatSetsAreSplitAndSmallOnesAreNot(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	set := make([]event.Record, 3*MaxRecords+1)
	for i := range set {
		set[i] = record(fmt.Sprint(i))
	}
	if err := j.Append(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, j, event.Position{}); got.String() != count(0, len(set)) || got.at.Seq != 4 {
		t.Errorf("%d records in %d batches", len(got.words), got.at.Seq)
	}
	big := record(strings.Repeat("x", source.MaxRecord))
	if err := j.Append(t.Context(), []event.Record{big, big, record("last")}); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, j, event.Position{Epoch: 1, Seq: 4}); len(got.words) != 3 || got.at.Seq != 7 {
		t.Errorf("%d records up to batch %d", len(got.words), got.at.Seq)
	}
}

func TestAppend_OneRecordTooLongAndNothingIsKept(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	err := j.Append(t.Context(), []event.Record{record("good"), record(strings.Repeat("x", source.MaxRecord+1))})
	if fault.KindOf(err) != fault.TooLarge {
		t.Fatal(err)
	}
	add(t, j, 0, 1)
	if got := readAll(t, j, event.Position{}); got.String() != "0" {
		t.Errorf("%v", got)
	}
}

func TestAppend_FullIsAnErrorAndNothingIsDropped(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxBytes = 20_000
	j := open(t, cfg)
	taken := 0
	for {
		err := j.Append(t.Context(), []event.Record{record(fmt.Sprint(taken))})
		if f := fault.Of(err); f != nil && f.Kind == fault.Full && f.Msg.Key == "event.journal.full" {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		taken++
	}
	if s, err := j.Stats(t.Context()); err != nil || s.State != Full || s.Batches != uint64(taken) || !s.Oldest.Equal(received.Truncate(time.Millisecond)) || s.Bytes > s.Limit {
		t.Errorf("%+v %v", s, err)
	}
	if got := readAll(t, j, event.Position{}); got.String() != count(0, taken) {
		t.Fatalf("%d of %d are left: %v", len(got.words), taken, got.losses)
	}
	if err := j.Purge(t.Context(), event.Position{Epoch: 1, Seq: uint64(taken)}); err != nil {
		t.Fatal(err)
	}
	if s, err := j.Stats(t.Context()); err != nil || s.State != Ready || s.Batches != 0 || !s.Oldest.IsZero() {
		t.Errorf("after the commit: %+v %v", s, err)
	}
	add(t, j, taken, taken+3)
	if got := readAll(t, j, event.Position{Epoch: 1, Seq: uint64(taken)}); got.String() != count(taken, taken+3) || len(got.losses) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAppend_DiskNearlyFullStopsTakingAndComesBack(t *testing.T) {
	t.Parallel()
	var free atomic.Uint64
	free.Store(1 << 30)
	cfg := config(t.TempDir())
	cfg.MinFree, cfg.Free = 1<<20, func() (uint64, error) { return free.Load(), nil }
	j := open(t, cfg)
	add(t, j, 0, 2)
	free.Store(1<<20 - 1)
	refused := eventually(t, func() bool {
		f := fault.Of(j.Append(t.Context(), []event.Record{record("refused?")}))
		return f != nil && f.Kind == fault.Full && f.Msg.Key == "event.journal.disk"
	})
	if s, err := j.Stats(t.Context()); !refused || err != nil || s.State != Disk || s.Free != 1<<20-1 || s.MinFree != 1<<20 {
		t.Errorf("%+v %v", s, err)
	}
	free.Store(1<<20 + 10) // not yet worth a change of state
	eventually(t, func() bool { s, _ := j.Stats(t.Context()); return s.Free == 1<<20+10 })
	if s, _ := j.Stats(t.Context()); s.State != Disk {
		t.Errorf("a few bytes made it %s", s.State)
	}
	free.Store(1 << 30)
	eventually(t, func() bool { s, _ := j.Stats(t.Context()); return s.State == Ready })
	if err := j.Append(t.Context(), []event.Record{record("again")}); err != nil {
		t.Error(err)
	}
	words := readAll(t, j, event.Position{}).words
	if words[0] != "0" || words[1] != "1" || words[len(words)-1] != "again" {
		t.Errorf("%v", words)
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, ok func() bool) bool {
	t.Helper()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for !ok() {
		select {
		case <-every.C:
		case <-deadline.C:
			t.Error("it never came")
			return false
		}
	}
	return true
}

func TestAppend_AsksTheFileSystem(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MinFree = 1 << 60
	j := open(t, cfg)
	if err := j.Append(t.Context(), []event.Record{record("x")}); fault.KindOf(err) != fault.Full {
		t.Error(err)
	}
}

func TestEpoch_NewWheneverPositionsCouldComeTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, config(dir))
	add(t, j, 0, 5)
	reopen := func(seen event.Position) uint32 {
		t.Helper()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		cfg := config(dir)
		cfg.Seen = seen
		j = open(t, cfg)
		s, err := j.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Epoch
	}
	if e := reopen(event.Position{Epoch: 1, Seq: 5, Index: 2}); e != 1 {
		t.Errorf("nothing is missing, and epoch %d begins", e)
	}
	// All of the batches are committed: the last number must stay known.
	if err := j.Purge(t.Context(), event.Position{Epoch: 1, Seq: 5}); err != nil {
		t.Fatal(err)
	}
	if e := reopen(event.Position{Epoch: 1, Seq: 5}); e != 1 {
		t.Errorf("an empty journal began epoch %d", e)
	}
	add(t, j, 5, 7)
	// Somebody has kept more than the journal ever had: an old copy was put back.
	if e := reopen(event.Position{Epoch: 1, Seq: 20}); e != 2 {
		t.Errorf("epoch %d", e)
	}
	add(t, j, 7, 9)
	got := readAll(t, j, event.Position{Epoch: 1, Seq: 5})
	if got.String() != count(5, 9) || got.at != (event.Position{Epoch: 2, Seq: 2}) {
		t.Errorf("the old epoch is read first: %+v", got)
	}
	if len(got.losses) != 1 || got.losses[0] != (Loss{1, 8, 20, Missing}) {
		t.Errorf("losses %+v", got.losses)
	}
	if got := readAll(t, j, event.Position{Epoch: 1, Seq: 20}); got.String() != count(7, 9) || len(got.losses) != 0 {
		t.Errorf("who has all of the old epoch: %+v", got)
	}
	if err := j.Purge(t.Context(), event.Position{Epoch: 2, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	if s, err := j.Stats(t.Context()); err != nil || s.Batches != 1 || s.Epoch != 2 {
		t.Errorf("%+v %v", s, err)
	}
	if e := reopen(event.Position{Epoch: 2, Seq: 1}); e != 2 {
		t.Errorf("epoch %d", e)
	}
}

func TestEpoch_FolderRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, config(dir))
	add(t, j, 0, 5)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// Only the stream is gone: what was acknowledged and nobody kept is a loss.
	if err := os.RemoveAll(filepath.Join(dir, "stream")); err != nil {
		t.Fatal(err)
	}
	cfg := config(dir)
	cfg.Seen = event.Position{Epoch: 1, Seq: 2}
	j = open(t, cfg)
	add(t, j, 10, 12)
	got := readAll(t, j, event.Position{Epoch: 1, Seq: 2})
	if got.String() != "10 11" || got.at.Epoch != 2 || len(got.losses) != 1 || got.losses[0] != (Loss{1, 3, 5, Missing}) {
		t.Errorf("%+v", got)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// Everything is gone, but the store knows what it has.
	cfg = config(t.TempDir())
	cfg.Seen = event.Position{Epoch: 2, Seq: 2}
	j = open(t, cfg)
	add(t, j, 20, 21)
	if got := readAll(t, j, cfg.Seen); got.String() != "20" || got.at != (event.Position{Epoch: 3, Seq: 1}) || len(got.losses) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestRead_NewReaderOfACommittedJournalMissesNothing(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	add(t, j, 0, 3)
	if err := j.Purge(t.Context(), event.Position{Epoch: 1, Seq: 3}); err != nil {
		t.Fatal(err)
	}
	r, err := j.Read(event.Position{})
	if err != nil {
		t.Fatal(err)
	}
	_, end, e, _ := j.locate(r.at)
	for r.tried = 0; r.tried < tries; r.tried++ { // there is nothing to read yet
		if loss, ok, _ := r.read(t.Context(), e, event.Position{Epoch: 1, Seq: 1}, end, &event.Batch{}); loss != nil || ok {
			t.Fatal(loss, ok)
		}
	}
	if r.at != (event.Position{Epoch: 1, Seq: 3}) {
		t.Errorf("it waits at %v", r.at)
	}
	add(t, j, 3, 4)
	var b event.Batch
	if loss, err := r.Next(t.Context(), &b); err != nil || loss != nil || string(b.Records[0].Data) != "3" {
		t.Errorf("%v %v %+v", loss, err, b)
	}
	if got := readAll(t, j, event.Position{}); got.String() != "3" || len(got.losses) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestNext_WaitsAndEnds(t *testing.T) {
	t.Parallel()
	j := open(t, config(t.TempDir()))
	r, err := j.Read(event.Position{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		var b event.Batch
		if _, err := r.Next(context.Background(), &b); err != nil {
			got <- err.Error()
			return
		}
		got <- string(b.Records[0].Data)
	}()
	add(t, j, 0, 1)
	if w := <-got; w != "0" {
		t.Error(w)
	}
	var b event.Batch
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Next(ctx, &b); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	go func() { _ = j.Close() }()
	if _, err := r.Next(t.Context(), &b); fault.KindOf(err) != fault.Busy {
		t.Error(err)
	}
}
