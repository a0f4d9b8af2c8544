// Package sqlite opens the one database file and keeps the rules by which it
// is used: one writer at a time, many readers, every pragma in the DSN (a
// pragma by Exec is lost when the pool renews a connection), a sync for each
// commit, and migrations that only go forward, numbered per domain.
package sqlite
