//go:build measure

package sigma_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// TestMeasure_Load prints, for tools/measure.sh, how long reading the public
// Windows rules and making an engine of them takes, and writes the flat events
// of the logs to the file TORIDE_MEASURE_FLAT, one JSON object in a line, so that
// another engine can evaluate the very same ones: "_ls" are the log sources of
// rules that cover the event, as product/category/service with - for none.
func TestMeasure_Load(t *testing.T) {
	path := os.Getenv("TORIDE_MEASURE_FLAT")
	if path == "" {
		t.Skip("a measurement; see docs/measurements.md")
	}
	wall, spent := time.Now(), cpuTime(t)
	rules := windowsRules(t)
	read, readWall := cpuTime(t)-spent, time.Since(wall)
	newEngine(t, rules, sigma.EngineOptions{})
	fmt.Printf("\nLOAD rules=%d read=%.2f read-wall=%.2f engine=%.2f all-wall=%.2f\n", len(rules), read.Seconds(), readWall.Seconds(), (cpuTime(t) - spent - read).Seconds(), time.Since(wall).Seconds())
	for name, keep := range map[string]func(*logged) bool{path: func(*logged) bool { return true }, path + ".process": func(l *logged) bool { return l.process }} {
		writeFlat(t, name, rules, keep)
	}
}

func writeFlat(t *testing.T, name string, rules []*sigma.Rule, keep func(*logged) bool) {
	t.Helper()
	var kinds []sigma.LogSource
	for _, r := range rules {
		if !slices.Contains(kinds, r.LogSource) {
			kinds = append(kinds, r.LogSource)
		}
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	enc := json.NewEncoder(out)
	for _, l := range windowsEvents(t) {
		if !keep(l) {
			continue
		}
		flat := map[string]any{}
		for _, field := range l.fields() {
			flat[field.Name] = field.Value
		}
		ls := []string{}
		for _, k := range kinds {
			if name := "windows/" + orDash(k.Category) + "/" + orDash(k.Service); !slices.Contains(ls, name) && slices.ContainsFunc(l.sources, k.Covers) {
				ls = append(ls, name)
			}
		}
		flat["_ls"] = ls
		if err := enc.Encode(flat); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
