package hl7

import "errors"

// Limits that this package sets itself. Each is many times what any real
// message was seen to need.
const (
	// DefaultMaxSize is the largest message that is read unless Options says
	// otherwise, in bytes. SS-MIX2 files have 0.5 to 5 KB; OBX-5 may have
	// 64 KB by the specification.
	DefaultMaxSize = 16 << 20
	// MaxSegments is how many segments of one message are read. Further ones
	// are an OverLimit problem; their bytes remain in Message.Bytes.
	MaxSegments = 1 << 17
	// MaxFields is how many fields of one message are indexed, all segments
	// together. Beyond, the rest of each segment is one field, and an
	// OverLimit problem.
	MaxFields = 1 << 21
	// MaxProblems is how many problems a Message lists one by one.
	MaxProblems = 100
)

// ErrNotHL7 reports that the bytes hold not a single segment.
var ErrNotHL7 = errors.New("hl7: the input is no HL7 message: no segment was found")

// ErrTooLarge reports a message beyond Options.MaxSize.
var ErrTooLarge = errors.New("hl7: the message is larger than the limit")

// Options says how to read. The zero value is right for SS-MIX2.
type Options struct {
	// Charset, if not Auto, is taken for granted. By default it is detected
	// from the bytes (see Detect).
	Charset Charset
	// MaxSize is the largest message in bytes; 0: DefaultMaxSize. At most
	// 1 GiB.
	MaxSize int
}
