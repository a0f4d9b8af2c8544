package shelf

import (
	"os"
	"strconv"
	"strings"
)

// What charts that were read may take in memory where nobody says it: an eighth
// of the machine's, so that what 500 people look at on a box of its own is read
// once and not at each page, and a ward's old PC keeps seven eighths for the
// rest. Below leastCache a chart of many years would not fit; of mostCache some
// three thousand inpatients' fit.
const (
	leastCache = 64 << 20
	mostCache  = 2 << 30
)

// shareOf is the cache of a machine with that much memory; 0: it is not known.
func shareOf(total uint64) int64 {
	return int64(min(max(total/8, leastCache), mostCache))
}

// allowed is what a container may take of the machine's memory, as the file
// memory.max of Linux control groups (version 2) says; 0: no limit is known.
func allowed(name string) uint64 {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // "max"
		return 0
	}
	return n
}
