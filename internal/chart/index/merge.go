package index

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/torideproject/toride/internal/chart/source"
)

// MaxPatients is how many patients an index takes; whoever comes after is not
// found by name, and Progress says so.
const MaxPatients = 20_000_000

// pending is a patient who was read and is not in the table yet.
type pending struct {
	src         uint8
	entry       source.Entry
	kana, kanji []byte // keys
	newest      uint64 // of what is not among the entry's Kinds, packed
}

func (p *pending) order(o *pending) int {
	return cmp.Or(compareIDs([]byte(p.entry.ID), []byte(o.entry.ID)), cmp.Compare(p.src, o.src), cmp.Compare(p.entry.ID, o.entry.ID))
}

// bits is a set of rows.
type bits []uint64

func newBits(n int) bits          { return make(bits, (n+63)/64) }
func (b bits) set(i int)          { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int) bool     { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }
func (b bits) fits(rows int) bool { return len(b) == (rows+63)/64 }

// merger makes a table of an older one and of what is new.
type merger struct {
	old     *table
	out     *table
	sets    []bits // of old rows
	setsOut []bits
	bed     int // place in old.beds
	kindOf  map[kindKey]int
	scratch []byte
}

type kindKey struct {
	src  uint8
	code string
}

// merge puts fresh patients into a table: a patient who was there is replaced.
// Rows for which drop says so are left out. Sets of rows are carried over to the
// new rows; fresh ones are put into the first. It takes about a microsecond a
// patient, and the memory of a second table meanwhile.
func merge(old *table, fresh []pending, sets []bits, drop func(row int) bool) (*table, []bits) {
	slices.SortStableFunc(fresh, func(a, b pending) int { return a.order(&b) })
	n := old.rows() + len(fresh)
	m := merger{old: old, sets: sets, kindOf: map[kindKey]int{}, out: &table{
		sources: old.sources, kinds: slices.Clone(old.kinds), src: make([]uint8, 0, n), ids: newWords(n), show: newWords(n), kana: newWords(n), kanji: newWords(n),
		birth: make([]int32, 0, n), flags: make([]uint8, 0, n), newest: make([]uint64, 0, n), items: make([]uint32, 0, n), files: make([]uint32, 0, n),
		mark: make([]uint64, 0, n), counts: newWords(n), memo: newWords(n)}}
	for range sets {
		m.setsOut = append(m.setsOut, newBits(n))
	}
	m.room(fresh)
	for i, k := range m.out.kinds {
		m.kindOf[kindKey{k.Source, k.Code}] = i
	}
	at := 0
	for i := range fresh {
		p := &fresh[i]
		if i+1 < len(fresh) && p.order(&fresh[i+1]) == 0 {
			continue // the same patient came twice: the last counts
		}
		id := []byte(p.entry.ID)
		for at < old.rows() && old.order(at, p.src, id) < 0 {
			m.keep(at, drop)
			at++
		}
		if at < old.rows() && old.order(at, p.src, id) == 0 {
			if p.entry.Delta {
				m.complete(p, at)
			}
			at++
		}
		m.add(p)
	}
	for ; at < old.rows(); at++ {
		m.keep(at, drop)
	}
	for i := range m.setsOut {
		m.setsOut[i] = m.setsOut[i][:(m.out.rows()+63)/64]
	}
	m.out.finish()
	return m.out, m.setsOut
}

// room asks for the memory of all texts at once: growing bit by bit would take
// it twice.
func (m *merger) room(fresh []pending) {
	var ids, show, kana, kanji, counts, memo int
	for i := range fresh {
		e := &fresh[i].entry
		ids, kana, kanji = ids+len(e.ID), kana+len(fresh[i].kana), kanji+len(fresh[i].kanji)
		show += len(e.Brief.Kanji) + len(e.Brief.Kana) + 1
		counts, memo = counts+4*len(e.Kinds), memo+len(e.Memo)
	}
	for _, w := range []struct {
		to, from *words
		more     int
	}{{&m.out.ids, &m.old.ids, ids}, {&m.out.show, &m.old.show, show}, {&m.out.kana, &m.old.kana, kana}, {&m.out.kanji, &m.old.kanji, kanji}, {&m.out.counts, &m.old.counts, counts}, {&m.out.memo, &m.old.memo, memo}} {
		w.to.data = make([]byte, 0, len(w.from.data)+w.more)
	}
}

// keep takes a row over as it was.
func (m *merger) keep(row int, drop func(row int) bool) {
	o, t := m.old, m.out
	if drop != nil && drop(row) {
		return
	}
	to := t.rows()
	for i, set := range m.sets {
		if set.has(row) {
			m.setsOut[i].set(to)
		}
	}
	t.src = append(t.src, o.src[row])
	t.ids.add(o.ids.at(row))
	t.show.add(o.show.at(row))
	t.kana.add(o.kana.at(row))
	t.kanji.add(o.kanji.at(row))
	t.birth = append(t.birth, o.birth[row])
	t.flags = append(t.flags, o.flags[row]&sexBits)
	t.newest = append(t.newest, o.newest[row])
	t.items = append(t.items, o.items[row])
	t.files = append(t.files, o.files[row])
	t.mark = append(t.mark, o.mark[row])
	t.counts.add(o.counts.at(row))
	t.memo.add(o.memo.at(row))
	if bed := m.bedOf(row); bed != nil {
		t.beds = append(t.beds, bedRow{uint32(to), *bed})
	}
}

