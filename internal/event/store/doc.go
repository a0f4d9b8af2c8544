// Package store keeps events for years, and can prove it.
//
// Events that were taken stand in the tail, in memory, where they are found at
// once. After at most a minute the tail is sealed: it becomes a segment, a file
// that is never changed. Small files are merged into larger ones, hour by hour
// and day by day; what was sealed together stays a bound inside them. A day that
// is older than the hospital keeps is deleted as a whole, unless an incident
// holds it.
//
// All of this is written into the log: a transparency log (package tiles) of
// which each entry seals a segment by the root over its events, or says which
// files were merged, deleted, held, and when Toride was not running. An entry of
// the log is the commit of what it says: a file counts from the moment its entry
// is on the disk, and no longer from the moment the entry of its end is. The
// catalogue, events.db, is what the log and the files say, in a form that is
// quick to ask; it can be thrown away and made again.
//
//	events/facility=<uuid>/date=2026-11-22/<epoch>-<first>-<last>.parquet
//	events/_log/<begin>/checkpoint, tile/…    events/_keys/…    events.db
//
// A date is the day of receipt in UTC, because a folder must not mean another
// day after somebody changed the hospital's time zone; pages count days in that
// zone. docs/spec/log-seal.md describes everything that is needed to check a
// copied folder without Toride.
package store
