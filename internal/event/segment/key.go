package segment

import (
	"encoding/hex"
	"strings"
)

// Natural keys are mostly hashes in hexadecimal, which no compression makes as
// short as the bytes that they stand for. Only in the file, a 0 byte says that
// such bytes follow, and a 1 byte that a key follows that begins with one of the
// two itself; every other key stands there as it is.
const (
	keyHex   = 0
	keyPlain = 1
	minHex   = 8 // below it packing is not worth while
)

// appendKey packs a key.
func appendKey(b []byte, key string) []byte {
	if isHex(key) {
		b = append(b, keyHex)
		out, _ := hex.AppendDecode(b, stringBytes(key)) // isHex has looked
		return out
	}
	if strings.HasPrefix(key, "\x00") || strings.HasPrefix(key, "\x01") {
		b = append(b, keyPlain)
	}
	return append(b, key...)
}

// isHex says whether packing and unpacking give the same key.
func isHex(key string) bool {
	if len(key) < minHex || len(key)%2 != 0 {
		return false
	}
	for i := range len(key) {
		if c := key[i]; c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}

func unpackKey(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case b[0] == keyHex:
		return hex.EncodeToString(b[1:])
	case b[0] == keyPlain:
		return bytesString(b[1:])
	}
	return bytesString(b)
}

// unpackKeys unpacks the keys of a page. Most pages have none.
func unpackKeys(s *Strings) {
	if len(s.Bytes) == 0 {
		return
	}
	out := Strings{Bytes: make([]byte, 0, 2*len(s.Bytes)), offsets: make([]uint32, 1, len(s.offsets))}
	for i := range s.Len() {
		out.Bytes = append(out.Bytes, unpackKey(s.At(i))...)
		out.offsets = append(out.offsets, uint32(len(out.Bytes)))
	}
	*s = out
}
