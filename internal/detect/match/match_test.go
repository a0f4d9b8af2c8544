package match_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmayaml"
)

func at(minute int) time.Time { return time.Date(2026, 11, 2, 0, minute, 0, 0, time.UTC) }

func rules(t testing.TB, texts ...string) []*sigma.Rule {
	t.Helper()
	var out []*sigma.Rule
	for i, text := range texts {
		source, detection, _ := strings.Cut(text, "|")
		doc := fmt.Sprintf("title: t%d\nlogsource: {%s}\ndetection: {%s}\n", i, source, detection)
		docs, problems := sigmayaml.Read("t.yml", []byte(doc), sigmayaml.Options{})
		if len(problems) > 0 {
			t.Fatalf("%s: %v", doc, problems[0].Error())
		}
		out = append(out, docs[0].Rule)
	}
	return out
}

func looker(t testing.TB, list []*sigma.Rule) (*match.Looker, *match.Census) {
	t.Helper()
	engine, err := sigma.NewEngine(list, sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := match.NewCensus(nil)
	return match.NewLooker(engine, c, nil), c
}

func windows(minute int, code, channel, provider string, fields ...string) *event.Event {
	e := &event.Event{Dataset: "windows." + strings.ToLower(channel), Product: "windows", Received: at(minute), Core: event.Core{Code: code, Provider: provider}}
	fields = append([]string{"EventID", code, "Channel", channel, "Provider_Name", provider}, fields...)
	for i := 0; i < len(fields); i += 2 {
		e.Fields = append(e.Fields, event.Field{Name: fields[i], Value: fields[i+1]})
	}
	return e
}

const auditing = "Microsoft-Windows-Security-Auditing"

func TestMatch_RoutesWindowsAsItLogs(t *testing.T) {
	t.Parallel()
	l, _ := looker(t, rules(t,
		`product: windows, category: process_creation|s: {Image|endswith: '\vssadmin.exe'}, condition: s`,
		`product: windows, service: security|s: {EventID: 4688}, condition: s`,
		`product: windows, service: security|s: {EventID: 4624, LogonType: 10}, condition: s`,
		`product: linux|s: {EventID: 4688}, condition: s`,
		`product: windows, category: registry_add|s: {TargetObject|contains: run}, condition: s`,
		`product: windows, category: registry_event|s: {TargetObject|contains: run}, condition: s`))
	f := func(name string, e *event.Event, want ...int32) {
		t.Helper()
		for range 2 { // learnt and known
			if got, _ := l.Match(e, nil); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	f("4688 is a process creation under its second name", windows(0, "4688", "Security", auditing, "NewProcessName", `C:\Windows\System32\VSSADMIN.EXE`, "ProcessId", "0x1f4"), 0, 1)
	f("10", windows(0, "4624", "Security", auditing, "LogonType", "10"), 2)
	f("3", windows(0, "4624", "Security", auditing, "LogonType", "3"))
	f("4688 of another provider is no process", windows(0, "4688", "Application", "Some", "NewProcessName", `C:\vssadmin.exe`))
	const sysmon = "Microsoft-Windows-Sysmon"
	f("key", windows(0, "12", sysmon+"/Operational", sysmon, "EventType", "CreateKey", "TargetObject", `HKLM\Run`), 4, 5)
	f("value", windows(0, "12", sysmon+"/Operational", sysmon, "EventType", "DeleteValue", "TargetObject", `HKLM\Run`), 5)
	f("key again", windows(0, "12", sysmon+"/Operational", sysmon, "EventType", "CreateKey", "TargetObject", `HKLM\x`))
}

// TestMatch_IsTheOracle compares with the plain evaluator on events of every
// kind that the generator makes.
func TestMatch_IsTheOracle(t *testing.T) {
	t.Parallel()
	list := rules(t,
		`product: fortigate|s: {action: deny}, condition: s`,
		`category: firewall|s: {dstport|gte: 400, service|startswith: HTTP}, condition: s`,
		`product: windows, service: security|s: {EventID: [4624, 4625]}, f: {TargetUserName|endswith: '$'}, condition: s and not f`,
		`product: windows|k: ['カルテ', '4625'], condition: k`,
		`category: other|s: {a: b}, condition: s`,
		`product: windows|s: {EventID: 4624, IpAddress|cidr: 10.0.0.0/8}, condition: s`)
	l, _ := looker(t, list)
	hits := 0
	for _, e := range eventtest.Events(3, 4000, at(0), at(600)) {
		var fields []sigma.Field
		for _, f := range e.Fields {
			fields = append(fields, sigma.Field{Name: f.Name, Value: f.Value})
		}
		sources := sigma.SourcesOf(nil, sigma.LogSource{Product: e.Product, Service: e.Service, Category: e.Category})
		if e.Product == "windows" {
			channel, _ := e.Get("Channel")
			fields = append(fields, sigma.Field{Name: "EventID", Value: e.Core.Code})
			sources = sigma.WindowsSources(nil, channel, e.Core.Provider, 4624, "")
		}
		var want []int32
		for i, r := range list {
			if slices.ContainsFunc(sources, r.LogSource.Covers) && r.Matches(fields) {
				want = append(want, int32(i))
			}
		}
		if got, _ := l.Match(e, nil); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", e.Text, got, want)
		}
		hits += len(want)
	}
	if hits < 100 {
		t.Errorf("only %d hits: the test tests nothing", hits)
	}
}

func TestMatch_AllocatesNothing(t *testing.T) {
	list := rules(t, `product: fortigate|s: {action: deny}, condition: s`, `product: windows|s: {EventID: 4625, TargetUserName|contains: admin}, condition: s`)
	l, _ := looker(t, list)
	events := eventtest.Events(4, 200, at(0), at(1))
	var dst []int32
	for range 3 {
		for _, e := range events {
			dst, _ = l.Match(e, dst[:0])
		}
	}
	if n := testing.AllocsPerRun(50, func() {
		for _, e := range events {
			dst, _ = l.Match(e, dst[:0])
		}
	}); n > 0 {
		t.Errorf("%v allocations for 200 events", n)
	}
}

// TestMatch_InventedNames checks that a sender who makes up field names costs
// no memory and takes nothing from the others.
func TestMatch_InventedNames(t *testing.T) {
	t.Parallel()
	l, census := looker(t, rules(t, `product: app|s: {user: root}, condition: s`))
	e := event.Event{Dataset: "app", Product: "app", Received: at(0), Fields: []event.Field{{Name: "user", Value: "root"}, {}}}
	for i := range 30_000 {
		e.Fields[1].Name = fmt.Sprint("n", i)
		e.Core.Code = fmt.Sprint(i)
		if got, _ := l.Match(&e, nil); len(got) != 1 {
			t.Fatal("no match among invented names")
		}
	}
	if n := len(census.List()); n > 3000 {
		t.Errorf("%d shapes are remembered", n)
	}
	e.Fields[1].Name = "n29999"
	for i := range 1000 {
		e.Core.Code = fmt.Sprint("code", i)
		l.Match(&e, nil)
	}
	for _, s := range census.List() {
		if len(s.Codes) > 300 {
			t.Errorf("%d codes", len(s.Codes))
		}
	}
}

func TestCensus_RemembersWhatArrived(t *testing.T) {
	t.Parallel()
	list := rules(t, `product: windows|s: {EventID: 4688}, condition: s`)
	l, census := looker(t, list)
	l.Match(windows(1, "4688", "Security", auditing, "NewProcessName", `C:\x.exe`, "CommandLine", ""), nil)
	l.Match(windows(5, "4688", "Security", auditing, "NewProcessName", `C:\x.exe`, "CommandLine", ""), nil)
	old := windows(9, "4688", "Security", auditing, "NewProcessName", `C:\x.exe`, "CommandLine", "")
	old.Backfill = true
	l.Match(old, nil)
	changed := census.Changed()
	if len(changed) != 1 || changed[0].Count != 2 || !changed[0].Last.Equal(at(5)) || !changed[0].First.Equal(at(1)) || len(census.Changed()) != 0 {
		t.Fatalf("%+v", changed)
	}
	s := changed[0]
	if !s.Has("Image") || !s.Has("EventID") || s.Has("CommandLine") || s.Has("Nothing") || !s.Codes["4688"].Equal(at(5)) {
		t.Errorf("%+v", s)
	}
	again := match.NewCensus(changed)
	engine, err := sigma.NewEngine(list, sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	match.NewLooker(engine, again, nil).Match(windows(7, "4688", "Security", auditing, "NewProcessName", "", "CommandLine", "dir"), nil)
	if got := again.List(); len(got) != 1 || got[0].Count != 3 || !got[0].Has("CommandLine") {
		t.Errorf("after a restart: %+v", got)
	}
	if ids := again.Forget(at(8)); len(ids) != 1 || len(again.List()) != 0 {
		t.Errorf("%v", ids)
	}
}

func TestPossible(t *testing.T) {
	t.Parallel()
	l, census := looker(t, nil)
	for range 2 {
		l.Match(windows(1, "4688", "Security", auditing, "NewProcessName", `C:\x.exe`, "CommandLine", "", "SubjectUserName", "a"), nil)
	}
	l.Match(&event.Event{Dataset: "fortigate.event", Product: "fortigate", Service: "event", Received: at(1), Core: event.Core{Code: "0100032001"},
		Fields: []event.Field{{Name: "action", Value: "login"}}}, nil)
	seen := census.List()
	f := func(text string, want bool, lacks ...string) {
		t.Helper()
		r := rules(t, text)[0]
		got := slices.ContainsFunc(seen, func(s match.Seen) bool { return match.Possible(r, &s) })
		if got != want {
			t.Errorf("%s: %t", text, got)
		}
		var missing []string
		for i := range seen {
			missing = append(missing, match.Lacks(r, &seen[i])...)
		}
		if !slices.Equal(missing, lacks) {
			t.Errorf("%s: lacks %v, want %v", text, missing, lacks)
		}
	}
	f(`product: windows, category: process_creation|s: {Image|endswith: x.exe}, condition: s`, true)
	f(`product: windows, category: process_creation|s: {Image|endswith: x.exe, CommandLine|contains: delete}, condition: s`, false, "CommandLine")
	f(`product: windows, category: process_creation|s: {Image|endswith: x.exe}, f: {CommandLine|contains: y}, condition: s and not f`, true)
	f(`product: windows, category: process_creation|a: {CommandLine|contains: y}, b: {Image: z}, condition: a or b`, true)
	f(`product: windows, category: process_creation|s: {CommandLine: null, Image|endswith: x}, condition: s`, true)
	f(`product: windows, service: security|s: {EventID: 4625}, condition: s`, false)
	f(`product: windows, service: security|s: {EventID: [4625, 4688]}, condition: s`, true)
	f(`product: windows|k: [mimikatz], condition: k`, true)
	f(`product: linux|k: [mimikatz], condition: k`, false)
	f(`product: fortigate|s: {action: login}, condition: s`, true)
	f(`product: fortigate|s: {action: login, user: a}, condition: s`, false, "user")
	f(`product: fortigate|s: {EventID: 5}, condition: s`, false, "EventID")
}

func public(b *testing.B) []*sigma.Rule {
	set, err := sigmayaml.Load(os.DirFS(filepath.Join("..", "..", "..", "..", "shared", "data", "sigma")), sigmayaml.Options{})
	if err != nil {
		b.Skip("no public rules beside the project: ", err)
	}
	return set.Rules
}

// BenchmarkMatch is the cost of one event with every public rule on.
func BenchmarkMatch(b *testing.B) {
	list := public(b)
	l, _ := looker(b, list)
	events := eventtest.Events(5, 20_000, at(0), at(600))
	var dst []int32
	for _, e := range events {
		dst, _ = l.Match(e, dst[:0])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		dst, _ = l.Match(events[i%len(events)], dst[:0])
		i++
	}
}
