package evtx

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// Types of values ([MS-EVEN6] 2.2.12; EVT_VARIANT_TYPE). tArray is a flag.
const (
	tNull     = 0x00
	tString   = 0x01
	tANSI     = 0x02
	tInt8     = 0x03
	tUint8    = 0x04
	tInt16    = 0x05
	tUint16   = 0x06
	tInt32    = 0x07
	tUint32   = 0x08
	tInt64    = 0x09
	tUint64   = 0x0a
	tReal32   = 0x0b
	tReal64   = 0x0c
	tBool     = 0x0d
	tBinary   = 0x0e
	tGUID     = 0x0f
	tSize     = 0x10
	tFileTime = 0x11
	tSysTime  = 0x12
	tSID      = 0x13
	tHex32    = 0x14
	tHex64    = 0x15
	tHandle   = 0x20
	tBinXML   = 0x21
	tXML      = 0x23
	tArray    = 0x80
)

// val is one value of a record: where its bytes stand in the chunk, and its
// type.
type val struct {
	off, n uint32
	typ    byte
}

// fixedSize is the size of a type whose values all have the same, else 0.
func fixedSize(typ byte) int {
	switch typ {
	case tInt8, tUint8:
		return 1
	case tInt16, tUint16:
		return 2
	case tInt32, tUint32, tReal32, tHex32, tBool:
		return 4
	case tInt64, tUint64, tReal64, tHex64, tFileTime:
		return 8
	case tGUID, tSysTime:
		return 16
	}
	return 0
}

// style is how values are written: as data (JSON, fields) or as Windows shows
// them in XML.
type style uint8

const (
	asData style = iota
	asXML
)

// scalars writes values of all types but UTF-16 strings in the fast path.
type scalars struct {
	ansi encoding.Encoding
	// The second of the last time written, and its text: events come in
	// order, so it is mostly the same.
	second int64
	prefix []byte
}

// append writes one value that is no array. A value whose size does not fit
// its type is written as its bytes in hexadecimal rather than lost.
func (s *scalars) append(dst []byte, typ byte, b []byte, st style) []byte {
	if want := fixedSize(typ); want > 0 {
		if len(b) == 0 {
			return dst
		}
		if len(b) < want {
			return appendHex(dst, b, upperHex)
		}
	}
	switch typ {
	case tNull:
		return dst
	case tString, tXML:
		return appendUTF16(dst, trimNUL(b))
	case tANSI:
		return s.appendANSI(dst, b)
	case tInt8, tUint8, tInt16, tUint16, tInt32, tUint32, tInt64, tUint64:
		return appendInt(dst, typ, b)
	case tReal32:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(u32(b, 0))), 'g', -1, 32)
	case tReal64:
		return strconv.AppendFloat(dst, math.Float64frombits(u64(b, 0)), 'g', -1, 64)
	case tBool:
		return strconv.AppendBool(dst, u32(b, 0) != 0)
	case tGUID:
		return appendGUID(dst, b, st)
	case tSize, tHex32, tHex64, tHandle:
		return appendHexInt(dst, b)
	case tFileTime:
		return s.appendFileTime(dst, u64(b, 0), st)
	case tSysTime:
		return appendSysTime(dst, b, st)
	case tSID:
		return appendSID(dst, b)
	}
	return appendHex(dst, b, upperHex)
}

func appendInt(dst []byte, typ byte, b []byte) []byte {
	switch typ {
	case tInt8:
		return appendSigned(dst, int64(int8(b[0])))
	case tUint8:
		return appendUint(dst, uint64(b[0]))
	case tInt16:
		return appendSigned(dst, int64(int16(u16(b, 0))))
	case tUint16:
		return appendUint(dst, uint64(u16(b, 0)))
	case tInt32:
		return appendSigned(dst, int64(int32(u32(b, 0))))
	case tUint32:
		return appendUint(dst, uint64(u32(b, 0)))
	case tInt64:
		return appendSigned(dst, int64(u64(b, 0)))
	}
	return appendUint(dst, u64(b, 0))
}

// appendHexInt writes four or eight bytes as 0x and lower-case digits.
func appendHexInt(dst []byte, b []byte) []byte {
	switch {
	case len(b) >= 8:
		return appendHexUint(dst, u64(b, 0))
	case len(b) >= 4:
		return appendHexUint(dst, uint64(u32(b, 0)))
	}
	return appendHex(dst, b, upperHex)
}

// appendGUID writes a GUID; Event Viewer has it in braces and lower case.
func appendGUID(dst, b []byte, st style) []byte {
	var out [guidLen]byte
	if st == asXML {
		putGUID(out[:], b, lowerLetters)
		return append(append(append(dst, '{'), out[:]...), '}')
	}
	putGUID(out[:], b, upperLetters)
	return append(dst, out[:]...)
}

