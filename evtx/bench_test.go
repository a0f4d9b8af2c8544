package evtx

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func mergedX(tb testing.TB) []byte {
	var out []byte
	filepath.WalkDir("/work/shared/data/evtx", func(p string, e fs.DirEntry, err error) error {
		if strings.HasSuffix(p, ".evtx") {
			b, _ := os.ReadFile(p)
			if out == nil {
				out = append(out, b[:4096]...)
			}
			for b = b[4096:]; len(b) >= 65536; b = b[65536:] {
				if string(b[:7]) == "ElfChnk" {
					out = append(out, b[:65536]...)
				}
			}
		}
		return nil
	})
	return out
}

func cpu() float64 {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return float64(ru.Utime.Nano()+ru.Stime.Nano()) / 1e9
}

func BenchmarkValues(b *testing.B) {
	data := mergedX(b)
	r := NewReader(bytes.NewReader(data), Options{})
	var vs []Value
	n := 0
	pass := func() {
		r.Reset(bytes.NewReader(data))
		for r.Next() {
			vs = r.Record().Values(vs)
			n++
		}
	}
	pass()
	n = 0
	b.ReportAllocs()
	b.ResetTimer()
	c := cpu()
	for b.Loop() {
		pass()
	}
	b.ReportMetric(float64(n)/(cpu()-c), "ev/cpu-s")
	b.ReportMetric(float64(n)/float64(b.N), "events")
}
