package evtx

import (
	"bytes"
	"errors"
	"fmt"
)

// walk is the way through a chunk's records. Where a header says where the
// next record begins, it is followed; where it lies, the next signature is
// searched for.
type walk struct {
	pos, limit int
	sound      bool   // the chunk's header can be trusted
	alien      bool   // the block has no chunk header
	beyond     bool   // behind the end that the header states
	search     bool   // no record is expected at pos: look for a signature
	found      bool   // the present candidate was found so
	lying      bool   // its header's size cannot be followed
	fits       bool   // and yet lies within the chunk
	gap        int    // where the bytes begin that no record was found in
	number     uint64 // of the record whose header stands there, if any
	cause      error
	first      uint64 // numbers that the header states, if sound
	last       uint64
	prev       uint64 // number of the last record
	any        bool   // there was one
	stale      bool   // its being behind the header is in the list
	low, high  uint64 // numbers that this chunk accounts for; 0: none
}

// account widens the numbers that the chunk accounts for.
func (w *walk) account(number uint64) {
	if w.low == 0 || number < w.low {
		w.low = number
	}
	w.high = max(w.high, number)
}

// trusted reports whether a candidate is a record whatever its body holds.
// Otherwise it must decode to be taken for one.
func (w *walk) trusted() bool {
	return !w.found || w.sound && (!w.lying || w.fits) && !w.beyond
}

// near is how far a record's number may be from the one before for it to be
// taken for one of this chunk when it was found by its signature alone. Unused
// space of exported logs is full of old records with other numbers.
const near = ChunkSize / recordMin

func signature() []byte { return []byte{0x2a, 0x2a, 0, 0} }

// step finds the next candidate. It ends because pos only grows.
func (d *Decoder) step() (at, size int, ok bool) {
	w := &d.walk
	for {
		w.found, w.lying = w.beyond, false
		if w.search {
			return d.seek()
		}
		if w.limit-w.pos < recordMin {
			if d.past() {
				continue
			}
			return 0, 0, false
		}
		size, err := d.head(w.pos)
		if err == nil {
			return w.pos, size, true
		}
		if w.beyond || !w.sound && allZero(d.c[w.pos:w.limit]) {
			d.done(w.pos)
			return 0, 0, false
		}
		w.gap, w.number, w.cause = w.pos, 0, err
		if u32(d.c, w.pos) != recordMagic {
			w.search = true
			continue
		}
		// The signature is there and the size is not: perhaps the record is
		// whole up to the next one.
		w.lying, w.found, w.fits = true, true, errors.Is(err, errTrailer)
		if n := u64(d.c, w.pos+8); w.plausible(n) {
			w.number = n
		}
		if at, _ := d.candidate(w.pos + 1); at > 0 {
			return w.pos, at - w.pos, true
		}
		return w.pos, w.limit - w.pos, true
	}
}

// head checks the header of a record where one is expected.
func (d *Decoder) head(at int) (size int, err error) {
	w := &d.walk
	if u32(d.c, at) != recordMagic {
		return 0, errSignature
	}
	size = int(u32(d.c, at+4))
	if size < recordMin || size > w.limit-at {
		return 0, fmt.Errorf("%w (%d)", errSize, size)
	}
	if int(u32(d.c, at+size-4)) == size {
		if w.beyond && u64(d.c, at+8) != w.prev+1 {
			return 0, errSignature
		}
		return size, nil
	}
	if w.beyond {
		return 0, errTrailer
	}
	next := at + size
	if next == w.limit || w.limit-next >= recordMin && u32(d.c, next) == recordMagic {
		d.add(Damage{Kind: BadRecord, Offset: d.base + int64(at), Record: u64(d.c, at+8), Cause: errTrailer})
		return size, nil
	}
	return 0, errTrailer
}

// candidate finds the next record that by signature, size and copy of the
// size looks sound; at is 0 if there is none.
func (d *Decoder) candidate(from int) (at, size int) {
	w := &d.walk
	for w.limit-from >= recordMin {
		i := bytes.Index(d.c[from:w.limit], signature())
		if i < 0 {
			return 0, 0
		}
		at := from + i
		from = at + 1
		if w.limit-at < recordMin {
			return 0, 0
		}
		size := int(u32(d.c, at+4))
		if size < recordMin || size > w.limit-at || int(u32(d.c, at+size-4)) != size {
			continue
		}
		if n := u64(d.c, at+8); w.plausible(n) {
			return at, size
		}
	}
	return 0, 0
}

