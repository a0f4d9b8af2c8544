//go:build !linux

package store

// lowPriority runs work; elsewhere priorities are those of whole processes.
func lowPriority(work func() error) error { return work() }
