package fhir

import (
	"cmp"
	"hash/fnv"
	"slices"
	"sort"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// entry is where a resource stands: 48 bytes.
type entry struct {
	offset  int64
	id      uint64 // the same for versions of one resource; see identity of scan.go
	size    uint32
	file    uint32
	bundle  uint32 // its scope, counted over all files; 0: none
	patient uint32 // place in patients; nobody
	day     uint32 // YYYYMMDD, as far as it was written
	sent    uint32 // seconds since 2000, on the hospital's clock; 0: not said
	kind    uint16
	flags   uint16
}

const (
	flagMasked uint16 = 1 << iota
	flagPatient
)

const nobody = ^uint32(0)

// link names a resource by a hash of its scope and reference.
type link struct {
	hash uint64
	at   uint32
}

// patient is one person.
type patient struct {
	id    string
	brief source.Brief
	// facility is the system of his number.
	facility     string
	first, count uint32 // his entries
	notices      []model.Notice
	bed          *source.Bed
	location     string // of the bed, where it has no name but a reference
	bundle       uint32 // its scope
}

// table holds all resources, sorted by patient, then by file and place.
type table struct {
	files    []string
	packed   []bool // of files: what stands in them is found by reading up to it
	kinds    []string
	entries  []entry
	links    []link
	patients []patient // by number without leading zeros
	broken   []damage
	more     int // damages beyond the list
	lost     int // resources that name no patient though their type does
	sent     int64
}

// damage is a line or the rest of a file that could not be read.
type damage struct {
	file string
	why  string
}

const (
	maxDamage    = 50
	maxResources = 50_000_000
	maxKinds     = 2000
)

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

func bare(id string) string { return strings.TrimLeft(id, "0") }

func compareIDs(a, b string) int {
	return cmp.Or(strings.Compare(bare(a), bare(b)), strings.Compare(a, b))
}

// find gives the places of all spellings of a number.
func (t *table) find(id string) (from, to int) {
	from = sort.Search(len(t.patients), func(i int) bool { return bare(t.patients[i].id) >= bare(id) })
	for to = from; to < len(t.patients) && bare(t.patients[to].id) == bare(id); to++ {
	}
	return from, to
}

// resolve finds the resource that a reference of a scope means: in its own
// Bundle first, then anywhere. ok is false where it is in none of the files.
func (t *table) resolve(bundle uint32, ref string) (at int, ok bool) {
	if i := strings.Index(ref, "/_history/"); i > 0 {
		ref = ref[:i]
	}
	for _, h := range []uint64{hash(scopeName(bundle), ref), hash("", ref)} {
		i := sort.Search(len(t.links), func(i int) bool { return t.links[i].hash >= h })
		if i < len(t.links) && t.links[i].hash == h {
			return int(t.links[i].at), true
		}
	}
	if parts := strings.Split(ref, "/"); len(parts) > 2 && strings.HasPrefix(ref, "http") { // a server's address of its own resource
		return t.resolve(bundle, parts[len(parts)-2]+"/"+parts[len(parts)-1])
	}
	return 0, false
}

func scopeName(bundle uint32) string {
	if bundle == 0 {
		return ""
	}
	return "b" + itoa(int(bundle))
}

func (t *table) of(p *patient) []entry { return t.entries[p.first : p.first+p.count] }

// sort puts entries in order and gives patients and links their places.
func (t *table) sort(rank []uint32) {
	order := make([]uint32, len(t.entries))
	for i := range order {
		order[i] = uint32(i) //nolint:gosec // at most maxResources
		if p := t.entries[i].patient; p != nobody {
			t.entries[i].patient = rank[p]
		}
	}
	slices.SortFunc(order, func(x, y uint32) int {
		a, b := &t.entries[x], &t.entries[y]
		return cmp.Or(cmp.Compare(a.patient, b.patient), cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset))
	})
	place := make([]uint32, len(order))
	sorted := make([]entry, len(order))
	for i, at := range order {
		place[at] = uint32(i) //nolint:gosec // at most maxResources
		sorted[i] = t.entries[at]
	}
	t.entries = sorted
	for i := range t.links {
		t.links[i].at = place[t.links[i].at]
	}
	slices.SortFunc(t.links, func(x, y link) int { return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.at, y.at)) })
	t.links = append(make([]link, 0, len(t.links)), t.links...)
	for i := range t.entries {
		if p := t.entries[i].patient; p != nobody {
			if t.patients[p].count == 0 {
				t.patients[p].first = uint32(i) //nolint:gosec // at most maxResources
			}
			t.patients[p].count++
		}
	}
}
