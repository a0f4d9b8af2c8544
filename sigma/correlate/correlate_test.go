package correlate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// event is the Fields of a test.
type event map[string]string

func (e event) Get(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

func start() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }

func after(seconds float64) time.Time {
	return start().Add(time.Duration(seconds * float64(time.Second)))
}

// count makes a correlation of one type over rules a, b, c….
func count(t sigma.CorrelationType, span time.Duration, bounds string, rules ...string) *sigma.Correlation {
	c := &sigma.Correlation{ID: t.String(), Title: t.String(), Type: t, Rules: rules, GroupBy: []string{"User"}, Timespan: span}
	for _, b := range strings.Fields(bounds) {
		op, number, _ := strings.Cut(b, "=")
		c.Bounds, _ = c.Bounds.AddBound(op, number)
	}
	if t.NeedsField() {
		c.Fields = []string{"Value"}
	}
	if t == sigma.ValuePercentile {
		c.Percentile = 90
	}
	return c
}

func newState(t testing.TB, o Options, all ...*sigma.Correlation) *State {
	t.Helper()
	s, err := New(all, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// step is one hit of a story: when, which rule, whose, with which value.
type step struct {
	at    float64
	rule  string
	user  string
	value string
}

// play observes a story and says at which steps something fired, "5:event_count"
// for the sixth step.
func play(t testing.TB, s *State, steps []step) []string {
	t.Helper()
	var out []string
	for i, x := range steps {
		rule, ok := s.Rule(x.rule)
		if !ok {
			t.Fatalf("no correlation asks for %s", x.rule)
		}
		e := event{"User": x.user}
		if x.value != "" {
			e["Value"] = x.value
		}
		for _, f := range s.Observe(Hit{Rule: rule, Time: after(x.at), Fields: e, Ref: Ref{byte(i)}}, nil) {
			out = append(out, fmt.Sprintf("%d:%s", i, f.Correlation.Title))
		}
	}
	return out
}

func want(t *testing.T, got []string, wanted ...string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(wanted, " ") {
		t.Errorf("fired at %v, not at %v", got, wanted)
	}
}

func burst(from, every float64, n int, rule, user string) []step {
	var out []step
	for i := range n {
		out = append(out, step{from + float64(i)*every, rule, user, fmt.Sprint(i)})
	}
	return out
}

func TestObserve_EventCountFiresOncePerEpisode(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.EventCount, time.Minute, "gte=5", "a"))
	steps := burst(0, 1, 50, "a", "alice")                     // fires with the fifth, then goes on
	steps = append(steps, burst(50, 1, 4, "a", "bob")...)      // four are not enough
	steps = append(steps, burst(200, 1, 10, "a", "alice")...)  // a new episode: 150 s later
	steps = append(steps, burst(210, 20, 30, "a", "carol")...) // never five in a minute
	want(t, play(t, s, steps), "4:event_count", "58:event_count")
}

func TestObserve_FlappingIsOneEpisode(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.EventCount, time.Minute, "gt=4", "a"))
	// Every 15 s: five within a minute (both ends count), now and then one late.
	var steps []step
	for i := range 100 {
		at := float64(i) * 15
		if i%7 == 6 {
			at += 5
		}
		steps = append(steps, step{at, "a", "alice", ""})
	}
	want(t, play(t, s, steps), "4:event_count")
}

func TestObserve_CaseOfGroupsDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.EventCount, time.Minute, "gte=3", "a"))
	want(t, play(t, s, []step{{0, "a", "ALICE", ""}, {1, "a", "alice", ""}, {2, "a", "Alice", ""}}), "2:event_count")
	if f := s.Open(); len(f) != 1 || f[0].Group[0].Value != "ALICE" || f[0].Number != 3 || len(f[0].Refs) != 3 || f[0].Refs[2] != (Ref{2}) {
		t.Errorf("%+v", f)
	}
}

