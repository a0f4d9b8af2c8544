package query_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
)

// The measured store: 30 days of 333,333 events. 29 days are one merged file each,
// the last is 23 hours, 59 minutes and a tail.
const (
	measuredEvents = 10_000_000
	measuredDays   = 30
)

func measuredSpan() (from, to time.Time) { return day(1), day(1).AddDate(0, 0, measuredDays) }

// BenchmarkMeasure makes ten million events and measures what is asked of them.
// It takes some minutes and 1.1 GB, so that it runs only when TORIDE_MEASURE
// is set; TORIDE_MEASURE_DIR keeps the files for the next time.
func BenchmarkMeasure(b *testing.B) {
	if os.Getenv("TORIDE_MEASURE") == "" {
		b.Skip("TORIDE_MEASURE is not set")
	}
	dir := os.Getenv("TORIDE_MEASURE_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	v := measuredView(b, dir)
	from, to := measuredSpan()
	last := query.Request{From: to.AddDate(0, 0, -1), To: to}
	ask := func(text string, r query.Request) query.Request {
		e, err := query.Parse(text, jst())
		if err != nil {
			b.Fatal(err)
		}
		r.Query = e
		return r
	}
	all := query.Request{From: from, To: to}
	for _, c := range []struct{ name, text string }{
		{"newest 100", ""},
		{"frequent user", "user.name: yamada.s0000"},
		{"rare user", "user.name: SVC-backup02"},
		{"rare address", "destination.ip: 198.51.100.77"},
		{"address or address", "source.ip: 198.51.100.77 or destination.ip: 198.51.100.77"},
		{"own field as column", "EventID: 4625"},
		{"own field in JSON", `policyname: "ＶＰＮ装置の設定変更"`},
		{"rare substring", "SQBFAFgAKABOAGUAdwAt"},
		{"rare substring, case", "sqbfafgakaboagUADWAT"},
		{"rare substring, Japanese", "医療安全管理室"},
		{"rare substring, other width", "VPN装置の設定変更"},
		{"absent substring", "ransomnote.txt"},
		{"one patient", "患者ID=00012345"},
	} {
		b.Run("rows/"+c.name, func(b *testing.B) { measureRows(b, v, ask(c.text, all)) })
	}
	b.Run("rows/newest 100 of the last day", func(b *testing.B) { measureRows(b, v, ask("", last)) })
	odd := query.Request{From: from.Add(77 * time.Hour), To: to.Add(-5 * time.Hour)}
	for _, c := range []struct {
		name, text string
		r          query.Request
		top        []string
		width      time.Duration
	}{
		{"top user", "", all, []string{"user.name"}, -1},
		{"top source address", "", all, []string{"source.ip"}, -1},
		{"top destination address", "", all, []string{"destination.ip"}, -1},
		{"top destination port", "", all, []string{"destination.port"}, -1},
		{"top five fields", "", all, []string{"user.name", "source.ip", "destination.ip", "event.code", "host.name"}, -1},
		{"top user, odd range", "", odd, []string{"user.name"}, -1},
		{"top address of a dataset", "event.dataset: fortigate.traffic", all, []string{"destination.ip"}, -1},
		{"top user of failures", "event.code: 4625", all, []string{"user.name"}, -1},
		{"count", "event.code: 4625", all, nil, -1},
		{"histogram by day", "", all, nil, 24 * time.Hour},
		{"histogram by hour of failures", "event.code: 4625", all, nil, time.Hour},
		{"rare substring counted", "医療安全管理室", all, nil, time.Hour},
		{"frequent substring counted", "kerberos", all, nil, 24 * time.Hour},
	} {
		b.Run("summary/"+c.name, func(b *testing.B) {
			measureSummary(b, v, query.SummaryRequest{Request: ask(c.text, c.r), Top: c.top, Width: c.width})
		})
	}
	b.Run("one event", func(b *testing.B) { measureGet(b, v) })
	b.Run("export", func(b *testing.B) { measureExport(b, v, ask("event.code: 4625", all)) })
}

// measured runs do b.N times and reports CPU time and the most memory in use.
func measured(b *testing.B, do func() int64) {
	b.ReportAllocs()
	start, found := cpu(b), int64(0)
	for b.Loop() {
		found = do()
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/float64(b.N)/1000, "cpu-ms/op")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
	b.ReportMetric(float64(found), "found")
}

func measureRows(b *testing.B, v *query.View, r query.Request) {
	measured(b, func() int64 {
		page, err := query.Rows(context.Background(), v, r, 100, "")
		if err != nil || !page.Complete {
			b.Fatal(err, page.Outcome)
		}
		return int64(len(page.Events))
	})
}

func measureSummary(b *testing.B, v *query.View, r query.SummaryRequest) {
	measured(b, func() int64 {
		s, err := query.Summarise(context.Background(), v, r)
		if err != nil || !s.Complete {
			b.Fatal(err, s.Outcome)
		}
		return s.Count
	})
}

func measureGet(b *testing.B, v *query.View) {
	n := uint64(0)
	measured(b, func() int64 {
		n = n*6364136223846793005 + 1442695040888963407
		i := n >> 33 % measuredEvents
		at := event.Position{Epoch: 1, Seq: i/eventtest.BatchRows + 1, Index: uint32(i % eventtest.BatchRows)}
		if _, err := query.Get(context.Background(), v, at); err != nil {
			b.Fatal(err)
		}
		return 1
	})
}

func measureExport(b *testing.B, v *query.View, r query.Request) {
	measured(b, func() int64 {
		n := int64(0)
		o, err := query.Each(context.Background(), v, r, func(*event.Event) error { n++; return nil })
		if err != nil || !o.Complete {
			b.Fatal(err, o)
		}
		return n
	})
}

func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measuredView makes the files, or opens those of the last time.
func measuredView(b *testing.B, dir string) *query.View {
	v := &query.View{}
	done, _ := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if len(done) == 0 {
		build(b, dir)
		done, _ = filepath.Glob(filepath.Join(dir, "*.parquet"))
	}
	slices.Sort(done)
	var size, rows int64
	for _, path := range done {
		stat, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		r, err := segment.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		i := r.Info()
		size, rows = size+stat.Size(), rows+i.Rows
		v.Parts = append(v.Parts, query.Part{
			Name: filepath.Base(path), Rows: i.Rows, First: i.First, Last: i.Last,
			TimeMin: i.TimeMin, TimeMax: i.TimeMax, ReceivedMin: i.ReceivedMin, ReceivedMax: i.ReceivedMax,
			Open: func() (*segment.Reader, func(), error) { return r, func() {}, nil },
		})
	}
	from, to := measuredSpan()
	g := eventtest.New(1, measuredEvents, from, to)
	var late tail
	for i := range measuredEvents {
		e := &event.Event{}
		if g.Next(nil, e); i >= int(rows) {
			eventtest.Keep(e)
			late = append(late, e)
		}
	}
	v.Tail = late
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	fmt.Printf("%d files, %d rows, %.1f B/event, %d events in the tail, %d MB in use\n", len(done), rows, float64(size)/float64(rows), len(late), m.HeapAlloc>>20)
	return v
}

// build writes minutes, merges them into hours as they come fast, and hours into
// days with more effort, as the store does. Minutes of past days are made eight
// to an hour, so that it ends today.
func build(b *testing.B, dir string) {
	from, to := measuredSpan()
	g := eventtest.New(1, measuredEvents, from, to)
	w := &builder{b: b, dir: dir, last: to.Add(-24 * time.Hour)}
	start, startCPU := time.Now(), cpu(b)
	var batch []*event.Event
	edge := from.Add(15 * time.Minute)
	for range measuredEvents {
		e := &event.Event{}
		g.Next(nil, e)
		eventtest.Keep(e)
		for !e.Received.Before(edge) {
			w.seal(batch, edge)
			batch = batch[:0]
			step := 15 * time.Minute
			if !edge.Before(to.Add(-time.Hour)) {
				step = time.Minute
			}
			edge = edge.Add(step)
		}
		batch = append(batch, e)
	}
	// What is left in batch is the tail.
	fmt.Printf("built in %v, %v of CPU; write %.2f µs, merge to hours %.2f µs, merge to days %.2f µs of CPU per event (%d, %d, %d events)\n",
		time.Since(start).Round(time.Second), (cpu(b) - startCPU).Round(time.Second), w.write.per(), w.hours.per(), w.days.per(), w.write.n, w.hours.n, w.days.n)
}

type cost struct {
	cpu time.Duration
	n   int64
}

func (c *cost) per() float64 { return float64(c.cpu.Nanoseconds()) / 1000 / float64(max(1, c.n)) }

type builder struct {
	b                  *testing.B
	dir                string
	last               time.Time
	minutes, full      []string
	write, hours, days cost
}

// seal writes a batch that ends at edge, and merges when an hour or a day is full.
func (w *builder) seal(batch []*event.Event, edge time.Time) {
	if len(batch) == 0 {
		return
	}
	path := w.path("m", batch[0].At)
	w.measure(&w.write, func(f *os.File) (*segment.Info, error) {
		return segment.Write(context.Background(), f, segment.Options{Facility: eventtest.Facility}, batch)
	}, path)
	w.minutes = append(w.minutes, path)
	if edge.Minute() != 0 || edge.Equal(w.last.Add(24*time.Hour)) {
		return
	}
	w.full = append(w.full, w.merge(w.minutes, "h", &w.hours, false))
	w.minutes = nil
	if edge.Hour() == 0 && !edge.After(w.last) {
		w.merge(w.full, "d", &w.days, true)
		w.full = nil
	}
}

func (w *builder) path(kind string, at event.Position) string {
	return filepath.Join(w.dir, fmt.Sprintf("%010d%s.parquet", at.Seq*1000+uint64(at.Index), kind))
}

func (w *builder) merge(paths []string, kind string, c *cost, small bool) string {
	var in []*segment.Reader
	for _, p := range paths {
		r, err := segment.Open(p)
		if err != nil {
			w.b.Fatal(err)
		}
		defer os.Remove(p)
		defer r.Close()
		in = append(in, r)
	}
	path := w.path(kind, in[0].Info().First)
	w.measure(c, func(f *os.File) (*segment.Info, error) {
		return segment.Merge(context.Background(), f, segment.Options{Facility: eventtest.Facility, Small: small}, in)
	}, path)
	return path
}

func (w *builder) measure(c *cost, do func(*os.File) (*segment.Info, error), path string) {
	f, err := os.Create(path)
	if err != nil {
		w.b.Fatal(err)
	}
	start := cpu(w.b)
	info, err := do(f)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		w.b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		w.b.Fatal(err)
	}
	c.cpu += cpu(w.b) - start
	c.n += info.Rows
}
