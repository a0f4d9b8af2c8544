// Package checktest is the conformance suite of the family of audit checks.
// Run goes through the cases of a member (testdata/<case>/in.conf and
// want.json) and checks what every member must keep: texts in both languages,
// evidence that stands in the file, no finding from a file that is not whole.
// Setting UPDATE=1 in the environment writes want.json anew, to be read in
// review.
package checktest

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

// Today is the day on which cases are judged.
func Today() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }

// result is a check.Result in the form in which it is kept in want.json.
type result struct {
	Verdict  check.Verdict  `json:"verdict"`
	Severity check.Severity `json:"severity"`
	Say      string         `json:"say"`
	Evidence []string       `json:"evidence"`
	Fix      []string       `json:"fix,omitempty"`
}

// Run runs the suite for one member. It is the only line of a member's test.
func Run(t *testing.T, c check.Check) {
	t.Helper()
	cat := catalogue(t, c)
	dirs, err := filepath.Glob("testdata/*/in.conf")
	if err != nil || len(dirs) < 2 {
		t.Fatalf("a check needs at least two cases, has %d: %v", len(dirs), err)
	}
	verdicts := map[check.Verdict]bool{}
	for _, in := range dirs {
		t.Run(filepath.Base(filepath.Dir(in)), func(t *testing.T) {
			verdicts[runCase(t, c, cat, in).Verdict] = true
		})
	}
	for _, v := range []check.Verdict{check.Pass, check.Fail, check.Unknown} {
		if !verdicts[v] {
			t.Errorf("no case comes to %s", v)
		}
	}
	t.Run("bounds", func(t *testing.T) { runBounds(t, c) })
}

