package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFont reports a file that is no TrueType font this package can embed.
var ErrFont = errors.New("pdf: the font cannot be used")

// Font is a parsed TrueType file. It does not change and may be used by
// several goroutines.
type Font struct {
	tables  map[string][]byte
	units   int
	glyphs  int
	long    bool     // loca has four bytes each
	bmp     []uint16 // glyph of U+0000…U+FFFF
	beyond  map[rune]uint16
	advance []uint16 // of each glyph, in thousandths of the size
	ascent  int
	descent int
	box     [4]int
}

// ParseFont reads a TrueType font with a Unicode cmap (format 4, 12 or both).
// The data is kept and must not be changed. Errors wrap ErrFont.
func ParseFont(data []byte) (*Font, error) {
	f := &Font{tables: map[string][]byte{}, beyond: map[rune]uint16{}}
	if len(data) < 12 {
		return nil, fmt.Errorf("%w: %d bytes", ErrFont, len(data))
	}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		entry, ok := slice(data, 12+16*i, 16)
		if !ok {
			return nil, fmt.Errorf("%w: its list of tables ends early", ErrFont)
		}
		table, ok := slice(data, int(binary.BigEndian.Uint32(entry[8:])), int(binary.BigEndian.Uint32(entry[12:])))
		if !ok {
			return nil, fmt.Errorf("%w: table %q lies outside of the file", ErrFont, entry[:4])
		}
		f.tables[string(entry[:4])] = table
	}
	if err := f.metrics(); err != nil {
		return nil, err
	}
	return f, f.characters()
}

func slice(data []byte, at, n int) ([]byte, bool) {
	if at < 0 || n < 0 || at > len(data) || n > len(data)-at {
		return nil, false
	}
	return data[at : at+n], true
}

// metrics reads head, hhea, maxp and hmtx.
func (f *Font) metrics() error {
	head, hhea, maxp, hmtx := f.tables["head"], f.tables["hhea"], f.tables["maxp"], f.tables["hmtx"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 || len(f.tables["glyf"]) == 0 {
		return fmt.Errorf("%w: head, hhea, maxp or glyf is missing", ErrFont)
	}
	be := binary.BigEndian
	f.units, f.glyphs, f.long = int(be.Uint16(head[18:])), int(be.Uint16(maxp[4:])), be.Uint16(head[50:]) == 1
	several := int(be.Uint16(hhea[34:]))
	width := 2
	if f.long {
		width = 4
	}
	if f.units == 0 || several == 0 || len(hmtx) < 4*several || len(f.tables["loca"]) < width*(f.glyphs+1) {
		return fmt.Errorf("%w: hmtx or loca is too short", ErrFont)
	}
	signed := func(b []byte) int { return int(int16(be.Uint16(b))) * 1000 / f.units }
	f.ascent, f.descent = signed(hhea[4:]), signed(hhea[6:])
	for i := range f.box {
		f.box[i] = signed(head[36+2*i:])
	}
	f.advance = make([]uint16, f.glyphs)
	for g := range f.advance {
		f.advance[g] = uint16((int(be.Uint16(hmtx[4*min(g, several-1):]))*1000 + f.units/2) / f.units)
	}
	return nil
}

// characters reads the best Unicode table of cmap.
func (f *Font) characters() error {
	cmap, be := f.tables["cmap"], binary.BigEndian
	if len(cmap) < 4 {
		return fmt.Errorf("%w: it has no cmap", ErrFont)
	}
	f.bmp = make([]uint16, 1<<16)
	found := false
	for i := range int(be.Uint16(cmap[2:])) {
		entry, ok := slice(cmap, 4+8*i, 8)
		if !ok {
			break
		}
		platform, encoding, at := be.Uint16(entry), be.Uint16(entry[2:]), int(be.Uint32(entry[4:]))
		if at+16 > len(cmap) || (platform != 0 && (platform != 3 || encoding != 1 && encoding != 10)) {
			continue
		}
		switch be.Uint16(cmap[at:]) {
		case 4:
			f.format4(cmap[at:])
			found = true
		case 12:
			f.format12(cmap[at:])
			found = true
		}
	}
	if !found {
		return fmt.Errorf("%w: it has no Unicode cmap", ErrFont)
	}
	return nil
}

func (f *Font) put(r rune, glyph int) {
	switch {
	case glyph <= 0 || glyph >= f.glyphs:
	case r < 1<<16:
		f.bmp[r] = uint16(glyph)
	default:
		f.beyond[r] = uint16(glyph)
	}
}

func (f *Font) format4(t []byte) {
	be := binary.BigEndian
	n := int(be.Uint16(t[6:])) / 2
	if len(t) < 16+8*n {
		return
	}
	ends, starts, deltas, offsets := t[14:], t[16+2*n:], t[16+4*n:], 16+6*n
	for s := range n {
		first, last, delta := int(be.Uint16(starts[2*s:])), int(be.Uint16(ends[2*s:])), int(be.Uint16(deltas[2*s:]))
		offset := int(be.Uint16(t[offsets+2*s:]))
		for r := first; r <= last && r < 0xFFFF; r++ {
			if offset == 0 {
				f.put(rune(r), (r+delta)&0xFFFF)
				continue
			}
			if cell, ok := slice(t, offsets+2*s+offset+2*(r-first), 2); ok && be.Uint16(cell) != 0 {
				f.put(rune(r), (int(be.Uint16(cell))+delta)&0xFFFF)
			}
		}
	}
}

func (f *Font) format12(t []byte) {
	be := binary.BigEndian
	for i := range int(min(be.Uint32(t[12:]), 1<<16)) {
		group, ok := slice(t, 16+12*i, 12)
		if !ok {
			return
		}
		first, last, glyph := be.Uint32(group), be.Uint32(group[4:]), be.Uint32(group[8:])
		for r := first; r <= last && r <= 0x10FFFF; r++ {
			f.put(rune(r), int(glyph+r-first))
		}
	}
}

// glyph gives the glyph of a character; 0 where the font has none.
func (f *Font) glyph(r rune) uint16 {
	if r >= 0 && r < 1<<16 {
		return f.bmp[r]
	}
	return f.beyond[r]
}

// Has reports whether the font can draw the character.
func (f *Font) Has(r rune) bool { return f.glyph(r) != 0 }

// Width is how wide a text is in points at a size.
func (f *Font) Width(s string, size float64) float64 {
	sum := 0
	for _, r := range s {
		sum += int(f.advance[f.glyph(r)])
	}
	return float64(sum) * size / 1000
}

// Advance is how far a character moves on, in thousandths of the size.
func (f *Font) Advance(r rune) int { return int(f.advance[f.glyph(r)]) }
