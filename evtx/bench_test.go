package evtx_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
)

// merged joins the chunks of all real sample files into one, as facts/
// detection.md does for its measurements.
func merged(tb testing.TB) []byte {
	tb.Helper()
	var out []byte
	for _, path := range logs(tb, shared(tb, "evtx")) {
		b, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		if out == nil {
			out = append(out, b[:evtx.HeaderSize]...)
		}
		for b = b[evtx.HeaderSize:]; len(b) >= evtx.ChunkSize; b = b[evtx.ChunkSize:] {
			if string(b[:8]) == "ElfChnk\x00" {
				out = append(out, b[:evtx.ChunkSize]...)
			}
		}
	}
	return out
}

// perCPU runs read until the benchmark has enough and reports events per
// second of processor time (user and system), one pass over the file being
// one operation. The first pass fills the cache and is not measured.
func perCPU(b *testing.B, read func() int) {
	events := read()
	total := 0
	b.ReportAllocs()
	from := cpuSeconds()
	for b.Loop() {
		total += read()
	}
	b.ReportMetric(float64(total)/(cpuSeconds()-from), "ev/cpu-s")
	b.ReportMetric(float64(events), "events")
}

// BenchmarkRead reads files held in memory through a Reader.
//
//	go test -run '^$' -bench Read -cpu 1 -count 10 ./evtx
func BenchmarkRead(b *testing.B) {
	files := map[string]func(testing.TB) []byte{
		"real": merged,
		"made": func(tb testing.TB) []byte { return evtxtest.Mixed(tb, 8000) },
	}
	var values []evtx.Value
	var text []byte
	kinds := map[string]func(rec *evtx.Record){
		"values":  func(rec *evtx.Record) { values = rec.Values(values) },
		"select5": func(rec *evtx.Record) { values = rec.Select(values, []int{0, 1, 3, 8, 11}) },
		"walk":    func(*evtx.Record) {},
		"json":    func(rec *evtx.Record) { text = rec.AppendJSON(text[:0]) },
		"xml":     func(rec *evtx.Record) { text = rec.AppendXML(text[:0]) },
	}
	for _, file := range []string{"real", "made"} {
		for _, kind := range []string{"values", "select5", "walk", "json", "xml"} {
			b.Run(file+"/"+kind, func(b *testing.B) {
				data := files[file](b)
				src := bytes.NewReader(data)
				r := evtx.NewReader(src, evtx.Options{})
				perCPU(b, func() int {
					n := 0
					src.Reset(data)
					for r.Reset(src); r.Next(); n++ {
						kinds[kind](r.Record())
					}
					return n
				})
			})
		}
	}
}

// BenchmarkDecoder leaves out copying chunks, as for files mapped or held.
func BenchmarkDecoder(b *testing.B) {
	data := merged(b)[evtx.HeaderSize:]
	d := evtx.NewDecoder(evtx.Options{})
	var values []evtx.Value
	perCPU(b, func() int {
		n := 0
		for at := 0; at < len(data); at += evtx.ChunkSize {
			d.Chunk(&evtx.Chunk{Index: at / evtx.ChunkSize, Data: data[at : at+evtx.ChunkSize]})
			for ; d.Next(); n++ {
				values = d.Record().Values(values)
			}
		}
		return n
	})
}

// BenchmarkCold reads every file as the first one, with an empty cache.
func BenchmarkCold(b *testing.B) {
	data := merged(b)
	var values []evtx.Value
	perCPU(b, func() int {
		n := 0
		for r := evtx.NewReader(bytes.NewReader(data), evtx.Options{}); r.Next(); n++ {
			values = r.Record().Values(values)
		}
		return n
	})
}

// Reading allocates nothing once the kinds of events are known.
func TestReader_AllocatesNothing(t *testing.T) {
	for name, data := range map[string][]byte{"real": merged(t), "made": evtxtest.Mixed(t, 2000)} {
		src := bytes.NewReader(data)
		r := evtx.NewReader(src, evtx.Options{})
		var values []evtx.Value
		var text []byte
		pass := func() {
			src.Reset(data)
			for r.Reset(src); r.Next(); {
				rec := r.Record()
				values = rec.Values(values)
				values = rec.Select(values, []int{0, 3})
				if _, ok := rec.Field("EventID"); !ok {
					t.Error("a record without event ID")
				}
				text = rec.AppendJSON(text[:0])
				text = rec.AppendXML(text[:0])
			}
			if r.Err() != nil {
				t.Error(r.Err())
			}
		}
		pass()
		pass()
		if n := testing.AllocsPerRun(2, pass); n != 0 {
			t.Errorf("%s: %v allocations in a pass over the file", name, n)
		}
	}
}