func runCase(t *testing.T, c check.Check, cat *text.Catalog, in string) check.Result {
	t.Helper()
	data, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := fortios.Read(bytes.NewReader(data), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	facts := check.NewFacts(cfg, Today())
	r := check.Run(c, facts)
	conform(t, cat, r, strings.Split(string(data), "\n"))
	got := result{Verdict: r.Verdict, Severity: r.Severity, Say: say(cat, r.Say), Fix: r.Fix}
	for _, e := range r.Evidence {
		got.Evidence = append(got.Evidence, line(cat, e))
	}
	compare(t, filepath.Join(filepath.Dir(in), "want.json"), got)
	truncated(t, c, data, r)
	return r
}

// conform checks what holds for every result.
func conform(t *testing.T, cat *text.Catalog, r check.Result, lines []string) {
	t.Helper()
	if (r.Verdict == check.Fail) != (r.Severity != check.NoSeverity) {
		t.Errorf("verdict %s with severity %d", r.Verdict, r.Severity)
	}
	if r.Verdict == check.Fail && len(r.Fix) == 0 {
		t.Error("a finding without commands that change it")
	}
	bad := 0
	for _, e := range r.Evidence {
		if e.Bad {
			bad++
		}
		if e.Line == 0 && !e.Default {
			t.Errorf("evidence without a line: %s", line(cat, e))
		}
		if e.Line > len(lines) || (e.Line > 0 && strings.TrimSpace(lines[e.Line-1]) != e.Text && !strings.Contains(e.Text, fortios.Mark)) {
			t.Errorf("line %d is not %q", e.Line, e.Text)
		}
	}
	if r.Verdict == check.Fail && bad == 0 {
		t.Error("a finding without evidence of what is wanting")
	}
	if r.Verdict == check.Pass && bad != 0 {
		t.Error("a pass with evidence of something wanting")
	}
}

// truncated cuts the file after each quarter: a check must not pass what it
// has not read.
func truncated(t *testing.T, c check.Check, data []byte, whole check.Result) {
	t.Helper()
	for _, part := range []int{1, 2, 3} {
		cfg, err := fortios.Read(bytes.NewReader(data[:len(data)*part/4]), io.Discard)
		if err != nil {
			continue
		}
		r := check.Run(c, check.NewFacts(cfg, Today()))
		if r.Verdict == check.Pass || r.Verdict == check.None || (r.Verdict == check.Fail && whole.Verdict != check.Fail) {
			t.Errorf("cut at %d/4 the verdict turns from %s to %s", part, whole.Verdict, r.Verdict)
		}
	}
}

// runBounds runs the check on an empty configuration and on a wide one.
func runBounds(t *testing.T, c check.Check) {
	t.Helper()
	empty, err := fortios.Read(strings.NewReader("config system global\nend\n"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r := check.Run(c, check.NewFacts(empty, Today())); r.Verdict != check.Unknown {
		t.Errorf("a part without anything comes to %s", r.Verdict)
	}
	cfg, err := fortios.Read(strings.NewReader(Wide(2000)), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r := check.Run(c, check.NewFacts(cfg, Today())); len(r.Evidence) > check.MaxEvidence || len(r.Fix) > check.MaxFix {
		t.Errorf("%d pieces of evidence, %d commands", len(r.Evidence), len(r.Fix))
	}
}

func compare(t *testing.T, path string, got result) {
	t.Helper()
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(bytes.ReplaceAll(bytes.ReplaceAll(data, []byte(`\u003c`), []byte("<")), []byte(`\u003e`), []byte(">")), '\n')
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%s differs; got\n%s", path, data)
	}
}

// say prints in Japanese, and checks that there is English.
func say(cat *text.Catalog, m text.Msg) string {
	if en := cat.Say(text.EN, m); strings.ContainsAny(en, "⟦") || place().MatchString(en) {
		return "NO ENGLISH " + en
	}
	return cat.Say(text.JA, m)
}

// place finds a place for an argument that was not given.
func place() *regexp.Regexp { return regexp.MustCompile(`\{\d\}`) }

func line(cat *text.Catalog, e check.Evidence) string {
	s := "line " + text.Number(int64(e.Line)) + ": " + e.Text + " | " + say(cat, e.Say)
	if e.Default {
		s += " (default)"
	}
	if e.Bad {
		s += " !"
	}
	return s
}

// catalogue loads the texts of the check and checks them.
func catalogue(t *testing.T, c check.Check) *text.Catalog {
	t.Helper()
	cat := text.NewCatalog(time.FixedZone("JST", 9*3600))
	texts, err := check.Texts([]check.Check{c})
	if err == nil {
		err = cat.Add(texts)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Add(check.Shared()); err != nil {
		t.Fatal(err)
	}
	for _, key := range check.Required() {
		if !cat.Has(check.Prefix(c.About().ID) + key) {
			t.Errorf("about has no %s", key)
		}
	}
	switch c.About().Cost {
	case check.Free, check.Contract, check.Buy:
	default:
		t.Errorf("cost %q", c.About().Cost)
	}
	return cat
}

// Wide makes a configuration with n interfaces, users, admins and policies, all
// of them bad.
func Wide(n int) string {
	var b strings.Builder
	w := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
		b.WriteByte('\n')
	}
	w("#config-version=FGT60E-5.4.8-FW-build1183-171023:opmode=0:vdom=0:user=admin")
	entries := func(path string, lines ...string) {
		w("config ", path)
		for i := range n {
			w(`    edit "x`, text.Number(int64(i)), `"`)
			for _, l := range lines {
				w("        ", l)
			}
			w("    next")
		}
		w("end")
	}
	w("config system global\n    set hostname \"wide\"\nend")
	entries("system interface", "set role wan", "set allowaccess http telnet")
	entries("system admin", "set accprofile super_admin", "set password ENC AAAA")
	entries("user local", "set type password", "set passwd ENC AAAA")
	w("config vpn ssl settings\n    set source-interface \"x1\"\nend")
	entries("firewall policy", `set srcintf "x1"`, `set dstintf "internal"`, `set srcaddr "all"`, `set dstaddr "all"`,
		"set action accept", `set schedule "always"`, `set service "ALL"`, "set logtraffic disable")
	w("config router static\nend")
	return b.String()
}
