package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/cli"
	"github.com/torideproject/toride/internal/text"
)

// A wrong command line ends with 2 in every command, whatever is wrong with
// it; what could not be done ends with 1.
func TestRun_ExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.log"), []byte("Oct 31 02:10:00 gw cron[7]: hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]int{
		"hunt": 2, "hunt --nosuch": 2, "hunt -o xml " + dir: 2, "hunt --json -o csv " + dir: 2, "hunt --level gravest " + dir: 2, "hunt --zone Mars/Base " + dir: 2,
		"hunt --from yesterday " + dir: 2, "hunt --workers x " + dir: 2, "hunt --workers 65 " + dir: 2, "nosuch": 2, "log nosuch": 2, "log search --from yesterday": 2,
		"log search --limit many": 2, "log verify more": 2, "log verify --folder " + dir: 2,
		"hunt " + dir: 0, "hunt --json " + dir: 0, "hunt " + dir + "/missing": 1, "hunt --rules " + dir + " " + dir: 1, "hunt --help": 0, "log": 0, "help hunt": 0,
		"hunt --exit-code " + dir: 0, "hunt --exit-code " + t.TempDir(): 4,
	} {
		var out, errOut bytes.Buffer
		got := cli.Run(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &errOut, text.EN)
		if got != want || (want == 1 || want == 2) && (errOut.Len() == 0 || out.Len() > 0) {
			t.Errorf("toride %s: %d, want %d: %s%s", line, got, want, out.String(), errOut.String())
		}
	}
}
