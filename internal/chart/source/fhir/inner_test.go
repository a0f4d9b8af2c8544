package fhir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
)

// Every code of this package has its words, here or in package model.
func TestTexts_AreComplete(t *testing.T) {
	t.Parallel()
	c := text.NewCatalog(time.UTC)
	for _, words := range []fs.FS{Texts(), model.Texts()} {
		if err := c.Add(words); err != nil {
			t.Fatal(err)
		}
	}
	used := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for prefix, expr := range map[string]string{"chart.notice.fhir.": `notice\((?:model\.\w+|level), "(\w+)"`, "chart.notice.": `Notice\{Level: model\.\w+, Code: "(fhir\.\w+)"`,
			"chart.note.": `Note\{(?:\{)?Code: "([a-z_.]+)"`, "chart.rule.": `Rule(?:: | = )"([a-z_.]+)"`} {
			for _, m := range regexp.MustCompile(expr).FindAllStringSubmatch(string(data), -1) {
				used[prefix+m[1]] = true
				if !c.Has(prefix + m[1]) {
					t.Errorf("%s: %s%s has no words", f, prefix, m[1])
				}
			}
		}
	}
	own := text.NewCatalog(time.UTC)
	if err := own.Add(Texts()); err != nil {
		t.Fatal(err)
	}
	for _, k := range own.Keys() {
		if !used[k] {
			t.Errorf("%s is said nowhere", k)
		}
	}
}

func TestStampOf_AsFarAsItWasWritten(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("JST", 9*3600)
	for in, want := range map[string]model.Stamp{
		"2024": "2024", "2024-03": "202403", "2024-03-05": "20240305", "2024-03-05T10:23:00+09:00": "20240305102300", "2024-03-05T22:23:00Z": "20240306072300",
		"2024-03-05T10:23:00.123+09:00": "20240305102300", "2024-03-05T10:23+09:00": "202403051023", "2024-03-05T10:23:00": "20240305102300", "2024-03-05T10:23": "202403051023",
		"2024-03-05Tmorning": "20240305", "": "", "2024-13": "", "05/03/2024": "", "0000": "", "yesterday": "",
	} {
		if got := stampOf(in, zone); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// lines makes an export of n observations of n/per patients.
func lines(n, per int) []byte {
	var b strings.Builder
	for i := range n {
		if i%per == 0 {
			fmt.Fprintf(&b, `{"resourceType":"Patient","id":"p%d","identifier":[{"system":"urn:oid:1.2.392.100495.20.3.51.11318814790","value":"%010d"}],"name":[{"text":"架空 花子"}],"gender":"female","birthDate":"1952-03-14"}`+"\n", i/per, i/per)
		}
		fmt.Fprintf(&b, `{"resourceType":"Observation","id":"o%d","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"カリウム","coding":[{"system":"http://medis.or.jp/CodeSystem/master-JLAC10-17digits","code":"3H015000002326101"}]},`+
			`"subject":{"reference":"Patient/p%d"},"effectiveDateTime":"2026-04-%02d","valueQuantity":{"value":4.%d,"unit":"mEq/L"}}`+"\n", i, i/per, 1+i%28, i%10)
	}
	return []byte(b.String())
}

// The package's comment promises 80 bytes for a resource. TORIDE_RESOURCES asks
// for more of them (1,000,000 takes some tens of seconds).
func TestTable_BytesPerResource(t *testing.T) {
	n := 30_000
	if v, err := strconv.Atoi(os.Getenv("TORIDE_RESOURCES")); err == nil {
		n = v
	}
	data := lines(n, 100)
	list, _, err := open(context.Background(), fstest.MapFS{"export/Observation.ndjson": {Data: data}}, source.Options{Name: "s1"})
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	s := list[0].(*store)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	table, err := s.load(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(len(table.entries))
	begin = time.Now()
	c, err := s.Read(context.Background(), "0000000007", source.Want{})
	if err != nil || len(c.Labs.Rows) != 100 || len(table.patients) != n/100 {
		t.Fatal(len(c.Labs.Rows), err)
	}
	t.Logf("%d resources in %d bytes: %v, %.0f bytes each; then a patient of 100: %v", len(table.entries), len(data), took, each, time.Since(begin))
	if each > 80 {
		t.Errorf("%.0f bytes a resource", each)
	}
}

// slow is a file system whose files wait until they may be read.
type slow struct {
	fs.FS
	gate chan struct{}
}

func (s slow) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, "late.ndjson") {
		<-s.gate
	}
	return s.FS.Open(name)
}

// Who waits for a chart out of another source is not held up by this one.
func TestFind_DoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	fsys := slow{fstest.MapFS{"a.ndjson": {Data: lines(1, 1)}, "late.ndjson": {Data: lines(1, 1)}}, gate}
	s := &store{fsys: fsys, root: ".", patience: time.Millisecond, life: t.Context(), info: source.Info{Name: "s1"}}
	if _, err := s.Find(t.Context(), "0000000000"); !errors.Is(err, source.ErrNotYet) {
		t.Error(err)
	}
	if _, err := s.Read(t.Context(), "1", source.Want{}); !errors.Is(err, source.ErrNotYet) {
		t.Error(err)
	}
	close(gate)
	if err := s.Walk(t.Context(), source.Walk{}, func(source.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Read(t.Context(), "0000000000", source.Want{}); err != nil || len(c.Items) != 2 {
		t.Error(len(c.Items), err)
	}
}

func FuzzPieces(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"1"}}]}`), false)
	f.Add([]byte("{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Bundle\",\"entry\":[{]\n"), true)
	f.Add([]byte(`[{"resourceType":"Patient","contained":[{}],"identifier":{"value":"x"}}]`), false)
	f.Fuzz(func(t *testing.T, data []byte, lines bool) {
		name := "a.json"
		if lines {
			name = "a.ndjson"
		}
		fsys := fstest.MapFS{name: {Data: data}}
		s := &store{fsys: fsys, root: ".", life: t.Context(), info: source.Info{Name: "s1"}}
		table, err := s.scan(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s.table = table
		for i := range table.patients {
			c, err := s.Read(context.Background(), table.patients[i].id, source.Want{})
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range c.Items {
				if _, err := s.Document(context.Background(), it.Ref); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	data := lines(5000, 100)
	s := &store{fsys: fstest.MapFS{"a.ndjson": {Data: data}}, root: "."}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if t, err := s.scan(b.Context()); err != nil || len(t.patients) != 50 {
			b.Fatal(err)
		}
	}
}
