package chart_test

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
)

// BenchmarkNow is the first page of a chart that the shelf has in memory: what
// is asked of 500 readers on two cores.
func BenchmarkNow(b *testing.B) {
	h := newHouse(b)
	h.on(b)
	c := h.site.As(reader())
	at := h.open(b, c, hospital().ID(hospital().Census()[0]))
	size := len(c.Get(at).Want(b, 200).Body)
	b.ReportAllocs()
	for b.Loop() {
		c.Get(at)
	}
	b.ReportMetric(float64(size), "bytes/page")
}

func BenchmarkSearch(b *testing.B) {
	h := newHouse(b)
	c := h.site.As(reader())
	found := c.Post("/chart/search", map[string][]string{"q": {"0000000"}}).Want(b, 303).Location()
	b.ReportAllocs()
	for b.Loop() {
		c.Get(found)
	}
}

// BenchmarkNowHeavy is a patient of 40,000 results and 3,000 drugs.
func BenchmarkNowHeavy(b *testing.B) {
	h := newHouse(b)
	h.on(b)
	id := hospital().ID(hospital().Census()[0])
	h.shelf.change(b, id, func(c *model.Chart) {
		for len(c.Labs.Rows) < 40_000 {
			c.Labs.Rows = append(c.Labs.Rows, c.Labs.Rows...)
		}
		for len(c.Drugs.Rows) < 3_000 {
			c.Drugs.Rows = append(c.Drugs.Rows, c.Drugs.Rows...)
		}
	})
	c := h.site.As(reader())
	at := h.open(b, c, id)
	b.ReportAllocs()
	for b.Loop() {
		c.Get(at)
	}
}
