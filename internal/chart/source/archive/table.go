package archive

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"sort"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// row is one document of one patient, as an index or a path says.
type row struct {
	id, name, kana, birth, sex string
	kind, title, day, dept     string
	path                       string // below the archive's folder
	shared                     bool   // another patient's row names the same file
	unlisted                   bool   // the index has no row for it
}

// arena holds texts in blocks, so that growing never copies them. A text is
// named by its place.
type arena struct {
	blocks [][]byte
}

const (
	blockSize = 1 << 20
	maxField  = 4000 // bytes of a text that is kept
)

func (a *arena) put(s string) uint32 {
	if s == "" && len(a.blocks) > 0 {
		return 0
	}
	if len(s) > maxField {
		s = strings.ToValidUTF8(s[:maxField], "")
	}
	if len(a.blocks) == 0 {
		a.blocks = append(a.blocks, append(make([]byte, 0, blockSize), 0)) // place 0 is ""
		if s == "" {
			return 0
		}
	}
	last := len(a.blocks) - 1
	if len(a.blocks[last])+len(s)+binary.MaxVarintLen32 > blockSize {
		a.blocks = append(a.blocks, make([]byte, 0, blockSize))
		last++
	}
	at := uint32(last*blockSize + len(a.blocks[last])) //nolint:gosec // at most 4,096 blocks
	a.blocks[last] = append(binary.AppendUvarint(a.blocks[last], uint64(len(s))), s...)
	return at
}

func (a *arena) full() bool { return len(a.blocks) >= 4000 }

func (a *arena) get(at uint32) string {
	if len(a.blocks) == 0 {
		return ""
	}
	b := a.blocks[at/blockSize][at%blockSize:]
	n, used := binary.Uvarint(b)
	return string(b[used : used+int(n)]) //nolint:gosec // at most maxField
}

// entry is a row in the table: 24 bytes, and its name in the arena.
type entry struct {
	patient, day     uint32
	dir, name, title uint32
	kind             uint16 // with the flags below
	dept             uint16
}

// Flags beside the kind, which is less than maxKinds.
const (
	flagShared uint16 = 1 << 15 // the file has another patient's row
	flagTwice  uint16 = 1 << 14 // a later row of the same patient names the same file
	kindMask          = flagTwice - 1
)

func (e *entry) shared() bool { return e.kind&flagShared != 0 }
func (e *entry) twice() bool  { return e.kind&flagTwice != 0 }

// patient is one spelling of a number.
type patient struct {
	id, name, kana uint32
	birth          uint32 // YYYYMMDD
	sex            byte
	conflict       bool // rows of this number name two people
	first, count   uint32
}

// table holds all rows, sorted by patient.
type table struct {
	arena    arena
	entries  []entry
	patients []patient
	kinds    []string
	depts    []string
	rows     int // that were read
	refused  int // paths that lead out of the archive
	bad      int // rows without number or file, or that could not be read
	undated  int // rows whose date could not be read
	padded   int // patients with another spelling of the same number
	shared   int // rows whose file has another patient's row too
	more     bool
}

// maxInterned bounds the words kept while a table is made.
const maxInterned = 1 << 16

// maxKinds is how many kinds of documents there may be; what is beyond it is
// a document without kind (a column of titles was taken for one of kinds).
const maxKinds = 4000

// builder makes a table.
type builder struct {
	t        *table
	of       map[string]uint32 // number → place in patients
	words    map[string]uint32 // text → place in the arena
	kinds    map[string]uint16
	depts    map[string]uint16
	lastID   string
	lastAt   uint32
	lastDir  string
	lastDirs uint32
}

func newBuilder() *builder {
	return &builder{t: &table{}, of: map[string]uint32{}, words: map[string]uint32{}, kinds: map[string]uint16{}, depts: map[string]uint16{}}
}

func (b *builder) word(s string) uint32 {
	if at, ok := b.words[s]; ok {
		return at
	}
	at := b.t.arena.put(s)
	if len(b.words) < maxInterned {
		b.words[strings.Clone(s)] = at
	}
	return at
}

