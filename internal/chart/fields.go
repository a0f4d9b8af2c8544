package chart

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/text"
)

//go:embed fields.tsv
var fieldsTable string

// names are the names of segments and fields in one language, by PID-5; PID-0
// is the segment itself.
type names map[string]string

// fieldNames reads the table. It takes some microseconds and is done for each
// page of an original.
func fieldNames(lang text.Lang) names {
	column := 2
	if lang == text.EN {
		column = 3
	}
	out := names{}
	for line := range strings.Lines(fieldsTable) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) == 4 && !strings.HasPrefix(line, "#") {
			out[parts[0]+"-"+parts[1]] = parts[column]
		}
	}
	return out
}

// of is the name of a field, "" where the table has none.
func (n names) of(segment string, field int) string {
	return n[segment+"-"+strconv.Itoa(field)]
}
