package evtxwrite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

const (
	fileHeader  = 4096
	chunkSize   = 65536
	chunkHeader = 512

	// MaxFile is how many bytes a file may have.
	MaxFile = 1 << 30
)

// Writer gathers events. The zero value is not ready; see New.
type Writer struct {
	done  [][]byte
	open  *chunk
	next  uint64
	dirty bool
}

// New begins a file whose first record has the number 1, unless its event
// says otherwise.
func New() *Writer { return &Writer{next: 1} }

// Dirty marks the file as in use, as one that was copied from a running
// Windows.
func (w *Writer) Dirty() { w.dirty = true }

// Add writes one event. An event that cannot be written, or that alone is
// larger than a chunk, is an error, and the file stays as it was.
func (w *Writer) Add(e Event) error {
	id := e.RecordID
	if id == 0 {
		id = w.next
	}
	return w.record(id, e.Time, func(c *chunk) error {
		if e.Inline {
			return c.inline(&e, id)
		}
		return c.templated(&e, id)
	})
}

// AddBody writes a record whose binary XML is given as it is, for tests of
// readers. body is called with the place in the chunk where it will stand; it
// may be called again with another, if the first chunk is full.
func (w *Writer) AddBody(t time.Time, body func(at uint32) []byte) error {
	return w.record(w.next, t, func(c *chunk) error {
		c.u8(body(c.at())...)
		return nil
	})
}

// Break begins a new chunk with the next event.
func (w *Writer) Break() {
	if w.open != nil && w.open.records > 0 {
		w.done = append(w.done, w.open.close())
		w.open = nil
	}
}

// record writes a record's frame around what body writes, in a new chunk if
// the present one is full.
func (w *Writer) record(id uint64, t time.Time, body func(*chunk) error) error {
	if len(w.done)*chunkSize > MaxFile-2*chunkSize {
		return fmt.Errorf("evtxwrite: the file would be larger than %d bytes", MaxFile)
	}
	c := w.open
	if c == nil {
		c = newChunk()
	}
	err := c.frame(id, t, body)
	if errors.Is(err, errFull) && c.records > 0 {
		full := c
		c = newChunk()
		if err = c.frame(id, t, body); err == nil {
			w.done = append(w.done, full.close())
		}
	}
	if errors.Is(err, errFull) {
		return errors.New("evtxwrite: the event is larger than a chunk")
	}
	if err != nil {
		return err
	}
	w.open, w.next = c, id+1
	return nil
}

// frame writes a record's frame around what body writes, or nothing at all.
func (c *chunk) frame(id uint64, t time.Time, body func(*chunk) error) error {
	m := c.mark()
	err := c.framed(id, t, body)
	if err != nil {
		c.rollback(m)
	}
	return err
}

func (c *chunk) framed(id uint64, t time.Time, body func(*chunk) error) error {
	at := len(c.buf)
	c.u8(0x2a, 0x2a, 0, 0)
	c.u32(0)
	c.u64(id)
	c.u64(fileTime(t))
	if err := body(c); err != nil {
		return err
	}
	for (len(c.buf)+4)%8 != 0 {
		c.u8(0)
	}
	size := len(c.buf) + 4 - at
	c.u32(uint32(size))
	if len(c.buf) > chunkSize {
		return errFull
	}
	c.put(at+4, size)
	if c.records == 0 {
		c.first = id
	}
	c.last, c.lastAt = id, at
	c.records++
	return nil
}

// templated writes an event as Windows does: the outer template with the
// values of System, and a document with the payload as its last value.
func (c *chunk) templated(e *Event, id uint64) error {
	var outer, inner holes
	parts := []*elem{system(e, id, &outer)}
	data := payload(e, &inner)
	var nested func() error
	root := event(parts...)
	if data != nil {
		root.text = content{kind: optional, sub: len(outer.values), typ: typeBinXML}
		nested = func() error { return c.instance(data, inner.values, nil) }
	}
	if err := errors.Join(outer.err, inner.err); err != nil {
		return err
	}
	return c.instance(root, outer.values, nested)
}

// inline writes an event as one document without templates.
func (c *chunk) inline(e *Event, id uint64) error {
	h := holes{inline: true}
	root := event(system(e, id, &h))
	if data := payload(e, &h); data != nil {
		root.kids = append(root.kids, data)
	}
	if h.err != nil {
		return h.err
	}
	c.u8(0x0f, 1, 1, 0)
	if err := c.element(root, false); err != nil {
		return err
	}
	c.u8(0)
	return nil
}

// close gives the chunk's bytes with the header filled in.
func (c *chunk) close() []byte {
	free := len(c.buf)
	b := make([]byte, chunkSize)
	copy(b, c.buf)
	le := binary.LittleEndian
	copy(b, "ElfChnk\x00")
	le.PutUint64(b[8:], c.first)
	le.PutUint64(b[16:], c.last)
	le.PutUint64(b[24:], c.first)
	le.PutUint64(b[32:], c.last)
	le.PutUint32(b[40:], 128)
	le.PutUint32(b[44:], uint32(c.lastAt))
	le.PutUint32(b[48:], uint32(free))
	le.PutUint32(b[52:], crc32.ChecksumIEEE(b[chunkHeader:free]))
	crc := crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeader])
	le.PutUint32(b[124:], crc)
	return b
}

// Bytes gives the whole file as it stands now; more events may follow.
func (w *Writer) Bytes() []byte {
	chunks := w.done
	if w.open != nil {
		chunks = append(chunks[:len(chunks):len(chunks)], w.open.close())
	}
	b := make([]byte, fileHeader, fileHeader+len(chunks)*chunkSize)
	le := binary.LittleEndian
	copy(b, "ElfFile\x00")
	le.PutUint64(b[16:], uint64(max(len(chunks)-1, 0)))
	le.PutUint64(b[24:], w.next)
	le.PutUint32(b[32:], 128)
	le.PutUint16(b[36:], 1)
	le.PutUint16(b[38:], 3)
	le.PutUint16(b[40:], fileHeader)
	le.PutUint16(b[42:], uint16(len(chunks)))
	if w.dirty {
		le.PutUint32(b[120:], 1)
	}
	le.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
	for _, c := range chunks {
		b = append(b, c...)
	}
	return b
}

// WriteTo writes the whole file.
func (w *Writer) WriteTo(to io.Writer) (int64, error) {
	n, err := to.Write(w.Bytes())
	return int64(n), err
}
