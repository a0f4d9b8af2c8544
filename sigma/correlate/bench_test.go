package correlate

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// slice is the Fields of a benchmark: as an event has them.
type slice []sigma.Field

func (s slice) Get(name string) (string, bool) {
	for i := range s {
		if s[i].Name == name {
			return s[i].Value, true
		}
	}
	return "", false
}

// The mix of facts/detection.md 2.4: eight correlations, every hit feeds about
// three of them.
func mix() []*sigma.Correlation {
	var all []*sigma.Correlation
	for i, c := range []*sigma.Correlation{
		count(sigma.EventCount, 5*time.Minute, "gte=10", "failed"),
		count(sigma.ValueCount, 10*time.Minute, "gte=20", "failed"),
		count(sigma.ValueCount, 5*time.Minute, "gte=5", "failed", "share"),
		count(sigma.Temporal, 5*time.Minute, "", "failed", "success"),
		count(sigma.TemporalOrdered, 5*time.Minute, "", "failed", "success", "share"),
		count(sigma.ValueCount, time.Hour, "gte=1800", "share"),
		count(sigma.EventCount, time.Hour, "gte=1000", "share"),
		count(sigma.ValueSum, time.Hour, "gte=1e9", "share"),
	} {
		c.ID = fmt.Sprint(i)
		all = append(all, c)
	}
	all[1].GroupBy = []string{"Ip"}
	return all
}

func BenchmarkObserve(b *testing.B) {
	for _, users := range []int{10, 1000, 1_000_000} {
		b.Run(fmt.Sprint(users, "groups"), func(b *testing.B) {
			s := newState(b, Options{}, mix()...)
			r := rand.New(rand.NewPCG(1, 1))
			rules := make([]int, 3)
			for i, name := range []string{"failed", "success", "share"} {
				rules[i], _ = s.Rule(name)
			}
			hits := make([]Hit, 1<<16)
			for i := range hits {
				hits[i] = Hit{Rule: rules[r.IntN(3)], Fields: slice{{Name: "EventID", Value: "4625"}, {Name: "Computer", Value: "dc01.example.jp"},
					{Name: "User", Value: fmt.Sprint("User", r.IntN(users))}, {Name: "Ip", Value: fmt.Sprint("10.0.0.", r.IntN(250))}, {Name: "Value", Value: fmt.Sprint(r.IntN(3000))}}}
			}
			var out []Firing
			at := start()
			b.ReportAllocs()
			before := cpu()
			for i := 0; b.Loop(); i++ {
				h := hits[i&(1<<16-1)]
				at = at.Add(5 * time.Millisecond)
				h.Time = at
				out = s.Observe(h, out[:0])
				if i&1023 == 0 {
					out = s.Advance(at, out[:0])
				}
			}
			b.ReportMetric(float64(b.N)/(cpu()-before).Seconds(), "hits/CPU-s")
			b.ReportMetric(float64(s.Stats().Bytes)/(1<<20), "MiB")
		})
	}
}

// cpu is the processor time of the process: other work on the machine does not
// count.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func BenchmarkSnapshot(b *testing.B) {
	s := newState(b, Options{}, mix()...)
	rule, _ := s.Rule("failed")
	for i := range 200_000 {
		s.Observe(Hit{Rule: rule, Time: start().Add(time.Duration(i) * time.Millisecond), Fields: slice{{Name: "User", Value: fmt.Sprint(i % 50_000)}, {Name: "Ip", Value: "10.0.0.1"}, {Name: "Value", Value: "1"}}}, nil)
	}
	var snap []byte
	b.ReportAllocs()
	for b.Loop() {
		snap = s.Snapshot(snap[:0])
	}
	b.SetBytes(int64(len(snap)))
}

func FuzzRestore(f *testing.F) {
	s, err := New(everyKind(), Options{})
	if err != nil {
		f.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 30 {
		x := random(r, i, 3)
		rule, _ := s.Rule(x.rule)
		s.Observe(Hit{Rule: rule, Time: after(x.at), Fields: event{"User": x.user, "Value": x.value}}, nil)
	}
	whole := s.Snapshot(nil)
	f.Add(whole[7 : len(whole)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newState(t, Options{MaxGroups: 1000}, everyKind()...)
		if _, err := s.Restore(seal(body)); err != nil {
			return
		}
		s.check(t)
		for i := range 50 {
			x := random(rand.New(rand.NewPCG(2, 2)), i, 3)
			rule, _ := s.Rule(x.rule)
			s.Observe(Hit{Rule: rule, Time: after(x.at), Fields: event{"User": x.user, "Value": x.value}}, nil)
		}
		s.Advance(after(1e6), nil)
		s.Open()
		if _, err := s.Restore(s.Snapshot(nil)); err != nil {
			t.Error(err)
		}
	})
}

// seal puts what stands around a snapshot's body around any bytes.
func seal(body []byte) []byte {
	out := append([]byte(magic), version)
	out = append(out, body...)
	return binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}
