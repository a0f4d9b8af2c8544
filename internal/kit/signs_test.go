package kit_test

import (
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
