//go:build measure

package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/logbook"
	"github.com/torideproject/toride/sigma"
)

// measureEnv switches the long measurements on; tools/measure.sh sets it. What
// the rows mean stands in docs/measurements.md.
const measureEnv = "TORIDE_MEASURE"

// measuring skips what only tools/measure.sh runs.
func measuring(t *testing.T) {
	t.Helper()
	if os.Getenv(measureEnv) == "" {
		t.Skip("a measurement; see docs/measurements.md")
	}
}

// row prints one row of the table: what, here, beside it, the bar.
func row(what, here, beside, bar string) {
	fmt.Printf("\nROW|%s|%s|%s|%s\n", what, here, beside, bar)
}

func envInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// until asks every few milliseconds, until it is so.
func until(t testing.TB, most time.Duration, what string, is func() bool) {
	t.Helper()
	end, tick := time.NewTimer(most), time.NewTicker(5*time.Millisecond)
	defer end.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("%s: not after %v", what, most)
		}
	}
}

// cpuSpent is the processor time of this process, of all its threads.
func cpuSpent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is a line of /proc/self/status in MiB: VmRSS or VmHWM.
func resident(t testing.TB, name string) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), name+":")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB >> 10
}

// live is an app that runs with all rules on.
type live struct {
	*app.App
	ahead  atomic.Int64 // of the app's clock
	syslog string       // addresses of its sources
	bulk   string       // empty: there is no such kind
	token  string
	stop   context.CancelFunc
	done   chan error
}

// TestMeasure_Live runs the app on loopback with every rule switched on and
// feeds it by a process of its own: how long from a line to the call, how many
// events a second it keeps up with, and what that costs.
func TestMeasure_Live(t *testing.T) {
	measuring(t)
	l := startLive(t)
	lines := envInt("TORIDE_MEASURE_LINES", 120)
	l.wake(t, "i", lines, "no other load")
	if rate := envInt("TORIDE_MEASURE_RATE", 10_000); lines > 0 {
		f := l.feed(t, feedPlan{Rate: rate, Seconds: lines/3 + 30, Distinct: 200_000, Seed: 11})
		before := l.counts(t)
		f.begin(t)
		l.wake(t, "l", lines, fmt.Sprintf("beside %d events/s", rate))
		l.taken(t, before, f.end(t).Sent+int64(lines))
	}
	l.load(t)
	l.kept(t)
}

func startLive(t *testing.T) *live {
	t.Helper()
	dir := t.TempDir()
	l := &live{done: make(chan error, 1)}
	cfg := app.Default()
	cfg.Data, cfg.Key, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "key", "toride.key"), "127.0.0.1:0"
	cfg.Clock = func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
	var err error
	if l.App, err = app.Open(t.Context(), cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	allRules(t, l.App)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	l.stop = stop
	ready := make(chan net.Addr, 1)
	go func() { l.done <- l.Run(ctx, func(a net.Addr) { ready <- a }) }()
	t.Cleanup(stop)
	select {
	case <-ready:
	case err := <-l.done:
		t.Fatal(err)
	}
	l.sources(t)
	return l
}

