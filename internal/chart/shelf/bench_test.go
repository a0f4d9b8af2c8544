package shelf

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// BenchmarkRead_Folder reads inpatients whole from a folder on disk whose pages
// are in memory, nothing kept: what a page costs whose chart nobody opened lately.
func BenchmarkRead_Folder(b *testing.B) {
	dir, h := store(b), hospital()
	s := open(b, Config{Roots: []string{dir}, CacheBytes: -1, Zone: time.UTC})
	census := h.Census()
	b.ReportAllocs()
	items := 0
	for i := 0; b.Loop(); i++ {
		c, err := s.Read(b.Context(), h.ID(census[i%len(census)]), source.Want{Today: model.DayOf(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))})
		if err != nil {
			b.Fatal(err)
		}
		items += len(c.Items)
	}
	b.ReportMetric(float64(items)/float64(b.N), "items/op")
}
