// Package evtxfile takes in Windows Event Log files (.evtx): those that lie in a
// watched folder, and those that somebody uploads. Records are backfill: their own
// times count.
//
// A record's Data is the event in JSON (Event/System/EventData), its Key the
// natural key that the same event has from a collector, its Peer the file's
// name. A file's SHA-256 stands in its Report, with what could not be read.
//
// What was read is remembered by content, not by name: by the checksum of each
// chunk (64 KiB), and for chunks that were still growing by the checksum of each
// record. So a file that grows gives its new records only, and one that was
// copied, renamed, or uploaded again gives none. The memory lies in
// Settings.State and survives restarts; it is written after the sink has the
// records, so that a crash in between can bring a record twice, with the same
// key, and never lose one.
//
// While the sink refuses, reading waits. Files are only read, never changed or
// removed.
package evtxfile
