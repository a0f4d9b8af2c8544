package rulepack_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
)

const manifest = `{"format":1,"name":"sample","version":"1","date":"2026-11-22","title":{"ja":"見本","en":"Sample"},"publisher":"架空","licence":"Apache-2.0","rules":%d}`

func rule(id, title, more string) string {
	return "title: " + title + "\nid: " + id + `
level: high
status: stable
tags: [attack.t1021.001]
logsource: {product: windows, service: security}
detection:
  s: {EventID: 4624}
  condition: s
` + more
}

const block = `toride:
  family: remote-logon
  steps: [A3, A6]
  needs: [windows.logon]
  by: source
  title: {ja: 遠隔接続, en: Remote logon}
  why: {ja: 意味, en: Meaning}
  do: [{ja: 確かめる, en: Check}]
  tell: {ja: "[{source}から]{host}へ", en: "[from {source} ]to {host}"}
`

const (
	id1 = "11111111-1111-4111-8111-111111111111"
	id2 = "22222222-2222-4222-8222-222222222222"
	id3 = "33333333-3333-4333-8333-333333333333"
)

func correlation(more string) string {
	return "title: 何度も\nid: " + id3 + "\nlevel: critical\ncorrelation:\n  type: event_count\n  rules: [" + id1 + "]\n  group-by: [IpAddress]\n  timespan: 5m\n  condition: {gte: 10}\n" + more
}

