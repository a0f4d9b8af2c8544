package logbook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const (
	victimEnv = "TORIDE_LOGBOOK_VICTIM" // folder: this process is a victim
	// roundsEnv is how many kills; CI does few:
	//
	//	TORIDE_CRASH_ROUNDS=20 go test -run Kill -v ./internal/logbook
	roundsEnv = "TORIDE_CRASH_ROUNDS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimEnv); dir != "" {
		loadUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// shelf is a taker that keeps events as the store does: in memory first, then
// many batches in one file named after their range, which is synced and renamed.
type shelf struct {
	dir   string
	every int // batches of a file

	mu     sync.Mutex
	lines  []string
	from   event.Position
	last   event.Position
	kept   event.Position
	number int
}

func openShelf(dir string, every int) (*shelf, error) {
	s := &shelf{dir: dir, every: every}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	names, err := shelved(dir)
	for _, n := range names {
		if to := (event.Position{Epoch: n.epoch, Seq: n.to}); to.Compare(s.kept) > 0 {
			s.kept = to
		}
	}
	s.last = s.kept
	return s, err
}

func (s *shelf) taker(name string) Taker {
	return Taker{Name: name, Take: s.take, Done: func() event.Position { s.mu.Lock(); defer s.mu.Unlock(); return s.kept }}
}

func (s *shelf) take(_ context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := event.Position{Epoch: epoch, Seq: seq}
	if at.Compare(s.last) <= 0 {
		return events, nil
	}
	if s.number > 0 && epoch != s.last.Epoch {
		if err := s.seal(); err != nil {
			return nil, err
		}
	}
	if s.number == 0 {
		s.from = at
	}
	for i := range events {
		s.lines = append(s.lines, string(events[i].Original))
	}
	s.last, s.number = at, s.number+1
	if s.number >= s.every {
		return events, s.seal()
	}
	return events, nil
}

// seal keeps what is in memory. mu is held.
func (s *shelf) seal() error {
	if s.number == 0 {
		return nil
	}
	name := fmt.Sprintf("%d-%d-%d", s.last.Epoch, s.from.Seq, s.last.Seq)
	if err := durable.WriteFile(filepath.Join(s.dir, name), []byte(strings.Join(s.lines, "\n")), 0o600); err != nil {
		return err
	}
	s.lines, s.number, s.kept = nil, 0, s.last
	return nil
}

type name struct {
	epoch    uint32
	from, to uint64
}

func (n name) String() string { return fmt.Sprintf("%d-%d-%d", n.epoch, n.from, n.to) }

// shelved gives the files of a shelf in order.
func shelved(dir string) ([]name, error) {
	entries, err := os.ReadDir(dir)
	var out []name
	for _, e := range entries {
		var n name
		if _, err := fmt.Sscanf(e.Name(), "%d-%d-%d", &n.epoch, &n.from, &n.to); err == nil && n.String() == e.Name() {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b name) int {
		return event.Position{Epoch: a.epoch, Seq: a.from}.Compare(event.Position{Epoch: b.epoch, Seq: b.from})
	})
	return out, err
}

// world is a logbook in a folder, with two shelves.
func world(ctx context.Context, dir string) (*Logbook, []*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	db, err := sqlite.Open(filepath.Join(dir, "state.db"))
	if err != nil {
		return nil, nil, err
	}
	book, err := ledger.Open(ctx, db, time.Now)
	if err != nil {
		return nil, nil, err
	}
	store, err1 := openShelf(filepath.Join(dir, "store"), 40)
	detect, err2 := openShelf(filepath.Join(dir, "detect"), 9)
	if err1 != nil || err2 != nil {
		return nil, nil, fmt.Errorf("%w %w", err1, err2)
	}
	l, err := New(ctx, Config{
		Dir: dir, Book: book, Clock: time.Now, Log: quiet(), Zone: time.UTC,
		Formats: func(zone func(string) *time.Location) []event.Format { return all.All(zone) },
		Takers:  []Taker{store.taker("store"), detect.taker("detect")},
		Journal: journal.Config{MinFree: 1},
	})
	return l, []*shelf{store, detect}, err
}

// loadUntilKilled takes records from several senders as fast as it can, and
// says what was acknowledged.
func loadUntilKilled(dir string) {
	ctx := context.Background()
	l, _, err := world(ctx, dir)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("open")
	go func() { fmt.Println("error", l.Run(ctx)) }()
	for g := range 4 {
		go func() {
			for i := 0; ; i++ {
				set := make([]event.Record, 1+(i*7)%120)
				for k := range set {
					set[k] = event.Record{Source: "a", Format: "syslog", Peer: "192.0.2.7", Received: time.Now(),
						Data: fmt.Appendf(nil, "<13>Nov  2 09:00:00 fgt id %d/%d/%d/%d %s", os.Getpid(), g, i, k, strings.Repeat("action=accept ", i%40))}
				}
				if err := l.Sink("a").Take(ctx, set); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Printf("ok %d/%d/%d %d\n", os.Getpid(), g, i, len(set))
			}
		}()
	}
	select {}
}

// killOnce runs a victim and kills it at its n-th word; it adds what was acknowledged.
func killOnce(t *testing.T, dir string, n int, acked map[string]int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), victimEnv+"="+dir), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var set string
		var size int
		if _, err := fmt.Sscanf(lines.Text(), "ok %s %d", &set, &size); err == nil {
			acked[set] = size
		} else if lines.Text() != "open" {
			t.Error(lines.Text())
		}
		if n--; n == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
}

