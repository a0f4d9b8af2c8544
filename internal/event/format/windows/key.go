package windows

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strings"
	"time"
)

// Identity gathers what makes the natural key of an event: computer, channel,
// record number, second, event ID, and a sum over the values of the event's
// data. It is the same for every shape: collectors differ in names, order, case
// and braces, in the fraction of the second, in blanks at the ends, and in how
// they write times and line ends; all of that is left out. The sum keeps an
// entry that only claims to be another (same number, other content) from being
// taken for it; it is no protection against someone who computes.
type Identity struct {
	Computer, Channel, Record, EventID string
	Time                               time.Time
	sum                                uint64
}

// Add takes a value of the event's data in, in any order.
func (i *Identity) Add(value string) { i.sum += mix(value) }

// Key gives the key, or nothing where computer, number, event ID or time is
// not known. It has at most 512 bytes.
func (i *Identity) Key() string {
	if i.Computer == "" || i.Record == "" || i.EventID == "" || i.Time.IsZero() {
		return ""
	}
	var b strings.Builder
	b.Grow(40 + len(i.Computer) + len(i.Channel) + len(i.Record))
	b.WriteString("win/")
	lower(&b, i.Computer)
	b.WriteByte('/')
	lower(&b, i.Channel)
	b.WriteByte('/')
	b.WriteString(cut(i.Record))
	b.WriteByte('/')
	var n [12]byte
	binary.BigEndian.PutUint32(n[:], uint32(i.Time.Unix()))
	binary.BigEndian.PutUint64(n[4:], i.sum+mix(i.EventID))
	var out [24]byte
	hex.Encode(out[:], n[:])
	b.Write(out[:])
	return b.String()
}

// key gives the natural key of the event that was read.
func (w *reader) key() string {
	v := &w.v
	if w.e.Skew {
		return ""
	}
	id := Identity{Computer: v[computer], Channel: v[channel], Record: v[record], EventID: v[eventID], Time: w.e.Time, sum: w.sum}
	return id.Key()
}

func cut(s string) string { return s[:min(len(s), 128)] }

// lower writes a name in lower case (ASCII), at most 128 bytes of it.
func lower(b *strings.Builder, s string) {
	for _, c := range []byte(cut(s)) {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b.WriteByte(c)
	}
}

// mix turns a value of the event's data into a number. Values that collectors
// write differently count as nothing.
func mix(s string) uint64 {
	for s != "" && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}' {
		s = s[1 : len(s)-1] // a GUID
	}
	if s == "" || s == "-" || timeLike(s) || strings.IndexByte(s, '\n') >= 0 {
		return 0
	}
	const fold = 0x2020202020202020
	h := uint64(len(s)) * 0x9e3779b97f4a7c15
	for len(s) >= 8 {
		h = step(h, word(s)|fold)
		s = s[8:]
	}
	if len(s) > 0 {
		var tail [8]byte
		copy(tail[:], s)
		h = step(h, binary.LittleEndian.Uint64(tail[:])|fold)
	}
	return h | 1
}

func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func step(h, x uint64) uint64 {
	hi, lo := bits.Mul64(h^x, 0xe7037ed1a0b428db)
	return hi ^ lo ^ x
}

// timeLike reports a date with a time of day.
func timeLike(s string) bool {
	return len(s) >= 19 && (s[4] == '-' || s[4] == '/') && s[13] == ':' && s[16] == ':'
}