func folder(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

func read(t *testing.T, fsys fstest.MapFS, said rulepack.Manifest) (*rulepack.Pack, []sigma.Problem) {
	t.Helper()
	b, problem := rulepack.FromFolder(fsys)
	if problem != nil {
		t.Fatal(problem)
	}
	return rulepack.Read(b, said)
}

func TestRead_WholePack(t *testing.T) {
	t.Parallel()
	p, problems := read(t, folder("pack.json", fmt.Sprintf(manifest, 3), "rules/a.yml", rule(id1, "a", block), "rules/b.yml", rule(id2, "b", ""), "rules/c.yml", correlation("  generate: false\n"), "README.md", "x"), rulepack.Manifest{})
	if len(problems) > 0 || len(p.Rules) != 3 || !p.Declared || p.Name != "sample" || len(p.Refused) > 0 {
		t.Fatalf("%+v %v", p, problems)
	}
	a, b, c := p.Rules[0], p.Rules[1], p.Rules[2]
	if a.Title().JA != "遠隔接続" || a.About.Family != "remote-logon" || fmt.Sprint(a.Steps()) != "[A3 A6]" || a.About.By != rulepack.BySource || a.Level() != sigma.High {
		t.Errorf("%+v", a.About)
	}
	if !a.Feeds || b.Feeds || c.Feeds {
		t.Error("only what a correlation is made of feeds")
	}
	if b.Title().JA != "b" || fmt.Sprint(b.Steps()) != "[A3]" || b.About != nil {
		t.Errorf("%+v", b)
	}
	if c.Correlation == nil || c.Level() != sigma.Critical || c.Title().EN != "何度も" {
		t.Errorf("%+v", c)
	}
}

// TestRead_ThroughAZip checks that a pack is the same however it was packed.
func TestRead_ThroughAZip(t *testing.T) {
	t.Parallel()
	files := folder("pack.json", fmt.Sprintf(manifest, 1), "rules/a.yml", rule(id1, "a", block))
	direct, _ := rulepack.FromFolder(files)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range []string{"rules/a.yml", "pack.json"} {
		f, err := w.Create("sample-1.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(files[name].Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, problem := rulepack.FromZip(out.Bytes())
	if problem != nil || b.Digest() != direct.Digest() {
		t.Fatal(problem)
	}
	again, err := b.Zip()
	if err != nil {
		t.Fatal(err)
	}
	c, problem := rulepack.FromZip(again)
	if problem != nil || c.Digest() != b.Digest() {
		t.Error("what is kept is another pack", problem)
	}
}

func TestRead_RefusedWhole(t *testing.T) {
	t.Parallel()
	f := func(name string, code sigma.Code, place string, files ...string) {
		t.Helper()
		p, problems := read(t, folder(files...), rulepack.Manifest{Name: "x", Version: "1"})
		if p != nil || len(problems) == 0 || problems[0].Code != code {
			t.Fatalf("%s: %v", name, problems)
		}
		if place != "" && fmt.Sprintf("%s:%d", problems[0].File, problems[0].Line) != place {
			t.Errorf("%s: told %s:%d, not %s", name, problems[0].File, problems[0].Line, place)
		}
	}
	good := rule(id1, "a", "")
	f("half a pack", rulepack.WrongCount, "pack.json:0", "pack.json", fmt.Sprintf(manifest, 2), "a.yml", good)
	f("half a manifest", rulepack.BadManifest, "pack.json:0", "pack.json", `{"format":1,"name":"sam`, "a.yml", good)
	f("a later format", rulepack.BadManifest, "", "pack.json", strings.Replace(fmt.Sprintf(manifest, 1), `"format":1`, `"format":2`, 1), "a.yml", good)
	f("a bad name", rulepack.BadManifest, "", "pack.json", strings.Replace(fmt.Sprintf(manifest, 1), "sample", "../x", 1), "a.yml", good)
	f("half a rule", sigma.BadYAML, "", "a.yml", strings.Replace(good, "{EventID: 4624}", "{EventID: [", 1), "b.yml", rule(id2, "b", ""))
	f("unknown modifier in a declared pack", sigma.UnknownModifier, "b.yml:8", "pack.json", fmt.Sprintf(manifest, 2), "a.yml", good, "b.yml", strings.Replace(rule(id2, "b", ""), "EventID:", "EventID|sounds:", 1))
	f("misspelt block", rulepack.BadBlock, "a.yml:1", "pack.json", fmt.Sprintf(manifest, 1), "a.yml", rule(id1, "a", strings.Replace(block, "needs:", "need:", 1)))
	f("no such step", rulepack.BadBlock, "", "pack.json", fmt.Sprintf(manifest, 1), "a.yml", rule(id1, "a", strings.Replace(block, "A6", "A14", 1)))
	f("no such place", rulepack.BadBlock, "", "pack.json", fmt.Sprintf(manifest, 1), "a.yml", rule(id1, "a", strings.Replace(block, "{source}から", "{souce}から", 1)))
	f("one language", rulepack.BadBlock, "", "pack.json", fmt.Sprintf(manifest, 1), "a.yml", rule(id1, "a", strings.Replace(block, ", en: Meaning", "", 1)))
	f("the same id twice", rulepack.Copy, "b.yml:1", "pack.json", fmt.Sprintf(manifest, 2), "a.yml", good, "b.yml", rule(id1, "b", ""))
	f("nothing", rulepack.NoRules, "", "version.txt", "1")
}

// TestRead_OthersRules takes what it can of a folder without a manifest, and
// says what it left out.
func TestRead_OthersRules(t *testing.T) {
	t.Parallel()
	files := folder("rules/a.yml", rule(id1, "a", ""), "rules/b.yml", strings.Replace(rule(id2, "b", ""), "EventID:", "EventID|sounds:", 1), "tests/thor.yml", "a: 1\n")
	p, problems := read(t, files, rulepack.Manifest{Name: "others", Version: "r2026-08"})
	if len(problems) > 0 || len(p.Rules) != 1 || len(p.Refused) != 2 || p.Declared {
		t.Fatalf("%+v %v", p, problems)
	}
	if _, problems := read(t, files, rulepack.Manifest{Name: "Others!", Version: "1"}); len(problems) != 1 || problems[0].Code != rulepack.BadManifest {
		t.Errorf("%v", problems)
	}
}

func TestFromZip_Hostile(t *testing.T) {
	t.Parallel()
	make := func(method uint16, name string, size int, n int) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for i := range n {
			f, err := w.CreateHeader(&zip.FileHeader{Name: strings.ReplaceAll(name, "#", fmt.Sprint(i)), Method: method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(bytes.Repeat([]byte("a"), size)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	f := func(name string, data []byte, code sigma.Code) {
		t.Helper()
		if _, problem := rulepack.FromZip(data); problem == nil || problem.Code != code {
			t.Errorf("%s: %v", name, problem)
		}
	}
	whole := make(zip.Deflate, "a#.yml", 100, 3)
	f("cut", whole[:len(whole)-30], rulepack.BadZip)
	f("no zip", []byte("title: a"), rulepack.BadZip)
	f("empty", nil, rulepack.BadZip)
	f("bomb in one file", make(zip.Deflate, "a.yml", 8<<20, 1), rulepack.PackTooBig)
	f("bomb in many", make(zip.Deflate, "a#.yml", 1<<20, 70), rulepack.PackTooBig)
	f("too many files", make(zip.Store, "a#.yml", 0, 20_001), rulepack.PackTooBig)
	f("out of the folder", make(zip.Store, "../../etc/a.yml", 1, 1), rulepack.BadPath)
	f("absolute", make(zip.Store, "/etc/a.yml", 1, 1), rulepack.BadPath)
	f("backslashes", make(zip.Store, `..\a.yml`, 1, 1), rulepack.BadPath)
	f("twice", make(zip.Store, "a.yml", 1, 2), rulepack.BadZip)
	f("larger than a pack", bytes.Repeat([]byte("PK"), rulepack.MaxZip), rulepack.PackTooBig)
	damaged := slices.Clone(whole)
	damaged[40] ^= 0xFF
	f("damaged", damaged, rulepack.BadZip)
	if b, problem := rulepack.FromZip(make(zip.Store, ".git/a#.yml", 1, 3)); problem != nil || len(b.Names()) != 0 {
		t.Error("hidden files count", problem)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	one, _ := read(t, folder("a.yml", rule(id1, "a", ""), "b.yml", rule(id2, "b", "")), rulepack.Manifest{Name: "x", Version: "1"})
	two, _ := read(t, folder("a.yml", rule(id1, "a changed", ""), "c.yml", rule(id3, "c", "")), rulepack.Manifest{Name: "x", Version: "2"})
	d := rulepack.Compare(one, two)
	if len(d.New) != 1 || d.New[0].Key != id3 || len(d.Changed) != 1 || d.Changed[0].Key != id1 || len(d.Gone) != 1 || d.Gone[0].Key != id2 || d.Same != 0 {
		t.Errorf("%+v", d)
	}
	if d := rulepack.Compare(nil, one); len(d.New) != 2 || len(d.Gone) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestStepsOf(t *testing.T) {
	t.Parallel()
	for tags, want := range map[string]string{
		"attack.t1021.001 attack.lateral-movement": "[A3]",
		"attack.T1110.003":                         "[A8]", "attack.t1110": "[A2]", "attack.t1110.001": "[A2]", "attack.impact": "[A10]", "attack.t1562.001 attack.t1003.001": "[A4 A5]",
		"attack.execution": "[]", "": "[]", "attack.t10030": "[]",
	} {
		if got := fmt.Sprint(rulepack.StepsOf(strings.Fields(tags))); got != want {
			t.Errorf("%s: %s, want %s", tags, got, want)
		}
	}
	for _, bad := range []string{"A0", "A14", "B1", "A", "", "A01", "A+1", "13"} {
		if _, ok := rulepack.ParseStep(bad); ok {
			t.Errorf("%q is a step", bad)
		}
	}
}

// TestRead_PublicRules reads the public collection as a hospital would carry
// it in.
func TestRead_PublicRules(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "sigma")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no public rules beside the project: ", err)
	}
	b, problem := rulepack.FromFolder(os.DirFS(dir))
	if problem != nil {
		t.Fatal(problem)
	}
	p, problems := rulepack.Read(b, rulepack.Manifest{Name: "sigmahq", Version: "8eaafff"})
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if len(p.Rules) < 3700 {
		t.Errorf("%d rules, %d refused, first %v", len(p.Rules), len(p.Refused), p.Refused[0])
	}
	steps := 0
	for _, r := range p.Rules {
		if len(r.Steps()) > 0 {
			steps++
		}
	}
	t.Logf("%d rules, %d with a step, %d left out", len(p.Rules), steps, len(p.Refused))
}

func FuzzFromZip(f *testing.F) {
	b, _ := rulepack.FromFolder(folder("pack.json", fmt.Sprintf(manifest, 1), "rules/a.yml", rule(id1, "a", block)))
	data, err := b.Zip()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:100])
	f.Fuzz(func(t *testing.T, data []byte) {
		b, problem := rulepack.FromZip(data)
		if problem != nil {
			return
		}
		if p, problems := rulepack.Read(b, rulepack.Manifest{Name: "x", Version: "1"}); (p == nil) == (len(problems) == 0) {
			t.Errorf("%v %v", p, problems)
		}
	})
}
