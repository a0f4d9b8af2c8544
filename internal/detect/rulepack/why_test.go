package rulepack_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

func words(t *testing.T) *text.Catalog {
	t.Helper()
	c := text.NewCatalog(nil)
	if err := c.Add(rulepack.Texts()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTexts_EveryReasonHasWords checks that each code and each reason can be
// said, and that every reason of a source file is listed.
func TestTexts_EveryReasonHasWords(t *testing.T) {
	t.Parallel()
	c := words(t)
	for _, code := range append(sigma.Codes(), rulepack.Codes()...) {
		if !code.Note() && !c.Has("detect.problem."+string(code)) {
			t.Errorf("%s has no words", code)
		}
	}
	seen := map[sigma.Why]bool{}
	for _, why := range append(sigma.Whys(), rulepack.Whys()...) {
		if seen[why] {
			t.Errorf("%s stands twice", why)
		}
		if seen[why] = true; !c.Has("detect.why." + string(why)) {
			t.Errorf("%s has no words", why)
		}
	}
	for file, count := range map[string]int{"../../../sigma/why.go": len(sigma.Whys()), "why.go": len(rulepack.Whys())} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`(?m)^\t[wW]hy\w+ +(?:sigma\.)?Why += "`).FindAllString(string(data), -1)); n != count {
			t.Errorf("%s: %d reasons, %d listed", file, n, count)
		}
	}
}

// TestSay_Japanese checks the words of a half-written pack, file by file: what a
// person with a broken file has to read is Japanese, and has the line.
func TestSay_Japanese(t *testing.T) {
	t.Parallel()
	c := words(t)
	for name, x := range map[string]struct{ body, want string }{
		"tab":       {"title: a\n\tid: b\n", "タブ"},
		"cut":       {"title: a\nlogsource: {product: windows\n", "閉じて"},
		"quote":     {"title: \"a\nid: b\n", "閉じない"},
		"lookahead": {strings.Replace(rule(id1, "a", ""), "s: {EventID: 4624}", "s: {CommandLine|re: '(?=a)b'}", 1), "先読み"},
		"modifier":  {strings.Replace(rule(id1, "a", ""), "EventID:", "EventID|sounds:", 1), "修飾子"},
		"condition": {strings.Replace(rule(id1, "a", ""), "condition: s", "condition: s and", 1), "途中で終わって"},
		"block":     {rule(id1, "a", strings.Replace(block, "needs:", "need:", 1)), "need という項目"},
		"place":     {rule(id1, "a", strings.Replace(block, "{source}から", "{souce}から", 1)), "tell"},
	} {
		bundle, _ := rulepack.FromFolder(fstest.MapFS{"pack.json": {Data: []byte(strings.Replace(manifest, "%d", "2", 1))}, "good.yml": {Data: []byte(rule(id2, "b", ""))}, "sub/bad.yml": {Data: []byte(x.body)}})
		pack, problems := rulepack.Read(bundle, rulepack.Manifest{})
		if pack != nil || len(problems) == 0 {
			t.Errorf("%s: taken", name)
			continue
		}
		say := c.Say(text.JA, rulepack.SayWhole(&problems[0]))
		if !strings.Contains(say, x.want) || !strings.HasPrefix(say, "sub/bad.yml(") || strings.Contains(say, "⟦") {
			t.Errorf("%s: %s (%v)", name, say, &problems[0])
		}
		if en := c.Say(text.EN, rulepack.SayWhole(&problems[0])); !strings.HasPrefix(en, "sub/bad.yml, line ") {
			t.Errorf("%s: %s", name, en)
		}
	}
}

// A reason of a later program, or of another package, is still said.
func TestSay_UnknownReason(t *testing.T) {
	t.Parallel()
	c := words(t)
	p := sigma.Problem{Code: "odd", Why: "odder", Detail: "something else"}
	if say := c.Say(text.JA, rulepack.SayWhole(&p)); !strings.Contains(say, "something else") || !strings.Contains(say, "odd") || strings.Contains(say, "⟦") {
		t.Error(say)
	}
}

// TestRead_EveryBrokenFileIsTold checks that a pack with several broken files is
// refused whole, with each file and its line, the same with a manifest and
// without.
func TestRead_EveryBrokenFileIsTold(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"a.yml": {Data: []byte(rule(id1, "a", ""))}, "b.yml": {Data: []byte("title: b\nlogsource: [\n")}, "c.yml": {Data: []byte("title: c\n\tid: x\n")}, "d.yml": {Data: []byte("title: \xff\n")}}
	for _, declared := range []bool{true, false} {
		if declared {
			files["pack.json"] = &fstest.MapFile{Data: []byte(strings.Replace(manifest, "%d", "4", 1))}
		} else {
			delete(files, "pack.json")
		}
		bundle, _ := rulepack.FromFolder(files)
		pack, problems := rulepack.Read(bundle, rulepack.Manifest{Name: "x", Version: "1"})
		told := map[string]bool{}
		for _, p := range problems {
			told[p.File] = told[p.File] || p.Line > 0
		}
		if pack != nil || len(problems) != 3 || !told["b.yml"] || !told["c.yml"] || !told["d.yml"] {
			t.Errorf("declared %v: %v", declared, problems)
		}
	}
}
