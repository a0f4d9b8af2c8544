package segment

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/event"
)

// Take gives rows of the group, which must ascend, as events of their own: they
// keep no memory of the group and stay as they are. It goes column by column, so that
// each page where one of the rows lies is read once; a row that lies alone costs
// about 60 pages, a millisecond or two, its neighbours next to nothing.
func (g *Group) Take(rows []int) (_ []*event.Event, err error) {
	defer g.r.guard(&err)
	flat := make([]row, len(rows))
	for c := range firstDict {
		if err := g.takeNumbers(c, rows, flat); err != nil {
			return nil, err
		}
	}
	picks := make([]pick, len(rows))
	for c := firstDict; c < firstWide; c++ {
		if err := g.takeWords(c, rows, picks); err != nil {
			return nil, err
		}
		for _, p := range picks {
			*flat[p.row].str(c) = p.word
		}
	}
	if err := g.takeLong(rows, flat); err != nil {
		return nil, err
	}
	out := make([]*event.Event, len(rows))
	for i := range flat {
		e := &event.Event{}
		if n := strings.Count(*flat[i].str(ColShape), "\n"); n > 0 {
			e.Fields = make([]event.Field, 0, n)
		}
		if err := unflatten(&flat[i], e); err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func (g *Group) takeNumbers(c Column, rows []int, flat []row) error {
	for j := 0; j < len(rows); {
		i, first, end := g.blockSpan(rows[j])
		values, err := g.Numbers(c, i)
		if err != nil {
			return err
		}
		for ; j < len(rows) && rows[j] < end; j++ {
			flat[j].setNumber(c, values[rows[j]-first])
		}
	}
	return nil
}

// pick is a value of a dictionary that a row has.
type pick struct {
	at   int32 // in the dictionary
	row  int32 // of those that are taken
	word string
}

// takeWords fills picks with the words of one column, in the order of the
// dictionary. The dictionary is walked through, not kept: a few rows need few
// of its words.
func (g *Group) takeWords(c Column, rows []int, picks []pick) error {
	for j := 0; j < len(rows); {
		i, first, end := g.blockSpan(rows[j])
		indexes, err := g.anyIndexes(c, i)
		if err != nil {
			return err
		}
		for ; j < len(rows) && rows[j] < end; j++ {
			picks[j] = pick{at: indexes[rows[j]-first], row: int32(j)}
		}
	}
	slices.SortFunc(picks, func(a, b pick) int { return cmp.Compare(a.at, b.at) })
	page, _, err := g.buf().pages.read(g.r.file, g.meta.cols[c].start, g.meta.cols[c].dict)
	if err != nil {
		return err
	}
	return pickWords(page, picks)
}

// pickWords finds the words of picks, which ascend, in the page of a dictionary.
func pickWords(page []byte, picks []pick) error {
	at, here := int32(-1), []byte(nil)
	for i := range picks {
		p := &picks[i]
		if i > 0 && p.at == picks[i-1].at {
			p.word = picks[i-1].word
			continue
		}
		for ; at < p.at; at++ {
			if len(page) < 4 {
				return errPage
			}
			n := binary.LittleEndian.Uint32(page)
			if page = page[4:]; uint64(n) > uint64(len(page)) {
				return errPage
			}
			here, page = page[:n], page[n:]
		}
		p.word = string(here)
	}
	return nil
}

// anyIndexes is Indexes without a look at the dictionary: nobody has said yet that
// it has so many words.
func (g *Group) anyIndexes(c Column, i int) ([]int32, error) {
	b := &g.buf().blocks[c]
	if b.indexesAt == i+1 {
		return b.indexes, nil
	}
	b.indexesAt = 0 // and it stays so
	page, err := g.page(c, i)
	if err != nil {
		return nil, err
	}
	n := g.meta.blocks[i].rows
	b.indexes = slices.Grow(b.indexes[:0], n+8)[:n]
	b.indexes, err = decodeIndexes(b.indexes, page, math.MaxInt32)
	return b.indexes, err
}

// takeLong copies the long values of each row into one piece of memory.
func (g *Group) takeLong(rows []int, flat []row) error {
	for j := 0; j < len(rows); {
		i, first, end := g.Slice(rows[j])
		var columns [wides]*Strings
		for w := range columns {
			var err error
			if columns[w], err = g.Strings(firstWide+Column(w), i); err != nil {
				return err
			}
		}
		for ; j < len(rows) && rows[j] < end; j++ {
			r, at := &flat[j], rows[j]-first
			size := 0
			for _, s := range columns {
				size += len(s.At(at))
			}
			whole := make([]byte, 0, size)
			for w, s := range columns {
				from := len(whole)
				whole = append(whole, s.At(at)...)
				r.wide[w] = whole[from:len(whole):len(whole)]
			}
		}
	}
	return nil
}

// blockSpan gives the block that has a row, its first row and the next one's.
func (g *Group) blockSpan(row int) (i, first, end int) {
	i = g.blockOf(row)
	b := &g.meta.blocks[i]
	return i, b.first, b.first + b.rows
}
