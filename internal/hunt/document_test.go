package hunt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/hunt"
)

// objects gives the events of log as JSON, one a line or over several lines.
func objects(t testing.TB, pretty bool) []string {
	t.Helper()
	var out []string
	r := evtx.NewReader(bytes.NewReader(log(t)), evtx.Options{})
	for r.Next() {
		line := r.Record().AppendJSON(nil)
		if pretty {
			var b bytes.Buffer
			if err := json.Indent(&b, line, "", "  "); err != nil {
				t.Fatal(err)
			}
			line = b.Bytes()
		}
		out = append(out, string(line))
	}
	return out
}

// However tools write JSON, the hits are those of the lines.
func TestRun_JSONAsToolsWriteIt(t *testing.T) {
	t.Parallel()
	pretty, plain := objects(t, true), objects(t, false)
	want, _ := run(t, folder(t, map[string][]byte{"x.json": []byte(strings.Join(plain, "\n") + "\n")}), nil)
	var dump strings.Builder
	for i, o := range pretty {
		fmt.Fprintf(&dump, "Record %d\n%s\n", i+1, o)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll("[\n"+strings.Join(pretty, ",\n")+"\n]\n", "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"pretty":          strings.Join(pretty, "\n"),
		"pretty, BOM":     "\xef\xbb\xbf" + strings.Join(pretty, "\r\n"),
		"array":           "[" + strings.Join(plain, ",") + "]",
		"array of lines":  "[\n" + strings.Join(plain, ",\n") + "\n]\n",
		"pretty array":    "[\n" + strings.Join(pretty, ",\n") + "\n]",
		"behind each":     strings.Join(plain, ""),
		"evtx_dump":       dump.String(),
		"UTF-16":          wide,
		"indented array":  "[\n    " + strings.ReplaceAll(strings.Join(pretty, ",\n"), "\n", "\n    ") + "\n]",
		"blanks in front": "\n\n  " + strings.Join(pretty, "\n\n"),
	} {
		got, report := run(t, folder(t, map[string][]byte{"x.json": []byte(data)}), nil)
		if got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", name, got, want)
		}
		if len(report.Losses) > 0 || report.Events != 8 {
			t.Errorf("%s: %d events, losses %v", name, report.Events, report.Losses)
		}
	}
}

// A broken object costs itself, not those behind it.
func TestRun_BrokenObjectsAreToldAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	pretty, plain := objects(t, true), objects(t, false)
	cleared, clearedLine := pretty[7], plain[7]
	for name, data := range map[string]string{
		"cut off":          pretty[0][:200] + "\n" + cleared,
		"cut in a text":    pretty[0][:strings.Index(pretty[0], "Security-Auditing")] + "\n" + cleared,
		"cut first line":   clearedLine[:100] + "\n" + clearedLine + "\n" + clearedLine[:50] + "\n",
		"wrong bracket":    "[\n{\"a\": [1}\n,\n" + cleared + "\n]",
		"too deep":         strings.Repeat(`{"a":`, 200_000) + "\n" + cleared,
		"too deep, arrays": `{"a":` + strings.Repeat(`[`, 200_000) + "\n" + cleared,
		"too large":        "{\n\"a\": \"" + strings.Repeat("x", 3<<20) + "\"}\n" + cleared,
		"many keys":        "{\n" + strings.Repeat(`"k": 1, `, 1_000_000) + "\"z\": 1}\n" + cleared,
	} {
		got, report := run(t, folder(t, map[string][]byte{"x.json": []byte(data)}), nil)
		if strings.Count(got, `"rule.level":"high"`) != 1 {
			t.Errorf("%s: the event behind is not found: %s %v", name, got, report.Losses)
		}
		if len(report.Losses) == 0 {
			t.Errorf("%s: nothing is told", name)
		}
	}
}

func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{`[{"a":1},{"b":[2,{"c":"\"}"}]}]`, "{\n\"a\":\n{}}", "Record 1\n{\n}", "{\"a\"\n{\"b\":\n]", "[[[{", "{\"\\", "\xef\xbb\xbf{\n", "Record 1", "\xef\xbb\xbf", "\xef\xbb\xbf \n"} {
		f.Add([]byte(seed))
	}
	rules := packs(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := hunt.Run(t.Context(), hunt.Options{Paths: []string{path}, Packs: rules, Now: night(), Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(bytes.Trim(data, " \t\r\n\xef\xbb\xbf[],{}\x00\f\v\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000")) > 0 && report.Events == 0 && len(report.Losses) == 0 {
			t.Errorf("%q was passed over without a word", data)
		}
	})
}
