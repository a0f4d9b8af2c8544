package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"sort"

	"github.com/torideproject/toride/internal/chart/source"
)

// table is all that is known, in columns. It is made anew for each change and
// never changes after, so that readers need no lock. Rows are sorted by number
// without leading zeros (compareIDs), then by source, then by the number as it
// stands: rows of one patient in several sources are neighbours.
type table struct {
	sources []sourceInfo
	kinds   []kindInfo

	src    []uint8
	ids    words
	show   words // kanji, 0, kana, as the record has them
	kana   words // keys
	kanji  words
	birth  []int32
	flags  []uint8
	newest []uint64
	items  []uint32
	files  []uint32
	mark   []uint64
	counts words // of each kind, packed
	memo   words // the source's own
	beds   []bedRow

	// What follows is made from what stands above.
	head      []int8 // the row that speaks for this patient, as a difference
	twins     []uint16
	byBirth   []uint32 // rows by day of birth, then ascending; without those who have none
	kanaPost  postings
	kanjiPost postings
	wards     []Ward
	wardRows  map[string][]int
	asOf      uint64
	fileSum   int64
}

// sourceInfo is a source by what makes it the same one after a restart.
type sourceInfo struct {
	Name string `json:"name"`
	Is   string `json:"is"`
}

// kindInfo is a kind of a source with its totals.
type kindInfo struct {
	Source   uint8  `json:"source"`
	Code     string `json:"code"`
	Newest   uint64 `json:"newest"`
	items    int64
	patients int64
}

type bedRow struct {
	Row uint32     `json:"row"`
	Bed source.Bed `json:"bed"`
}

func (t *table) rows() int { return len(t.src) }

// locate gives the first row that is not before a patient, and whether it is
// the patient's.
func (t *table) locate(src uint8, id []byte) (int, bool) {
	row := sort.Search(t.rows(), func(row int) bool { return t.order(row, src, id) >= 0 })
	return row, row < t.rows() && t.order(row, src, id) == 0
}

func (t *table) order(row int, src uint8, id []byte) int {
	return cmp.Or(compareIDs(t.ids.at(row), id), cmp.Compare(t.src[row], src), bytes.Compare(t.ids.at(row), id))
}

// same gives the rows whose number is id but for leading zeros.
func (t *table) same(id []byte) (from, to int) {
	from = sort.Search(t.rows(), func(row int) bool { return compareIDs(t.ids.at(row), id) >= 0 })
	to = from
	for to < t.rows() && compareIDs(t.ids.at(to), id) == 0 {
		to++
	}
	return from, to
}

// group gives the rows that are taken for the same patient as the row: same
// head.
func (t *table) group(row int, yield func(row int)) {
	head := row + int(t.head[row])
	from, to := head, head
	for from > 0 && head-from < maxGroup && compareIDs(t.ids.at(from-1), t.ids.at(head)) == 0 {
		from--
	}
	for to+1 < t.rows() && to-head < maxGroup && compareIDs(t.ids.at(to+1), t.ids.at(head)) == 0 {
		to++
	}
	for r := from; r <= to; r++ {
		if r+int(t.head[r]) == head {
			yield(r)
		}
	}
}

// born gives the places in byBirth of those who were born then.
func (t *table) born(d days) (from, to int) {
	from = sort.Search(len(t.byBirth), func(i int) bool { return t.birth[t.byBirth[i]] >= d.from })
	to = sort.Search(len(t.byBirth), func(i int) bool { return t.birth[t.byBirth[i]] > d.to })
	return from, to
}

// bed gives a row's own bed.
func (t *table) bed(row int) *source.Bed {
	if t.flags[row]&bedBit == 0 {
		return nil
	}
	at, ok := sort.Find(len(t.beds), func(i int) int { return cmp.Compare(uint32(row), t.beds[i].Row) })
	if !ok {
		return nil
	}
	return &t.beds[at].Bed
}

// brief gives who the patient is.
func (t *table) brief(row int) source.Brief {
	kanji, kana, _ := bytes.Cut(t.show.at(row), []byte{0})
	return source.Brief{Kanji: string(kanji), Kana: string(kana), Birth: birthText(t.birth[row]), Sex: unpackSex(t.flags[row])}
}

// packCounts appends pairs of a kind's place and its number of items.
func packCounts(dst []byte, kind int, items int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(kind)), uint64(max(0, items)))
}

// eachCount reads them; what is damaged ends it.
func eachCount(data []byte, yield func(kind, items int)) {
	for len(data) > 0 {
		kind, n := binary.Uvarint(data)
		if n <= 0 {
			return
		}
		items, m := binary.Uvarint(data[n:])
		if m <= 0 {
			return
		}
		data = data[n+m:]
		yield(int(kind), int(items))
	}
}
