package correlate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// one of each type, in several sizes.
func everyKind() []*sigma.Correlation {
	var all []*sigma.Correlation
	for _, kind := range []sigma.CorrelationType{sigma.EventCount, sigma.ValueCount, sigma.Temporal, sigma.TemporalOrdered, sigma.ValueSum, sigma.ValueAvg, sigma.ValuePercentile, sigma.ValueMedian} {
		bounds := "gte=40"
		if kind.Temporal() {
			bounds = ""
		}
		c := count(kind, 10*time.Minute, bounds, "a", "b")
		j := count(kind, 10*time.Minute, "gte=1 lte=1", "a", "b")
		j.ID, j.Title = j.ID+"-judged", j.Title+"-judged"
		all = append(all, c, j)
	}
	return all
}

func random(r *rand.Rand, i, users int) step {
	return step{float64(i)*0.05 - float64(r.IntN(300)), string(rune('a' + r.IntN(2))), fmt.Sprint("user", r.IntN(users)), fmt.Sprint(r.IntN(100))}
}

func (s *State) check(t *testing.T) {
	t.Helper()
	groups, bytes := 0, 0
	for _, k := range s.counters {
		listed := 0
		for g := k.oldest; g != nil; g = g.next {
			listed++
			bytes += g.bytes
			if g.next == nil && k.newest != g || g.next != nil && g.next.prev != g {
				t.Fatal("the list of groups is broken")
			}
			g.check(t)
		}
		if listed != len(k.groups) {
			t.Fatalf("%d groups in the list, %d in the map", listed, len(k.groups))
		}
		groups += listed
	}
	if groups != s.groups || bytes != s.bytes {
		t.Fatalf("%d groups and %d bytes, counted were %d and %d", groups, bytes, s.groups, s.bytes)
	}
}

// check counts again what the group counts as it goes.
func (g *group) check(t *testing.T) {
	t.Helper()
	if v := g.values; v != nil {
		n, live, last, keys := 0, 0, int64(never), map[string]bool{}
		for i := v.first; i != none; i = v.nodes[i].next {
			n++
			if v.nodes[i].at < last {
				t.Fatal("values are not in their order")
			}
			last = v.nodes[i].at
			keys[v.nodes[i].key] = true
			if v.edge == i {
				live = 0
			}
			live++
		}
		if v.edge == none {
			live = 0
		}
		if n != v.n || len(keys) != n || live != v.live || n+len(v.free) != len(v.nodes) {
			t.Fatalf("%d values, %d live, counted were %d, %d; %d free of %d", n, live, v.n, v.live, len(v.free), len(v.nodes))
		}
	}
	if x := g.numbers; x != nil {
		sum := 0.0
		for _, y := range x.list[x.head:] {
			sum += y.n
		}
		if diff := sum - x.sum; diff > 1e-6 || diff < -1e-6 {
			t.Fatalf("the sum is %v, kept was %v", sum, x.sum)
		}
	}
}

func TestObserve_BoundsHold(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{MaxGroups: 100, MaxGroupsEach: 40, Tolerance: time.Minute},
		{MaxBytes: 100_000, Tolerance: time.Minute},
		{MaxGroups: 1}, {MaxBytes: 1}, {MaxValues: 40, MaxEvidence: 1},
	} {
		s := newState(t, o, everyKind()...)
		limits := o.withDefaults()
		r := rand.New(rand.NewPCG(1, 1))
		for i := range 20_000 {
			x := random(r, i, 300)
			rule, _ := s.Rule(x.rule)
			s.Observe(Hit{Rule: rule, Time: after(x.at), Fields: event{"User": x.user, "Value": x.value}}, nil)
			if s.groups > limits.MaxGroups || s.bytes > limits.MaxBytes {
				t.Fatalf("%+v: %v", o, s.Stats())
			}
			if i%500 == 0 {
				s.check(t)
				s.Advance(after(x.at), nil)
				s.check(t)
			}
		}
		if s.Stats().EvictedGroups == 0 && o.MaxValues == 0 {
			t.Errorf("%+v: nothing was evicted: the test tests nothing", o)
		}
		s.Advance(after(1e6), nil)
		s.check(t)
		if s.groups != 0 || s.bytes != 0 {
			t.Errorf("long after, there are still %v", s.Stats())
		}
	}
}

