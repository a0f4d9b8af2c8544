package kit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/text"
)

// A path may hold signs that move a terminal's cursor; no sentence prints them.
func TestRun_PathsDoNotMoveTheCursor(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"chart", "show", "nope\x1b[2J", "1"}, {"chart", "list", "nope\x1b[2J\u202e"}, {"chart", "check", "nope\x1b[2J"}} {
		code, out, errOut := runKit(t, text.EN, args...)
		if code == 0 || strings.ContainsAny(out+errOut, "\x1b\u202e") || !strings.Contains(errOut, "[2J") {
			t.Errorf("%q: %d %q", args, code, errOut)
		}
	}
}

// Who lists a TAR that was cut off in the middle hears that it is not all.
func TestList_SaysWhatIsNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "copy.tar")
	if code, _, errOut := runKit(t, text.JA, "chart", "synth", "--patients", "8", "--years", "1", "--beds", "4", "--as-of", "2026-11-20", "--quiet", whole); code != 0 {
		t.Fatal(errOut)
	}
	if code, out, errOut := runKit(t, text.JA, "chart", "list", "--quiet", whole); code != 0 || strings.Contains(errOut, "! ") || strings.Count(out, "\n") != 8 {
		t.Errorf("whole: %d %q %q", code, out, errOut)
	}
	info, err := os.Stat(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(whole, info.Size()/2+100); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := runKit(t, text.JA, "chart", "list", "--quiet", whole); code != 0 || !strings.Contains(errOut, "! ") || !strings.Contains(errOut, "途中で") || out == "" {
		t.Errorf("cut off: %d %q %q", code, out, errOut)
	}
}
