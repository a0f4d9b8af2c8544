package tail_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/store/tail"
)

// whole copies an event that is valid during a call only.
func whole(e *event.Event) event.Event {
	c := *e
	c.Fields = append([]event.Field(nil), e.Fields...)
	c.Original = bytes.Clone(e.Original)
	c.Text = bytes.Clone(e.Text)
	return c
}

func same(t *testing.T, got, want *event.Event) {
	t.Helper()
	w := whole(want)
	w.Received, w.Time = w.Received.Truncate(time.Microsecond).UTC(), w.Time.Truncate(time.Microsecond).UTC()
	g := whole(got)
	if len(g.Fields) == 0 {
		g.Fields = nil
	}
	if len(w.Fields) == 0 {
		w.Fields = nil
	}
	if len(g.Original) == 0 {
		g.Original = nil
	}
	if len(w.Original) == 0 {
		w.Original = nil
	}
	if len(g.Text) == 0 {
		g.Text = nil
	}
	if len(w.Text) == 0 {
		w.Text = nil
	}
	if !reflect.DeepEqual(g, w) {
		t.Fatalf("got  %+v\nwant %+v", g, w)
	}
}

// hostile makes an event of everything that is unusual.
func hostile(rng *rand.Rand, i int) event.Event {
	text := func() string {
		switch rng.IntN(6) {
		case 0:
			return ""
		case 1:
			return strings.Repeat("長", rng.IntN(300))
		case 2:
			return "\x00\xff" + fmt.Sprint(rng.IntN(9))
		default:
			return fmt.Sprint("word", rng.IntN(2000))
		}
	}
	addr := func() netip.Addr {
		return []netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"),
			netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("::ffff:192.0.2.1")}[rng.IntN(5)]
	}
	e := event.Event{
		At: event.Position{Epoch: rng.Uint32(), Seq: rng.Uint64(), Index: uint32(i)}, Key: text(), Received: time.Unix(rng.Int64N(4e9), rng.Int64N(1e9)),
		Offset: int32(rng.IntN(100000) - 50000), Skew: rng.IntN(2) == 0, Backfill: rng.IntN(2) == 0, Source: text(), Peer: text(), Dataset: text(),
		Product: text(), Service: text(), Category: text(), Unread: text(),
		Core: event.Core{Host: text(), Code: text(), Provider: text(), Action: text(), Outcome: text(), Severity: text(), User: text(), Domain: text(),
			SourceIP: addr(), SourcePort: uint16(rng.Uint32()), DestIP: addr(), DestPort: uint16(rng.Uint32()), SourceHost: text(), Process: text(),
			CommandLine: text(), File: text(), Bytes: rng.Uint64(), Message: text()},
	}
	e.Time = e.Received
	if rng.IntN(2) == 0 {
		e.Time = time.Unix(rng.Int64N(8e9)-4e9, 0) // before 1970 as well
	}
	e.Original = []byte(text() + text() + text())
	switch rng.IntN(3) {
	case 0:
		e.Text = e.Original
	case 1:
		e.Text = []byte(text() + "other")
	}
	for range rng.IntN(5) {
		f := event.Field{Name: text(), Value: text()}
		if n := len(e.Original); n > 0 && rng.IntN(2) == 0 {
			from := rng.IntN(n)
			f.Value = string(e.Original[from : from+rng.IntN(n-from+1)])
		}
		e.Fields = append(e.Fields, f)
	}
	return e
}

func TestTail_GivesBackWhatItGot(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var want []event.Event
	tl := tail.New()
	for i := range 5000 {
		e := hostile(rng, i)
		tl.Add(&e)
		want = append(want, e)
	}
	from := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	g := eventtest.New(1, 3000, from, from.Add(24*time.Hour))
	var e event.Event
	for g.Next(nil, &e) {
		tl.Add(&e)
		want = append(want, whole(&e))
	}
	if tl.Len() != len(want) || tl.View().Len() != len(want) {
		t.Fatal(tl.Len())
	}
	i := len(want)
	for range 2 {
		i = len(want)
		tl.View().Each(func(got *event.Event) bool {
			i--
			same(t, got, &want[i])
			return true
		})
		if i != 0 {
			t.Fatalf("%d events were not given", i)
		}
	}
	tl.View().Each(func(*event.Event) bool { i++; return i < 3 })
	if i != 3 {
		t.Errorf("went on after false: %d", i)
	}
}

