package sigmayaml

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

const spray = `title: Sign-in failed
name: failed
logsource: {product: windows, service: security}
detection: {s: {EventID: 4625}, condition: s}
---
title: Sign-in
name: success
id: 33333333-2222-4333-8444-555555555555
logsource: {product: windows, service: security}
detection: {s: {EventID: 4624}, condition: s}
---
title: Password spray
id: 44444444-2222-4333-8444-555555555555
level: high
tags: [attack.t1110.003]
correlation:
  type: value_count
  rules: failed
  group-by: IpAddress
  timespan: 10m
  condition:
    field: TargetUserName
    gte: 3
---
title: Spray, then in
id: 55555555-2222-4333-8444-555555555555
correlation:
  type: temporal_ordered
  rules: [44444444-2222-4333-8444-555555555555, success]
  group-by: [ip]
  timespan: 1h
  aliases:
    ip:
      44444444-2222-4333-8444-555555555555: IpAddress
      success: Source
  generate: true
`

func TestRead_Correlations(t *testing.T) {
	t.Parallel()
	docs, problems := Read("s.yml", []byte(spray), Options{})
	if len(problems) > 0 || len(docs) != 4 {
		t.Fatal(problems)
	}
	want := &sigma.Correlation{ID: "44444444-2222-4333-8444-555555555555", Title: "Password spray", Level: sigma.High, Tags: []string{"attack.t1110.003"}, Type: sigma.ValueCount,
		Rules: []string{"failed"}, GroupBy: []string{"IpAddress"}, Timespan: 10 * time.Minute, Bounds: sigma.Bounds{{Op: "gte", Number: 3}}, Fields: []string{"TargetUserName"}, File: "s.yml", Line: 12}
	if !reflect.DeepEqual(docs[2].Correlation, want) {
		t.Errorf("%+v", docs[2].Correlation)
	}
	if c := docs[3].Correlation; !c.Generate || c.Aliases["ip"]["success"] != "Source" || c.Type != sigma.TemporalOrdered {
		t.Errorf("%+v", c)
	}
}

