package hl7

import "fmt"

// ProblemKind says what was wrong, so that a caller can put it in words of
// its own.
type ProblemKind uint8

// The kinds of problem. Behind each stands what was done about it.
const (
	// Undecodable: bytes that are no character in the message's charset. Each
	// became U+FFFD; the bytes are in Segment.Bytes.
	Undecodable ProblemKind = iota + 1
	// OpenKanji: a segment ended, or a delimiter came, in the middle of
	// two-byte text: the return to ASCII is missing. The rest of the segment
	// may have been read wrongly.
	OpenKanji
	// EightBit: bytes from 0x80 in ISO-2022-JP text. Half-width katakana of
	// JIS X 0201 were taken as such.
	EightBit
	// Gaiji: a character of the private area (external characters that only
	// the sender's fonts hold). It is kept as U+E000 to U+E757.
	Gaiji
	// NoHeader: no MSH segment. The usual delimiters were assumed.
	NoHeader
	// OtherHeader: a second MSH in the same message. The first one's
	// delimiters hold for all.
	OtherHeader
	// Continued: a line that begins with no segment ID. It was joined to the
	// segment before it with a line feed.
	Continued
	// Junk: bytes before the first segment that belong to none.
	Junk
	// Padding: two or more NUL bytes at the end: often a half-written file.
	Padding
	// OverLimit: segments or fields beyond this package's limits. They were
	// not read.
	OverLimit
	// OtherCharset: MSH-18 names another charset than the one found.
	OtherCharset
)

// String names the kind in English, in the form of an identifier.
func (k ProblemKind) String() string {
	names := [...]string{"", "undecodable bytes", "kanji left open", "eight-bit bytes in ISO-2022-JP", "external character",
		"no MSH segment", "second MSH segment", "continued line", "junk before the message", "NUL padding", "over a limit",
		"another charset than MSH-18 says"}
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return "problem"
}

// Problem is one thing wrong with a message's bytes.
type Problem struct {
	Kind    ProblemKind
	Offset  int // where, in bytes from the start of the input
	Length  int // how many bytes; 0: not known
	Segment int // number of the segment from 0; -1: none
}

// String says the problem in one line of English for a technician's log.
func (p Problem) String() string {
	s := fmt.Sprintf("%s at byte %d", p.Kind, p.Offset)
	if p.Length > 0 {
		s += fmt.Sprintf(" (%d bytes)", p.Length)
	}
	if p.Segment >= 0 {
		s += fmt.Sprintf(", segment %d", p.Segment)
	}
	return s
}