// What the events pointed to may be used again at once.
func TestTail_CopiesEverything(t *testing.T) {
	t.Parallel()
	tl := tail.New()
	buf := []byte("user=tanaka host=SV01")
	e := event.Event{Original: buf, Text: buf, Core: event.Core{User: string(buf[5:11])}, Fields: []event.Field{{Name: "user", Value: string(buf[5:11])}}}
	tl.Add(&e)
	for i := range buf {
		buf[i] = 'x'
	}
	e.Fields[0].Value = "other"
	var got event.Event
	tl.View().Event(0, &got)
	if string(got.Original) != "user=tanaka host=SV01" || got.Core.User != "tanaka" || got.Fields[0].Value != "tanaka" {
		t.Errorf("%+v", got)
	}
}

// A view does not change while the tail grows, and both may be used at once.
func TestView_StaysWhileTheTailGrows(t *testing.T) {
	t.Parallel()
	tl := tail.New()
	var wg sync.WaitGroup
	for i := range 20_000 {
		line := fmt.Appendf(nil, "line %d with a user user%d", i, i%3000)
		tl.Add(&event.Event{At: event.Position{Seq: uint64(i)}, Original: line, Text: line, Core: event.Core{User: fmt.Sprint("user", i%3000)}})
		if i%2000 != 0 {
			continue
		}
		v := tl.View()
		wg.Go(func() {
			if v.Len() != i+1 {
				t.Errorf("%d events, want %d", v.Len(), i+1)
			}
			at := i
			v.Each(func(e *event.Event) bool {
				if e.At.Seq != uint64(at) || e.Core.User != fmt.Sprint("user", at%3000) {
					t.Errorf("event %d is %+v", at, e)
				}
				at--
				return true
			})
		})
	}
	wg.Wait()
}

// An entry of 10 MB has a block of its own and leaves no large buffer behind.
func TestTail_LongLine(t *testing.T) {
	t.Parallel()
	tl := tail.New()
	long := bytes.Repeat([]byte("a"), 10<<20)
	for _, line := range [][]byte{[]byte("before"), long, []byte("after")} {
		tl.Add(&event.Event{Original: line, Text: line})
	}
	var sizes []int
	tl.View().Each(func(e *event.Event) bool { sizes = append(sizes, len(e.Original)); return true })
	if !reflect.DeepEqual(sizes, []int{5, 10 << 20, 6}) {
		t.Errorf("%v", sizes)
	}
	if got := tl.Bytes(); got < 10<<20 || got > 13<<20 {
		t.Errorf("%d bytes", got)
	}
}

// Words that never repeat do not fill the memory twice.
func TestTail_WordsAreBounded(t *testing.T) {
	t.Parallel()
	tl := tail.New()
	for i := range 100_000 {
		tl.Add(&event.Event{Core: event.Core{User: fmt.Sprintf("user-%032d", i)}})
	}
	i := 100_000
	tl.View().Each(func(e *event.Event) bool {
		i--
		if e.Core.User != fmt.Sprintf("user-%032d", i) {
			t.Errorf("%d: %s", i, e.Core.User)
			return false
		}
		return true
	})
	if got := tl.Bytes(); got > 22<<20 {
		t.Errorf("%d bytes for 100,000 names", got)
	}
}

func events(b *testing.B, n int) []event.Event {
	b.Helper()
	from := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	g := eventtest.New(1, n, from, from.Add(time.Hour))
	var out []event.Event
	for {
		var e event.Event
		if !g.Next(nil, &e) {
			return out
		}
		// As a format does it: the fields point into the original.
		c := whole(&e)
		own := string(c.Original)
		c.Original = []byte(own)
		c.Text = c.Original
		for i := range c.Fields {
			if at := strings.Index(own, c.Fields[i].Value); at >= 0 {
				c.Fields[i].Value = unsafeString(c.Original[at : at+len(c.Fields[i].Value)])
			}
		}
		out = append(out, c)
	}
}

func BenchmarkAdd(b *testing.B) {
	all := events(b, 500)
	original := 0
	for i := range all {
		original += len(all[i].Original)
	}
	b.ReportAllocs()
	var t *tail.Tail
	n := 0
	for b.Loop() {
		if n%100_000 == 0 {
			t = tail.New()
		}
		t.Add(&all[n%len(all)])
		n++
	}
	t = tail.New()
	for i := range 100_000 {
		t.Add(&all[i%len(all)])
	}
	b.ReportMetric(float64(t.Bytes())/100_000, "B/event")
	b.ReportMetric(float64(original)/float64(len(all)), "original-B/event")
}

func BenchmarkEvent(b *testing.B) {
	all := events(b, 500)
	t := tail.New()
	for i := range all {
		t.Add(&all[i])
	}
	v := t.View()
	var e event.Event
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		v.Event(n%len(all), &e)
		n++
	}
}
