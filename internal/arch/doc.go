// Package arch holds tests only: they keep the house as ARCHITECTURE.md
// describes it. They read the files themselves instead of asking "go list",
// because go test answers from its cache what a child process read.
package arch
