package arch

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// textPairs finds every *_ja.json with its English twin.
func textPairs(t *testing.T) map[string][2]map[string]string {
	t.Helper()
	pairs := map[string][2]map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_ja.json") || strings.Contains(path, "testdata") {
			return err
		}
		twin := strings.TrimSuffix(path, "_ja.json") + "_en.json"
		var ja, en map[string]string
		for file, into := range map[string]*map[string]string{path: &ja, twin: &en} {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
			if err := json.Unmarshal(data, into); err != nil {
				t.Errorf("%s: %v", file, err)
				return nil
			}
		}
		pairs[path] = [2]map[string]string{ja, en}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) < 8 {
		t.Fatalf("only %d text files were found", len(pairs))
	}
	return pairs
}

func TestTexts_BothLanguagesAreComplete(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{\d+\}`)
	kana := regexp.MustCompile(`[ぁ-んァ-ヶ]`)
	for file, pair := range textPairs(t) {
		ja, en := pair[0], pair[1]
		for key, words := range ja {
			other, ok := en[key]
			switch {
			case !ok:
				t.Errorf("%s: %s has no English", file, key)
			case strings.TrimSpace(words) == "" || strings.TrimSpace(other) == "":
				t.Errorf("%s: %s is empty", file, key)
			case places(place, words) != places(place, other):
				t.Errorf("%s: %s: the languages do not use the same places", file, key)
			case kana.MatchString(other) && key != "web.other_language":
				t.Errorf("%s: %s: Japanese in the English text: %s", file, key, other)
			case strings.Count(words, "\n") != strings.Count(other, "\n"):
				t.Errorf("%s: %s: the languages do not have the same lines", file, key)
			}
		}
		for key := range en {
			if _, ok := ja[key]; !ok {
				t.Errorf("%s: %s has no Japanese", file, key)
			}
		}
	}
}

// places lists which places a text uses, in order of their number.
func places(re *regexp.Regexp, s string) string {
	used := map[string]bool{}
	for _, p := range re.FindAllString(s, -1) {
		used[p] = true
	}
	out := ""
	for _, n := range "0123456789" {
		if used["{"+string(n)+"}"] {
			out += string(n)
		}
	}
	return out
}

// Toride says what was read, what may apply and who decides. It never gives an
// all-clear. A text that quotes these words to forbid them is listed.
func TestTexts_NeverGiveAnAllClear(t *testing.T) {
	t.Parallel()
	for file, pair := range textPairs(t) {
		for i, forbidden := range [][]string{
			{"準拠しています", "適合しています", "安全です", "報告不要", "報告は不要", "問題ありません", "問題なし", "万全"},
			{"is compliant", "are compliant", "is safe", "are safe", "you are safe", "no report needed", "no report is needed", "no problem"},
		} {
			for key, words := range pair[i] {
				for _, bad := range forbidden {
					if strings.Contains(strings.ToLower(words), bad) {
						t.Errorf("%s: %s says %q", file, key, bad)
					}
				}
			}
		}
	}
}
