package segment

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event"
)

// flattener makes rows of events. What it gives is valid until the next.
type flattener struct {
	arena  []byte // JSON of the rows' fields
	shape  []byte
	known  map[string]string // interned shapes
	recent []*shape
	refs   []int8
	addrs  map[netip.Addr]string
	near   [addrSlots]knownAddr
	cores  [len(refColumns)]string // of the event in hand, as text
	lens   uint64                  // bit n: one of cores has min(n, 63) bytes
	nums   [refNumbers][]byte

	// For the skip index: the text of the event in hand, how far its values have
	// been found in it, and those that do not stand in it.
	text  string
	found int
	extra [][]byte
}

func newFlattener() *flattener {
	return &flattener{known: map[string]string{}, addrs: map[netip.Addr]string{}}
}

// refColumns are the columns that a field of the entry may refer to instead of
// being written again: most fields of the core were taken from a native one.
const refColumns = "" +
	string(rune(ColHost)) + string(rune(ColCode)) + string(rune(ColProvider)) + string(rune(ColAction)) +
	string(rune(ColOutcome)) + string(rune(ColSeverity)) + string(rune(ColUser)) + string(rune(ColDomain)) +
	string(rune(ColSourceIP)) + string(rune(ColDestIP)) + string(rune(ColSourceHost)) + string(rune(ColProcess)) +
	string(rune(ColCommandLine)) + string(rune(ColFile)) + string(rune(ColMessage)) +
	string(rune(ColSourcePort)) + string(rune(ColDestPort)) + string(rune(ColBytes))

const refNumbers = 3 // the last of refColumns hold numbers

// flatten fills r from e. r points into e and into f.
func (f *flattener) flatten(e *event.Event, r *row) {
	c := &e.Core
	f.arena, f.extra = f.arena[:0], f.extra[:0]
	*r = row{
		epoch: e.At.Epoch, seq: e.At.Seq, index: e.At.Index,
		received: e.Received.UnixMicro(), time: e.Time.UnixMicro(), offset: e.Offset,
		srcPort: uint32(c.SourcePort), dstPort: uint32(c.DestPort), bytes: c.Bytes,
		dict: [dicts]string{
			valid(e.Source), e.Peer, valid(e.Dataset), e.Product, e.Service, e.Category, c.Host, c.Code, c.Provider, c.Action, c.Outcome, c.Severity,
			c.User, c.Domain, f.addr(c.SourceIP), f.addr(c.DestIP), c.SourceHost, c.Process, e.Unread, "",
		},
		wide: [wides][]byte{stringBytes(e.Key), stringBytes(c.CommandLine), stringBytes(c.File), stringBytes(c.Message), nil, nil, e.Original},
	}
	if e.Skew {
		r.flags |= flagSkew
	}
	if e.Backfill {
		r.flags |= flagBackfill
	}
	if !bytes.Equal(e.Text, e.Original) {
		*r.long(ColText) = e.Text
		if len(e.Text) == 0 { // an empty column means the same as the original
			r.flags |= flagNoText
		}
	}
	for c := ColKey; c <= ColMessage; c++ {
		if w := r.long(c); !utf8.Valid(*w) {
			*w = bytes.ToValidUTF8(*w, []byte("\uFFFD"))
		}
	}
	f.text, f.found = bytesString(r.textBytes()), 0
	for c := ColCommandLine; c <= ColMessage; c++ {
		f.look(bytesString(*r.long(c)), true)
	}
	f.fields(e, r)
	r.extra, r.looked = f.extra, true
}

// pair writes one field into the JSON.
func (f *flattener) pair(name, value string) {
	var same bool
	f.arena, same = appendPair(f.arena, name, value)
	f.look(value, same)
}

// look notes a value that does not stand in the text as it is written; same says
// that it is written as it is. Values mostly come in the order of the text.
func (f *flattener) look(value string, same bool) {
	if len(value) == 0 {
		return
	}
	if !same {
		f.extra = append(f.extra, stringBytes(valid(value)))
		return
	}
	// Near first: a search in few bytes is much quicker.
	near := f.text[f.found:min(len(f.text), f.found+len(value)+48)]
	if i := strings.Index(near, value); i >= 0 {
		f.found += i + len(value)
		return
	}
	if i := strings.Index(f.text[f.found:], value); i >= 0 {
		f.found += i + len(value)
		return
	}
	if strings.Contains(f.text, value) {
		return
	}
	f.extra = append(f.extra, stringBytes(value))
}

