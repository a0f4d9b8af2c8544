// Package files is the little that the event store needs of a disk.
//
// An FS is one folder tree; names in it are relative, with slashes. What was
// written to a File is durable after its Sync, and a name (made, renamed or
// removed) is durable after SyncDir of its folder; until then a power cut may
// undo either of them alone. filestest has a disk in memory that does exactly
// this at any chosen moment, so that the order of syncs is tested, not hoped for.
package files
