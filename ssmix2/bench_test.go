package ssmix2_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
)

// BenchmarkParseName reads one name.
func BenchmarkParseName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := ssmix2.ParseName("0000000001_20111220_OMP-01_000000011000185_20111220224603984_01_1"); !ok {
			b.Fatal("not read")
		}
	}
}

// BenchmarkInspect compares a message with its name: for every message of an
// index.
func BenchmarkInspect(b *testing.B) {
	m, err := hl7.Parse([]byte("MSH|^~\\&|||||||RDE^O11\rPID|||12^^^^PI\rORC|NW|11\r"))
	if err != nil {
		b.Fatal(err)
	}
	n := ssmix2.Name{Patient: "0000000012", Date: "20250401", Kind: "OMG-13", Order: "000000000000011", Flag: '1'}
	b.ReportAllocs()
	for b.Loop() {
		ssmix2.Judge(n.Kind, m)
		n.Kind = "OMP-01"
		if len(ssmix2.Inspect(n, "x", m)) > 0 {
			b.Fatal("lints")
		}
	}
}

// onDisk writes n patients with files files each.
func onDisk(b *testing.B, n, files int) *ssmix2.Store {
	b.Helper()
	dir := b.TempDir()
	for i := range n {
		id := fmt.Sprintf("%010d", i*7919%100000000)
		for k := range files {
			p := filepath.Join(dir, file("2212345678", id, fmt.Sprintf("202504%02d", k%10+1), "OMP-01", fmt.Sprintf("%015d", k), "20250401083000000", "01", "1"))
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(p, nil, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return open(b, os.DirFS(dir))
}

// BenchmarkFind looks one patient up by number on disk, and lists his folders.
func BenchmarkFind(b *testing.B) {
	s := onDisk(b, 200, 20)
	b.ReportAllocs()
	for b.Loop() {
		p, _, err := s.Find(context.Background(), "7919")
		if err != nil || len(p) != 1 {
			b.Fatal(p, err)
		}
		if l, err := s.List(context.Background(), p[0]); err != nil || len(l.Records) != 20 {
			b.Fatal(err)
		}
	}
}

// BenchmarkWalk goes through 300 patients with 20 files each and reports the
// files per second and the memory in use at the end.
func BenchmarkWalk(b *testing.B) {
	s := onDisk(b, 300, 20)
	files := 0
	b.ReportAllocs()
	for b.Loop() {
		for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 4}) {
			if err != nil {
				b.Fatal(err)
			}
			files += len(v.Listing.Records)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(files)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MiB-heap")
}
