// Package hunt looks for traces of an attack in files, without an installation:
// event logs copied from a PC, exported JSON, syslog files, zips of them.
//
// An input is a file, or a member of a zip, with one of three contents: EVTX,
// lines (JSON or syslog), or an archive. It is cut into units (a chunk of an
// event log, a block of lines) that workers look through; a hit is an event that
// a rule matched. Hits come out in the order of the inputs however many workers
// there are. What could not be read is a Loss, and is told as loudly as a hit:
// a file that was skipped silently reads like a clean one.
//
// Memory is bounded whatever the input: a few units at a time, counts of bounded
// number, and of the hits only those that the report shows.
package hunt