// bedOf gives an old row's bed; rows are asked for in their order.
func (m *merger) bedOf(row int) *source.Bed {
	for m.bed < len(m.old.beds) && int(m.old.beds[m.bed].Row) < row {
		m.bed++
	}
	if m.bed < len(m.old.beds) && int(m.old.beds[m.bed].Row) == row {
		return &m.old.beds[m.bed].Bed
	}
	return nil
}

// complete makes an entry that says only what changed since the old row whole.
func (m *merger) complete(p *pending, row int) {
	e, o := &p.entry, m.old
	e.Files += int(o.files[row])
	e.Stay = m.bedOf(row)
	kinds := slices.Clone(e.Kinds)
	eachCount(o.counts.at(row), func(kind, items int) {
		if kind >= len(o.kinds) {
			return
		}
		at := slices.IndexFunc(kinds, func(c source.Count) bool { return c.Kind == o.kinds[kind].Code })
		if at < 0 {
			at, kinds = len(kinds), append(kinds, source.Count{Kind: o.kinds[kind].Code})
		}
		kinds[at].Items += items
	})
	e.Kinds, p.newest = slices.DeleteFunc(kinds, func(c source.Count) bool { return c.Items <= 0 }), o.newest[row]
}

// add takes a fresh patient.
func (m *merger) add(p *pending) {
	t, e := m.out, &p.entry
	to := t.rows()
	if len(m.setsOut) > 0 {
		m.setsOut[0].set(to)
	}
	t.src = append(t.src, p.src)
	t.ids.addString(e.ID)
	m.scratch = append(append(append(m.scratch[:0], e.Brief.Kanji...), 0), e.Brief.Kana...)
	t.show.add(m.scratch)
	t.kana.add(p.kana)
	t.kanji.add(p.kanji)
	t.birth = append(t.birth, birthNumber(e.Brief.Birth))
	t.flags = append(t.flags, packSex(e.Brief.Sex))
	t.files = append(t.files, uint32(max(0, e.Files)))
	t.mark = append(t.mark, e.Mark)
	m.scratch = m.scratch[:0]
	items, newest := 0, p.newest
	for _, c := range e.Kinds {
		at, ok := m.kindOf[kindKey{p.src, c.Kind}]
		if !ok {
			at = len(t.kinds)
			m.kindOf[kindKey{p.src, c.Kind}] = at
			t.kinds = append(t.kinds, kindInfo{Source: p.src, Code: c.Kind})
		}
		stamp := packStamp(c.Newest)
		items, newest = items+c.Items, max(newest, stamp)
		t.kinds[at].Newest = max(t.kinds[at].Newest, stamp)
		m.scratch = packCounts(m.scratch, at, c.Items)
	}
	t.counts.add(m.scratch)
	t.memo.add(e.Memo)
	t.items = append(t.items, uint32(max(0, items)))
	t.newest = append(t.newest, newest)
	if e.Stay != nil {
		t.beds = append(t.beds, bedRow{uint32(to), *e.Stay})
	}
}

// finish makes what follows from the columns.
func (t *table) finish() {
	t.kanaPost = newPostings(&t.kana, kanaTokens)
	t.kanjiPost = newPostings(&t.kanji, kanjiTokens)
	t.heads()
	t.countTwins()
	t.orderBirths()
	t.placeWards()
	for i := range t.kinds {
		t.kinds[i].items, t.kinds[i].patients = 0, 0
	}
	for row := range t.rows() {
		t.asOf = max(t.asOf, t.newest[row])
		t.fileSum += int64(t.files[row])
		eachCount(t.counts.at(row), func(kind, items int) {
			if kind < len(t.kinds) && items > 0 {
				t.kinds[kind].items += int64(items)
				t.kinds[kind].patients++
			}
		})
	}
}

// maxGroup bounds how many rows are looked at for one number.
const maxGroup = 100

// heads finds rows of different sources that are the same patient: the same
// number but for leading zeros, and nothing that speaks against it. The row that
// comes first speaks for all.
func (t *table) heads() {
	t.head = make([]int8, t.rows())
	if len(t.sources) < 2 {
		return
	}
	for from := 0; from < t.rows(); {
		to := from + 1
		for to < t.rows() && to-from < maxGroup && compareIDs(t.ids.at(to), t.ids.at(from)) == 0 {
			to++
		}
		for row := from + 1; row < to; row++ {
			t.head[row] = int8(t.headFor(from, row) - row)
		}
		from = to
	}
}

func (t *table) headFor(from, row int) int {
	best := row
	for h := from; h < row; h++ {
		if t.head[h] != 0 || t.src[h] == t.src[row] || !t.alike(h, row) || t.taken(h, row) {
			continue
		}
		if bytes.Equal(t.ids.at(h), t.ids.at(row)) {
			return h
		}
		if best == row {
			best = h
		}
	}
	return best
}

// taken tells whether a head already speaks for a row of the same source.
func (t *table) taken(head, row int) bool {
	for r := head + 1; r < row; r++ {
		if r+int(t.head[r]) == head && t.src[r] == t.src[row] {
			return true
		}
	}
	return false
}

// alike tells whether two rows may be one person: the same day of birth, or
// where one has none, the same name or none.
func (t *table) alike(a, b int) bool {
	if t.birth[a] != 0 && t.birth[b] != 0 {
		return t.birth[a] == t.birth[b]
	}
	same := func(w *words) bool { return len(w.at(a)) > 0 && bytes.Equal(w.at(a), w.at(b)) }
	none := func(row int) bool { return len(t.kana.at(row)) == 0 && len(t.kanji.at(row)) == 0 }
	return same(&t.kanji) || same(&t.kana) || none(a) || none(b)
}
