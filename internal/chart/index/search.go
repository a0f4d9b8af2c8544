package index

import (
	"bytes"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/source"
)

// Ranks, best first. Within a rank who is in the hospital comes first, then who
// was there last.
const (
	rankID uint8 = iota
	rankZeros
	rankCode
	rankWhole  // the name, or the day of birth
	rankLong   // the name, with long vowels written otherwise
	rankBegin  // the name's beginning
	rankLongB  //
	rankInside // a part of the name
	rankLongI  //
	rankNone
)

// What of a query fitted, as bits; their names stand in Hit.By.
const (
	byID uint16 = 1 << iota
	byZeros
	byCode
	byKana
	byKanji
	byBirth
	byFolded
)

// defaultLimit and maxLimit bound Query.Limit.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

// Search finds patients. Numbers come first, then whole names, beginnings and
// parts of names. It takes no lock and is for any number of goroutines: about
// 0.1 ms among 100,000 patients, and grows with how many have the rarest pair
// of signs of the query in their names.
func (ix *Index) Search(q Query) Result {
	t := ix.table.Load()
	res := Result{Complete: ix.complete.Load()}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	f := finder{t: t, ward: q.Ward, limit: min(limit, maxLimit), rows: ix.buffer()}
	defer func() { ix.buffers.Put(&f.rows) }()
	m := ix.fold.understand(q.Text, ix.cfg.Rules)
	if m.id == nil && len(m.terms) == 0 {
		if q.Ward != "" && strings.TrimSpace(q.Text) == "" {
			for _, row := range t.wardRows[q.Ward] {
				f.take(row, rankWhole, 0)
			}
		}
		return ix.namedIn(f.result(res))
	}
	f.numbers(m)
	f.all(m.terms)
	if f.count == 0 && m.loose != nil {
		f.all(m.loose)
	}
	return ix.namedIn(f.result(res))
}

// found is a patient who fits, by the row that speaks for him.
type found struct {
	head   int
	row    int // that fitted
	rank   uint8
	by     uint16
	newest uint64
	bed    bool
}

func (a *found) before(b *found) bool {
	switch {
	case a.rank != b.rank:
		return a.rank < b.rank
	case a.bed != b.bed:
		return a.bed
	case a.newest != b.newest:
		return a.newest > b.newest
	}
	return a.head < b.head
}

// finder collects the best of those who fit, and counts all.
type finder struct {
	t     *table
	ward  string
	limit int
	best  []found
	count int
	// sure are the heads that were found by number, which are not counted again.
	sure []int
	// recent are the heads that were taken last: rows of one patient stand
	// among those of the same number.
	recent []int
	terms  []term
	rows   []uint32 // working memory
}

// take counts a row that fits. Rows must come in ascending order, but for those
// of numbers.
func (f *finder) take(row int, rank uint8, by uint16) {
	t := f.t
	head := row + int(t.head[row])
	if f.ward != "" && !f.lies(head) {
		return
	}
	if slices.Contains(f.sure, head) {
		f.also(head, by)
		return
	}
	if f.again(head) {
		if i := slices.IndexFunc(f.best, func(c found) bool { return c.head == head }); i >= 0 {
			rank, by = min(rank, f.best[i].rank), by|f.best[i].by
			f.best = slices.Delete(f.best, i, i+1)
		}
	} else {
		f.count++
	}
	c := found{head: head, row: row, rank: rank, by: by, newest: t.newest[head], bed: t.flags[head]&bedBit != 0}
	if len(f.best) >= f.limit && !c.before(&f.best[len(f.best)-1]) {
		return
	}
	at := len(f.best)
	for at > 0 && c.before(&f.best[at-1]) {
		at--
	}
	f.best = slices.Insert(f.best, at, c)
	if len(f.best) > f.limit {
		f.best = f.best[:f.limit]
	}
}

// again tells whether a patient was already taken for a row of the same number.
func (f *finder) again(head int) bool {
	if len(f.t.sources) < 2 {
		return false
	}
	if len(f.recent) > 0 && compareIDs(f.t.ids.at(f.recent[0]), f.t.ids.at(head)) != 0 {
		f.recent = f.recent[:0]
	}
	if slices.Contains(f.recent, head) {
		return true
	}
	f.recent = append(f.recent, head)
	return false
}