// valid gives s without bytes that are no UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// addr writes an address as text, which most events have had before.
func (f *flattener) addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	var slot *knownAddr
	if a.Is4() {
		b := a.As4()
		slot = &f.near[binary.BigEndian.Uint32(b[:])*gramFactor>>(32-addrBits)]
		if slot.addr == a {
			return slot.text
		}
	}
	s, ok := f.addrs[a]
	if !ok {
		if len(f.addrs) > 1<<16 {
			clear(f.addrs)
		}
		s = a.String()
		f.addrs[a] = s
	}
	if slot != nil {
		*slot = knownAddr{a, s}
	}
	return s
}

// knownAddr is an address with its text.
type knownAddr struct {
	addr netip.Addr
	text string
}

const (
	addrBits  = 10
	addrSlots = 1 << addrBits
)

// fields writes the shape and the JSON of e's own fields. The shape lists the
// names in their order, one a line, and behind a tab the column that has the value;
// the others stand in the JSON object in the same order.
func (f *flattener) fields(e *event.Event, r *row) {
	if len(e.Fields) == 0 {
		return
	}
	f.setCores(r)
	f.refs = f.refs[:0]
	f.arena = append(f.arena, '{')
	for i := range e.Fields {
		ref := f.refer(e.Fields[i].Value)
		if f.refs = append(f.refs, int8(ref)); ref < 0 {
			f.pair(e.Fields[i].Name, e.Fields[i].Value)
		}
	}
	f.arena = append(f.arena, '}')
	shape := f.shapeOf(e.Fields)
	if shape == "" {
		shape = unshaped
		f.arena = append(f.arena[:0], '{')
		for i := range e.Fields {
			f.pair(e.Fields[i].Name, e.Fields[i].Value)
		}
		f.arena = append(f.arena, '}')
	}
	*r.str(ColShape), *r.long(ColFields) = shape, f.arena
}

// shape is a list of names and of the columns that they refer to, and what it is
// written as.
type shape struct {
	names []string
	refs  []int8
	text  string
}

// shapeOf gives the shape of fields whose columns are in f.refs, or "" when
// all of them must stand in the JSON. Neighbours mostly have the same.
func (f *flattener) shapeOf(fields []event.Field) string {
	for i, s := range f.recent {
		if s.is(fields, f.refs) {
			copy(f.recent[1:i+1], f.recent[:i])
			f.recent[0] = s
			return s.text
		}
	}
	f.shape = f.shape[:0]
	for i := range fields {
		name := fields[i].Name
		if strings.IndexByte(name, '\n') >= 0 || strings.IndexByte(name, '\t') >= 0 {
			return ""
		}
		f.shape = append(append(f.shape, name...), '\t')
		if f.refs[i] >= 0 {
			f.shape = append(f.shape, 'a'+byte(f.refs[i]))
		}
		f.shape = append(f.shape, '\n')
	}
	if len(f.shape) > maxShape || !utf8.Valid(f.shape) {
		return ""
	}
	text, ok := f.known[string(f.shape)]
	if !ok {
		if len(f.known) >= maxShapes {
			return ""
		}
		text = string(f.shape)
		f.known[text] = text
	}
	f.remember(fields, text)
	return text
}

// remember puts a shape in front of the recent ones.
func (f *flattener) remember(fields []event.Field, text string) {
	s := &shape{refs: slices.Clone(f.refs), text: text}
	for i := range fields {
		s.names = append(s.names, fields[i].Name)
	}
	if len(f.recent) == maxRecent {
		f.recent = f.recent[:maxRecent-1]
	}
	f.recent = slices.Insert(f.recent, 0, s)
}

func (s *shape) is(fields []event.Field, refs []int8) bool {
	if len(s.names) != len(fields) || !slices.Equal(s.refs, refs) {
		return false
	}
	for i := range fields {
		if s.names[i] != fields[i].Name {
			return false
		}
	}
	return true
}

// Entries with more or longer names than these write them all into the JSON,
// so that senders that invent names cannot fill the dictionary of shapes.
const (
	maxShape  = 16 << 10
	maxShapes = 4096
	maxRecent = 8
)

// unshaped is the shape of such an entry.
const unshaped = "*"

