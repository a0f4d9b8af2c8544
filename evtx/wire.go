package evtx

import (
	"encoding/binary"
	"errors"
)

// Signatures of the file's parts.
const (
	fileMagic   = "ElfFile\x00"
	chunkMagic  = "ElfChnk\x00"
	recordMagic = 0x00002a2a
)

// Tokens of binary XML ([MS-EVEN6] 2.2.12). moreBit marks an element with
// attributes, or an attribute or text that is followed by another.
const (
	tokEnd        = 0x00
	tokOpen       = 0x01
	tokCloseStart = 0x02
	tokCloseEmpty = 0x03
	tokEndElement = 0x04
	tokValue      = 0x05
	tokAttribute  = 0x06
	tokCDATA      = 0x07
	tokCharRef    = 0x08
	tokEntityRef  = 0x09
	tokPITarget   = 0x0a
	tokPIData     = 0x0b
	tokTemplate   = 0x0c
	tokSub        = 0x0d
	tokOptSub     = 0x0e
	tokFragment   = 0x0f

	moreBit = 0x40
)

// What can be wrong with a body. They say it to a technician.
var (
	errBounds    = errors.New("a part reaches beyond its record or chunk")
	errToken     = errors.New("unknown token in binary XML")
	errName      = errors.New("a name's offset or length is impossible")
	errNesting   = errors.New("elements do not close in their order")
	errDeep      = errors.New("elements nest too deeply")
	errTooMany   = errors.New("more elements, values or templates than any event has")
	errTooLong   = errors.New("a template or a text is longer than the limit")
	errTemplate  = errors.New("the template's definition cannot be read")
	errWork      = errors.New("the chunk defines more templates than it can hold")
	errTrailer   = errors.New("the record's size and the copy of it differ")
	errSignature = errors.New("no record signature where a record should begin")
	errSize      = errors.New("the record's size is impossible")
	errHeaderCRC = errors.New("the header's checksum is wrong")
	errDataCRC   = errors.New("the records' checksum is wrong")
	errNoMagic   = errors.New("the signature is missing")
	errStale     = errors.New("the chunk's header is older than its last records")
	errFree      = errors.New("the header's end of records is outside of the chunk")
)

func u16(b []byte, at int) int    { return int(binary.LittleEndian.Uint16(b[at:])) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// nameAt checks the name structure at an offset of a chunk (next offset u32,
// hash u16, count u16, UTF-16 units, NUL) and gives its count and units as
// they stand there, and the size of the whole structure.
func nameAt(c []byte, off uint32) (raw []byte, size int, err error) {
	if off > uint32(len(c)) || len(c)-int(off) < 10 {
		return nil, 0, errName
	}
	at := int(off)
	n := u16(c, at+6)
	if n == 0 || n > maxName || len(c)-at < 10+2*n || c[at+8+2*n] != 0 || c[at+9+2*n] != 0 {
		return nil, 0, errName
	}
	return c[at+6 : at+8+2*n], 10 + 2*n, nil
}

// allZero reports whether a block was never written.
func allZero(b []byte) bool {
	for len(b) >= 8 {
		if u64(b, 0) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