// From the text to the firing: rules named by name, one correlation counting
// another, aliases.
func TestTrap_CorrelationsNameRulesByName(t *testing.T) {
	t.Parallel()
	set, err := Load(fstest.MapFS{"s.yml": {Data: []byte(spray)}}, Options{})
	if err != nil || len(set.Refused) > 0 || len(set.Correlations) != 2 {
		t.Fatal(err, set.Refused)
	}
	state, err := correlate.New(set.Correlations, correlate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var fired []correlate.Firing
	at := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	observe := func(name string, pairs ...string) {
		at = at.Add(time.Second)
		for _, r := range set.Rules {
			if r.Name == name {
				n, ok := state.Rule(r.Key())
				if !ok {
					t.Fatalf("%s feeds nothing", name)
				}
				fired = state.Observe(correlate.Hit{Rule: n, Time: at, Fields: fieldList(event(pairs...))}, fired)
			}
		}
	}
	observe("success", "Source=192.0.2.66")
	for i := range 5 {
		observe("failed", "IpAddress=192.0.2.66", fmt.Sprint("TargetUserName=user", i))
	}
	observe("success", "Source=192.0.2.7")
	observe("success", "Source=192.0.2.66")
	if len(fired) != 2 || fired[0].Correlation.Title != "Password spray" || fired[1].Correlation.Title != "Spray, then in" || fired[1].Group[0] != (sigma.Field{Name: "ip", Value: "192.0.2.66"}) {
		t.Errorf("%+v", fired)
	}
}

type fieldList []sigma.Field

func (f fieldList) Get(name string) (string, bool) {
	for _, x := range f {
		if x.Name == name {
			return x.Value, true
		}
	}
	return "", false
}

func correlationOf(body string) string {
	return "title: c\nid: 99999999-2222-4333-8444-555555555555\ncorrelation:\n" + indent(body)
}

func TestRead_CorrelationProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"no type":                     {"rules: a\ntimespan: 5m\ncondition: {gte: 5}", "3 missing type"},
		"type":                        {"type: count\nrules: a\ntimespan: 5m\ncondition: {gte: 5}", "4 bad_correlation type: count"},
		"no rules":                    {"type: event_count\ntimespan: 5m\ncondition: {gte: 5}", "3 missing rules"},
		"no timespan":                 {"type: event_count\nrules: a\ncondition: {gte: 5}", "3 missing timespan"},
		"timespan":                    {"type: event_count\nrules: a\ntimespan: 5 minutes\ncondition: {gte: 5}", "6 bad_correlation 5 minutes"},
		"no condition":                {"type: event_count\nrules: a\ntimespan: 5m", "3 missing condition"},
		"condition":                   {"type: event_count\nrules: a\ntimespan: 5m\ncondition: {more: 5}", "7 bad_correlation more"},
		"no number":                   {"type: event_count\nrules: a\ntimespan: 5m\ncondition: {gte: many}", "7 bad_correlation gte"},
		"no field":                    {"type: value_sum\nrules: a\ntimespan: 5m\ncondition: {gte: 5}", "3 missing field"},
		"percentile":                  {"type: value_percentile\nrules: a\ntimespan: 5m\ncondition: {gte: 5, field: f, percentile: 101}", "3 bad_correlation percentile"},
		"key":                         {"type: event_count\nrule: a\ntimespan: 5m\ncondition: {gte: 5}", "5 bad_key rule"},
		"words for counts":            {"type: event_count\nrules: [a]\ntimespan: 5m\ncondition: a", "3 missing condition"},
		"words name another":          {"type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a and c", "7 unknown_rule c"},
		"words leave one out":         {"type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a", "7 bad_correlation a"},
		"order of or":                 {"type: temporal_ordered\nrules: [a, b]\ntimespan: 5m\ncondition: a or b", "3 bad_correlation temporal_ordered"},
		"alias of a rule not counted": {"type: temporal\nrules: [a, b]\ntimespan: 5m\naliases: {x: {c: f}}", "3 unknown_rule c"},
		"generate":                    {"type: temporal\nrules: [a, b]\ntimespan: 5m\ngenerate: perhaps", "7 bad_key generate"},
	} {
		_, problems := Read("x.yml", []byte(correlationOf(c.body)), Options{})
		if len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if got := fmt.Sprintf("%d %s %s", problems[0].Line, problems[0].Code, problems[0].Construct); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

func TestRead_CorrelationForms(t *testing.T) {
	t.Parallel()
	for body, check := range map[string]func(c *sigma.Correlation) bool{
		"type: event_count\nrules: [a, b]\ntimespan: 90m\ncondition: {gt: 100, lte: 200}": func(c *sigma.Correlation) bool {
			return len(c.Bounds) == 2 && c.Timespan == 90*time.Minute && c.Bounds.Hold(200) && !c.Bounds.Hold(100) && !c.Bounds.Hold(201)
		},
		"type: temporal\ntimespan: 1d\ncondition: a and (b or not c)": func(c *sigma.Correlation) bool {
			return strings.Join(c.Rules, " ") == "a b c" && c.Together.Holds(func(i int) bool { return i == 0 }) && !c.Together.Holds(func(i int) bool { return i == 2 || i == 0 })
		},
		"type: temporal_ordered\ntimespan: 2w\ncondition: b and a":                                                      func(c *sigma.Correlation) bool { return strings.Join(c.Rules, " ") == "b a" },
		"type: value_percentile\nrules: a\ntimespan: 5m\ncondition: {field: ms, percentile: 99.5, gte: 1.5}":            func(c *sigma.Correlation) bool { return c.Percentile == 99.5 && c.Bounds[0].Number == 1.5 },
		"type: value_count\nrules: a\ngroup-by: [User, Host]\ntimespan: 5s\ncondition: {field: [Source, Port], eq: 10}": func(c *sigma.Correlation) bool { return len(c.Fields) == 2 && len(c.GroupBy) == 2 },
	} {
		docs, problems := Read("x.yml", []byte(correlationOf(body)), Options{})
		if len(problems) > 0 || !check(docs[0].Correlation) {
			t.Errorf("%s: %v %+v", body, problems, docs)
		}
	}
}

const filtered = `title: Whoami
id: 66666666-2222-4333-8444-555555555555
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: whoami.exe}, condition: s}
---
title: Reg
name: reg
logsource: {product: windows, category: registry_set}
detection: {s: {Image|endswith: whoami.exe}, condition: s}
---
title: Administrators may
logsource: {product: windows, category: process_creation}
filter:
  rules: RULES
  admin:
    User|startswith: adm_
  condition: not admin
`

func TestLoad_Filters(t *testing.T) {
	t.Parallel()
	for rules, notes := range map[string]int{"any": 0, "[66666666-2222-4333-8444-555555555555]": 0, "[reg]": 1, "66666666-2222-4333-8444-555555555555": 0} {
		set, err := Load(fstest.MapFS{"f.yml": {Data: []byte(strings.Replace(filtered, "RULES", rules, 1))}}, Options{})
		if err != nil || len(set.Refused) > 0 || len(set.Filters) != 1 {
			t.Fatal(err, set.Refused)
		}
		admin := event("Image=whoami.exe", "User=ADM_x")
		if set.Rules[0].Matches(admin) != (notes == 1) || !set.Rules[0].Matches(event("Image=whoami.exe")) {
			t.Errorf("%s: the filter is not applied as it should be", rules)
		}
		if !set.Rules[1].Matches(admin) {
			t.Errorf("%s: the filter is applied to another log source", rules)
		}
		if len(set.Notes) != notes || notes == 1 && set.Notes[0].Code != sigma.NoteUnusedFilter {
			t.Errorf("%s: %v", rules, set.Notes)
		}
	}
}

func TestRead_FilterProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"title: f\nfilter: {rules: any, s: {A: 1}, condition: not s}":                            "1 missing logsource",
		"title: f\nlogsource: {product: p}\nfilter: {s: {A: 1}, condition: not s}":               "3 missing rules",
		"title: f\nlogsource: {product: p}\nfilter: {rules: [], s: {A: 1}, condition: not s}":    "3 missing rules",
		"title: f\nlogsource: {product: p}\nfilter: {rules: any, s: {A: 1}}":                     "3 missing condition",
		"title: f\nlogsource: {product: p}\nfilter: {rules: any, s: {A|x: 1}, condition: not s}": "3 unknown_modifier x",
	} {
		_, problems := Read("x.yml", []byte(text), Options{})
		if len(problems) != 1 || fmt.Sprintf("%d %s %s", problems[0].Line, problems[0].Code, problems[0].Construct) != want {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestLoad_CorrelationsThatCannotBe(t *testing.T) {
	t.Parallel()
	c := func(id, rules string) string {
		return "title: t" + id + "\nid: " + strings.Repeat(id, 8) + "-2222-4333-8444-555555555555\ncorrelation: {type: temporal, timespan: 5m, rules: [" + rules + "]}\n---\n"
	}
	id := func(s string) string { return strings.Repeat(s, 8) + "-2222-4333-8444-555555555555" }
	text := c("1", "nobody") + c("2", id("3")) + c("3", id("2")) + c("4", id("1")) + c("5", id("5"))
	set, err := Load(fstest.MapFS{"c.yml": {Data: []byte(text)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]sigma.Code{}
	for _, p := range set.Refused {
		got[p.Rule[:1]] = p.Code
		if p.File != "c.yml" || p.Line == 0 {
			t.Errorf("%+v", p)
		}
	}
	want := map[string]sigma.Code{"1": sigma.UnknownRule, "2": sigma.UnknownRule, "3": sigma.Cycle, "4": sigma.UnknownRule, "5": sigma.Cycle}
	if !reflect.DeepEqual(got, want) || len(set.Correlations) != 0 {
		t.Errorf("%v", set.Refused)
	}
}

func TestLoad_ANameOfTwoMeansNeither(t *testing.T) {
	t.Parallel()
	text := spray + "---\ntitle: Another\nname: failed\nid: 77777777-2222-4333-8444-555555555555\nlogsource: {product: linux}\ndetection: {s: {A: 1}, condition: s}\n"
	set, err := Load(fstest.MapFS{"c.yml": {Data: []byte(text)}}, Options{})
	if err != nil || len(set.Refused) != 2 || set.Refused[0].Code != sigma.UnknownRule || set.Refused[0].Construct != "failed" {
		t.Error(err, set.Refused)
	}
}

// A correlation stands before the rules it counts, and is counted by one before
// it: Link puts them in order.
func TestLoad_OrderOfFilesDoesNotMatter(t *testing.T) {
	t.Parallel()
	docs := strings.Split(spray, "---\n")
	files := fstest.MapFS{}
	for i, d := range docs {
		files[fmt.Sprintf("%d.yml", len(docs)-i)] = &fstest.MapFile{Data: []byte(d)}
	}
	set, err := Load(files, Options{})
	if err != nil || len(set.Refused) > 0 || len(set.Correlations) != 2 {
		t.Fatal(err, set.Refused)
	}
	if _, err := correlate.New(set.Correlations, correlate.Options{}); err != nil {
		t.Error(err)
	}
}

func TestLoad_PublicRulesAllOrRefused(t *testing.T) {
	t.Parallel()
	set, err := Load(os.DirFS(shared(t, "sigma")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	why := map[sigma.Code]int{}
	refused := map[string]bool{}
	for _, p := range set.Refused {
		why[p.Code]++
		refused[p.File] = true
		if p.Line == 0 || p.Construct == "" && p.Code != sigma.BadDocument {
			t.Errorf("no place: %+v", p)
		}
	}
	t.Logf("%d files: %d rules loaded, %d files refused %v, %d duplicates, %d notes", set.Files, len(set.Rules), len(refused), why, len(set.Duplicates), len(set.Notes))
	// 3,780 rules, and a table of log sources that is none (tests/thor.yml).
	if set.Files != 3781 || set.Documents != 3781 || len(set.Rules)+len(refused) != 3781 || len(set.Rules) != 3755 || !refused["tests/thor.yml"] {
		t.Errorf("%d files, %d documents, %d rules, %d refused", set.Files, set.Documents, len(set.Rules), len(refused))
	}
	delete(refused, "tests/thor.yml")
	windows := 0
	for _, r := range set.Rules {
		if r.LogSource.Product == "windows" {
			windows++
		}
		if r.ID == "" || r.Title == "" || r.Level == sigma.NoLevel || r.Condition == nil || r.LogSource == (sigma.LogSource{}) {
			t.Errorf("%s: %+v", r.File, r)
		}
	}
	t.Logf("%d of the rules are for Windows", windows)
	values := map[string][]string{}
	for range 2 { // of an item that needs several values, the first is told
		for _, p := range set.Refused {
			if p.Code == sigma.NoPlaceholder {
				values[strings.Trim(p.Construct, "%")] = []string{"one", "two*", "192.0.2.0/24"}
			}
		}
		if set, err = Load(os.DirFS(shared(t, "sigma")), Options{Placeholders: values}); err != nil {
			t.Fatal(err)
		}
	}
	if len(set.Rules) != 3780 {
		t.Errorf("with values for the placeholders %d rules are loaded: %v", len(set.Rules), set.Refused)
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := os.DirFS(shared(b, "sigma"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(dir, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