func (b *builder) short(s string, of map[string]uint16, list *[]string) uint16 {
	if n, ok := of[s]; ok {
		return n
	}
	if len(*list) >= maxKinds {
		b.t.more = true
		s = ""
		if n, ok := of[s]; ok {
			return n
		}
	}
	s = strings.Clone(s)
	of[s] = uint16(len(*list)) //nolint:gosec // at most maxKinds
	*list = append(*list, s)
	return of[s]
}

// add takes a row; false when the table is full.
func (b *builder) add(r *row) bool {
	t := b.t
	if t.arena.full() || len(t.entries) >= maxRows {
		t.more = true
		return false
	}
	dir, name := "", r.path
	if i := strings.LastIndexByte(r.path, '/'); i >= 0 {
		dir, name = r.path[:i], r.path[i+1:]
	}
	if dir != b.lastDir {
		b.lastDir, b.lastDirs = strings.Clone(dir), b.word(dir)
	}
	t.entries = append(t.entries, entry{patient: b.who(r), day: uint32(number(r.day)), dir: b.lastDirs, name: t.arena.put(name), //nolint:gosec // eight digits
		title: b.word(r.title), kind: b.short(r.kind, b.kinds, &t.kinds), dept: b.short(r.dept, b.depts, &t.depts)})
	return true
}

// maxRows is how many documents an archive may hold.
const maxRows = 50_000_000

// who finds or adds the patient of a row, and compares what rows say of him.
func (b *builder) who(r *row) uint32 {
	t := b.t
	at, ok := b.lastAt, r.id == b.lastID && len(t.patients) > 0
	if !ok {
		at, ok = b.of[r.id]
	}
	if !ok {
		at = uint32(len(t.patients)) //nolint:gosec // at most maxRows
		id := strings.Clone(r.id)
		t.patients = append(t.patients, patient{id: t.arena.put(id), name: b.fresh(r.name), kana: b.fresh(r.kana), birth: uint32(number(r.birth)), sex: sexByte(r.sex)}) //nolint:gosec // eight digits
		b.of[id] = at
		b.lastID, b.lastAt = id, at
		return at
	}
	b.lastID, b.lastAt = t.arena.get(t.patients[at].id), at
	p := &t.patients[at]
	if r.name+r.kana+r.birth+r.sex == "" {
		return at
	}
	old := t.identity(p)
	if old == (model.Identity{Kanji: r.name, Kana: r.kana, Birth: r.birth, Sex: r.sex}) {
		return at
	}
	if len(model.Differences(old, model.Identity{Kanji: r.name, Kana: r.kana, Birth: r.birth, Sex: r.sex})) > 0 {
		p.conflict = true
	}
	if old.Kanji == "" && r.name != "" {
		p.name = b.fresh(r.name)
	}
	if old.Kana == "" && r.kana != "" {
		p.kana = b.fresh(r.kana)
	}
	if old.Birth == "" && r.birth != "" {
		p.birth = uint32(number(r.birth)) //nolint:gosec // eight digits
	}
	if old.Sex == "" {
		p.sex = sexByte(r.sex)
	}
	return at
}

func (b *builder) fresh(s string) uint32 {
	if s == "" {
		return 0
	}
	return b.t.arena.put(s)
}

func sexByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

func (t *table) identity(p *patient) model.Identity {
	return model.Identity{Kanji: t.text(p.name), Kana: t.text(p.kana), Birth: dayText(p.birth), Sex: strings.Trim(string(rune(p.sex)), "\x00")}
}

// text is a text that may be absent: place 0 is "".
func (t *table) text(at uint32) string {
	if at == 0 {
		return ""
	}
	return t.arena.get(at)
}

func (t *table) brief(p *patient) source.Brief {
	i := t.identity(p)
	return source.Brief{Kanji: i.Kanji, Kana: i.Kana, Birth: i.Birth, Sex: i.Sex}
}

func dayText(n uint32) string {
	if n == 0 {
		return ""
	}
	b := []byte("00000000")
	for i := 7; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b)
}

