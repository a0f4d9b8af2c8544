package ssmix2

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// However many long patients are asked for at once, and however long each of
// them takes, no more messages are in memory than there is room for.
func TestRoom_HoldsAsManyAsThereIsRoomFor(t *testing.T) {
	t.Parallel()
	r := newRoom(10)
	r.patience = time.Hour
	var now, over atomic.Int64
	var all sync.WaitGroup
	for i := range 30 {
		n := 1 + i%7
		all.Go(func() {
			s := r.enter(t.Context(), n)
			if now.Add(int64(n)) > 10 {
				over.Add(1)
			}
			runtime.Gosched()
			now.Add(-int64(n))
			s.leave()
		})
	}
	all.Wait()
	if r.free != 10 || len(r.inside) != 0 || len(r.line) != 0 || over.Load() != 0 {
		t.Errorf("%d free, %d inside, %d in line, %d times too many", r.free, len(r.inside), len(r.line), over.Load())
	}
}

// Who hangs loses his place to who waits; when he comes back he gives away
// nobody else's. One that is larger than the room has it alone.
func TestRoom_WhoHangsHoldsNobody(t *testing.T) {
	t.Parallel()
	r := newRoom(4)
	r.patience = time.Millisecond
	hung := r.enter(t.Context(), 99)
	moving := r.enter(t.Context(), 3)
	r.patience = time.Hour
	if r.inside[hung] || !r.inside[moving] || r.free != 1 {
		t.Error("one that hangs kept its place")
	}
	seen := r.evict(nil)
	moving.moves.Add(1)
	seen = r.evict(seen)
	if moving.loaded.Store(true); len(r.evict(seen)) != 1 || !r.inside[moving] {
		t.Error("the place of one who moves, or makes his chart, was given away")
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if s := r.enter(ctx, 2); r.inside[s] || len(r.line) != 0 {
		t.Error("one who went away stands in line")
	}
	hung.leave()
	moving.leave()
	moving.leave()
	if r.free != 4 || len(r.inside) != 0 || len(r.line) != 0 {
		t.Errorf("%d free, %d inside, %d in line", r.free, len(r.inside), len(r.line))
	}
}

// gated is a store on which the messages of one patient are not to be had until
// the gate opens.
type gated struct {
	fstest.MapFS
	id    string
	begun chan struct{}
	gate  chan struct{}
}

func (g *gated) Open(name string) (fs.File, error) {
	if strings.Contains(name, "_OMG-01_") && strings.Contains(name, "/"+g.id+"/") {
		select {
		case g.begun <- struct{}{}:
		default:
		}
		<-g.gate
	}
	return g.MapFS.Open(name)
}

// Long patients on their way keep no turn from who is read quickly.
func TestRead_LongOnesHoldUpNoShortOne(t *testing.T) {
	t.Parallel()
	const giant, other = "0000000001", "0000000002"
	files := fstest.MapFS{}
	put := func(id string, n int) {
		order := fmt.Sprintf("%015d", n)
		msg := `MSH|^~\&|HIS|TORIDE|GW|RCV|20260101||OMG^O19^OMG_O19|1|P|2.5||||||UNICODE UTF-8` + "\r" + `PID|0001||` + id + `^^^^PI||砦^花子^^^^^L^I||19470228|F` + "\r" +
			`ORC|NW|` + order + "\r" + `OBR|1|` + order + `||X^撮影^99X|||20260101` + "\r"
		files[fmt.Sprintf("2299999999/000/000/%s/20260101/OMG-01/%s_20260101_OMG-01_%s_20260101120000000_01_1", id, id, order)] = &fstest.MapFile{Data: []byte(msg)}
	}
	for n := range long + 1 {
		put(giant, n)
	}
	put(other, 1)
	g := &gated{MapFS: files, id: giant, begun: make(chan struct{}, 1), gate: make(chan struct{})}
	roots, _, err := ssmix2.Detect(t.Context(), files)
	if err != nil || len(roots) != 1 {
		t.Fatal(roots, err)
	}
	in, err := ssmix2.Open(t.Context(), g, roots, ssmix2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(in, source.Options{Name: "s1"})
	s.reading = newTurns(1)
	s.reading.patience = time.Hour
	var waits sync.WaitGroup
	waits.Go(func() {
		if c, err := s.Read(t.Context(), giant, source.Want{}); err != nil || len(c.Orders.Rows) != long+1 {
			t.Error(err)
		}
	})
	<-g.begun
	ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
	defer leave()
	if c, err := s.Read(ctx, other, source.Want{}); err != nil || len(c.Orders.Rows) != 1 {
		t.Errorf("stood behind a long one: %v", err)
	}
	close(g.gate)
	waits.Wait()
	if len(s.reading.held) != 0 {
		t.Error("a turn was not given back")
	}
}

// A chart whose messages would fill the memory reads the most telling and the
// newest of them, and counts the others.
func TestRead_NoMoreThanItsShareOfMemory(t *testing.T) {
	t.Parallel()
	const number, root = "0000000001", "2299999999"
	files := fstest.MapFS{}
	note := strings.Repeat("A", 200<<10)
	for day := range 20 {
		date := fmt.Sprintf("202601%02d", day+1)
		order := fmt.Sprintf("%015d", day)
		msg := `MSH|^~\&|HIS|TORIDE|GW|RCV|` + date + `||OMG^O19^OMG_O19|1|P|2.5||||||UNICODE UTF-8|||SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO` + "\r" +
			`PID|0001||` + number + `^^^^PI||砦^花子^^^^^L^I||19470228|F` + "\r" + `ORC|NW|` + order + "\r" + `OBR|1|` + order + `||X^撮影^99X|||` + date + "\r" + `NTE|1||` + note + "\r"
		name := fmt.Sprintf("%s/000/000/%s/%s/OMG-01/%s_%s_OMG-01_%s_%s120000000_01_1", root, number, date, number, date, order, date)
		files[name] = &fstest.MapFile{Data: []byte(msg)}
	}
	open := func(most int64) *store {
		roots, _, err := ssmix2.Detect(t.Context(), files)
		if err != nil || len(roots) != 1 {
			t.Fatal(roots, err)
		}
		s, err := ssmix2.Open(t.Context(), files, roots, ssmix2.Options{})
		if err != nil {
			t.Fatal(err)
		}
		st := newStore(s, source.Options{Name: "s1"})
		st.mostOfOne = most
		return st
	}
	whole, err := open(mostOfOne).Read(t.Context(), number, source.Want{})
	if err != nil || whole.Orders.Unread != 0 || len(whole.Orders.Rows) != 20 {
		t.Fatal(len(whole.Orders.Rows), whole.Orders.Unread, err)
	}
	part, err := open(1<<20).Read(t.Context(), number, source.Want{})
	if err != nil {
		t.Fatal(err)
	}
	read := len(part.Orders.Rows)
	if read == 0 || read > 8 || part.Orders.Unread != 20-read || len(part.Items) != 20 {
		t.Errorf("%d rows, %d unread, %d items", read, part.Orders.Unread, len(part.Items))
	}
	for _, row := range part.Orders.Rows {
		if !strings.Contains(row.Origin.Ref.Item, "/202601") || strings.Contains(row.Origin.Ref.Item, "/2026010") {
			t.Errorf("%s was read before newer ones", row.Origin.Ref.Item)
		}
	}
}
