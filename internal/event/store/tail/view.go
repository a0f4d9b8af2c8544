package tail

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unsafe"

	"github.com/torideproject/toride/internal/event"
)

// View is a tail at one moment.
type View struct {
	blocks [][]byte
	refs   []ref
	words  []string
	shapes [][]string
}

// Len is the number of events.
func (v View) Len() int { return len(v.refs) }

// Each gives the events, the newest first, until yield returns false. The event
// and its Fields are valid during the call only; strings and bytes stay valid as
// long as somebody has them, and nobody may change them.
func (v View) Each(yield func(*event.Event) bool) {
	var e event.Event
	for i := len(v.refs) - 1; i >= 0; i-- {
		v.Event(i, &e)
		if !yield(&e) {
			return
		}
	}
}

// Event fills e with the event of that number, from 0, the oldest. It uses the
// capacity of e.Fields.
func (v View) Event(i int, e *event.Event) {
	r := v.refs[i]
	d := decoder{b: v.blocks[r.block][r.at:], words: v.words, shapes: v.shapes}
	d.event(e)
}

// Head is what of an event can be had without reading all of it.
type Head struct {
	At                    event.Position
	Received, Time        int64 // microseconds since 1970
	Source, Peer, Dataset string
	Original              []byte
}

// Head gives the head of the event of that number, in a quarter of the time of
// Event.
func (v View) Head(i int) (h Head) {
	r := v.refs[i]
	d := decoder{b: v.blocks[r.block][r.at:], words: v.words}
	flags := d.bodies()
	h.Original = d.orig
	h.At = event.Position{Epoch: d.u32(), Seq: d.u64(), Index: d.u32()}
	h.Received = int64(d.u64())
	h.Time = h.Received
	if flags&flagSameTime == 0 {
		h.Time = int64(d.u64())
	}
	d.b = d.b[4:]
	h.Source, h.Peer, h.Dataset = d.string(), d.string(), d.string()
	return h
}

// decoder reads what encode wrote in this process; it is not meant for bytes
// from elsewhere.
type decoder struct {
	b          []byte // what is left
	words      []string
	shapes     [][]string
	orig, text []byte
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.b = d.b[n:]
	return v
}

func (d *decoder) take(n uint64) []byte {
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) u16() uint16 { v := binary.LittleEndian.Uint16(d.b); d.b = d.b[2:]; return v }
func (d *decoder) u32() uint32 { v := binary.LittleEndian.Uint32(d.b); d.b = d.b[4:]; return v }
func (d *decoder) u64() uint64 { v := binary.LittleEndian.Uint64(d.b); d.b = d.b[8:]; return v }

func (d *decoder) string() string {
	b := d.b
	switch b[0] {
	case isEmpty:
		d.b = b[1:]
		return ""
	case isWord:
		d.b = b[3:]
		return d.words[binary.LittleEndian.Uint16(b[1:])]
	case isNear:
		at, n := binary.LittleEndian.Uint16(b[1:]), binary.LittleEndian.Uint16(b[3:])
		d.b = b[5:]
		return piece(d.orig, uint64(at), uint64(n))
	}
	d.b = b[1:]
	at := d.uvarint()
	switch b[0] {
	case isFar:
		return piece(d.orig, at, d.uvarint())
	case isText:
		return piece(d.text, at, d.uvarint())
	}
	return piece(d.take(at), 0, at)
}

func piece(b []byte, at, n uint64) string {
	b = b[at : at+n]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (d *decoder) addr() netip.Addr {
	kind := d.b[0]
	d.b = d.b[1:]
	switch kind {
	case 4:
		return netip.AddrFrom4([4]byte(d.take(4)))
	case 16:
		a := netip.AddrFrom16([16]byte(d.take(16)))
		if zone := d.string(); zone != "" {
			a = a.WithZone(zone)
		}
		return a
	}
	return netip.Addr{}
}

// bodies reads the flags, the original and the text, with which an event begins.
func (d *decoder) bodies() (flags byte) {
	flags = d.take(1)[0]
	d.orig = d.take(d.uvarint())
	switch {
	case flags&flagOwnText != 0:
		d.text = d.take(d.uvarint())
	case flags&flagNoText == 0:
		d.text = d.orig
	}
	return flags
}

func (d *decoder) event(e *event.Event) {
	flags := d.bodies()
	*e = event.Event{Fields: e.Fields[:0], Original: d.orig, Text: d.text, Skew: flags&flagSkew != 0, Backfill: flags&flagBackfill != 0}
	e.At = event.Position{Epoch: d.u32(), Seq: d.u64(), Index: d.u32()}
	e.Received = time.UnixMicro(int64(d.u64())).UTC()
	e.Time = e.Received
	if flags&flagSameTime == 0 {
		e.Time = time.UnixMicro(int64(d.u64())).UTC()
	}
	e.Offset = int32(d.u32())
	c := &e.Core
	for _, s := range [...]*string{&e.Source, &e.Peer, &e.Dataset, &e.Product, &e.Service, &e.Category, &c.Host, &c.Code, &c.Provider,
		&c.Action, &c.Outcome, &c.Severity, &c.User, &c.Domain, &c.SourceHost, &c.Process,
		&e.Key, &e.Unread, &c.CommandLine, &c.File, &c.Message} {
		*s = d.string()
	}
	c.SourceIP, c.DestIP = d.addr(), d.addr()
	c.SourcePort, c.DestPort, c.Bytes = d.u16(), d.u16(), d.u64()
	d.fields(e)
}

func (d *decoder) fields(e *event.Event) {
	if n := d.u16(); n != noShape {
		for _, name := range d.shapes[n] {
			e.Fields = append(e.Fields, event.Field{Name: name})
		}
	} else {
		for range d.uvarint() {
			e.Fields = append(e.Fields, event.Field{Name: d.string()})
		}
	}
	for i := range e.Fields {
		e.Fields[i].Value = d.string()
	}
}
