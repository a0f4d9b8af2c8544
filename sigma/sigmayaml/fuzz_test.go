package sigmayaml

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmatest"
)

// Whatever a file holds: no panic, every problem has a code and a line, and what
// was read is whole. Both evaluators give the same answer for it.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good), uint64(1))
	f.Add([]byte(spray), uint64(2))
	f.Add([]byte(filtered), uint64(3))
	for i, c := range problemCases() {
		f.Add([]byte(c.text), uint64(i))
	}
	f.Add([]byte("action: global\nlogsource: {product: p}\n---\ntitle: x\ndetection: {s: [{A|contains|windash: -a}, k, null], condition: 1 of s*}\n---\naction: repeat\ntitle: y\n"), uint64(4))
	f.Add([]byte(head+"  s:\n    <<: [&a {A: 1}, *a]\n    B|re|i: '^a+'\n    C|cidr: ::/0\n    D|base64offset|contains: x\n  condition: not s\n"), uint64(5))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		docs, problems := Read("f.yml", data, Options{MaxValues: 500, MaxDocuments: 20, MaxDocument: 20_000})
		for _, p := range problems {
			if p.Code == "" || p.Code.Note() || p.File != "f.yml" || len(p.Error()) > 2000 || p.Line < 0 || p.Line > len(data)+2 {
				t.Fatalf("%+v", p)
			}
		}
		g := sigmatest.New(seed)
		for _, d := range docs {
			switch {
			case d.Rule != nil:
				checkRule(t, g, d.Rule)
			case d.Correlation != nil:
				if p := d.Correlation.Check(); p != nil {
					t.Fatalf("a correlation that cannot be counted: %v", p)
				}
			case d.Filter != nil:
				checkRule(t, g, d.Filter.Apply(&sigma.Rule{Condition: &sigma.Expr{Op: sigma.True}, LogSource: d.Filter.LogSource}))
			default:
				t.Fatal("a document that is nothing")
			}
		}
	})
}

func checkRule(t *testing.T, g *sigmatest.Generator, r *sigma.Rule) {
	t.Helper()
	ask := evaluators(t, r)
	for range 4 {
		ask(t, g.EventFor(r.Condition))
	}
}

// Every public rule, with events made to fit it: the two evaluators agree, and
// most rules can be made to match at all.
func TestPublicRules_BothEvaluatorsAgreeOnMadeEvents(t *testing.T) {
	t.Parallel()
	set, err := Load(os.DirFS(shared(t, "sigma")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	matched := 0
	for i, r := range set.Rules {
		if testing.Short() && i%20 != 0 {
			continue
		}
		g := sigmatest.New(uint64(i))
		hit, ask := false, evaluators(t, r)
		for range 6 {
			hit = ask(t, g.EventFor(r.Condition)) || hit
		}
		if hit {
			matched++
		}
	}
	t.Logf("%d of %d rules matched an event made for them", matched, len(set.Rules))
	if matched < len(set.Rules)/2 && !testing.Short() {
		t.Errorf("only %d rules matched an event made for them", matched)
	}
}

// Damaged rule files: each public rule of one folder, with a byte changed, cut
// or doubled at many places, is read or refused.
func TestRead_DamagedRules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shared(t, "sigma"), "rules", "windows", "builtin", "security", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	for i, name := range files[:min(len(files), 60)] {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := i % 7; at < len(data); at += 101 {
			for _, damaged := range [][]byte{append(append([]byte{}, data[:at]...), data[min(at+3, len(data)):]...), append(append([]byte{}, data[:at]...), ':', '\t'), append(append(append([]byte{}, data[:at]...), "*&|-"...), data[at:]...)} {
				docs, problems := Read("d.yml", damaged, Options{})
				if len(docs) == 0 && len(problems) == 0 {
					t.Fatalf("%s at %d: nothing was read and nothing refused", name, at)
				}
			}
		}
	}
}
