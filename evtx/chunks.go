package evtx

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
)

// Chunk is one chunk of a file.
type Chunk struct {
	Index  int    // its number in the file, from 0
	Offset int64  // where it begins, in bytes from the start of the file
	Data   []byte // at most ChunkSize bytes; fewer where the file ends early
}

// Chunks reads a file chunk by chunk to its end. The file header's count of
// chunks and its mark of being in use are not believed: Windows writes them
// last. Space that was never written is passed over.
type Chunks struct {
	r      io.Reader
	off    int64  // of the next byte from r
	held   []byte // read and not yet given
	buf    []byte
	index  int
	begun  bool
	header bool // there is a file header
	any    bool // there was a chunk
	end    bool
	err    error
	damage damageLog
}

// maxSearch is how many bytes of an input without a file header are searched
// for a first chunk.
const maxSearch = 64 << 20

// NewChunks makes a reader of chunks.
func NewChunks(r io.Reader) *Chunks {
	return &Chunks{r: r, buf: make([]byte, 0, 2*ChunkSize)}
}

// Err is the error that ended the reading: one of the underlying reader, or
// ErrNotEventLog. The end of the file is none.
func (c *Chunks) Err() error { return c.err }

// AppendDamage appends what was found damaged since the last call, and
// forgets it.
func (c *Chunks) AppendDamage(dst []Damage) []Damage {
	dst = append(dst, c.damage.list...)
	c.damage = damageLog{list: c.damage.list[:0]}
	return dst
}

// Next reads the next chunk into one that the caller owns, using its memory.
// It reports false at the end.
func (c *Chunks) Next(into *Chunk) bool {
	if !c.begun {
		c.begun = true
		c.fileHeader()
	}
	for {
		if c.direct(into) {
			return true
		}
		block := c.fill(ChunkSize)
		if len(block) == 0 {
			c.finish()
			return false
		}
		n := len(block)
		if allZero(block) {
			c.take(n)
			c.index++
			continue
		}
		n = c.extent(block)
		if !c.header && !c.any && n == len(block) && string(block[:min(8, n)]) != chunkMagic {
			if c.off > maxSearch {
				c.err = ErrNotEventLog
				return false
			}
			c.take(n)
			continue
		}
		c.give(into, block[:n])
		return true
	}
}

// direct reads a whole, plain chunk straight into the caller's memory. What
// is anything else is held for the careful way.
func (c *Chunks) direct(into *Chunk) bool {
	if len(c.held) > 0 || c.end {
		return false
	}
	if cap(into.Data) < ChunkSize {
		into.Data = make([]byte, ChunkSize)
	}
	into.Data = into.Data[:ChunkSize]
	n, err := io.ReadFull(c.r, into.Data)
	c.off += int64(n)
	c.ended(err)
	if n == ChunkSize && string(into.Data[:8]) == chunkMagic && c.extent(into.Data) == n {
		c.any = true
		into.Index, into.Offset = c.index, c.off-ChunkSize
		c.index++
		return true
	}
	c.held = append(c.buf[:0], into.Data[:n]...)
	return false
}

func (c *Chunks) ended(err error) {
	if err == nil {
		return
	}
	c.end = true
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		c.err = err
	}
}

// give hands out a block as a chunk.
func (c *Chunks) give(into *Chunk, block []byte) {
	into.Index, into.Offset = c.index, c.off-int64(len(c.held))
	into.Data = append(into.Data[:0], block...)
	if string(block[:min(8, len(block))]) == chunkMagic {
		c.any = true
		if len(block) < ChunkSize {
			c.damage.add(Damage{Kind: Truncated, Offset: into.Offset + int64(len(block)),
				Length: int64(ChunkSize - len(block)), Chunk: c.index})
		}
	} else if len(block) < chunkHeader {
		c.damage.add(Damage{Kind: NotAChunk, Offset: into.Offset, Length: int64(len(block)), Chunk: c.index, Cause: errNoMagic})
	}
	c.index++
	c.take(len(block))
}

// fill makes up to n bytes available.
func (c *Chunks) fill(n int) []byte {
	if len(c.held) < n && !c.end {
		have := copy(c.buf[:cap(c.buf)], c.held)
		got, err := io.ReadFull(c.r, c.buf[have:n])
		c.off += int64(got)
		c.held = c.buf[:have+got]
		c.ended(err)
	}
	return c.held[:min(n, len(c.held))]
}

func (c *Chunks) take(n int) { c.held = c.held[n:] }

// fileHeader reads the file header. Without one, chunks are searched for from
// the first byte.
func (c *Chunks) fileHeader() {
	h := c.fill(HeaderSize)
	if len(h) >= 8 && string(h[:8]) == fileMagic {
		c.header = true
		switch {
		case len(h) < HeaderSize:
			c.damage.add(Damage{Kind: Truncated, Offset: int64(len(h)), Length: int64(HeaderSize - len(h)), Chunk: -1})
		case crc32.ChecksumIEEE(h[:120]) != u32(h, 124):
			c.damage.add(Damage{Kind: BadFileHeader, Length: HeaderSize, Chunk: -1, Cause: errHeaderCRC})
		}
		c.take(len(h))
		return
	}
	if len(h) > 0 {
		c.damage.add(Damage{Kind: BadFileHeader, Length: int64(len(h)), Chunk: -1, Cause: errNoMagic})
	}
	// A header whose signature is gone still stands before the chunks.
	if b := c.fill(HeaderSize + 8); len(b) == HeaderSize+8 && string(b[HeaderSize:]) == chunkMagic {
		c.header = true
		c.take(HeaderSize)
	}
}

// finish ends the reading.
func (c *Chunks) finish() {
	if c.err == nil && !c.header && !c.any {
		c.err = ErrNotEventLog
	}
}

// extent says how many bytes of a block belong together: all of them, or, in
// a file with pieces missing, those before the next chunk's signature.
func (c *Chunks) extent(block []byte) int {
	from := 1
	if string(block[:min(8, len(block))]) == chunkMagic {
		if len(block) < ChunkSize {
			return len(block)
		}
		free := int(u32(block, 48))
		if free >= chunkHeader && free <= ChunkSize && crc32.ChecksumIEEE(block[chunkHeader:free]) == u32(block, 52) {
			return len(block)
		}
		from = chainEnd(block)
	}
	for {
		i := bytes.Index(block[from:], []byte(chunkMagic))
		if i < 0 {
			break
		}
		if at := from + i; len(block)-at < 48 || u32(block, at+40) == 128 {
			return at
		}
		from += i + 1
	}
	if len(block) < ChunkSize || from > len(block)-8 {
		return len(block)
	}
	// The signature may begin in the last bytes and end in the next block.
	for n := 7; n > 0; n-- {
		if string(block[len(block)-n:]) == chunkMagic[:n] && block[0] != chunkMagic[0] {
			return len(block) - n
		}
	}
	return len(block)
}

// chainEnd is where a chunk's records, followed from one to the next, end. A
// signature inside of a record is only content.
func chainEnd(c []byte) int {
	at := chunkHeader
	for len(c)-at >= recordMin && u32(c, at) == recordMagic {
		n := int(u32(c, at+4))
		if n < recordMin || n > len(c)-at || int(u32(c, at+n-4)) != n {
			break
		}
		at += n
	}
	return at
}
