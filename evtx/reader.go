package evtx

import "io"

// Reader reads the records of one file in the order in which they stand. It
// holds one chunk of the file and must not be used by two goroutines at once.
type Reader struct {
	chunks *Chunks
	d      *Decoder
	chunk  Chunk
	open   bool
	last   uint64 // the highest record number of the chunk before
	damage []Damage
	more   int
}

// NewReader makes a reader of a file from its first byte.
func NewReader(r io.Reader, o Options) *Reader {
	return &Reader{chunks: NewChunks(r), d: NewDecoder(o)}
}

// NewReaderAt makes a reader of a file of size bytes. Several may read the
// same file at the same time.
func NewReaderAt(r io.ReaderAt, size int64, o Options) *Reader {
	return NewReader(io.NewSectionReader(r, 0, size), o)
}

// Reset begins another file with the same memory and the same cache.
func (r *Reader) Reset(src io.Reader) {
	buf := r.chunks.buf
	*r.chunks = Chunks{r: src, buf: buf, damage: damageLog{list: r.chunks.damage.list[:0]}}
	r.open, r.last, r.damage, r.more = false, 0, r.damage[:0], 0
	r.d.damage = damageLog{list: r.d.damage.list[:0]}
}

// Next goes to the next record, passing over damage. It reports false at the
// end of the file or when reading fails; Err tells which.
func (r *Reader) Next() bool {
	for {
		if r.open && r.d.Next() {
			return true
		}
		r.count()
		r.gather()
		if r.open = r.chunks.Next(&r.chunk); !r.open {
			r.gather()
			return false
		}
		r.d.Chunk(&r.chunk)
	}
}

// Record is the record that Next has found.
func (r *Reader) Record() *Record { return &r.d.rec }

// Err is the error that ended the reading, nil at the end of the file.
// Damaged content is no error; see Damage.
func (r *Reader) Err() error { return r.chunks.Err() }

// Damage lists what could not be read so far, in the order in which it was
// found, at most MaxDamage.
func (r *Reader) Damage() []Damage {
	r.gather()
	return r.damage
}

// MoreDamage is how many damages there were beyond those that Damage lists.
func (r *Reader) MoreDamage() int {
	r.gather()
	return r.more
}

// count compares the numbers of a chunk with those of the one before: whole
// chunks may be missing. In a log that is full the newest chunk stands before
// the oldest, so a step back means nothing.
func (r *Reader) count() {
	w := &r.d.walk
	if !r.open || w.low == 0 {
		return
	}
	if r.last > 0 && w.low > r.last+1 {
		r.d.add(Damage{Kind: MissingRecords, Offset: r.d.base, Record: r.last + 1, Last: w.low - 1})
	}
	r.last = w.high
}

// gather takes over what chunks and decoder have found.
func (r *Reader) gather() {
	for _, l := range []*damageLog{&r.chunks.damage, &r.d.damage} {
		for _, m := range l.list {
			if len(r.damage) < MaxDamage {
				r.damage = append(r.damage, m)
			} else {
				r.more++
			}
		}
		r.more += l.more
		*l = damageLog{list: l.list[:0]}
	}
}