// finish sorts: patients by number without leading zeros, their rows by day,
// newest first. It marks rows whose file stands in another patient's row.
func (b *builder) finish() *table {
	t := b.t
	b.of, b.words = nil, nil
	t.entries = append(make([]entry, 0, len(t.entries)), t.entries...) // appending left room for more
	t.mark()
	order := make([]uint32, len(t.patients))
	for i := range order {
		order[i] = uint32(i) //nolint:gosec // at most maxRows
	}
	slices.SortFunc(order, func(x, y uint32) int { return compareIDs(t.arena.get(t.patients[x].id), t.arena.get(t.patients[y].id)) })
	rank := make([]uint32, len(order))
	sorted := make([]patient, len(order))
	for i, at := range order {
		rank[at] = uint32(i) //nolint:gosec // at most maxRows
		sorted[i] = t.patients[at]
	}
	t.patients = sorted
	for i := range t.entries {
		t.entries[i].patient = rank[t.entries[i].patient]
	}
	slices.SortStableFunc(t.entries, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.patient, y.patient), cmp.Compare(y.day, x.day))
	})
	for i := range t.entries {
		p := &t.patients[t.entries[i].patient]
		if p.count == 0 {
			p.first = uint32(i) //nolint:gosec // at most maxRows
		}
		p.count++
	}
	for i := 1; i < len(t.patients); i++ {
		if bare(t.arena.get(t.patients[i].id)) == bare(t.arena.get(t.patients[i-1].id)) {
			t.padded++
		}
	}
	return t
}

// mark finds files that stand in several rows.
func (t *table) mark() {
	type place struct {
		hash uint64
		at   uint32
	}
	all := make([]place, len(t.entries))
	for i := range t.entries {
		all[i] = place{t.hash(&t.entries[i]), uint32(i)} //nolint:gosec // at most maxRows
	}
	slices.SortFunc(all, func(x, y place) int { return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.at, y.at)) })
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].hash == all[i].hash {
			j++
		}
		for x := i; x < j && j-i > 1; x++ {
			e := &t.entries[all[x].at]
			for y := i; y < j && y-i < 100; y++ {
				o := &t.entries[all[y].at]
				switch {
				case x == y:
				case o.patient != e.patient:
					e.kind |= flagShared
				case y > x:
					e.kind |= flagTwice // the row that stands later in the index holds
				}
			}
			if e.shared() {
				t.shared++
			}
		}
		i = j
	}
}

func (t *table) hash(e *entry) uint64 { return hashPath(t.path(e)) }

// hashPath is of the path as Windows compares it.
func hashPath(at string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.ToLower(at)))
	return h.Sum64()
}

func (t *table) path(e *entry) string {
	if dir := t.arena.get(e.dir); dir != "" {
		return dir + "/" + t.arena.get(e.name)
	}
	return t.arena.get(e.name)
}

// bare is a number without its leading zeros, as ssmix2.SamePatient compares.
func bare(id string) string { return strings.TrimLeft(id, "0") }

func compareIDs(a, b string) int {
	return cmp.Or(strings.Compare(bare(a), bare(b)), strings.Compare(a, b))
}

// find gives the places of all spellings of a number.
func (t *table) find(id string) (from, to int) {
	from = sort.Search(len(t.patients), func(i int) bool { return bare(t.arena.get(t.patients[i].id)) >= bare(id) })
	for to = from; to < len(t.patients) && bare(t.arena.get(t.patients[to].id)) == bare(id); to++ {
	}
	return from, to
}

// person gives a patient with his rows.
func (t *table) person(i int) person {
	p := &t.patients[i]
	out := person{id: t.arena.get(p.id), brief: t.brief(p), conflict: p.conflict}
	for k := range t.entries[p.first : p.first+p.count] {
		e := &t.entries[int(p.first)+k]
		if !e.twice() {
			out.rows = append(out.rows, row{id: out.id, kind: t.kinds[e.kind&kindMask], dept: t.depts[e.dept], title: t.arena.get(e.title), day: dayText(e.day), path: t.path(e), shared: e.shared()})
		}
	}
	return out
}
