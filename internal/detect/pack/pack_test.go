package pack_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/pack"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

func read(t testing.TB) *rulepack.Pack {
	t.Helper()
	p, err := pack.Read()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bench evaluates entries as the product does: format, engine, correlations.
type bench struct {
	pack    *rulepack.Pack
	rules   []*rulepack.Rule // by index of the engine
	byKey   map[string]*rulepack.Rule
	engine  *sigma.Engine
	formats map[string]event.Format
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{pack: read(t), byKey: map[string]*rulepack.Rule{}, formats: all.Named(formattest.Zone())}
	var list []*sigma.Rule
	for _, r := range b.pack.Rules {
		if r.Correlation != nil {
			b.byKey[r.Correlation.Key()] = r
			continue
		}
		list, b.rules = append(list, r.Sigma), append(b.rules, r)
	}
	var err error
	if b.engine, err = sigma.NewEngine(list, sigma.EngineOptions{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// run gives the rules that fire on a sequence of entries, feeding ones left out.
func (b *bench) run(t testing.TB, events []*event.Event) map[*rulepack.Rule]int {
	t.Helper()
	state, err := correlate.New(b.pack.Library.Correlations, correlate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	looker := match.NewLooker(b.engine, match.NewCensus(nil), nil)
	out := map[*rulepack.Rule]int{}
	fired := func(list []correlate.Firing) {
		for _, f := range list {
			if r := b.byKey[f.Correlation.Key()]; !r.Feeds {
				out[r]++
			}
		}
	}
	for _, e := range events {
		hits, _ := looker.Match(e, nil)
		for _, h := range hits {
			r := b.rules[h]
			if !r.Feeds {
				out[r]++
			}
			if k, ok := state.Rule(r.Name()); ok {
				fired(state.Observe(correlate.Hit{Rule: k, Time: e.Time, Fields: match.Fields{Event: e}}, nil))
			}
		}
	}
	fired(state.Advance(events[len(events)-1].Time.Add(30*24*time.Hour), nil))
	return out
}

// entry makes the event of an entry as it came: JSON by the intake of Beats,
// lines by syslog.
func (b *bench) entry(t testing.TB, line []byte) *event.Event {
	t.Helper()
	name := "syslog"
	if line[0] == '{' {
		name = "json"
	}
	e := formattest.Normalise(b.formats[name], line)
	if e.Unread != "" || e.Product == "" || e.Skew {
		t.Fatalf("not read as what it is (%s): %s", e.Unread, line)
	}
	return e
}

func folder(r *rulepack.Rule) string {
	file, _ := r.Place()
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(file, "rules/"), ".yml"), "/", "_")
}

// scenes are the cases of a file: one entry each, of a correlation the entries
// up to a blank line.
func (b *bench) scenes(t testing.TB, r *rulepack.Rule, file string) [][]*event.Event {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("cases", folder(r), file))
	if err != nil {
		t.Fatal(err)
	}
	sep := "\n"
	if r.Correlation != nil {
		sep = "\n\n"
	}
	var out [][]*event.Event
	for scene := range bytes.SplitSeq(bytes.TrimSpace(data), []byte(sep)) {
		var events []*event.Event
		for line := range bytes.SplitSeq(bytes.TrimSpace(scene), []byte("\n")) {
			events = append(events, b.entry(t, line))
		}
		out = append(out, events)
	}
	return out
}

func TestRules_Cases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	used := map[string]bool{}
	for _, r := range b.pack.Rules {
		if r.Feeds {
			continue
		}
		if used[folder(r)] {
			t.Errorf("%s: two rules share cases", folder(r))
		}
		used[folder(r)] = true
		t.Run(folder(r), func(t *testing.T) {
			matching, others := b.scenes(t, r, "match.log"), b.scenes(t, r, "other.log")
			for i, scene := range matching {
				if b.run(t, scene)[r] == 0 {
					t.Errorf("match.log, case %d: silent: %.300s", i+1, scene[0].Original)
				}
			}
			for i, scene := range others {
				if b.run(t, scene)[r] > 0 {
					t.Errorf("other.log, case %d: fires: %.300s", i+1, scene[0].Original)
				}
			}
			if len(others) < 2 {
				t.Errorf("only %d near misses", len(others))
			}
		})
	}
	folders, err := os.ReadDir("cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !used[f.Name()] {
			t.Errorf("cases/%s belongs to no rule", f.Name())
		}
	}
}