// allRules installs the public rules beside Toride's own and switches every
// level of both on.
func allRules(t *testing.T, a *app.App) {
	t.Helper()
	began := time.Now()
	b, problem := rulepack.FromFolder(os.DirFS(filepath.Join("..", "..", "..", "shared", "data", "sigma")))
	if problem != nil {
		t.Fatal(problem)
	}
	by := ledger.System("test")
	plan, err := a.Parts.Detect.Stage(t.Context(), by, b, rulepack.Manifest{Name: "public", Version: "1", Title: rulepack.Same("SigmaHQ"), Licence: "DRL 1.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Parts.Detect.Install(t.Context(), by, plan.ID); err != nil {
		t.Fatal(err)
	}
	installed := time.Since(began)
	packs, err := a.Parts.Detect.Packs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, p := range packs {
		for level := sigma.Informational; level <= sigma.Critical; level++ {
			if err := a.Parts.Detect.SwitchLevel(t.Context(), by, p.Manifest.Name, level, true); err != nil {
				t.Fatal(err)
			}
		}
		said += fmt.Sprintf("%d (%s) ", p.Rules, p.Manifest.Name)
	}
	row("rules installed, all levels on", said, fmt.Sprintf("the public ones read, checked, stored and in use after %.1f s", installed.Seconds()), "")
}

// sources sets up syslog over TCP and, where there is such a kind, the bulk
// interface over TLS.
func (l *live) sources(t *testing.T) {
	t.Helper()
	by, local := ledger.System("test"), "127.0.0.1:0"
	first, _, err := l.Parts.Log.AddSource(t.Context(), by, logbook.Spec{Name: "syslog", Kind: "syslog", Network: "tcp", Address: local, Expect: logbook.Never, Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	second, token, err := l.Parts.Log.AddSource(t.Context(), by, logbook.Spec{Name: "bulk", Kind: "bulk", Network: "tcp", Address: local, TLS: true, Expect: logbook.Never, Enabled: true})
	if err != nil {
		row("live: bulk interface", "not there: "+err.Error(), "everything went over TCP syslog", "")
	}
	l.token = token
	until(t, 10*time.Second, "sources listen", func() bool {
		s, err := l.Parts.Log.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, src := range s.Sources {
			at := strings.TrimPrefix(src.Addr, "tcp ")
			switch src.ID {
			case first:
				l.syslog = at
			case second:
				l.bulk = at
			}
		}
		return l.syslog != "" && (second == "" || l.bulk != "")
	})
}

// load feeds as fast as events are taken.
func (l *live) load(t *testing.T) {
	t.Helper()
	seconds := envInt("TORIDE_MEASURE_SECONDS", 60)
	f := l.feed(t, feedPlan{Seconds: seconds, Distinct: min(1_000_000, seconds*100_000), Seed: 12})
	runtime.GC()
	before := l.counts(t)
	spent, began := cpuSpent(), time.Now()
	curve := make(chan []int)
	ctx, stop := context.WithCancel(t.Context())
	go func() { curve <- residents(ctx, t) }()
	stopProfile := profiled(t)
	f.begin(t)
	fed := f.end(t)
	took, cost := l.taken(t, before, fed.Sent).Sub(began), cpuSpent()-spent
	stopProfile()
	stop()
	after := l.counts(t)
	n := float64(fed.Sent)
	row("live: sustained, durable, all rules on", fmt.Sprintf("%.0f events/s over %.0f s (%d events, %.0f bytes each; %d by syslog, %d by _bulk)", n/took.Seconds(), took.Seconds(), fed.Sent, float64(fed.Bytes)/n, fed.Sent-fed.Bulk, fed.Bulk), "sender on the same cores", "≥ 100,000 events/s")
	row("live: processor", fmt.Sprintf("%.2f CPU s per million events", cost.Seconds()/n*1e6), fmt.Sprintf("sender: %.2f CPU s per million, not counted", fed.CPU/n*1e6), "")
	all := <-curve
	var points []string
	most := 0
	for i, mib := range all {
		most = max(most, mib)
		if i%max(1, len(all)/10) == 0 {
			points = append(points, strconv.Itoa(mib))
		}
	}
	row("live: RSS", fmt.Sprintf("at most %d MiB", most), "curve: "+strings.Join(points, " "), "")
	row("live: taken by the rules", fmt.Sprintf("%d of %d", after.taken-before.taken, fed.Sent), fmt.Sprintf("lost %d, refused %d; alerts %d, stories %d", after.lost, after.refused, after.alerts-before.alerts, after.stories-before.stories), "all")
}

// profiled writes a profile of the processor into the file that
// TORIDE_MEASURE_PROFILE names, of the steady intake alone.
func profiled(t *testing.T) (stop func()) {
	name := os.Getenv("TORIDE_MEASURE_PROFILE")
	if name == "" {
		return func() {}
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		t.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// taken waits until the rules have seen n more events than before. What was sent
// over TCP is in the kernel's buffers for a while after its sender has ended. It
// gives up when nothing has come for 20 s. It returns when the last came.
func (l *live) taken(t *testing.T, before counted, n int64) time.Time {
	t.Helper()
	last, since := before.taken, time.Now()
	until(t, time.Hour, "events are taken", func() bool {
		now := l.counts(t).taken
		if now != last {
			last, since = now, time.Now()
		}
		return now-before.taken >= uint64(n) || time.Since(since) > 20*time.Second
	})
	if err := l.Parts.Log.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return since
}

// residents asks for the memory every second, until ctx ends.
func residents(ctx context.Context, t testing.TB) []int {
	var out []int
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			out = append(out, resident(t, "VmRSS"))
		case <-ctx.Done():
			return append(out, resident(t, "VmRSS"))
		}
	}
}

type counted struct{ taken, lost, refused, alerts, stories uint64 }

func (l *live) counts(t *testing.T) (c counted) {
	t.Helper()
	s, err := l.Parts.Log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, taker := range s.Takers {
		if taker.Name == "detect" {
			c.taken = taker.Events
		}
		if taker.Err != nil {
			t.Errorf("%s: %v", taker.Name, taker.Err)
		}
	}
	for _, src := range s.Sources {
		c.lost, c.refused = c.lost+src.Counts.Lost, c.refused+src.Counts.Refused
	}
	if err := l.Book.DB().Read().QueryRowContext(t.Context(), "SELECT (SELECT COUNT(*) FROM detect_alert), (SELECT COUNT(*) FROM detect_story)").Scan(&c.alerts, &c.stories); err != nil {
		t.Fatal(err)
	}
	return c
}

// kept stops the app and counts what its events take, sealed and merged.
func (l *live) kept(t *testing.T) {
	t.Helper()
	l.stop()
	if err := <-l.done; err != nil {
		t.Error(err)
	}
	s := l.Parts.Store
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.ahead.Store(int64(48 * time.Hour)) // the day is over: it is merged
	spent := cpuSpent()
	if err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	cost := cpuSpent() - spent
	merged, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	each := func(bytes, rows int64) float64 { return float64(bytes) / float64(max(rows, 1)) }
	row("live: stored, with the original", fmt.Sprintf("%.1f bytes per event sealed (%d files), %.1f merged (%d files)", each(sealed.Bytes, sealed.Rows), sealed.Files, each(merged.Bytes, merged.Rows), merged.Files),
		fmt.Sprintf("%d events; merging took %.2f CPU s per million", merged.Rows, cost.Seconds()/float64(max(merged.Rows, 1))*1e6), "≤ 110 bytes, ≤ 40 shredded")
}