// also notes that somebody who was found by number fits the rest too.
func (f *finder) also(head int, by uint16) {
	for i := range f.best {
		if f.best[i].head == head {
			f.best[i].by |= by
		}
	}
}

// lies tells whether a patient lies in the ward that is asked for.
func (f *finder) lies(head int) bool {
	if f.t.flags[head]&bedBit == 0 {
		return false
	}
	bed, _ := f.t.stay(head)
	return bed != nil && bed.Ward == f.ward
}

// stay gives the bed of a patient in any source: that of the newest admission.
func (t *table) stay(head int) (*source.Bed, int) {
	var bed *source.Bed
	from := head
	t.group(head, func(row int) {
		if b := t.bed(row); b != nil && (bed == nil || packStamp(b.Admitted) > packStamp(bed.Admitted)) {
			bed, from = b, row
		}
	})
	return bed, from
}

// numbers looks the whole query up as a number and as a bar code.
func (f *finder) numbers(m meaning) {
	if m.id != nil {
		f.number(m.id, rankID, byID)
	}
	for _, code := range m.codes {
		f.number(code, rankCode, byCode)
	}
}

func (f *finder) number(id []byte, rank uint8, by uint16) {
	from, to := f.t.same(id)
	for row := from; row < to; row++ {
		r, b := rank, by
		if !bytes.Equal(f.t.ids.at(row), id) {
			b |= byZeros
			if rank == rankID {
				r, b = rankZeros, byZeros
			}
		}
		head := row + int(f.t.head[row])
		before := f.count
		if f.take(row, r, b); f.count > before {
			f.sure = append(f.sure, head)
		}
	}
	f.recent = f.recent[:0]
}

// all finds who fits every term.
func (f *finder) all(terms []term) {
	terms = slices.DeleteFunc(slices.Clone(terms), func(t term) bool { return t.empty() })
	if len(terms) == 0 || len(terms) == 1 && len(terms[0].id) > 0 {
		return // a number alone was looked up as a whole
	}
	f.terms = terms
	for i := range terms {
		if len(terms[i].id) > 0 {
			from, to := f.t.same(terms[i].id)
			for row := from; row < to; row++ {
				f.check(row, terms, rankZeros, byZeros)
			}
			return
		}
	}
	rows := f.t.leading(terms, f.rows)
	for _, row := range rows {
		f.check(int(row), terms, rankNone, 0)
	}
	f.rows = rows
}

// leading gives rows among which all are that fit all terms, ascending: those of
// a day of birth, or else of the first name.
func (t *table) leading(terms []term, buf []uint32) []uint32 {
	name := slices.IndexFunc(terms, func(n term) bool { return n.birth == days{} })
	for i := range terms {
		if i == name || terms[i].birth == (days{}) {
			continue
		}
		from, to := t.born(terms[i].birth)
		if name >= 0 && to-from > fewBirths {
			continue
		}
		rows := append(buf[:0], t.byBirth[from:to]...)
		if d := terms[i].birth; d.from != d.to {
			slices.Sort(rows)
		}
		return rows
	}
	return t.candidates(&terms[name], buf)
}

// fewBirths is up to how many patients a day of birth is looked at before a name.
const fewBirths = 5000

// candidates gives rows among which all are that fit a name, ascending.
func (t *table) candidates(n *term, buf []uint32) []uint32 {
	rows := buf[:0]
	add := func(p *postings, part []byte, kanji bool) {
		if len(part) == 0 {
			return
		}
		list, _ := p.rarest(part, kanji)
		if len(list) == 0 {
			return
		}
		before := len(rows)
		rowsOf(list, func(row int) { rows = append(rows, uint32(row)) })
		rows = mergeRuns(rows, before)
	}
	for _, part := range n.kana {
		add(&t.kanaPost, part, false)
	}
	add(&t.kanjiPost, n.kanji, true)
	return rows
}

// mergeRuns makes one ascending run without doubles of two that stand one behind
// the other.
func mergeRuns(rows []uint32, second int) []uint32 {
	if second == 0 || second == len(rows) {
		return rows
	}
	a, b := slices.Clone(rows[:second]), slices.Clone(rows[second:])
	rows = rows[:0]
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			rows, a = append(rows, a[0]), a[1:]
		case a[0] > b[0]:
			rows, b = append(rows, b[0]), b[1:]
		default:
			rows, a, b = append(rows, a[0]), a[1:], b[1:]
		}
	}
	return append(append(rows, a...), b...)
}

