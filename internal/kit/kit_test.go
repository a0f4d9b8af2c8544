package kit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
)

const cleared = `{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Eventlog"}},"EventID":1102,"Channel":"Security","Computer":"kaikei-01","EventRecordID":8,"TimeCreated":{"#attributes":{"SystemTime":"1970-01-01T00:00:00Z"}}}}}` + "\n"

// write puts a file into a new folder.
func write(t testing.TB, name, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func runKit(t testing.TB, lang text.Lang, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = kit.Run(t.Context(), args, &o, &e, lang)
	return code, o.String(), e.String()
}

func TestRun_HelpAndMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang text.Lang
		args string
		code int
		want string
	}{
		{text.JA, "", 0, "使い方:"},
		{text.EN, "", 0, "Commands:"},
		{text.JA, "hunt", 2, "toride-kit hunt --output html --file 結果.html"},
		{text.EN, "hunt", 2, "No file or folder was given."},
		{text.JA, "hunt --help", 0, "例:\n  toride-kit hunt"},
		{text.JA, "help hunt", 0, "例:"},
		{text.JA, "hunt --nosuch x", 2, "nosuch"},
		{text.EN, "nosuch", 2, "See --help."},
		{text.EN, "version more", 2, "See --help."},
		{text.EN, "hunt missing\x1b[31m", 1, "missing\ufffd[31m"},
		{text.EN, "hunt -o xm\x1bl .", 2, "xm\ufffdl"},
		{text.JA, "hunt --level gravest .", 2, "何も調べていません"},
		{text.JA, "hunt --zone Mars/Base .", 2, "何も調べていません"},
		{text.JA, "hunt --from yesterday .", 2, "何も調べていません"},
		{text.JA, "hunt --from 2026-11-02 --to 2026-11-01 .", 2, "終わりが始まりより前"},
		{text.JA, "hunt --workers -1 .", 2, "0 から 64 まで"},
		{text.JA, "hunt --workers 1000000000 .", 2, "0 から 64 まで"},
		{text.JA, "hunt --workers many .", 2, "many"},
		{text.JA, "hunt --rules missing .", 1, "何も調べていません"},
	} {
		code, out, errOut := runKit(t, c.lang, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errOut, c.want) || regexp.MustCompile(`(kit|hunt)\.[a-z]+\.?[a-z]*:? `).MatchString(out) {
			t.Errorf("%q: %d, want %d and %q:\n%s%s", c.args, code, c.code, c.want, out, errOut)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if code, out, _ := runKit(t, text.JA, "version"); code != 0 || out != "toride-kit "+release.Version()+"\n" {
		t.Errorf("%d %q", code, out)
	}
}

// Scripts ask by --exit-code what was found; without it a run to the end is 0.
func TestHunt_ExitCodes(t *testing.T) {
	t.Parallel()
	hit, none := write(t, "a.jsonl", cleared), write(t, "b.jsonl", strings.Replace(cleared, "1102", "1101", 1))
	broken := write(t, "c.evtx", "no event log")
	rules := filepath.Dir(write(t, "rule.yml", clearedRule("11111111")))
	odd := filepath.Dir(write(t, "rule.yml", clearedRule("11111111")))
	if err := os.WriteFile(filepath.Join(odd, "bad.yml"), []byte(strings.Replace(clearedRule("22222222"), "EventID", "EventID|sideways", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want int
		args []string
	}{
		{3, []string{hit}}, {0, []string{none}}, {3, []string{hit, broken}}, {4, []string{none, broken}}, {4, []string{broken}}, {4, []string{t.TempDir()}},
		{4, []string{"--rules", odd, none}}, {3, []string{"--rules", odd, hit}}, {1, []string{"missing"}}, {2, nil},
	} {
		for _, form := range []string{"table", "jsonl", "csv", "html"} {
			if len(c.args) < 2 || c.args[0] != "--rules" {
				c.args = append([]string{"--rules", rules}, c.args...)
			}
			args := append([]string{"hunt", "-o", form}, c.args...)
			if code, _, errOut := runKit(t, text.JA, append(args, "--exit-code")...); code != c.want {
				t.Errorf("%v --exit-code: %d, want %d: %s", args, code, c.want, errOut)
			}
			if code, _, _ := runKit(t, text.JA, args...); c.want >= 3 && code != 0 {
				t.Errorf("%v: %d, scripts rely on 0", args, code)
			}
		}
	}
}

// clearedRule finds cleared; its id begins as given.
func clearedRule(id string) string {
	return "title: x\nid: " + id + "-2222-4333-8444-555555555555\nlevel: high\nlogsource: {product: windows, service: security}\ndetection:\n  s: {EventID: 1102}\n  condition: s\n"
}

// The result must never take the place of what is looked at, nor be looked at.
func TestHunt_OutputBesideEvidence(t *testing.T) {
	t.Parallel()
	log := write(t, "a.jsonl", cleared)
	dir := filepath.Dir(log)
	for _, args := range [][]string{{log}, {dir}, {dir + "/../" + filepath.Base(dir)}} {
		for _, form := range []string{"table", "jsonl", "csv", "html"} {
			if code, _, errOut := runKit(t, text.JA, append([]string{"hunt", "-o", form, "-f", log}, args...)...); code != 2 || !strings.Contains(errOut, "上書き") {
				t.Errorf("%v: %d %s", args, code, errOut)
			}
		}
	}
	if data, err := os.ReadFile(log); err != nil || string(data) != cleared {
		t.Fatalf("the evidence is %q, %v", data, err)
	}
	out := filepath.Join(dir, "hits.jsonl")
	if code, _, errOut := runKit(t, text.JA, "hunt", "-o", "jsonl", "-f", out, dir); code != 0 || strings.Contains(errOut, "hits.jsonl") {
		t.Errorf("%d %s", code, errOut)
	}
	if data, err := os.ReadFile(out); err != nil || strings.Count(string(data), "\n") != 1 {
		t.Errorf("%q, %v", data, err)
	}
	for range 2 { // a page is no log: it may be made anew
		if code, _, errOut := runKit(t, text.JA, "hunt", "-o", "html", "-f", filepath.Join(dir, "page.html"), dir); code != 0 {
			t.Errorf("%d %s", code, errOut)
		}
	}
}

// full is an output without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestHunt_FullDisk(t *testing.T) {
	t.Parallel()
	log := write(t, "a.jsonl", cleared)
	for _, form := range []string{"table", "jsonl", "csv", "html"} {
		var errOut bytes.Buffer
		if code := kit.Run(t.Context(), []string{"hunt", "-o", form, log}, full{}, &errOut, text.JA); code != 1 || !strings.Contains(errOut.String(), "書き込めません: 標準出力: no space left") {
			t.Errorf("%s: %d %s", form, code, errOut.String())
		}
		if _, err := os.Stat("/dev/full"); err != nil {
			continue
		}
		if code, _, errOut := runKit(t, text.EN, "hunt", "-o", form, "-f", "/dev/full", log); code != 1 || !strings.Contains(errOut, "Cannot be written: /dev/full") {
			t.Errorf("%s: %d %s", form, code, errOut)
		}
	}
}

// Interrupted, the lines that came are whole, and it is said.
func TestHunt_Interrupted(t *testing.T) {
	t.Parallel()
	log := write(t, "a.jsonl", strings.Repeat(cleared, 20_000))
	ctx, cancel := context.WithCancel(t.Context())
	out := &stopping{stop: cancel}
	var errOut bytes.Buffer
	if code := kit.Run(ctx, []string{"hunt", "-o", "jsonl", "--workers", "1", log}, out, &errOut, text.JA); code != 1 || !strings.Contains(errOut.String(), "調査は途中で止められました") {
		t.Errorf("%d %s", code, errOut.String())
	}
	lines := strings.SplitAfter(out.String(), "\n")
	if n := len(lines); n < 2 || n > 20_000 || lines[n-1] != "" {
		t.Fatalf("%d lines", n)
	}
	for _, l := range lines[:len(lines)-1] {
		if !json.Valid([]byte(l)) {
			t.Fatalf("half a line: %q", l)
		}
	}
}

// stopping is an output whose reader presses Ctrl+C when something comes.
type stopping struct {
	bytes.Buffer
	stop func()
}

func (s *stopping) Write(p []byte) (int, error) {
	s.stop()
	return s.Buffer.Write(p)
}

// Rules of others may be anything: what cannot be used is named with file, line
// and reason, and the rest is.
func TestHunt_BadRules(t *testing.T) {
	t.Parallel()
	log := write(t, "a.jsonl", cleared)
	good := clearedRule("99999999")
	for name, c := range map[string]struct{ bad, want, ja string }{
		"exploding expression": {strings.Replace(clearedRule("1111111a"), "EventID: 1102", "Channel|re: '(a{1000}){1000}'", 1), "bad.yml:", "bad.yml:"},
		"unknown modifier":     {strings.Replace(clearedRule("1111111b"), "EventID", "EventID|sideways", 1), "bad.yml:", "知らない修飾子です"},
		"half written":         {strings.Replace(clearedRule("1111111c"), "{EventID: 1102}", "{EventID: [", 1), "bad.yml:", "YAMLとして読めません"},
		"a tab":                {strings.Replace(clearedRule("1111111d"), "  condition", "\tcondition", 1), "bad.yml:", "YAMLとして読めません"},
		"no YAML":              {"\x00\x01\x02", "bad.yml", "bad.yml"},
		"Shift_JIS":            {"title: \x83\x8b\x81[\x83\x8b\n", "bad.yml", "文字コードがUTF-8ではありません"},
		"too large":            {strings.Repeat("#", 1<<20+1), "bad.yml", "大きすぎます"},
		"a bomb":               {"a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\ndetection: {s: {A: [*e,*e,*e,*e,*e,*e,*e]}, condition: s}\ntitle: x\nlogsource: {product: windows}\n", "bad.yml", "bad.yml"},
	} {
		dir := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "bad.yml"), []byte(c.bad), 0o600), os.WriteFile(filepath.Join(dir, "good.yml"), []byte(good), 0o600)); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := runKit(t, text.EN, "hunt", "-o", "jsonl", "--rules", dir, log)
		if code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(errOut, "rule left out: "+c.want) {
			t.Errorf("%s: %d, out %q, err %s", name, code, out, errOut)
		}
		code, out, errOut = runKit(t, text.JA, "hunt", "-o", "jsonl", "--rules", dir, log)
		if first, _, _ := strings.Cut(errOut, "\n"); code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(first, c.ja) || strings.Contains(errOut, "⟦") || !strings.Contains(errOut, "使えなかったルールが 1 件") {
			t.Errorf("%s: %d, out %q, err %s", name, code, out, errOut)
		}
		if code, page, _ := runKit(t, text.JA, "hunt", "-o", "html", "--rules", dir, log); code != 0 || !strings.Contains(page, strings.TrimSuffix(c.ja, ":")) {
			t.Errorf("%s: the page does not say why: %d", name, code)
		}
		if err := os.Remove(filepath.Join(dir, "good.yml")); err != nil { // nothing is left
			t.Fatal(err)
		}
		if code, out, errOut := runKit(t, text.JA, "hunt", "-o", "jsonl", "--rules", dir, log); code != 1 || out != "" || !strings.Contains(errOut, c.ja) || !strings.Contains(errOut, "使えるルールが1本もありません") {
			t.Errorf("%s: %d, out %q, err %s", name, code, out, errOut)
		}
	}
	for name, path := range map[string]string{"half a zip": write(t, "pack.zip", "PK\x03\x04half"), "no rule": t.TempDir(), "a device": "/dev/zero"} {
		if code, out, errOut := runKit(t, text.JA, "hunt", "-o", "jsonl", "--rules", path, log); code != 1 || out != "" || !strings.Contains(errOut, "何も調べていません") {
			t.Errorf("%s: %d %q %s", name, code, out, errOut)
		}
	}
}

// Who opens the page must see what to do next, in general and for each rule, and
// nothing that an attacker wrote may run.
func TestHunt_PageSaysWhatToDo(t *testing.T) {
	t.Parallel()
	log := write(t, "a.jsonl", strings.Replace(cleared, "kaikei-01", "<img src=x onerror=alert(1)>", 1))
	for lang, want := range map[text.Lang][]string{text.JA: {"次にすること", "このルールで確かめること", "電源は切りません"}, text.EN: {"What to do next", "What to check for this rule", "Do not switch it off."}} {
		code, page, errOut := runKit(t, lang, "hunt", "-o", "html", log)
		if code != 0 || strings.Contains(page, "<img") || !strings.Contains(page, "&lt;img src=x") {
			t.Fatalf("%d %s", code, errOut)
		}
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page lacks %q", lang, w)
			}
		}
	}
}

// Windows has no zone files; the default zone must be there all the same.
func TestZones_ComeWithTheProgram(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("kit.go")
	if err != nil || !bytes.Contains(source, []byte(`_ "time/tzdata"`)) {
		t.Errorf("the kit would not start on Windows: %v", err)
	}
}
