package app

import (
	"math"
	"os"
	"runtime/debug"
)

const (
	// gcPercent lets the heap grow by twice what is in use. Intake makes garbage
	// at the pace of the records: at the usual 100 some six percent of its time
	// was spent collecting it.
	gcPercent = 200
	// memoryLimit is from where on memory matters more than time, well below
	// the four gigabytes of the smallest box it is meant for.
	memoryLimit = 1536 << 20
)

// tuneMemory says to the runtime how much memory a serving process may use for
// speed, unless GOGC or GOMEMLIMIT say something. It gives what undoes it.
func tuneMemory() (undo func()) {
	percent, limit := -1, int64(-1)
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(gcPercent)
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody set another
		limit = debug.SetMemoryLimit(memoryLimit)
	}
	return func() {
		if percent >= 0 {
			debug.SetGCPercent(percent)
		}
		if limit >= 0 {
			debug.SetMemoryLimit(limit)
		}
	}
}