// setCores notes the core as text, for refer.
func (f *flattener) setCores(r *row) {
	f.lens = 0
	for i := range len(refColumns) {
		c, s := Column(refColumns[i]), ""
		switch {
		case c.IsDict():
			s = *r.str(c)
		case c.IsWide():
			s = bytesString(*r.long(c))
		default:
			if n := r.number(c); n != 0 {
				b := &f.nums[i-(len(refColumns)-refNumbers)]
				*b = strconv.AppendUint((*b)[:0], uint64(n), 10)
				s = bytesString(*b)
			}
		}
		f.cores[i] = s
		if s != "" {
			f.lens |= 1 << min(len(s), 63)
		}
	}
}

// refer gives the place in refColumns of the column that says value, or -1.
func (f *flattener) refer(value string) int {
	if value == "" || f.lens>>min(len(value), 63)&1 == 0 {
		return -1
	}
	n := len(value)
	for i, c := range f.cores {
		if len(c) == n && c[n-1] == value[n-1] && c == value {
			return i
		}
	}
	return -1
}

// unflatten makes an event of r. Strings and bytes stay r's.
func unflatten(r *row, e *event.Event) error {
	src, err1 := parseAddr(*r.str(ColSourceIP))
	dst, err2 := parseAddr(*r.str(ColDestIP))
	if err1 != nil || err2 != nil {
		return errContent
	}
	d := &r.dict
	*e = event.Event{
		At:  event.Position{Epoch: r.epoch, Seq: r.seq, Index: r.index},
		Key: bytesString(*r.long(ColKey)), Received: time.UnixMicro(r.received).UTC(), Time: time.UnixMicro(r.time).UTC(),
		Offset: r.offset, Skew: r.flags&flagSkew != 0, Backfill: r.flags&flagBackfill != 0,
		Source: d[0], Peer: d[1], Dataset: d[2], Product: d[3], Service: d[4], Category: d[5],
		Core: event.Core{
			Host: d[6], Code: d[7], Provider: d[8], Action: d[9], Outcome: d[10], Severity: d[11], User: d[12], Domain: d[13],
			SourceIP: src, SourcePort: uint16(r.srcPort), DestIP: dst, DestPort: uint16(r.dstPort), SourceHost: d[16], Process: d[17],
			CommandLine: bytesString(*r.long(ColCommandLine)), File: bytesString(*r.long(ColFile)), Bytes: r.bytes,
			Message: bytesString(*r.long(ColMessage)),
		},
		Unread: d[18], Fields: e.Fields[:0], Original: *r.long(ColOriginal), Text: r.textBytes(),
	}
	return readFields(r, e)
}

// textBytes is the event's text.
func (r *row) textBytes() []byte {
	if t := *r.long(ColText); len(t) > 0 || r.flags&flagNoText != 0 {
		return t
	}
	return *r.long(ColOriginal)
}

func parseAddr(s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(s)
}

// readFields joins shape and JSON again.
func readFields(r *row, e *event.Event) error {
	shape := *r.str(ColShape)
	if shape == "" {
		return nil
	}
	pairs := pairReader{b: *r.long(ColFields)}
	if shape == unshaped {
		for pairs.next() {
			e.Fields = append(e.Fields, event.Field{Name: pairs.name(), Value: pairs.value()})
		}
		return pairs.err
	}
	for shape != "" {
		line, rest, ok := strings.Cut(shape, "\n")
		name, ref, tab := strings.Cut(line, "\t")
		if !ok || !tab || len(ref) > 1 {
			return errContent
		}
		shape = rest
		if ref == "" {
			if !pairs.next() {
				return errContent
			}
			e.Fields = append(e.Fields, event.Field{Name: name, Value: pairs.value()})
			continue
		}
		value, ok := r.referred(ref[0])
		if !ok {
			return errContent
		}
		e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
	}
	return pairs.err
}

// referred gives the text of the column that a shape names by letter.
func (r *row) referred(letter byte) (string, bool) {
	c, ok := refColumn(letter)
	switch {
	case !ok:
		return "", false
	case c.IsDict():
		return *r.str(c), true
	case c.IsWide():
		return bytesString(*r.long(c)), true
	}
	return strconv.FormatUint(uint64(r.number(c)), 10), true
}

func refColumn(letter byte) (Column, bool) {
	if i := int(letter) - 'a'; i >= 0 && i < len(refColumns) {
		return Column(refColumns[i]), true
	}
	return 0, false
}
