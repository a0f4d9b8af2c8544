package all_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source/all"
	"github.com/torideproject/toride/internal/text"
)

// Names stand in settings for ever.
func TestKinds_ListsEveryMemberOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range all.Kinds() {
		if seen[k.Name] || k.New == nil {
			t.Errorf("%q twice, or without New", k.Name)
		}
		seen[k.Name] = true
		if len(k.Networks) > 0 && k.Port == 0 || len(k.Networks) == 0 && (k.TLS || k.Token) {
			t.Errorf("%+v contradicts itself", k)
		}
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && name != "all" && name != "testdata" && !strings.HasSuffix(name, "test") && !seen[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	if len(seen) < 3 {
		t.Errorf("%d members", len(seen))
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	cat := text.NewCatalog(time.UTC)
	for _, fsys := range all.Texts() {
		if err := cat.Add(fsys); err != nil {
			t.Fatal(err)
		}
	}
}