// A flood of keys in one correlation leaves the others' groups alone.
func TestObserve_FloodOfKeysLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	quiet := count(sigma.EventCount, time.Hour, "gte=3", "a")
	noisy := count(sigma.EventCount, time.Hour, "gte=3", "b")
	noisy.ID = "noisy"
	s := newState(t, Options{MaxGroups: 1000, MaxGroupsEach: 250}, quiet, noisy)
	play(t, s, burst(0, 1, 2, "a", "x"))
	b, _ := s.Rule("b")
	for i := range 1_000_000 {
		s.Observe(Hit{Rule: b, Time: after(2 + float64(i)/1000), Fields: event{"User": fmt.Sprint(i)}}, nil)
	}
	if x := s.Stats(); x.EvictedGroups != 1_000_000-250 || x.Groups != 251 {
		t.Error(x)
	}
	want(t, play(t, s, burst(1100, 1, 1, "a", "x")), "0:event_count")
}

func TestObserve_LongValuesAreCut(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.ValueCount, time.Hour, "gte=3", "a"))
	long := strings.Repeat("患者", 1<<20)
	want(t, play(t, s, []step{{0, "a", long, long + "1"}, {1, "a", long, long + "2"}, {2, "a", long, long + "2"}, {3, "a", long, long + "3"}}), "3:value_count")
	if b := s.Stats().Bytes; b > 5000 {
		t.Errorf("%d bytes are kept", b)
	}
}

func TestSnapshot_GoesOn(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		o := Options{Tolerance: time.Minute}
		one, other := newState(t, o, everyKind()...), newState(t, o, everyKind()...)
		observe := func(s *State, x step, i int) string {
			rule, _ := s.Rule(x.rule)
			fired := s.Observe(Hit{Rule: rule, Time: after(x.at), Fields: event{"User": x.user, "Value": x.value}, Ref: Ref{byte(i), byte(i >> 8)}}, nil)
			if i%100 == 0 {
				fired = s.Advance(after(float64(i)*0.05), fired)
			}
			text := ""
			for _, f := range fired {
				c := f.Correlation
				f.Correlation = nil
				text += fmt.Sprintln(c.Title, f)
			}
			return text
		}
		for i := range 3000 {
			observe(one, random(r, i, 20), i)
		}
		lost, err := other.Restore(one.Snapshot(nil))
		if err != nil || lost != 0 {
			t.Fatal(lost, err)
		}
		other.check(t)
		if string(one.Snapshot(nil)) != string(other.Snapshot(nil)) {
			t.Fatal("the snapshot of the restored state is another")
		}
		for i := 3000; i < 6000; i++ {
			x := random(r, i, 20)
			if a, b := observe(one, x, i), observe(other, x, i); a != b {
				t.Fatalf("seed %d, hit %d: %s\nafter the restart: %s", seed, i, a, b)
			}
		}
	}
}

func TestRestore_LeavesOutWhatIsDefinedOtherwise(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.EventCount, time.Minute, "gte=5", "a"), count(sigma.ValueCount, time.Minute, "gte=5", "a"))
	play(t, s, burst(0, 1, 4, "a", "x"))
	snap := s.Snapshot(nil)
	changed := newState(t, Options{}, count(sigma.EventCount, time.Minute, "gte=6", "a"), count(sigma.ValueCount, time.Minute, "gte=5", "a"))
	if lost, err := changed.Restore(snap); err != nil || lost != 1 || changed.Stats().Groups != 1 {
		t.Error(lost, err, changed.Stats())
	}
	for name, bad := range map[string][]byte{"empty": nil, "cut": snap[:len(snap)-1], "other": []byte("something else altogether"), "changed": append([]byte("sgcorr\x01xxxx"), snap[11:]...)} {
		if _, err := changed.Restore(bad); err != ErrSnapshot {
			t.Errorf("%s: %v", name, err)
		}
	}
	if changed.Stats().Groups != 1 {
		t.Error("a refused snapshot changed the state")
	}
}
