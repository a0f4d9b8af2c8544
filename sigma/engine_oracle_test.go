package sigma_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/torideproject/toride/sigma"
)

// The engine gives the oracle's answers for every event of the logs and every
// rule of its log sources; the other rules are not asked. The work is shared
// by all processors.
func TestEngine_AgreesWithTheOracleOnRealLogs(t *testing.T) {
	t.Parallel()
	c := newCorpus(t)
	step := 1
	if testing.Short() {
		step = 16
	}
	var next, pairs, hits atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			m := c.engine.NewMatcher()
			for i := int(next.Add(1)-1) * step; i < len(c.events) && !t.Failed(); i = int(next.Add(1)-1) * step {
				l := c.events[i]
				got := m.Match(c.shapes[i], l.values, nil)
				want, asked := oracleOn(c.engine.Rules(), l)
				if !slices.Equal(got, want) {
					t.Errorf("event %d %v: engine %v, oracle %v", i, l.fixed, titles(c.engine, got), titles(c.engine, want))
				}
				pairs.Add(int64(asked))
				hits.Add(int64(len(got)))
			}
		})
	}
	all.Wait()
	t.Logf("%d rules, %d events of %d kinds: %d pairs compared, %d hits", len(c.engine.Rules()), len(c.events)/step, c.kinds, pairs.Load(), hits.Load())
	if hits.Load() == 0 {
		t.Error("nothing was found")
	}
}

func oracleOn(rules []*sigma.Rule, l *logged) (hits []int32, asked int) {
	fields := l.fields()
	for i, r := range rules {
		if !slices.ContainsFunc(l.sources, r.LogSource.Covers) {
			continue
		}
		asked++
		if r.Matches(fields) {
			hits = append(hits, int32(i))
		}
	}
	return hits, asked
}

func titles(e *sigma.Engine, hits []int32) []string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%d %s", h, e.Rules()[h].Title))
	}
	return out
}