// TestKill_AcknowledgedIsKeptOnceByAll kills the whole way (journal, pipeline,
// takers) in a loop at random moments under load. Then all that was acknowledged is
// kept by both takers, once, and their files join without gap or overlap.
func TestKill_AcknowledgedIsKeptOnceByAll(t *testing.T) {
	t.Parallel()
	rounds := 5
	if n, err := strconv.Atoi(os.Getenv(roundsEnv)); err == nil {
		rounds = n
	}
	dir, acked := t.TempDir(), map[string]int{}
	for range rounds {
		killOnce(t, dir, 1+rand.IntN(900), acked)
	}
	settleAndCheck(t, dir, acked)
}

// settleAndCheck lets the takers have all that the journal holds, and compares.
func settleAndCheck(t *testing.T, dir string, acked map[string]int) {
	t.Helper()
	l, shelves, err := world(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range shelves {
		s.mu.Lock()
		if err := s.seal(); err != nil {
			t.Fatal(err)
		}
		s.mu.Unlock()
	}
	eventually(t, "the journal is empty", func() bool { s, err := l.State(t.Context()); return err == nil && s.Journal.Batches == 0 })
	if losses, err := l.Losses(t.Context()); err != nil || len(losses) != 0 {
		t.Errorf("%+v %v", losses, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := errors.Join(l.Close(), l.cfg.Book.DB().Close()); err != nil {
		t.Error(err)
	}
	for _, s := range shelves {
		checkShelf(t, s.dir, acked)
	}
}

func checkShelf(t *testing.T, dir string, acked map[string]int) {
	t.Helper()
	names, err := shelved(dir)
	if err != nil {
		t.Fatal(err)
	}
	sets, ids, next := map[string]int{}, map[string]bool{}, uint64(1)
	for _, n := range names {
		if n.epoch != 1 || n.from != next {
			t.Errorf("%s begins at %v, not at 1-%d", dir, n, next)
		}
		next = n.to + 1
		data, err := os.ReadFile(filepath.Join(dir, n.String()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			_, rest, _ := strings.Cut(line, " id ")
			id, _, _ := strings.Cut(rest, " ")
			if ids[id] {
				t.Fatalf("%s has %s twice", dir, id)
			}
			ids[id] = true
			sets[filepath.Dir(id)]++
		}
	}
	missing, records := 0, 0
	for set, n := range acked {
		records += n
		if sets[set] != n {
			missing++
		}
	}
	if missing != 0 || len(acked) == 0 {
		t.Errorf("%s: %d of %d acknowledged sets are not there whole", dir, missing, len(acked))
	}
	t.Logf("%s: %d records acknowledged, %d different ones kept, in %d files of %d batches", filepath.Base(dir), records, len(ids), len(names), next-1)
}