// check takes a row if every term fits it.
func (f *finder) check(row int, terms []term, rank uint8, by uint16) {
	if rank == rankNone {
		rank = rankID
	}
	for i := range terms {
		r, b := f.t.fits(row, &terms[i])
		if r == rankNone {
			return
		}
		rank, by = max(rank, r), by|b
	}
	f.take(row, rank, by)
}

// fits tells how well a term fits a row; rankNone: not.
func (t *table) fits(row int, n *term) (uint8, uint16) {
	switch {
	case len(n.id) > 0:
		if compareIDs(t.ids.at(row), n.id) != 0 {
			return rankNone, 0
		}
		return rankZeros, byZeros
	case n.birth != days{}:
		if !n.birth.has(t.birth[row]) {
			return rankNone, 0
		}
		return rankWhole, byBirth
	}
	rank, by := rankNone, uint16(0)
	for i, part := range n.kana {
		r := rankOf(placeOf(t.kana.at(row), part), len(part) == 1)
		if r == rankNone {
			continue
		}
		by = byKana
		if i > 0 {
			r++
		}
		if rank = min(rank, r); rank <= rankLong {
			break
		}
	}
	// A name that fits in kana is not looked for in the other field: result
	// does that for the few who are shown.
	if rank == rankNone && len(n.kanji) > 0 {
		if r := rankOf(placeOf(t.kanji.at(row), n.kanji), singleSign(n.kanji)); r != rankNone {
			return r, byKanji
		}
	}
	return rank, by
}

func rankOf(p place, single bool) uint8 {
	switch {
	case p == whole:
		return rankWhole
	case p == begin:
		return rankBegin
	case p == inside && !single:
		return rankInside
	}
	return rankNone
}

// singleSign tells a single sign that is no ideograph: it is only looked for at
// the beginning of names.
func singleSign(key []byte) bool {
	r := []rune(string(key[:min(len(key), 8)]))
	return len(r) == 1 && r[0] < 0x3400
}

// result writes the hits out.
func (f *finder) result(res Result) Result {
	res.Hits = make([]Hit, 0, len(f.best))
	for i := range f.best {
		c := &f.best[i]
		h := f.t.hit(c.head)
		h.By = names(c.by | f.folded(c))
		res.Hits = append(res.Hits, h)
	}
	res.More = f.count - len(res.Hits)
	return res
}

// folded tells what else of the names fits, and with byFolded that one does only
// after folding.
func (f *finder) folded(c *found) uint16 {
	if c.by&(byKana|byKanji) == 0 {
		return 0
	}
	b := f.t.brief(c.row)
	kana, kanji := plainKana(b.Kana), plainKanji(b.Kanji)
	both := uint16(0)
	for i := range f.terms {
		n := &f.terms[i]
		if len(n.kanji) > 0 && rankOf(placeOf(f.t.kanji.at(c.row), n.kanji), singleSign(n.kanji)) != rankNone {
			both |= byKanji
		}
		if n.plainKanji == "" && n.plainKana == "" {
			continue
		}
		if (n.plainKana == "" || !strings.Contains(kana, n.plainKana)) && !strings.Contains(kanji, n.plainKanji) {
			both |= byFolded
		}
	}
	return both
}

// hit gives a patient with what all sources know of him.
func (t *table) hit(head int) Hit {
	h := Hit{Source: t.sources[t.src[head]].Name, ID: string(t.ids.at(head)), Brief: t.brief(head), Twins: int(t.twins[head])}
	if b, _ := t.stay(head); b != nil {
		bed := *b
		h.Bed = &bed
	}
	newest := uint64(0)
	t.group(head, func(row int) {
		h.Items += int(t.items[row])
		newest = max(newest, t.newest[row])
		if h.Brief == (source.Brief{}) {
			h.Brief = t.brief(row)
		}
	})
	h.Newest = unpackStamp(newest)
	return h
}

func names(by uint16) []string {
	var out []string
	for i, name := range [...]string{"id", "id_zeros", "barcode", "kana", "kanji", "birth", "name_folded"} {
		if by&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}
