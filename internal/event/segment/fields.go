package segment

import (
	"strings"
)

// MaxBlock is the greatest number of rows of a block.
const MaxBlock = blockRows

// Shape says how the entry's own fields of a row are kept.
type Shape struct {
	// All says that they all stand in the JSON of ColFields, whatever their names.
	All    bool
	Fields []ShapeField
}

// ShapeField is one field of a shape.
type ShapeField struct {
	Name   string
	InJSON bool   // its value stands in the JSON of ColFields
	Column Column // otherwise in this column, numbers in decimal
}

// Shapes reads the dictionary of ColShape.
func (g *Group) Shapes() (_ []Shape, err error) {
	values, err := g.Dict(ColShape)
	if err != nil {
		return nil, err
	}
	defer g.r.guard(&err)
	out := make([]Shape, len(values))
	for i, v := range values {
		if v == unshaped {
			out[i].All = true
			continue
		}
		for line := range strings.Lines(v) {
			name, ref, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			f := ShapeField{Name: name, InJSON: ref == ""}
			if ok && ref != "" {
				f.Column, ok = refColumn(ref[0])
			}
			if !ok {
				return nil, errContent
			}
			out[i].Fields = append(out[i].Fields, f)
		}
	}
	return out, nil
}

// Pairs gives the names and values in the JSON of a row of ColFields, until
// yield returns false.
func Pairs(json []byte, yield func(name, value string) bool) {
	for p := (pairReader{b: json}); p.next(); {
		if !yield(p.name(), p.value()) {
			return
		}
	}
}

// Bodies are the texts of the rows of a slice.
type Bodies struct {
	own, original *Strings
	flags         []int64 // of the rows, where one has an empty text
}

// At gives the text of row i of the slice.
func (t *Bodies) At(i int) []byte {
	if s := t.own.At(i); len(s) > 0 || t.flags != nil && t.flags[i]&flagNoText != 0 {
		return s
	}
	return t.original.At(i)
}

// Whole gives the column that has all texts of the slice, when one has.
func (t *Bodies) Whole() (*Strings, bool) {
	switch {
	case t.flags != nil:
		return nil, false
	case len(t.own.Bytes) == 0:
		return t.original, true
	}
	for i := range t.own.Len() {
		if t.own.offsets[i] == t.own.offsets[i+1] {
			return nil, false
		}
	}
	return t.own, true
}

// Bodies gives the texts of slice i. They are valid until another slice of
// ColText or ColOriginal is read.
func (g *Group) Bodies(i int) (t Bodies, err error) {
	if t.own, err = g.Strings(ColText, i); err != nil {
		return t, err
	}
	if t.original, err = g.Strings(ColOriginal, i); err != nil {
		return t, err
	}
	defer g.r.guard(&err)
	if err := g.numberDict(ColFlags); err != nil {
		return t, err
	}
	for _, f := range g.numbers[ColFlags] {
		if f&flagNoText != 0 {
			return t, g.flags(i, &t)
		}
	}
	return t, nil
}

// flags reads the flags of the rows of a slice, which may lie in two blocks.
func (g *Group) flags(i int, t *Bodies) error {
	t.flags = make([]int64, 0, t.own.Len())
	for row := int(g.meta.slices[i]); row < int(g.meta.slices[i+1]); row++ {
		b := g.blockOf(row)
		v, err := g.Numbers(ColFlags, b)
		if err != nil {
			return err
		}
		t.flags = append(t.flags, v[row-g.meta.blocks[b].first])
	}
	return nil
}
