package sigma_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// cpuTime is the processor time of the process so far, of all its threads.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkEngine evaluates events against all rules, again and again: all of
// them, or the process creations. ev/cpu-s is the rate once warm, first-ev/cpu-s
// that of the very first pass of a Matcher. Without a memo no value counts as
// seen before, as in logs that never repeat themselves.
func BenchmarkEngine(b *testing.B) {
	for _, memo := range []struct {
		name  string
		bytes int
	}{{"memo", 0}, {"no-memo", -1}} {
		c := newCorpus(b, sigma.EngineOptions{MemoBytes: memo.bytes})
		b.Run("all/"+memo.name, func(b *testing.B) { benchmarkEvents(b, c, func(*logged) bool { return true }) })
		b.Run("process/"+memo.name, func(b *testing.B) { benchmarkEvents(b, c, func(l *logged) bool { return l.process }) })
	}
}

func benchmarkEvents(b *testing.B, c *corpus, keep func(*logged) bool) {
	var of []int
	for i, l := range c.events {
		if keep(l) {
			of = append(of, i)
		}
	}
	m := c.engine.NewMatcher()
	var dst []int32
	hits, events := 0, 0
	pass := func() {
		hits = 0
		for _, i := range of {
			dst = m.Match(c.shapes[i], c.events[i].values, dst[:0])
			hits += len(dst)
		}
		events += len(of)
	}
	begin := cpuTime(b)
	pass()
	cold := float64(len(of)) / (cpuTime(b) - begin).Seconds()
	events = 0
	b.ReportAllocs()
	b.ResetTimer()
	begin = cpuTime(b)
	for b.Loop() {
		pass()
	}
	b.ReportMetric(float64(events)/(cpuTime(b)-begin).Seconds(), "ev/cpu-s")
	b.ReportMetric(cold, "first-ev/cpu-s")
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(u.Maxrss)/1024, "max-rss-MB")
	b.ReportMetric(float64(len(of)), "events")
	b.ReportMetric(float64(hits), "hits")
}

// BenchmarkNewEngine makes an engine of the public rules, and all shapes of the
// events for the first time.
func BenchmarkNewEngine(b *testing.B) {
	rules, events := windowsRules(b), windowsEvents(b)
	kinds := map[string]*logged{}
	for _, l := range events {
		kinds[l.key()] = l
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		e := newEngine(b, rules, sigma.EngineOptions{})
		for _, l := range kinds {
			e.Shape(l.sources, l.names, l.fixed)
		}
	}
	b.ReportMetric(float64(len(kinds)), "shapes")
}
