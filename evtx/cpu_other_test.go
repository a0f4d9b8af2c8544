//go:build !unix

package evtx_test

import "time"

// cpuSeconds is the time of day where processor time cannot be asked for.
func cpuSeconds() float64 { return float64(time.Now().UnixNano()) / 1e9 }
