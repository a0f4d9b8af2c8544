package winlog_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/detect/winlog"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmayaml"
)

// data gives a folder of the data that is not part of the repository.
func data(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not here", dir)
	}
	return dir
}

func rules(t testing.TB) []*sigma.Rule {
	t.Helper()
	var out []*sigma.Rule
	for _, folder := range []string{"rules", "rules-emerging-threats", "rules-threat-hunting"} {
		set, err := sigmayaml.Load(os.DirFS(filepath.Join(data(t, "sigma"), folder)), sigmayaml.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range set.Rules {
			if r.LogSource.Product == "windows" {
				out = append(out, r)
			}
		}
	}
	return out
}

func files(t testing.TB, root string) [][]byte {
	t.Helper()
	var out [][]byte
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".evtx") {
			return err
		}
		file, err := os.ReadFile(path)
		out = append(out, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plain is the event as Matches takes it, made without Matcher's short cuts.
func plain(rec *evtx.Record) ([]sigma.LogSource, []sigma.Field) {
	shape := rec.Shape()
	id := int(shape.EventID())
	eventType, _ := rec.Field("EventType")
	sources := sigma.WindowsSources(nil, shape.Channel(), shape.Provider(), id, string(eventType))
	fields := []sigma.Field{{Name: "EventID", Value: strconv.Itoa(id)}, {Name: "Channel", Value: shape.Channel()}, {Name: "Provider_Name", Value: shape.Provider()}}
	have := map[string]bool{"EventID": true, "Channel": true, "Provider_Name": true}
	values := rec.Values(nil)
	for i, f := range shape.Fields() {
		name := winlog.Name(f.Name)
		if !have[name] && values[i].Text != nil {
			fields = append(fields, sigma.Field{Name: name, Value: string(values[i].Text)})
		}
		have[name] = true
	}
	for _, source := range sources {
		for i, f := range shape.Fields() {
			r, ok := sigma.WindowsField(source.Service, winlog.Name(f.Name), id)
			if !ok || have[r.To] {
				continue
			}
			have[r.To] = true
			if values[i].Text != nil {
				fields = append(fields, sigma.Field{Name: r.To, Value: r.Value(string(values[i].Text))})
			}
		}
	}
	return sources, fields
}

// Every event of the logs, straight from the file, gives what the plain
// evaluator gives on the flattened event.
func TestMatcher_IsTheOracle(t *testing.T) {
	t.Parallel()
	all := rules(t)
	engine, err := sigma.NewEngine(all, sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m := winlog.New(engine)
	cache := evtx.NewCache()
	events, pairs := 0, 0
	var got, want []int32
	for n, file := range files(t, data(t, "evtx")) {
		r := evtx.NewReader(bytes.NewReader(file), evtx.Options{Cache: cache})
		for r.Next() {
			got = m.Match(r.Record(), got[:0])
			events++
			pairs += len(got)
			if events%17 != 0 { // package sigma compares all of them
				continue
			}
			sources, fields := plain(r.Record())
			want = want[:0]
			for i, rule := range all {
				if slices.ContainsFunc(sources, rule.LogSource.Covers) && sigma.Matches(rule.Condition, fields) {
					want = append(want, int32(i))
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("file %d record %d: %v, want %v", n, r.Record().Number(), got, want)
			}
		}
	}
	t.Logf("%d events, %d hits", events, pairs)
	if events < 1000 || pairs < 100 {
		t.Errorf("only %d events and %d hits: the walk is wrong", events, pairs)
	}
}

func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkEndToEnd is EVTX bytes → rule IDs with all public Windows rules.
func BenchmarkEndToEnd(b *testing.B) {
	engine, err := sigma.NewEngine(rules(b), sigma.EngineOptions{})
	if err != nil {
		b.Fatal(err)
	}
	// The chunks of all files as one log, as a server's own log is: most samples
	// are files of a single chunk with a handful of records.
	var all []evtx.Chunk
	for _, file := range files(b, data(b, "evtx")) {
		chunks := evtx.NewChunks(bytes.NewReader(file))
		for {
			var c evtx.Chunk
			if !chunks.Next(&c) {
				break
			}
			all = append(all, c)
		}
	}
	m, d := winlog.New(engine), evtx.NewDecoder(evtx.Options{})
	var hits []int32
	events, pairs := 0, 0
	run := func() {
		for i := range all {
			d.Chunk(&all[i])
			for d.Next() {
				hits = m.Match(d.Record(), hits[:0])
				events++
				pairs += len(hits)
			}
		}
	}
	run()
	events, pairs = 0, 0
	b.ReportAllocs()
	from := cpu()
	b.ResetTimer()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(events)/(cpu()-from), "ev/cpu-s")
	b.ReportMetric(float64(pairs)/float64(b.N), "hits")
	b.ReportMetric(float64(events)/float64(b.N), "events")
}

// A Matcher that has seen a log allocates nothing for it.
func TestMatcher_AllocatesNothing(t *testing.T) {
	engine, err := sigma.NewEngine(rules(t), sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file := files(t, filepath.Join(data(t, "evtx"), "EVTX-ATTACK-SAMPLES", "Lateral Movement"))[0]
	m, d := winlog.New(engine), evtx.NewDecoder(evtx.Options{})
	var chunk evtx.Chunk
	if !evtx.NewChunks(bytes.NewReader(file)).Next(&chunk) {
		t.Fatal("no chunk")
	}
	var hits []int32
	allocs := testing.AllocsPerRun(20, func() {
		d.Chunk(&chunk)
		for d.Next() {
			hits = m.Match(d.Record(), hits[:0])
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