// TestRules_EachFeedIsCounted finds rules that neither alert nor are counted.
func TestRules_EachFeedIsCounted(t *testing.T) {
	t.Parallel()
	for _, r := range read(t).Rules {
		file, line := r.Place()
		if strings.HasSuffix(file, "/feeds.yml") && !r.Feeds {
			t.Errorf("%s:%d: no correlation counts it", file, line)
		}
		if r.Feeds && r.Level() != sigma.Informational {
			t.Errorf("%s:%d: feeds at level %s", file, line, r.Level())
		}
	}
}

func TestRules_SayWhatTheyNeed(t *testing.T) {
	catalogue, err := setting.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, r := range read(t).Rules {
		name := folder(r) + " " + r.Key
		if !uuid.MatchString(r.Key) {
			t.Errorf("%s: the id is no UUID", name)
		}
		if r.About == nil {
			t.Errorf("%s: has no block", name)
			continue
		}
		for _, n := range slices.Concat(r.About.Needs, r.About.NeedsAny) {
			if _, ok := catalogue.Get(n); !ok {
				t.Errorf("%s: no such setting: %s", name, n)
			}
		}
		if r.Feeds {
			continue
		}
		if len(r.About.Needs)+len(r.About.NeedsAny) == 0 || len(r.About.Steps) == 0 || r.About.Family == "" || r.About.Tell.Zero() || r.About.Falsely.Zero() {
			t.Errorf("%s: needs, steps, family, tell and falsely must be said", name)
		}
		if len(r.Tags()) == 0 || r.Level() == sigma.NoLevel {
			t.Errorf("%s: no tags or no level", name)
		}
	}
}

// TestRules_NeverGiveTheAllClear looks for words that only people may say.
func TestRules_NeverGiveTheAllClear(t *testing.T) {
	t.Parallel()
	banned := regexp.MustCompile(`(?i)安全です|問題ありません|問題ない|心配ありません|準拠|報告不要|\bcompliant\b|\bno problem\b|\bis safe\b|\bharmless\b|no report`)
	for _, r := range read(t).Rules {
		a := r.About
		words := []rulepack.Words{a.Title, a.Why, a.Tell, a.Falsely}
		for _, w := range slices.Concat(words, a.Do) {
			if found := banned.FindString(w.JA + "\n" + w.EN); found != "" {
				t.Errorf("%s: says %q", folder(r), found)
			}
		}
	}
}

// TestRules_CoverTheChain wants every step that a hospital's own logs can show.
// A2, the intruder looking for addresses and passwords, happens at the vendor,
// whose logs the hospital does not have.
func TestRules_CoverTheChain(t *testing.T) {
	t.Parallel()
	p := read(t)
	count, alarms := map[rulepack.Step]int{}, 0
	for _, r := range p.Rules {
		if r.Feeds {
			continue
		}
		alarms++
		for _, s := range r.About.Steps {
			count[s]++
		}
	}
	for _, s := range rulepack.Steps() {
		if s.String() != "A2" && count[s] == 0 {
			t.Errorf("no rule shows %s", s)
		}
		t.Logf("%s: %d", s, count[s])
	}
	if alarms < 45 {
		t.Errorf("%d rules that alert, want 45", alarms)
	}
	t.Logf("%d rules that alert, %d documents", alarms, len(p.Rules))
}

// TestRules_StayQuietOnOrdinaryDays runs a generated day through the rules.
func TestRules_StayQuietOnOrdinaryDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	from := time.Date(2026, 11, 16, 15, 0, 0, 0, time.UTC)
	var events []*event.Event
	for _, r := range eventtest.Records(11, 40_000, from, from.Add(24*time.Hour)) {
		if planted(r.Data) {
			continue
		}
		e := formattest.Event(&r)
		b.formats[r.Format].Normalise(&r, e)
		events = append(events, e)
	}
	for r, n := range b.run(t, events) {
		if r.Level() > sigma.Medium {
			t.Errorf("%s (%s) fires %d times on an ordinary day", folder(r), r.Level(), n)
		}
		t.Logf("%s (%s): %d", folder(r), r.Level(), n)
	}
}

// planted reports whether the generator hid something in the entry for searches.
func planted(data []byte) bool {
	return slices.ContainsFunc(eventtest.Needles(), func(n eventtest.Needle) bool {
		return n.Text != "" && bytes.Contains(data, []byte(n.Text)) || n.Value != "" && bytes.Contains(data, []byte(n.Value))
	})
}
