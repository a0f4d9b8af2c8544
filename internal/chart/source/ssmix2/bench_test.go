package ssmix2_test

import (
	"context"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

// BenchmarkRead reads one inpatient whole: about 300 files, made as they are
// opened.
func BenchmarkRead(b *testing.B) {
	h, s := opened(b)
	id := h.ID(h.Census()[0])
	items := len(read(b, s, id, want()).Items)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		read(b, s, id, want())
	}
	b.ReportMetric(float64(items), "items")
}

// BenchmarkWalk walks the made-up hospital; see TestMeasure_Walk for a disk.
func BenchmarkWalk(b *testing.B) {
	_, s := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
