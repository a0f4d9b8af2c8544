package logbook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// firewall makes lines of about 700 bytes as a FortiGate sends them; what varies
// is random.
func firewall(n int) []event.Record {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]event.Record, n)
	for i := range out {
		text := fmt.Sprintf(`<189>date=2026-11-02 time=09:%02d:%02d devname="FGT-SOTO" devid="FG100F0000000000" eventtime=%d tz="+0900" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.%d.%d.%d srcport=%d srcintf="lan" srcintfrole="lan" dstip=203.0.113.%d dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Japan" sessionid=%d proto=6 action="close" policyid=%d policytype="policy" poluuid="5c6a1f2e-0000-51ee-%04x-%012x" service="HTTPS" trandisp="snat" transip=198.51.100.7 transport=%d appcat="unscanned" duration=%d sentbyte=%d rcvdbyte=%d sentpkt=%d rcvdpkt=%d user="staff%03d" group="医事課" dstdevtype="Server"`,
			i/60%60, i%60, 1793577600000000000+rng.Int64N(1e12), rng.IntN(4), rng.IntN(256), rng.IntN(256), 1024+rng.IntN(60000), rng.IntN(256), rng.IntN(1e9), rng.IntN(90), rng.IntN(65536), rng.Int64N(1<<48), 1024+rng.IntN(60000), rng.IntN(600), rng.IntN(1e6), rng.IntN(1e8), rng.IntN(1e4), rng.IntN(1e4), rng.IntN(400))
		out[i] = event.Record{Source: "s", Format: "syslog", Peer: "192.0.2.1", Received: ledgertest.Start(), Data: []byte(text)}
	}
	return out
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWay is the whole way: durable in the journal, read, decompressed,
// normalised by the real formats, given to two takers that keep nothing.
//
//	go test -run - -bench Way -benchtime 1000000x ./internal/logbook
func BenchmarkWay(b *testing.B) {
	d := newDesk()
	cfg := config(b, b.TempDir(), ledgertest.BookAt(b, d.clock), d)
	cfg.Formats = func(zone func(string) *time.Location) []event.Format { return all.All(zone) }
	cfg.Journal = journal.Config{MinFree: 1}
	unread := 0
	for i := range cfg.Takers {
		var kept event.Position
		cfg.Takers[i].Done = func() event.Position { d.first.mu.Lock(); defer d.first.mu.Unlock(); return kept }
		cfg.Takers[i].Take = func(_ context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
			d.first.mu.Lock()
			defer d.first.mu.Unlock()
			kept = event.Position{Epoch: epoch, Seq: seq}
			for i := range events {
				if events[i].Unread != "" || len(events[i].Fields) < 30 {
					unread++
				}
			}
			return events, nil
		}
	}
	open(b, d, cfg)
	records := firewall(20_000)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	for n := 0; n < b.N; n += 500 {
		at := n % 19_000
		if err := d.Sink("s").Take(b.Context(), records[at:at+500]); err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	n := float64((b.N + 499) / 500 * 500)
	b.ReportMetric(float64(cpu()-before)/1e3/n, "µs-cpu/event")
	b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
	if unread > 0 {
		b.Errorf("%d events were not read", unread)
	}
}

// An event must be found at most two seconds after it arrived: the takers have
// it when Settle returns.
func TestSettle_WithinTwoSeconds(t *testing.T) {
	t.Parallel()
	d := begin(t)
	worst := time.Duration(0)
	for i := range 50 {
		began := time.Now()
		if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
		if err := d.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		worst = max(worst, time.Since(began))
	}
	if len(d.second.all()) != 50 || worst > 2*time.Second {
		t.Errorf("%d events, the slowest after %v", len(d.second.all()), worst)
	}
	t.Logf("the slowest of 50 took %v", worst)
}
