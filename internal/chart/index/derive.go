package index

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// countTwins counts for each row the other patients whose name is the same, or
// whose day of birth and kana are. Names are compared folded; where there is no
// kanji, kana are the name. The same number in two sources is one patient.
func (t *table) countTwins() {
	t.twins = make([]uint16, t.rows())
	seed := maphash.MakeSeed()
	hash := func(kind byte, row int, kanji, kana, birth bool) uint64 {
		var h maphash.Hash
		h.SetSeed(seed)
		h.WriteByte(kind)
		if kanji {
			h.Write(t.kanji.at(row))
		}
		h.WriteByte(0)
		if kana {
			h.Write(t.kana.at(row))
		}
		if b := t.birth[row]; birth {
			h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
		}
		return h.Sum64()
	}
	byName := func(row int) uint64 {
		kanji, kana := len(t.kanji.at(row)) > 0, len(t.kana.at(row)) > 0
		if !kanji && !kana {
			return 0
		}
		return hash(1, row, kanji, !kanji, false)
	}
	byBirth := func(row int) uint64 {
		if t.birth[row] == 0 || len(t.kana.at(row)) == 0 {
			return 0
		}
		return hash(2, row, false, true, true)
	}
	byBoth := func(row int) uint64 {
		if byBirth(row) == 0 {
			return 0
		}
		kanji := len(t.kanji.at(row)) > 0
		return hash(3, row, kanji, true, true)
	}
	// Who fits both ways would count twice.
	sum := make([]int32, t.rows())
	keys := make([]twinKey, 0, t.rows())
	for i, key := range []func(int) uint64{byName, byBirth, byBoth} {
		sign := int32(1)
		if i == 2 {
			sign = -1
		}
		keys = t.addTwins(sum, keys[:0], sign, key)
	}
	for row, n := range sum {
		t.twins[row] = uint16(min(max(n, 0), math.MaxUint16))
	}
}

type twinKey struct {
	key uint64
	row uint32
}

func (t *table) addTwins(sum []int32, keys []twinKey, sign int32, key func(row int) uint64) []twinKey {
	for row := range t.rows() {
		if k := key(row); k != 0 {
			keys = append(keys, twinKey{k, uint32(row)})
		}
	}
	slices.SortFunc(keys, func(a, b twinKey) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row)) })
	for from := 0; from < len(keys); {
		to, people := from, int32(0)
		for to < len(keys) && keys[to].key == keys[from].key {
			if !t.headIn(keys[from:to], int(keys[to].row)) {
				people++
			}
			to++
		}
		for _, k := range keys[from:to] {
			sum[k.row] += sign * (people - 1)
		}
		from = to
	}
	return keys
}

// headIn tells whether the same patient is already among the rows before; they
// are neighbours, because rows of one patient are.
func (t *table) headIn(before []twinKey, row int) bool {
	head := row + int(t.head[row])
	for i := len(before) - 1; i >= 0 && row-int(before[i].row) < maxGroup; i-- {
		if r := int(before[i].row); r+int(t.head[r]) == head {
			return true
		}
	}
	return false
}

// placeWards counts who lies where, by ward, room and bed.
func (t *table) placeWards() {
	t.wardRows = map[string][]int{}
	names := map[string]string{}
	newest := map[string]uint64{}
	done := map[int]bool{}
	for i := range t.beds {
		row, bed := int(t.beds[i].Row), &t.beds[i].Bed
		t.flags[row] |= bedBit
		head := row + int(t.head[row])
		t.flags[head] |= bedBit
		if bed.WardName != "" && (names[bed.Ward] == "" || packStamp(bed.Admitted) >= newest[bed.Ward]) {
			names[bed.Ward], newest[bed.Ward] = bed.WardName, packStamp(bed.Admitted)
		}
		if !done[head] {
			done[head] = true
			t.wardRows[bed.Ward] = append(t.wardRows[bed.Ward], row)
		}
	}
	t.wards = make([]Ward, 0, len(t.wardRows))
	for code, rows := range t.wardRows {
		t.wards = append(t.wards, Ward{Code: code, Name: names[code], Patients: len(rows)})
		slices.SortFunc(rows, func(a, b int) int {
			x, y := t.bed(a), t.bed(b)
			return cmp.Or(cmp.Compare(x.Room, y.Room), cmp.Compare(x.Bed, y.Bed), cmp.Compare(a, b))
		})
	}
	slices.SortFunc(t.wards, func(a, b Ward) int { return strings.Compare(a.Code, b.Code) })
}

// birthBuckets are the days of 300 years with 16 months of 32 days; birthdays
// outside of them share the first and the last.
const birthBuckets = 300 << 9

func birthBucket(birth int32) int {
	return min(max(0, int(birth/10000-1800)<<9|int(birth/100%100)<<5&0x1e0|int(birth%100)&0x1f), birthBuckets-1)
}

// orderBirths sorts rows by day of birth, by counting.
func (t *table) orderBirths() {
	at := make([]uint32, birthBuckets+1)
	n := 0
	for _, b := range t.birth {
		if b > 0 {
			at[birthBucket(b)+1]++
			n++
		}
	}
	for i := range birthBuckets {
		at[i+1] += at[i]
	}
	t.byBirth = make([]uint32, n)
	for row, b := range t.birth {
		if b > 0 {
			k := birthBucket(b)
			t.byBirth[at[k]] = uint32(row)
			at[k]++
		}
	}
	if !slices.IsSortedFunc(t.byBirth, func(a, b uint32) int { return cmp.Compare(t.birth[a], t.birth[b]) }) {
		// Days that are none (month 13) fell out of order.
		slices.SortStableFunc(t.byBirth, func(a, b uint32) int { return cmp.Compare(t.birth[a], t.birth[b]) })
	}
}
