package store

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// Every fault and every finding has its sentence, and uses only what Say gives.
func TestTexts_EveryFindingHasOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"text_ja.json", "text_en.json"} {
		data, err := fs.ReadFile(Texts(), name)
		must(t, err)
		var words map[string]string
		must(t, json.Unmarshal(data, &words))
		for _, k := range FindingKinds() {
			say := Finding{Kind: k, File: "f", Rows: 3, From: noon(), To: noon().Add(time.Hour), First: event.Position{Epoch: 1, Seq: 2}}.Say()
			sentence, ok := words[say.Key]
			if !ok || strings.Contains(sentence, "{6}") || len(say.Args) != 6 {
				t.Errorf("%s: %s: %q", name, say.Key, sentence)
			}
		}
		for key, sentence := range words {
			if !strings.HasPrefix(key, "event.store.finding.") && strings.Count(sentence, "\n") != 2 {
				t.Errorf("%s: %s has not three lines", name, key)
			}
		}
	}
}
