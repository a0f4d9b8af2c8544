package station_test

import (
	"testing"
	"time"
)

// BenchmarkFirstPage is a start with a data folder that exists: from Open to
// the answer with the sign-in page over TLS.
func BenchmarkFirstPage(b *testing.B) {
	r := serve(b, nil)
	r.stop()
	b.ReportAllocs()
	for b.Loop() {
		at := time.Now()
		r.start()
		r.browser().get("/signin").want(b, 200)
		b.ReportMetric(float64(time.Since(at).Milliseconds()), "ms-first-page")
		b.StopTimer()
		r.stop()
		b.StartTimer()
	}
}
