// Package durable writes files that survive a power cut. A file is written to
// a temporary name in the same folder, synced, renamed over the old one, and
// the folder is synced; a reader sees the old content or the new, never half.
//
// A lock is a file that one process at a time may hold. It is a plain file: what
// stands at its name and leads elsewhere is refused, not followed.
package durable
