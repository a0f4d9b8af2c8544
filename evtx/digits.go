package evtx

import (
	"encoding/binary"
	"math/bits"
)

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"

	guidLen      = 36
	upperLetters = 'A' - '0' - 10
	lowerLetters = 'a' - '0' - 10
)

// appendUint writes a decimal number. Most numbers of events are small.
func appendUint(dst []byte, n uint64) []byte {
	if n < 10 {
		return append(dst, '0'+byte(n))
	}
	if n < 100 {
		return append(dst, '0'+byte(n/10), '0'+byte(n%10))
	}
	var d [20]byte
	i := len(d)
	for n >= 1<<32 {
		i--
		d[i] = '0' + byte(n%10)
		n /= 10
	}
	for m := uint32(n); m > 0; m /= 10 {
		i--
		d[i] = '0' + byte(m%10)
	}
	return append(dst, d[i:]...)
}

func appendSigned(dst []byte, n int64) []byte {
	if n < 0 {
		return appendUint(append(dst, '-'), -uint64(n))
	}
	return appendUint(dst, uint64(n))
}

// appendDigits writes n with leading zeros to at least w digits.
func appendDigits(dst []byte, n, w int) []byte {
	if w == 2 && n < 100 {
		return append(dst, '0'+byte(n/10), '0'+byte(n%10))
	}
	var d [8]byte
	i := len(d)
	for n > 0 || w > 0 {
		i--
		d[i] = '0' + byte(n%10)
		n, w = n/10, w-1
	}
	return append(dst, d[i:]...)
}

// appendHexUint writes 0x and lower-case digits without leading zeros.
func appendHexUint(dst []byte, n uint64) []byte {
	dst = append(dst, '0', 'x')
	if n>>32 != 0 {
		dst = appendHexTop(dst, uint32(n>>32))
		return binary.BigEndian.AppendUint64(dst, hex8(uint32(n), lowerLetters))
	}
	return appendHexTop(dst, uint32(n))
}

func appendHexTop(dst []byte, n uint32) []byte {
	if n == 0 {
		return append(dst, '0')
	}
	digits := (bits.Len32(n) + 3) / 4
	at := len(dst)
	dst = binary.BigEndian.AppendUint64(dst, hex8(n, lowerLetters)<<(8*(8-digits)))
	return dst[:at+digits]
}

func appendHex(dst, b []byte, digits string) []byte {
	for _, x := range b {
		dst = append(dst, digits[x>>4], digits[x&15])
	}
	return dst
}

// hex8 gives the eight hexadecimal digits of x, the first in the highest
// byte: each nibble is moved into a byte of its own, and those above nine are
// moved on to the letters.
func hex8(x uint32, letters uint64) uint64 {
	v := uint64(x)
	v = (v | v<<16) & 0x0000FFFF0000FFFF
	v = (v | v<<8) & 0x00FF00FF00FF00FF
	v = (v | v<<4) & (0x0F * ones)
	return v + '0'*ones + (v+6*ones)>>4&ones*letters
}

// putGUID writes a GUID's 36 characters: the first three groups are
// little-endian numbers, the rest is byte by byte.
func putGUID(dst, b []byte, letters uint64) {
	_, _ = dst[guidLen-1], b[15]
	be := binary.BigEndian
	be.PutUint64(dst, hex8(u32(b, 0), letters))
	mid := hex8(uint32(u16(b, 4))<<16|uint32(u16(b, 6)), letters)
	be.PutUint32(dst[9:], uint32(mid>>32))
	be.PutUint32(dst[14:], uint32(mid))
	end := hex8(be.Uint32(b[8:]), letters)
	be.PutUint32(dst[19:], uint32(end>>32))
	be.PutUint32(dst[24:], uint32(end))
	be.PutUint64(dst[28:], hex8(be.Uint32(b[12:]), letters))
	dst[8], dst[13], dst[18], dst[23] = '-', '-', '-', '-'
}
