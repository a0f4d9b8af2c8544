package model_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2"
)

// found collects what an expression's first group matches in a package's code.
func found(t *testing.T, dir string, expr string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	var out []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(expr).FindAllSubmatch(data, -1) {
			out = append(out, string(m[1]))
		}
	}
	return out
}

// Every code that a chart out of SS-MIX2 can hold has its words, and nothing
// else has.
func TestTexts_AreThoseOfTheCodes(t *testing.T) {
	t.Parallel()
	const member, view = "../source/ssmix2", "../../../ssmix2/view"
	used := map[string]bool{"chart.notice.more": true, "chart.notice.source.failed": true}
	for _, c := range ssmix2.Codes() {
		used["chart.notice."+string(c)] = true
	}
	for _, c := range found(t, member, `\.Add\(model\.\w+, "([a-z_.]+[a-z])"`) {
		used["chart.notice."+c] = true
	}
	for _, what := range []string{"birth", "name", "sex"} {
		used["chart.notice.patient.differs."+what] = true
	}
	for _, dir := range []string{"../source", member, view} {
		for _, expr := range []string{`doubt\("([a-z_.]+)"`, `Note\{"([a-z_.]+)"`, `Note\{\{Code: "([a-z_.]+)"`, `r\.event\(.*, "([a-z_.]+)"\)`} {
			for _, c := range found(t, dir, expr) {
				used["chart.note."+c] = true
			}
		}
		for _, expr := range []string{`Rule: +"([a-z_.]+)"`, `rule: +"([a-z_.]+)"`, `Rule = "([a-z_.]+)"`} {
			for _, c := range found(t, dir, expr) {
				used["chart.rule."+c] = true
			}
		}
	}
	if len(used) < 100 {
		t.Fatalf("only %d codes were found: the search is wrong", len(used))
	}
	for _, lang := range text.Langs() {
		data, err := fs.ReadFile(model.Texts(), "text_"+string(lang)+".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for k := range used {
			if words[k] == "" {
				t.Errorf("%s: %s has no words", lang, k)
			}
		}
		for k := range words {
			if !used[k] {
				t.Errorf("%s: nothing says %s", lang, k)
			}
		}
	}
	if err := text.NewCatalog(time.UTC).Add(model.Texts()); err != nil {
		t.Error(err)
	}
}
