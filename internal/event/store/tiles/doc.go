// Package tiles keeps a transparency log in files, in the formats of C2SP:
// tlog-tiles, tlog-checkpoint and signed-note.
//
// An entry is a text that is appended and never changed. The log is a Merkle
// tree over its entries (RFC 6962); a checkpoint names origin, size and root of
// the tree and is signed. An entry counts from the moment the checkpoint that
// covers it is on the disk: replacing the checkpoint is the commit, whatever lies
// beyond its size is the rest of an interrupted append. Who has a checkpoint can
// tell from the files alone whether any entry before it was changed.
package tiles
