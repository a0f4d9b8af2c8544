package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// Limits of a batch. A batch closes before the record that would pass one.
const (
	MaxRecords = 500     // records of a batch
	MaxBytes   = 1 << 20 // bytes of a batch before compression; a longer record stands alone
	MaxName    = 4 << 10 // bytes of Record.Source, Format, Peer and Key, each
)

const (
	version   = 1
	codecNone = 0
	codecZstd = 1
	// envelope bounds what a record takes besides its strings and data.
	envelope = 64
	// maxPlain bounds a batch: one record of the greatest size with its strings.
	maxPlain = source.MaxRecord + 4*MaxName + envelope
	// maxMessage bounds a batch as stored; zstd adds little to what it cannot shrink.
	maxMessage = maxPlain + maxPlain/64 + 1024
	// maxNames bounds the table of strings that a decoder keeps between batches.
	maxNames = 8192

	flagBackfill = 1
	flagKey      = 2
)

var (
	errShort    = errors.New("journal: batch is cut off")
	errChecksum = errors.New("journal: batch does not match its checksum")
	errVersion  = errors.New("journal: batch of an unknown version")
	errLimit    = errors.New("journal: batch passes a limit")
	errShape    = errors.New("journal: batch is not well formed")
)

// check says why records cannot be kept, before any of them is.
func check(records []event.Record) error {
	for i := range records {
		r := &records[i]
		if len(r.Data) > source.MaxRecord {
			return fault.New(fault.TooLarge, "event.journal.record", len(r.Data), source.MaxRecord)
		}
		if max(len(r.Source), len(r.Format), len(r.Peer), len(r.Key)) > MaxName {
			return fault.New(fault.TooLarge, "event.journal.name", MaxName)
		}
		if y := r.Received.UTC().Year(); y < 1970 || y > 2200 {
			return fault.New(fault.Invalid, "event.journal.received", y)
		}
	}
	return nil
}

// size bounds the bytes that the record takes in a batch.
func size(r *event.Record) int {
	return envelope + len(r.Source) + len(r.Format) + len(r.Peer) + len(r.Key) + len(r.Data)
}

// encoder appends records to one batch. Its zero value is an empty batch.
type encoder struct {
	plain  []byte
	packed []byte // memory of seal
	count  int
	last   int64 // Received of the record before, in ns
	names  map[string]uint64
	list   []string // by number; own copies, because the caller may reuse what its strings stand in
	// the numbers of the strings of the record before: nearly always the same again
	was [3]uint64
}

// fits reports whether the record may join the batch.
func (e *encoder) fits(r *event.Record) bool {
	return e.count == 0 || (e.count < MaxRecords && len(e.plain)+size(r) <= MaxBytes)
}

// full reports whether waiting for more records is of no use.
func (e *encoder) full() bool { return e.count >= MaxRecords || len(e.plain) >= MaxBytes*3/4 }

func (e *encoder) reset() {
	e.plain, e.count, e.last = e.plain[:0], 0, 0
	e.was, e.list = [3]uint64{}, e.list[:0]
	clear(e.names)
}

// add costs about the copy of the record's bytes; it keeps nothing of r.
func (e *encoder) add(r *event.Record) {
	flags := byte(0)
	if r.Backfill {
		flags |= flagBackfill
	}
	if r.Key != "" {
		flags |= flagKey
	}
	b := append(e.plain, flags)
	b = e.name(b, 0, r.Source)
	b = e.name(b, 1, r.Format)
	b = e.name(b, 2, r.Peer)
	at := r.Received.UnixNano()
	b = binary.AppendVarint(b, at-e.last)
	e.last = at
	if r.Key != "" {
		b = binary.AppendUvarint(b, uint64(len(r.Key)))
		b = append(b, r.Key...)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Data)))
	e.plain = append(b, r.Data...)
	e.count++
}

