package pdf

import (
	"encoding/binary"
	"slices"
)

// used are the glyphs that were drawn, each with the character it stood for.
type used map[uint16]rune

// outline gives the bytes of a glyph in glyf.
func (f *Font) outline(glyph int) []byte {
	loca, be := f.tables["loca"], binary.BigEndian
	var from, to int
	if f.long {
		from, to = int(be.Uint32(loca[4*glyph:])), int(be.Uint32(loca[4*glyph+4:]))
	} else {
		from, to = 2*int(be.Uint16(loca[2*glyph:])), 2*int(be.Uint16(loca[2*glyph+2:]))
	}
	out, _ := slice(f.tables["glyf"], from, to-from)
	return out
}

// Flags of a composite glyph's part (OpenType, glyf).
const (
	wordArguments = 0x0001
	oneScale      = 0x0008
	moreParts     = 0x0020
	twoScales     = 0x0040
	fourScales    = 0x0080
)

// parts lists the glyphs that a composite glyph is made of.
func (f *Font) parts(glyph int) (out []int) {
	data, be := f.outline(glyph), binary.BigEndian
	if len(data) < 10 || int16(be.Uint16(data)) >= 0 {
		return nil
	}
	for at := 10; at+4 <= len(data); {
		flags, part := be.Uint16(data[at:]), int(be.Uint16(data[at+2:]))
		if part < f.glyphs {
			out = append(out, part)
		}
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&fourScales != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			break
		}
	}
	return out
}

// subset makes a font file that has the outlines of these glyphs only. Glyphs
// keep their numbers, so that what was drawn before the file ends stays right.
func (f *Font) subset(glyphs used) []byte {
	keep := map[int]bool{0: true}
	queue := make([]int, 0, len(glyphs))
	for g := range glyphs {
		queue = append(queue, int(g))
	}
	for len(queue) > 0 {
		g := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if !keep[g] {
			keep[g] = true
			queue = append(queue, f.parts(g)...)
		}
	}
	loca := make([]byte, 4*(f.glyphs+1))
	var glyf []byte
	for g := range f.glyphs {
		binary.BigEndian.PutUint32(loca[4*g:], uint32(len(glyf)))
		if keep[g] {
			glyf = append(glyf, f.outline(g)...)
			for len(glyf)%4 != 0 {
				glyf = append(glyf, 0)
			}
		}
	}
	binary.BigEndian.PutUint32(loca[4*f.glyphs:], uint32(len(glyf)))
	head := slices.Clone(f.tables["head"])
	binary.BigEndian.PutUint32(head[8:], 0)  // the sum of all is not asked for
	binary.BigEndian.PutUint16(head[50:], 1) // loca has four bytes each
	tables := map[string][]byte{"glyf": glyf, "loca": loca, "head": head}
	for _, name := range []string{"cvt ", "fpgm", "hhea", "hmtx", "maxp", "prep"} {
		if t, ok := f.tables[name]; ok {
			tables[name] = t
		}
	}
	return assemble(tables)
}

// assemble writes tables as a font file, sorted by name.
func assemble(tables map[string][]byte) []byte {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	be := binary.BigEndian
	out := make([]byte, 12+16*len(names))
	be.PutUint32(out, 0x00010000)
	be.PutUint16(out[4:], uint16(len(names)))
	power := 0
	for 2<<power <= len(names) {
		power++
	}
	be.PutUint16(out[6:], uint16(16<<power))
	be.PutUint16(out[8:], uint16(power))
	be.PutUint16(out[10:], uint16(16*len(names)-16<<power))
	for i, name := range names {
		entry := out[12+16*i:]
		copy(entry, name)
		be.PutUint32(entry[4:], checksum(tables[name]))
		be.PutUint32(entry[8:], uint32(len(out)))
		be.PutUint32(entry[12:], uint32(len(tables[name])))
		out = append(out, tables[name]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func checksum(data []byte) (sum uint32) {
	for len(data) >= 4 {
		sum += binary.BigEndian.Uint32(data)
		data = data[4:]
	}
	var rest [4]byte
	copy(rest[:], data)
	return sum + binary.BigEndian.Uint32(rest[:])
}
