package chart_test

import (
	"testing"
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