// counts reports whether the header says which numbers the chunk holds.
func (w *walk) counts() bool { return w.sound && w.last >= w.first && w.last-w.first <= near }

func (w *walk) plausible(number uint64) bool {
	if w.sound && w.last >= w.first && (number < w.first || number > w.last) {
		return false
	}
	return !w.any || number > w.prev && number-w.prev <= near
}

// seek searches for the next record by its signature.
func (d *Decoder) seek() (at, size int, ok bool) {
	w := &d.walk
	w.found = true
	if d.work <= 4*ChunkSize {
		if at, size = d.candidate(w.pos); at > 0 || size > 0 {
			return at, size, true
		}
	}
	end := w.limit
	if !w.sound {
		end = len(bytes.TrimRight(d.c[:w.limit], "\x00"))
	}
	d.lost(max(end, w.gap))
	d.done(w.limit)
	return 0, 0, false
}

// reject goes on behind something that was no record after all.
func (d *Decoder) reject(at, size int) bool {
	w := &d.walk
	if w.beyond {
		d.done(at)
		return false
	}
	w.pos, w.search = at+1, true
	d.work += size
	return false
}

// accept goes on behind a record.
func (d *Decoder) accept(at, size int, number uint64) {
	w := &d.walk
	if w.beyond && !w.stale {
		w.stale = true
		d.add(Damage{Kind: BadChunkHeader, Offset: d.base, Length: chunkHeader, Cause: errStale})
	}
	if w.lying {
		d.add(Damage{Kind: BadRecord, Offset: d.base + int64(at), Record: number, Cause: w.cause})
	} else if w.search {
		d.lost(at)
	}
	if w.sound && !w.beyond && number <= w.last {
		if !w.any && number > w.first {
			d.missing(w.first, number-1)
		} else if w.any && number > w.prev && number-w.prev > 1 {
			d.missing(w.prev+1, number-1)
		}
	}
	w.pos, w.search = at+size, false
	w.prev, w.any = number, true
	w.account(number)
}

// lost lists the bytes between the gap's begin and at.
func (d *Decoder) lost(at int) {
	w := &d.walk
	if at <= w.gap {
		return
	}
	m := Damage{Kind: BadRecord, Offset: d.base + int64(w.gap), Length: int64(at - w.gap), Record: w.number, Cause: w.cause}
	if w.alien {
		m.Kind, m.Cause = NotAChunk, errNoMagic
	}
	d.add(m)
}

func (d *Decoder) missing(from, to uint64) {
	d.add(Damage{Kind: MissingRecords, Offset: d.base, Record: from, Last: to})
}

// past looks behind the end that the header states: Windows writes records
// first and the header later, so a copy of a log in use may hold more. Such a
// record continues the numbers.
func (d *Decoder) past() bool {
	w := &d.walk
	if w.pos < w.limit && (w.sound || !allZero(d.c[w.pos:w.limit])) && !w.beyond {
		w.gap, w.number, w.cause = w.pos, 0, errSize
		d.lost(w.limit)
		w.pos = w.limit
	}
	if w.beyond || !w.sound || !w.any || len(d.c)-w.pos < recordMin {
		d.done(w.pos)
		return false
	}
	w.beyond = true
	w.limit = len(d.c)
	if _, err := d.head(w.pos); err != nil {
		w.limit = w.pos
		d.done(w.pos)
		return false
	}
	return true
}

// done ends the walk: whatever the header counts beyond the last record is
// missing.
func (d *Decoder) done(at int) {
	w := &d.walk
	if w.counts() {
		w.account(w.first)
		w.account(w.last)
		switch {
		case !w.any && w.limit > chunkHeader:
			d.missing(w.first, w.last)
		case w.any && w.prev < w.last:
			d.missing(w.prev+1, w.last)
		}
	}
	w.pos, w.search, w.sound, w.beyond = at, false, false, true
	w.limit = at
}
