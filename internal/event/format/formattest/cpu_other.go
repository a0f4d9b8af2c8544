//go:build !unix

package formattest

import "time"

// cpu stands in with the time that has passed.
func cpu() int64 { return time.Now().UnixNano() }
