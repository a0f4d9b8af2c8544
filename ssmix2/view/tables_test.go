package view

import (
	"strings"
	"testing"
)

func TestTables_EveryCodeHasBothNames(t *testing.T) {
	t.Parallel()
	for _, table := range Tables() {
		seen := map[string]bool{}
		for line := range strings.Lines(tableRows(table)) {
			code, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			ja, en, ok := TableName(table, code)
			if !ok || ja == "" || en == "" || strings.Contains(en, "\t") || seen[code] {
				t.Errorf("%s %q: %q %q, twice %v", table, code, ja, en, seen[code])
			}
			seen[code] = true
		}
		if len(seen) == 0 {
			t.Errorf("table %s is empty", table)
		}
	}
}
