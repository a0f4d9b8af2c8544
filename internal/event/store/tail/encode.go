package tail

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"unsafe"

	"github.com/torideproject/toride/internal/event"
)

const (
	flagSkew = 1 << iota
	flagBackfill
	flagOwnText  // Text is not Original
	flagNoText   // Text is nil
	flagSameTime // Time is Received
)

// How a string stands in an event: one byte, then what is said here.
const (
	isEmpty byte = iota
	isWord       // its number, 2 bytes
	isNear       // a piece of the original: place and length, 2 bytes each
	isFar        // the same as varints
	isText       // a piece of the text, as varints
	isHere       // length as varint, then its bytes
)

func (t *Tail) encode(b []byte, e *event.Event) []byte {
	var flags byte
	if e.Skew {
		flags |= flagSkew
	}
	if e.Backfill {
		flags |= flagBackfill
	}
	switch {
	case len(e.Text) == 0 && len(e.Original) > 0:
		flags |= flagNoText
	case !sameBytes(e.Text, e.Original):
		flags |= flagOwnText
	}
	received, at := e.Received.UnixMicro(), e.Time.UnixMicro()
	if received == at {
		flags |= flagSameTime
	}
	t.orig, t.text = e.Original, nil
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(e.Original)))
	b = append(b, e.Original...)
	if flags&flagOwnText != 0 {
		t.text = e.Text
		b = binary.AppendUvarint(b, uint64(len(e.Text)))
		b = append(b, e.Text...)
	}
	b = binary.LittleEndian.AppendUint32(b, e.At.Epoch)
	b = binary.LittleEndian.AppendUint64(b, e.At.Seq)
	b = binary.LittleEndian.AppendUint32(b, e.At.Index)
	b = binary.LittleEndian.AppendUint64(b, uint64(received))
	if flags&flagSameTime == 0 {
		b = binary.LittleEndian.AppendUint64(b, uint64(at))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Offset))
	c := &e.Core
	for _, s := range [...]*string{&e.Source, &e.Peer, &e.Dataset, &e.Product, &e.Service, &e.Category, &c.Host, &c.Code, &c.Provider,
		&c.Action, &c.Outcome, &c.Severity, &c.User, &c.Domain, &c.SourceHost, &c.Process} {
		b = t.word(b, *s)
	}
	for _, s := range [...]*string{&e.Key, &e.Unread, &c.CommandLine, &c.File, &c.Message} {
		b = t.part(b, *s)
	}
	b = t.addr(t.addr(b, c.SourceIP), c.DestIP)
	b = binary.LittleEndian.AppendUint16(b, c.SourcePort)
	b = binary.LittleEndian.AppendUint16(b, c.DestPort)
	b = binary.LittleEndian.AppendUint64(b, c.Bytes)
	b = t.fields(b, e.Fields)
	t.orig, t.text = nil, nil
	return b
}

// fields writes the shape, that is the list of names, as a number when it is
// known, and the values.
func (t *Tail) fields(b []byte, fields []event.Field) []byte {
	n := t.shape(fields)
	b = binary.LittleEndian.AppendUint16(b, n)
	if n == noShape {
		b = binary.AppendUvarint(b, uint64(len(fields)))
		for i := range fields {
			b = t.part(b, fields[i].Name)
		}
	}
	for i := range fields {
		b = t.part(b, fields[i].Value)
	}
	return b
}

// shape gives the number of a list of names.
func (t *Tail) shape(fields []event.Field) uint16 {
	if len(fields) == 0 {
		return 0
	}
	first, last := fields[0].Name, fields[len(fields)-1].Name
	middle := fields[len(fields)/2].Name
	slot := &t.shapeSlots[(uint32(len(fields))*16777619^hash(first)*31^hash(middle)*17^hash(last))%shapeSlots]
	if n := *slot; n > 0 && t.hasShape(n, fields) {
		return n
	}
	key := t.key[:0]
	for i := range fields {
		key = append(append(key, fields[i].Name...), 0)
	}
	t.key = key
	n, ok := t.shapeNames[string(key)]
	if ok && !t.hasShape(n, fields) { // a name with a zero byte
		return noShape
	}
	if !ok {
		if n = t.newShape(fields); n == noShape {
			return n
		}
	}
	*slot = n
	return n
}

