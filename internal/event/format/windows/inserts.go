package windows

import (
	_ "embed"
	"strings"
)

//go:embed inserts.txt
var insertList string

// insertNames are the names of events' values, by provider and event ID; for
// each the lists of its versions.
type insertNames map[string][][]string

// readInserts reads inserts.txt, which is part of the program.
func readInserts() insertNames {
	m := insertNames{}
	provider := ""
	for line := range strings.Lines(insertList) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", line[0] == '#':
		case line[0] == '@':
			provider = line[1:]
		default:
			words := strings.Fields(line)
			k := provider + "/" + words[0]
			m[k] = append(m[k], words[1:])
		}
	}
	return m
}

// of gives the names of n values, or nothing where none fit. Windows appends to the
// events of its auditing and never inserts, so there the longest list that is
// shorter fits too.
func (m insertNames) of(provider, id string, n int) []string {
	var best []string
	for _, names := range m[provider+"/"+id] {
		switch {
		case len(names) == n:
			return names
		case len(names) < n && len(names) > len(best) && provider == "Microsoft-Windows-Security-Auditing":
			best = names
		}
	}
	return best
}