// appendFileTime writes a number of 100 ns since 1601-01-01 UTC: with six
// digits behind the second as data, with all seven as XML.
func (s *scalars) appendFileTime(dst []byte, ft uint64, st style) []byte {
	sec, frac := int64(ft/1e7)-epochGap, ft%1e7
	if sec != s.second || len(s.prefix) == 0 {
		s.second = sec
		s.prefix = appendSecond(s.prefix[:0], sec)
	}
	dst = append(dst, s.prefix...)
	if st == asXML {
		dst = append(dst, '0'+byte(frac/1e6))
		return append(appendDigits(dst, int(frac%1e6), 6), 'Z')
	}
	return append(appendDigits(dst, int(frac/10), 6), 'Z')
}

// appendSecond writes a second since 1970 up to the point behind it.
func appendSecond(dst []byte, sec int64) []byte {
	t := time.Unix(sec, 0).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(appendDigits(dst, year, 4), '-')
	dst = append(appendDigits(dst, int(month), 2), '-')
	dst = append(appendDigits(dst, day, 2), 'T')
	dst = append(appendDigits(dst, hour, 2), ':')
	dst = append(appendDigits(dst, minute, 2), ':')
	return append(appendDigits(dst, second, 2), '.')
}

// epochGap is the seconds from 1601-01-01 to 1970-01-01.
const epochGap = 11644473600

func fileTime(ft uint64) time.Time {
	return time.Unix(int64(ft/1e7)-epochGap, int64(ft%1e7)*100).UTC()
}

// appendSysTime writes year, month, day, hour, minute, second and millisecond
// as they stand; a day of the week stands between month and day.
func appendSysTime(dst, b []byte, st style) []byte {
	dst = append(appendDigits(dst, u16(b, 0), 4), '-')
	dst = append(appendDigits(dst, u16(b, 2), 2), '-')
	dst = append(appendDigits(dst, u16(b, 6), 2), 'T')
	dst = append(appendDigits(dst, u16(b, 8), 2), ':')
	dst = append(appendDigits(dst, u16(b, 10), 2), ':')
	dst = append(appendDigits(dst, u16(b, 12), 2), '.')
	dst = appendDigits(dst, u16(b, 14), 3)
	if st == asXML {
		return append(dst, 'Z')
	}
	return append(dst, "000Z"...)
}

// appendSID writes a security identifier: revision u8, count u8, authority
// of 48 bits big-endian, then count numbers of 32 bits.
func appendSID(dst, b []byte) []byte {
	if len(b) < 8 || len(b) < 8+4*int(b[1]) {
		return appendHex(dst, b, upperHex)
	}
	dst = append(appendUint(append(dst, 'S', '-'), uint64(b[0])), '-')
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	if authority>>32 == 0 {
		dst = appendUint(dst, authority)
	} else {
		dst = appendHexUint(dst, authority)
	}
	for i := range int(b[1]) {
		dst = appendUint(append(dst, '-'), uint64(u32(b, 8+4*i)))
	}
	return dst
}

// appendANSI writes a text that is not Unicode; see Options.ANSI.
func (s *scalars) appendANSI(dst, b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	if s.ansi == nil && utf8.Valid(b) {
		return append(dst, b...)
	}
	encs := []encoding.Encoding{s.ansi}
	if s.ansi == nil {
		encs = []encoding.Encoding{japanese.ShiftJIS, charmap.Windows1252}
	}
	var out []byte
	for _, e := range encs {
		var err error
		if out, err = e.NewDecoder().Bytes(b); err == nil && !containsRune(out, utf8.RuneError) {
			break
		}
	}
	return append(dst, out...)
}

func containsRune(b []byte, r rune) bool {
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == r {
			return true
		}
		b = b[n:]
	}
	return false
}

// nextItem takes the first value off an array's bytes. Strings end with NUL,
// security identifiers bear their own length.
func nextItem(b []byte, typ byte) (item, rest []byte) {
	switch typ {
	case tString:
		for i := 0; i+1 < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				return b[:i], b[i+2:]
			}
		}
		return b, nil
	case tANSI:
		for i, x := range b {
			if x == 0 {
				return b[:i], b[i+1:]
			}
		}
		return b, nil
	case tSID:
		if len(b) >= 8 && len(b) >= 8+4*int(b[1]) {
			n := 8 + 4*int(b[1])
			return b[:n], b[n:]
		}
		return b, nil
	}
	n := fixedSize(typ)
	if typ == tSize || n == 0 || len(b) < n {
		return b, nil
	}
	return b[:n], b[n:]
}