func (t *Tail) hasShape(n uint16, fields []event.Field) bool {
	names := t.shapes[n]
	if len(names) != len(fields) {
		return false
	}
	for i := range names {
		if names[i] != fields[i].Name {
			return false
		}
	}
	return true
}

func (t *Tail) newShape(fields []event.Field) uint16 {
	if len(t.shapes) >= maxShapes || len(t.key) > maxShapeBytes {
		return noShape
	}
	own := string(t.key)
	names, at := make([]string, len(fields)), 0
	for i := range fields {
		n := len(fields[i].Name)
		names[i] = own[at : at+n]
		at += n + 1
	}
	n := uint16(len(t.shapes))
	t.shapeNames[own] = n
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shapes = append(t.shapes, names)
	t.bytes += int64(len(own) + 16*len(names) + 64)
	return n
}

// word writes a string that is likely to come again.
func (t *Tail) word(b []byte, s string) []byte {
	if s == "" {
		return append(b, isEmpty)
	}
	if n, ok := t.intern(s); ok {
		return append(b, isWord, byte(n), byte(n>>8))
	}
	return t.part(b, s)
}

// part writes a string that is likely to be a part of the original.
func (t *Tail) part(b []byte, s string) []byte {
	if s == "" {
		return append(b, isEmpty)
	}
	if at, ok := within(t.orig, s); ok {
		if at|len(s) < 1<<16 {
			return append(b, isNear, byte(at), byte(at>>8), byte(len(s)), byte(len(s)>>8))
		}
		return binary.AppendUvarint(binary.AppendUvarint(append(b, isFar), uint64(at)), uint64(len(s)))
	}
	if at, ok := within(t.text, s); ok {
		return binary.AppendUvarint(binary.AppendUvarint(append(b, isText), uint64(at)), uint64(len(s)))
	}
	return append(binary.AppendUvarint(append(b, isHere), uint64(len(s))), s...)
}

// within reports where s lies in b, when it shares b's memory. The addresses
// are only a hint; the bytes decide.
func within(b []byte, s string) (int, bool) {
	if len(b) < len(s) {
		return 0, false
	}
	at := uintptr(unsafe.Pointer(unsafe.StringData(s))) - uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	if at > uintptr(len(b)-len(s)) || string(b[at:at+uintptr(len(s))]) != s {
		return 0, false
	}
	return int(at), true
}

func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (unsafe.SliceData(a) == unsafe.SliceData(b) || bytes.Equal(a, b))
}

// intern gives the number of a word.
func (t *Tail) intern(s string) (uint16, bool) {
	if len(s) > maxWord {
		return 0, false
	}
	slot := &t.recent[hash(s)%slots]
	if n := *slot; n > 0 && t.words[n-1] == s {
		return uint16(n - 1), true
	}
	n, ok := t.known[s]
	if !ok {
		if len(t.words) >= maxWords || t.wordLen+len(s) > maxWordBytes {
			return 0, false
		}
		own := string(append([]byte(nil), s...))
		n = uint16(len(t.words))
		t.mu.Lock()
		t.words = append(t.words, own)
		t.bytes += int64(len(s)) + 64 // with what slice and map take
		t.mu.Unlock()
		t.known[own] = n
		t.wordLen += len(s)
	}
	*slot = uint32(n) + 1
	return n, true
}

// hash is a quick one of length, beginning, middle and end.
func hash(s string) uint32 {
	if s == "" {
		return 0
	}
	h := uint32(len(s))
	if len(s) < 8 {
		h = h*16777619 ^ uint32(s[0])
		h = h*16777619 ^ uint32(s[len(s)/2])
		h = h*16777619 ^ uint32(s[len(s)-1])
		return h ^ h>>15
	}
	a := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s), 8))
	z := binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData(s[len(s)-8:]), 8))
	x := (a ^ z<<1 ^ uint64(h)<<57) * 0x9E3779B97F4A7C15
	return uint32(x >> 40)
}

// addr writes an address: length, bytes, and the zone of IPv6.
func (t *Tail) addr(b []byte, a netip.Addr) []byte {
	switch {
	case !a.IsValid():
		return append(b, 0)
	case a.Is4():
		v := a.As4()
		return append(append(b, 4), v[:]...)
	}
	v := a.As16()
	return t.part(append(append(b, 16), v[:]...), a.Zone())
}
