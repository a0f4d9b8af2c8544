package index

import (
	"bytes"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
)

// words holds a short text for each row in one piece of memory.
type words struct {
	off  []uint32 // one more than rows
	data []byte
}

func newWords(rows int) words { return words{off: append(make([]uint32, 0, rows+1), 0)} }

func (w *words) add(b []byte) {
	w.data = append(w.data, b...)
	w.off = append(w.off, uint32(len(w.data)))
}

func (w *words) addString(s string) {
	w.data = append(w.data, s...)
	w.off = append(w.off, uint32(len(w.data)))
}

func (w *words) at(row int) []byte { return w.data[w.off[row]:w.off[row+1]] }

// maxStamp is how many digits of a Stamp are kept.
const maxStamp = 17

// packStamp makes a Stamp a number that sorts as the Stamp does: its digits
// filled with zeros, and how many there were. What is no Stamp is 0.
func packStamp(s model.Stamp) uint64 {
	if len(s) > maxStamp {
		s = s[:maxStamp]
	}
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + uint64(s[i]-'0')
	}
	if len(s) == 0 {
		return 0
	}
	for range maxStamp - len(s) {
		n *= 10
	}
	return n<<5 | uint64(len(s))
}

func unpackStamp(n uint64) model.Stamp {
	length := int(n & 31)
	if length == 0 || length > maxStamp {
		return ""
	}
	var digits [maxStamp]byte
	v := n >> 5
	for i := maxStamp - 1; i >= 0; i-- {
		digits[i] = byte('0' + v%10)
		v /= 10
	}
	return model.Stamp(digits[:length])
}

// sexBits and bedBit share a byte. A row's bedBit says that it, or another
// row of the same patient, has a bed.
const (
	sexBits = 0x07
	bedBit  = 0x08
)

func packSex(s string) uint8 {
	if len(s) != 1 {
		return 0
	}
	return uint8(strings.IndexByte("MFOUAN", s[0]) + 1)
}

func unpackSex(b uint8) string {
	if b &= sexBits; b == 0 || b > 6 {
		return ""
	}
	return "MFOUAN"[b-1 : b]
}

// compareIDs orders numbers without their leading zeros and without regard to
// small and capital letters, so that numbers that a person would take for the
// same stand together.
func compareIDs(a, b []byte) int {
	a, b = bytes.TrimLeft(a, "0"), bytes.TrimLeft(b, "0")
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := upper(a[i]), upper(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		b -= 'a' - 'A'
	}
	return b
}
