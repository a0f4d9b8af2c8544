// Package ledger writes down who did what. Every change of Toride's data goes
// through Book.Write, which puts one Entry into the same transaction as the
// change: there is no change without a line and no line without its change.
//
// Entries are only appended. Each carries the SHA-256 of the one before it, so
// that a line which was altered, removed or put in between is found by Verify.
// Somebody who can rewrite the whole file could make a new chain; a checkpoint
// (number and hash of the last line) that was printed or exported finds that
// too.
package ledger
