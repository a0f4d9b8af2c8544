package vault

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every fault in the code has its text, three lines each, and no text is
// without its fault.
func TestTexts_AreThoseOfTheFaults(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`fault\.New\(fault\.\w+, "(vault\.[a-z._]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllSubmatch(data, -1) {
			used[string(m[1])] = true
		}
	}
	for _, name := range []string{"text_ja.json", "text_en.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for k := range used {
			if strings.Count(words[k], "\n") != 2 {
				t.Errorf("%s: %s has not three lines", name, k)
			}
		}
		for k := range words {
			if !used[k] {
				t.Errorf("%s: nothing says %s", name, k)
			}
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d faults were found", len(used))
	}
}
