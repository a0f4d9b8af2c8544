package evtx

import (
	"fmt"
	"strings"
)

// DamageKind says what sort of loss a Damage is, so that a caller can put it
// in words of its own.
type DamageKind uint8

// The kinds of damage. Behind each stands what was lost.
const (
	// BadFileHeader: the first 4,096 bytes are not a sound file header.
	// Nothing is lost by it: chunks are found without the header.
	BadFileHeader DamageKind = iota + 1
	// BadChunkHeader: a chunk's header fails its checksum, has no signature
	// or states impossible numbers. Its records are read by their own
	// signatures.
	BadChunkHeader
	// BadChecksum: a chunk's records fail the chunk's checksum. Each record
	// is still read; any value in this chunk may have been altered.
	BadChecksum
	// NotAChunk: bytes where a chunk should be hold neither a chunk nor any
	// record. Length bytes are lost.
	NotAChunk
	// Truncated: the file ends inside a chunk. Length bytes are missing.
	Truncated
	// BadRecord: a record's header lies (size, signature or its copy of the
	// size). Length bytes were passed over up to the next sound record.
	BadRecord
	// BadBody: a record's header is sound and its binary XML is not. The
	// Record is given with number and time alone; Record.Err says more.
	BadBody
	// OverLimit: a record's body was read and some of it was left out because
	// it breaks a limit of this package (see the package's limits).
	OverLimit
	// MissingRecords: numbers Record to Last should be there by the chunk's
	// header or by the numbers of the neighbouring chunks, and are not.
	MissingRecords
)

// String names the kind in English, in the form of an identifier.
func (k DamageKind) String() string {
	names := [...]string{"", "bad file header", "bad chunk header", "bad checksum", "not a chunk", "truncated",
		"bad record", "bad body", "over a limit", "missing records"}
	if int(k) < len(names) && k > 0 {
		return names[k]
	}
	return "damage"
}

// Damage is one part of a file that could not be read as it should be.
type Damage struct {
	Kind   DamageKind
	Offset int64  // where it begins, in bytes from the start of the file
	Length int64  // how many bytes it covers; 0: not known
	Chunk  int    // number of the chunk, from 0; -1: the file header
	Record uint64 // record number; 0: not known
	Last   uint64 // the last record number, for MissingRecords
	Cause  error  // what was found, in English, for a technician; may be nil
}

// String says the damage in one line of English for a technician's log.
func (d Damage) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at byte %d", d.Kind, d.Offset)
	if d.Length > 0 {
		fmt.Fprintf(&b, " (%d bytes)", d.Length)
	}
	if d.Chunk >= 0 {
		fmt.Fprintf(&b, ", chunk %d", d.Chunk)
	}
	switch {
	case d.Last > d.Record:
		fmt.Fprintf(&b, ", records %d to %d", d.Record, d.Last)
	case d.Record > 0:
		fmt.Fprintf(&b, ", record %d", d.Record)
	}
	if d.Cause != nil {
		b.WriteString(": " + d.Cause.Error())
	}
	return b.String()
}

// damageLog keeps the first MaxDamage damages and counts the rest, so that a
// hostile file cannot fill the memory with its own complaints.
type damageLog struct {
	list []Damage
	more int
}

func (l *damageLog) add(d Damage) {
	if len(l.list) >= MaxDamage {
		l.more++
		return
	}
	l.list = append(l.list, d)
}
