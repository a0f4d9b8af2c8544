package document

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/text"
)

// Every code that the source names has its words.
func TestTexts_AreComplete(t *testing.T) {
	t.Parallel()
	c := text.NewCatalog(time.UTC)
	if err := c.Add(Texts()); err != nil {
		t.Fatal(err)
	}
	note := regexp.MustCompile(`note\("(\w+)"|"document\.(\w+)"|"(format_\w+)"`)
	fact := regexp.MustCompile(`(?:fact\(|return )"(kind|written|patient\w*|birth|sex|author|authenticator|custodian|recipient|encounter|version|confidentiality)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if matched, _ := filepath.Match("*_test.go", f); matched {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range note.FindAllSubmatch(data, -1) {
			key := "chart.note.document." + string(m[1]) + string(m[2]) + string(m[3])
			if seen++; !c.Has(key) {
				t.Errorf("%s has no words", key)
			}
		}
		for _, m := range fact.FindAllSubmatch(data, -1) {
			key := "chart.document.fact." + string(m[1])
			if seen++; !c.Has(key) {
				t.Errorf("%s has no words", key)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d codes were found in the source", seen)
	}
}
