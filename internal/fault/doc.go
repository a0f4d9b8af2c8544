// Package fault gives errors that a reader can act on. A fault has a kind,
// which decides the HTTP status and the exit code, and a text key, whose text
// in the reader's language has three lines: what happened, what it means, what
// to do. The technical cause is kept apart and goes only to the log.
package fault