func TestObserve_ValueCount(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.ValueCount, time.Minute, "gte=4", "a"))
	steps := []step{
		{0, "a", "x", "1"}, {1, "a", "x", "2"}, {2, "a", "x", "2"}, {3, "a", "x", "3"}, {4, "a", "x", "1"},
		{61.5, "a", "x", "4"}, // 2 has gone (last at 2? no: seen at 2, 59.5 s ago), 1, 2, 3, 4 are there
	}
	want(t, play(t, s, steps), "5:value_count")
	s = newState(t, Options{}, count(sigma.ValueCount, time.Minute, "gte=4", "a"))
	steps[5].at = 63 // now 2 is 61 s old
	want(t, play(t, s, steps))
	if x := s.Stats(); x.NoValue != 0 || x.Groups != 1 {
		t.Error(x)
	}
}

func TestObserve_ValueCountOfThousands(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.ValueCount, time.Hour, "gte=1800", "a"))
	want(t, play(t, s, burst(0, 0.5, 4000, "a", "x")), "1799:value_count")
}

func TestObserve_Sums(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   sigma.CorrelationType
		bounds string
		values string
		want   string
	}{
		{sigma.ValueSum, "gt=100", "50 50 1", "2"},
		{sigma.ValueSum, "gt=100", "50 x 50 0x01", "3"},
		{sigma.ValueAvg, "gte=10", "5 14 12", "2"},
		{sigma.ValuePercentile, "gte=9", "1 2 3 4 5 6 7 8 8 9 9", "10"},
		{sigma.ValueMedian, "gte=5", "1 9 1 9 1 9 9", "1"},
		{sigma.ValueMedian, "gt=5", "1 9 1 9 1 9 9", "6"},
	} {
		s := newState(t, Options{}, count(c.kind, time.Minute, c.bounds, "a"))
		var steps []step
		for i, v := range strings.Fields(c.values) {
			steps = append(steps, step{float64(i), "a", "x", v})
		}
		want(t, play(t, s, steps), c.want+":"+c.kind.String())
	}
}

func TestObserve_SumForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{}, count(sigma.ValueSum, time.Minute, "gte=100", "a"))
	var steps []step
	for i := range 5000 {
		steps = append(steps, step{float64(i) * 10, "a", "x", "14"}) // seven in a minute: 98
	}
	want(t, play(t, s, steps))
	if x := s.Stats(); x.Bytes > 2000 {
		t.Errorf("the group keeps what is old: %d bytes", x.Bytes)
	}
}

func TestObserve_Temporal(t *testing.T) {
	t.Parallel()
	both := count(sigma.Temporal, time.Minute, "", "a", "b")
	want(t, play(t, newState(t, Options{}, both), []step{{0, "a", "x", ""}, {30, "b", "y", ""}, {61, "b", "x", ""}, {100, "a", "x", ""}}), "3:temporal")
	two := count(sigma.Temporal, time.Minute, "gte=2", "a", "b", "c")
	want(t, play(t, newState(t, Options{}, two), []step{{0, "c", "x", ""}, {1, "c", "x", ""}, {30, "a", "x", ""}}), "2:temporal")
}

func TestObserve_TemporalOrdered(t *testing.T) {
	t.Parallel()
	c := func() *sigma.Correlation { return count(sigma.TemporalOrdered, time.Minute, "", "a", "b", "c") }
	want(t, play(t, newState(t, Options{}, c()), []step{{0, "c", "x", ""}, {1, "b", "x", ""}, {2, "a", "x", ""}, {3, "c", "x", ""}, {4, "b", "x", ""}, {5, "c", "x", ""}}), "5:temporal_ordered")
	// Many hits of one rule between must not hide the beginning.
	steps := []step{{0, "a", "x", ""}, {1, "b", "x", ""}}
	steps = append(steps, burst(2, 1, 20, "a", "x")...)
	steps = append(steps, step{30, "c", "x", ""})
	want(t, play(t, newState(t, Options{}, c()), steps), "22:temporal_ordered")
	// Too long from the first to the last.
	want(t, play(t, newState(t, Options{}, c()), []step{{0, "a", "x", ""}, {40, "b", "x", ""}, {61, "c", "x", ""}}))
	// Logs of whole seconds: the same moment is in order.
	want(t, play(t, newState(t, Options{}, c()), []step{{0, "b", "x", ""}, {0, "a", "x", ""}, {0, "c", "x", ""}}), "2:temporal_ordered")
}