// name appends the number of a string; a number that was not used before is
// followed by the string itself.
func (e *encoder) name(b []byte, slot int, s string) []byte {
	if e.count > 0 && e.list[e.was[slot]] == s {
		return binary.AppendUvarint(b, e.was[slot])
	}
	n, known := e.names[s]
	if !known {
		if e.names == nil {
			e.names = map[string]uint64{}
		}
		n = uint64(len(e.list))
		own := strings.Clone(s)
		e.names[own], e.list = n, append(e.list, own)
	}
	e.was[slot] = n
	b = binary.AppendUvarint(b, n)
	if known {
		return b
	}
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// seal gives the batch as stored in the memory of dst.
func (e *encoder) seal(dst []byte, z *zstd.Encoder, epoch uint32, written time.Time) []byte {
	e.packed = z.EncodeAll(e.plain, e.packed[:0])
	h := head{codec: codecZstd, epoch: epoch, written: written, count: e.count, plain: len(e.plain), body: e.packed}
	if len(e.packed) >= len(e.plain) { // what zstd cannot shrink is stored as it is
		h.codec, h.body = codecNone, e.plain
	}
	return appendMessage(dst, h)
}

// appendMessage gives a stored batch in the memory of dst.
func appendMessage(dst []byte, h head) []byte {
	dst = append(dst[:0], version, h.codec)
	dst = binary.AppendUvarint(dst, uint64(h.epoch))
	dst = binary.AppendVarint(dst, h.written.UnixMilli())
	dst = binary.AppendUvarint(dst, uint64(h.count))
	dst = binary.AppendUvarint(dst, uint64(h.plain))
	return appendSum(append(dst, h.body...))
}

func appendSum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// head is what stands before the records of a batch.
type head struct {
	codec   byte
	epoch   uint32
	written time.Time
	count   int
	plain   int // bytes of the records
	body    []byte
}

// parseHead checks the checksum and the bounds of a stored batch.
func parseHead(msg []byte) (head, error) {
	if len(msg) > maxMessage {
		return head{}, errLimit
	}
	if len(msg) < 6+4 {
		return head{}, errShort
	}
	end := len(msg) - 4
	if binary.LittleEndian.Uint32(msg[end:]) != crc32.Checksum(msg[:end], crc32.MakeTable(crc32.Castagnoli)) {
		return head{}, errChecksum
	}
	if msg[0] != version {
		return head{}, errVersion
	}
	c := cursor{b: msg[2:end]}
	epoch, written, count, plain := c.uvarint(), c.varint(), c.uvarint(), c.uvarint()
	switch {
	case c.bad:
		return head{}, errShort
	case msg[1] > codecZstd || epoch > math.MaxUint32:
		return head{}, errShape
	case count > MaxRecords || plain > maxPlain:
		return head{}, errLimit
	}
	return head{codec: msg[1], epoch: uint32(epoch), written: time.UnixMilli(written).UTC(), count: int(count), plain: int(plain), body: c.b}, nil
}

// decoder reads stored batches. It is used by one goroutine.
type decoder struct {
	zstd  *zstd.Decoder
	names map[string]string // interned between batches
	table []string          // of the batch being read
}

func newDecoder() (*decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return &decoder{zstd: z, names: map[string]string{}}, nil
}

// decode fills records, which it reuses. Their Data stand in one new piece of memory that nobody
// writes to again. It allocates the size of the batch and nothing per record.
func (d *decoder) decode(h head, records []event.Record) ([]event.Record, error) {
	plain := make([]byte, 0, h.plain)
	if h.codec == codecZstd {
		var err error
		if plain, err = d.zstd.DecodeAll(h.body, plain); err != nil {
			return records, err
		}
	} else {
		plain = append(plain, h.body...)
	}
	if len(plain) != h.plain {
		return records, errShape
	}
	records, d.table = records[:0], d.table[:0]
	c, last := cursor{b: plain}, int64(0)
	for range h.count {
		flags := c.byte()
		r := event.Record{Source: d.name(&c), Format: d.name(&c), Peer: d.name(&c)}
		last += c.varint()
		r.Received, r.Backfill = time.Unix(0, last).UTC(), flags&flagBackfill != 0
		if flags&flagKey != 0 {
			r.Key = string(c.take(c.uvarint()))
		}
		r.Data = c.take(c.uvarint())
		if c.bad || flags > flagBackfill|flagKey {
			return records, errShape
		}
		records = append(records, r)
	}
	if len(c.b) != 0 {
		return records, errShape
	}
	return records, nil
}

func (d *decoder) name(c *cursor) string {
	n := c.uvarint()
	if n < uint64(len(d.table)) {
		return d.table[n]
	}
	b := c.take(c.uvarint())
	if c.bad || n != uint64(len(d.table)) || len(b) > MaxName {
		c.bad = true
		return ""
	}
	s, known := d.names[string(b)]
	if !known {
		if len(d.names) >= maxNames { // names that come and go must not fill the memory
			clear(d.names)
		}
		s = string(b)
		d.names[s] = s
	}
	d.table = append(d.table, s)
	return s
}

// cursor reads values one after another; after the first that is not there bad is set.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) byte() byte {
	if c.bad || len(c.b) == 0 {
		c.bad = true
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if c.bad || n <= 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.b)
	if c.bad || n <= 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// take gives the next n bytes; appending to them never reaches the bytes behind.
func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}
