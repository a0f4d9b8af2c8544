// Package journal keeps records until their events are stored for good.
//
// Append takes records from sources and returns when they are durable: written
// and synced by an embedded NATS JetStream, which listens on no port. Records
// of callers that come at the same time form one batch, which is one message of
// one stream; its place is an event.Position. A Reader gives batches in their
// order to those who keep them. A commit is Purge: what everybody has kept is
// removed, and nothing else marks progress, because a consumer's own marks have
// lost acknowledged entries at a crash.
//
// An epoch is the life of one stream. A new one begins whenever positions could
// otherwise be given twice: when the folder is new, was restored, or lost its end. A
// Loss is a range of batches that were acknowledged and cannot be read; the
// Reader reports it and goes on. A journal without room (its own limit, or the
// disk's) refuses with fault.Full; it never drops what it took.
//
// The format of a batch is described in docs/spec/journal.md.
package journal