func TestObserve_SameRuleTwiceNeedsTwoHits(t *testing.T) {
	t.Parallel()
	c := count(sigma.TemporalOrdered, time.Minute, "", "a", "b", "a")
	want(t, play(t, newState(t, Options{}, c), []step{{0, "a", "x", ""}, {1, "b", "x", ""}, {2, "a", "x", ""}}), "2:temporal_ordered")
	want(t, play(t, newState(t, Options{}, c), []step{{1, "b", "x", ""}, {2, "a", "x", ""}}))
}

func TestObserve_ConditionInWords(t *testing.T) {
	t.Parallel()
	c := count(sigma.Temporal, time.Minute, "", "a", "b", "c")
	var err error
	if c.Together, c.Rules, err = sigma.ParseRuleExpr("a and (b or c)", c.Rules); err != nil {
		t.Fatal(err)
	}
	want(t, play(t, newState(t, Options{}, c), []step{{0, "b", "x", ""}, {10, "c", "x", ""}, {20, "a", "x", ""}}), "2:temporal")
}

func TestAdvance_NotIsJudgedWhenTheWindowHasPassed(t *testing.T) {
	t.Parallel()
	c := count(sigma.Temporal, time.Minute, "", "begun", "ended")
	c.Together, c.Rules, _ = sigma.ParseRuleExpr("begun and not ended", c.Rules)
	s := newState(t, Options{Tolerance: -1}, c)
	s.Advance(after(0), nil)
	want(t, play(t, s, []step{{0, "begun", "x", ""}, {0, "begun", "y", ""}, {50, "ended", "x", ""}}))
	if f := s.Advance(after(59), nil); len(f) != 0 {
		t.Errorf("fired early: %+v", f)
	}
	f := s.Advance(after(62), nil)
	if len(f) != 1 || f[0].Group[0].Value != "y" {
		t.Fatalf("%+v", f)
	}
	if f := s.Advance(after(500), nil); len(f) != 0 || s.Stats().Groups != 0 {
		t.Errorf("%+v, %v", f, s.Stats())
	}
}

func TestAdvance_UpperBoundsAreJudgedWhenTheWindowHasPassed(t *testing.T) {
	t.Parallel()
	s := newState(t, Options{Tolerance: -1}, count(sigma.EventCount, time.Minute, "gte=2 lte=3", "a"))
	steps := append(burst(0, 1, 3, "a", "x"), burst(0, 1, 9, "a", "y")...)
	want(t, play(t, s, steps))
	// x opens another window: the first one is judged by that alone.
	want(t, play(t, s, []step{{70, "a", "x", ""}}), "0:event_count")
	if f := s.Advance(after(300), nil); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

func TestObserve_OutOfOrder(t *testing.T) {
	t.Parallel()
	o := Options{Tolerance: 5 * time.Minute}
	// The fifth of a minute arrives when the group is three minutes further.
	s := newState(t, o, count(sigma.EventCount, time.Minute, "gte=5", "a"))
	want(t, play(t, s, []step{{0, "a", "x", ""}, {1, "a", "x", ""}, {2, "a", "x", ""}, {200, "a", "x", ""}, {3, "a", "x", ""}, {4, "a", "x", ""}}), "5:event_count")
	s = newState(t, o, count(sigma.ValueCount, time.Minute, "gte=3", "a"))
	want(t, play(t, s, []step{{0, "a", "x", "1"}, {1, "a", "x", "2"}, {200, "a", "x", "4"}, {2, "a", "x", "3"}}), "3:value_count")
	s = newState(t, o, count(sigma.Temporal, time.Minute, "", "a", "b"))
	want(t, play(t, s, []step{{0, "a", "x", ""}, {200, "a", "x", ""}, {30, "b", "x", ""}}), "2:temporal")
	s = newState(t, o, count(sigma.TemporalOrdered, time.Minute, "", "a", "b"))
	want(t, play(t, s, []step{{10, "b", "x", ""}, {5, "a", "x", ""}}), "1:temporal_ordered")
	want(t, play(t, s, []step{{10, "a", "y", ""}, {5, "b", "y", ""}}))
	// Beyond the tolerance it is counted as late.
	s = newState(t, o, count(sigma.EventCount, time.Minute, "gte=2", "a"))
	want(t, play(t, s, []step{{1000, "a", "x", ""}, {0, "a", "x", ""}, {1, "a", "x", ""}}))
	if s.Stats().Late != 2 {
		t.Error(s.Stats())
	}
}

func TestObserve_ClockIn1970AndBeyond(t *testing.T) {
	t.Parallel()
	for _, kind := range []sigma.CorrelationType{sigma.EventCount, sigma.ValueCount, sigma.Temporal, sigma.TemporalOrdered, sigma.ValueSum} {
		s := newState(t, Options{}, count(kind, 10*365*24*time.Hour, "gte=1000", "a"))
		rule, _ := s.Rule("a")
		for _, at := range []time.Time{{}, time.Unix(0, 0), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), start(), time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)} {
			if f := s.Observe(Hit{Rule: rule, Time: at, Fields: event{"User": "x", "Value": "1"}}, nil); len(f) > 0 {
				t.Errorf("%v: %+v", kind, f)
			}
			s.Advance(at, nil)
		}
	}
}

