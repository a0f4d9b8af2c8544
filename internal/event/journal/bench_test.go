package journal

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// lines makes records of about 700 bytes as a firewall writes them; ports,
// addresses and session numbers are random, which is hard on compression.
func lines(n int) []event.Record {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]event.Record, n)
	for i := range out {
		text := fmt.Sprintf(`<189>date=2026-11-02 time=09:%02d:%02d devname="FGT-SOTO" devid="FG100F0000000000" eventtime=%d tz="+0900" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.%d.%d.%d srcport=%d srcintf="lan" srcintfrole="lan" dstip=203.0.113.%d dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Japan" sessionid=%d proto=6 action="close" policyid=%d policytype="policy" poluuid="5c6a1f2e-0000-51ee-%04x-%012x" service="HTTPS" trandisp="snat" transip=198.51.100.7 transport=%d appcat="unscanned" duration=%d sentbyte=%d rcvdbyte=%d sentpkt=%d rcvdpkt=%d user="staff%03d" group="医事課" dstdevtype="Server"`,
			i/60%60, i%60, 1793577600000000000+rng.Int64N(1e12), rng.IntN(4), rng.IntN(256), rng.IntN(256), 1024+rng.IntN(60000), rng.IntN(256), rng.IntN(1e9), rng.IntN(90), rng.IntN(65536), rng.Int64N(1<<48), 1024+rng.IntN(60000), rng.IntN(600), rng.IntN(1e6), rng.IntN(1e8), rng.IntN(1e4), rng.IntN(1e4), rng.IntN(400))
		out[i] = event.Record{Source: "syslog-1", Format: "syslog", Peer: "192.0.2.1", Received: received.Add(time.Duration(i) * time.Millisecond), Data: []byte(text)}
	}
	return out
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend is what durable intake costs: `go test -bench Append -benchtime 3s`.
// Besides ns of wall time per event it reports µs of CPU per event.
func BenchmarkAppend(b *testing.B) {
	for _, bc := range []struct{ callers, set int }{{1, 500}, {4, 500}, {1, 50}, {4, 50}, {64, 1}} {
		b.Run(fmt.Sprintf("callers=%d/set=%d", bc.callers, bc.set), func(b *testing.B) {
			cfg := config(b.TempDir())
			cfg.MaxBytes, cfg.Gather = 16<<30, DefaultGather
			j := open(b, cfg)
			records := lines(20_000)
			b.ReportAllocs()
			b.ResetTimer()
			before := cpu()
			b.SetParallelism((bc.callers + 1) / 2)
			b.RunParallel(func(pb *testing.PB) {
				at := rand.IntN(10_000)
				for n := 0; pb.Next(); {
					if n++; n < bc.set {
						continue
					}
					n = 0
					if err := j.Append(b.Context(), records[at:at+bc.set]); err != nil {
						b.Error(err)
						return
					}
					at = (at + bc.set) % 19_000
				}
			})
			b.ReportMetric(float64(cpu()-before)/1e3/float64(b.N), "µs-cpu/event")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			if s, err := j.Stats(b.Context()); err == nil {
				b.ReportMetric(float64(s.Bytes)/float64(b.N), "B/event")
			}
		})
	}
}

// BenchmarkRead is reading and decoding, per event.
func BenchmarkRead(b *testing.B) {
	j := open(b, config(b.TempDir()))
	records := lines(10_000)
	var bytes int
	for _, r := range records {
		bytes += len(r.Data)
	}
	if err := j.Append(b.Context(), records); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before, n := cpu(), 0
	var batch event.Batch
	for n < b.N {
		r, err := j.Read(event.Position{})
		if err != nil {
			b.Fatal(err)
		}
		for range 20 {
			if _, err := r.Next(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
			n += len(batch.Records)
		}
	}
	b.ReportMetric(float64(cpu()-before)/1e3/float64(n), "µs-cpu/event")
	b.ReportMetric(float64(bytes)/float64(len(records)), "B-raw/event")
}
