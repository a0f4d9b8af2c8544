// Package evtx reads Windows Event Log files (.evtx): whole ones, dirty ones
// (copied while Windows was writing), truncated ones and damaged ones. It
// gives what can be read, lists what cannot, and never trusts a size, an
// offset or a count that a file states.
//
// # Words
//
// A file is a header of 4,096 bytes and then chunks of 65,536 bytes. A Chunk
// stands alone: it holds whole records, the names and the templates that they
// use. A Record is one event: a number, the time it was written, and a body
// in binary XML. A template is the body's fixed part (elements, attribute
// names, literal texts) with numbered holes; a record that uses it brings
// only the values for the holes. Nearly all records do.
//
// A Shape is what all records with the same templates, event ID, channel and
// provider have in common: the flat list of their field names. A Field is one
// such name; a Value is what one record has there. A Cache holds the
// templates and shapes seen so far; within one Cache a Shape is one pointer,
// so a caller can decide once for each shape (which rules may match, which
// columns to fill) and look the decision up by pointer or by Shape.ID.
//
// A Damage says which part of a file could not be read and why. Damage is
// never an error: reading goes on behind it. An error is only what the
// underlying reader reported, or that the input is no event log at all.
//
// # Reading
//
//	r := evtx.NewReader(file, evtx.Options{})
//	for r.Next() {
//		rec := r.Record()             // valid until the next call of Next
//		shape := rec.Shape()          // field names, event ID, channel, provider
//		values = rec.Values(values)   // one Value for each of shape.Fields()
//		line = rec.AppendJSON(line[:0])
//		image, ok := rec.Field("Image")
//	}
//	list(r.Damage())                  // what could not be read
//	return r.Err()
//
// For several workers, Chunks gives the chunks of a file in order and one
// Decoder for each worker decodes them, all with the same Cache:
//
//	chunks := evtx.NewChunks(file)    // one goroutine
//	for chunks.Next(&chunk) { … }
//
//	d := evtx.NewDecoder(evtx.Options{Cache: cache}) // each worker
//	d.Chunk(&chunk)
//	for d.Next() { rec := d.Record() … }
//	damage = d.AppendDamage(damage)
//
// # Limits
//
// Memory is bounded for any input: a Reader holds one chunk, a Cache at most
// MaxTemplates templates and MaxShapes shapes, a record gives at most
// MaxRecordText bytes of text, elements nest at most MaxDepth deep and a
// Reader lists at most MaxDamage damages (the rest is counted). What goes
// beyond a limit is a Damage or, for the cache, merely slower.
//
// # Sources
//
// The format follows [MS-EVEN6] section 2.2.12 to 2.2.17 (binary XML), the
// layout of files, chunks and records as published by the libevtx project
// ("Windows XML Event Log (EVTX) format"), and what real files hold.
package evtx