func TestObserve_Aliases(t *testing.T) {
	t.Parallel()
	c := count(sigma.Temporal, time.Minute, "", "a", "b")
	c.GroupBy = []string{"ip"}
	c.Aliases = map[string]map[string]string{"ip": {"a": "Source", "b": "Dest"}}
	s := newState(t, Options{}, c)
	a, _ := s.Rule("a")
	b, _ := s.Rule("b")
	var fired []Firing
	fired = s.Observe(Hit{Rule: a, Time: after(0), Fields: event{"Source": "192.0.2.1", "Dest": "192.0.2.9"}}, fired)
	fired = s.Observe(Hit{Rule: b, Time: after(1), Fields: event{"Source": "192.0.2.1", "Dest": "192.0.2.9"}}, fired)
	if len(fired) != 0 {
		t.Fatalf("%+v", fired)
	}
	fired = s.Observe(Hit{Rule: b, Time: after(2), Fields: event{"Dest": "192.0.2.1"}}, fired)
	if len(fired) != 1 || fired[0].Group[0] != (sigma.Field{Name: "ip", Value: "192.0.2.1"}) {
		t.Errorf("%+v", fired)
	}
	s.Observe(Hit{Rule: b, Time: after(2), Fields: event{"Source": "192.0.2.1"}}, nil)
	if s.Stats().Ungrouped != 1 {
		t.Error(s.Stats())
	}
}

// Guessing that goes on for three hours, and the sign-in that succeeds at last:
// the inner correlation fires once, the outer one still finds it.
func TestObserve_ChainAfterALongEpisode(t *testing.T) {
	t.Parallel()
	guessing := count(sigma.EventCount, time.Minute, "gte=5", "failed")
	guessing.ID, guessing.Title = "guessing", "guessing"
	then := count(sigma.TemporalOrdered, 10*time.Minute, "", "guessing", "success")
	s := newState(t, Options{}, guessing, then)
	steps := burst(0, 5, 2160, "failed", "x")
	steps = append(steps, step{10800, "success", "x", ""}, step{10801, "success", "y", ""})
	want(t, play(t, s, steps), "4:guessing", "2160:temporal_ordered")
}

func TestNew_RefusesWhatCannotBeCounted(t *testing.T) {
	t.Parallel()
	loop := count(sigma.Temporal, time.Minute, "", "temporal", "b")
	for name, c := range map[string]*sigma.Correlation{
		"too_many": count(sigma.EventCount, time.Minute, "gte=20000", "a"),
		"missing":  count(sigma.EventCount, time.Minute, "", "a"),
		"cycle":    loop,
	} {
		_, err := New([]*sigma.Correlation{c}, Options{})
		if p, ok := err.(*sigma.Problem); !ok || string(p.Code) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
