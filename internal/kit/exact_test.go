package kit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/text"
)

// shared gives a folder of the public data.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no public data here")
	}
	return dir
}

// line is what scripts read of a hit.
type line struct {
	Rule   string `json:"rule.id"`
	Title  string `json:"rule.title"`
	Level  string `json:"rule.level"`
	File   string `json:"file"`
	Record uint64 `json:"record_id"`
	Time   string `json:"@timestamp"`
	Host   string `json:"host.name"`
}

// hunt runs the command and gives its lines.
func hunt(t testing.TB, args ...string) []line {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := kit.Run(t.Context(), append([]string{"hunt", "--output", "jsonl"}, args...), &out, &errOut, text.EN); code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	var lines []line
	for row := range strings.Lines(out.String()) {
		var l line
		if err := json.Unmarshal([]byte(row), &l); err != nil {
			t.Fatalf("%v: %s", err, row)
		}
		lines = append(lines, l)
	}
	return lines
}

// files lists what a folder holds with an ending.
func files(t testing.TB, dir, end string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(name) == end {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rulesByID copies no rule: it says which file of the public rules holds an id.
func rulesByID(t testing.TB) map[string][]byte {
	t.Helper()
	id := regexp.MustCompile(`(?m)^id:\s*(\S+)`)
	out := map[string][]byte{}
	for _, name := range files(t, shared(t, "sigma"), ".yml") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := id.FindSubmatch(data); m != nil {
			out[string(m[1])] = data
		}
	}
	return out
}

// Each public regression pair: its rule, alone, finds its event log and the JSON
// twin of it, the same records in both.
func TestHunt_AllRegressionPairs(t *testing.T) {
	t.Parallel()
	pairs := files(t, shared(t, "sigma-regression"), ".evtx")
	rules := rulesByID(t)
	count := regexp.MustCompile(`match_count:\s*(\d+)`)
	if len(pairs) != 129 {
		t.Fatalf("%d pairs", len(pairs))
	}
	for _, log := range pairs {
		id := strings.TrimSuffix(filepath.Base(log), ".evtx")
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "rule.yml"), rules[id], 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.ReadFile(filepath.Join(filepath.Dir(log), "info.yml"))
		if err != nil {
			t.Fatal(err)
		}
		least := 1
		if m := count.FindSubmatch(info); m != nil {
			least, _ = strconv.Atoi(string(m[1]))
		}
		twin := strings.TrimSuffix(log, ".evtx") + ".json"
		have := numbers(t, twin)
		var found [2][]string
		for i, path := range []string{log, twin} {
			for _, l := range hunt(t, "--rules", dir, path) {
				if l.Rule != id || !slices.Contains(have, l.Record) || l.Host == "" || l.Time < "2000" || l.Title == "" || l.Level == "" || l.File != path {
					t.Errorf("%s: %+v", path, l)
				}
				found[i] = append(found[i], fmt.Sprint(l.Record, l.Host, l.Time))
			}
			if len(found[i]) < least {
				t.Errorf("%s: %d hits, want %d", path, len(found[i]), least)
			}
		}
		slices.Sort(found[0])
		slices.Sort(found[1])
		if !slices.Equal(found[0], found[1]) {
			t.Errorf("%s: the log gives %v, its twin %v", id, found[0], found[1])
		}
	}
}

// numbers reads the record numbers of a twin.
func numbers(t testing.TB, path string) []uint64 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []uint64
	for _, m := range regexp.MustCompile(`"EventRecordID":\s*"?(\d+)`).FindAllSubmatch(data, -1) {
		n, err := strconv.ParseUint(string(m[1]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// All public attack logs with all public rules: as many hits of Windows rules
// as the engine and its oracle give (internal/detect/winlog holds one to the
// other over the same files).
func TestHunt_AllPublicLogs(t *testing.T) {
	t.Parallel()
	windows := regexp.MustCompile(`(?m)^\s+product:\s*windows\b`)
	rules := rulesByID(t)
	hits, others := 0, 0
	for _, l := range hunt(t, "--rules", shared(t, "sigma"), shared(t, "evtx")) {
		if windows.Match(rules[l.Rule]) {
			hits++
		} else {
			others++
		}
	}
	if hits != 1604 {
		t.Errorf("%d hits of Windows rules and %d of others, want 1,604", hits, others)
	}
}
