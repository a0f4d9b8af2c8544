package ssmix2

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// memo is what the index keeps of a patient for a later quick walk: what his
// newest dates held. With it the walk says what is new from those dates alone,
// whatever stands in the hundred folders of the years before.
type memo struct {
	window window
	before uint32 // hash of the dates before the window: they have to be the same
	moves  uint32 // hash of the names that say where he lies: the same
	all    uint32 // hashAll of the window
	files  int
	kinds  []source.Count // without Newest
}

// window is where the newest dates of each root begin.
type window []rootDate

type rootDate struct {
	root int32
	date string
}

func windowOf(dates []ssmix2.Dir) window {
	var out window
	left := 0
	for i := len(dates) - 1; i >= 0; i-- { // root by root, sorted
		_, date := split(dates[i].Path)
		if date == "-" {
			continue
		}
		if n := len(out); n == 0 || out[n-1].root != dates[i].Root {
			out, left = append(out, rootDate{dates[i].Root, date}), recentDates-1
		} else if left > 0 {
			out[n-1].date = date
			left--
		}
	}
	return out
}

// has reports whether a folder of a date is in the window. "-" is in every one,
// and so is whatever stands in a root that had no date.
func (w window) has(root int32, date string) bool {
	i := slices.IndexFunc(w, func(r rootDate) bool { return r.root == root })
	return date == "-" || i < 0 || date >= w[i].date
}

// before hashes the dates before the window.
func (w window) before(dates []ssmix2.Dir) uint32 {
	h := emptyHash
	for _, d := range dates {
		if _, date := split(d.Path); !w.has(d.Root, date) {
			h = h.add(d.Path)
		}
	}
	return uint32(h)
}

// records are those of the window.
func (w window) records(all []ssmix2.Record) []ssmix2.Record {
	var out []ssmix2.Record
	for i := range all {
		if w.has(all[i].Root, folderDate(&all[i])) {
			out = append(out, all[i])
		}
	}
	return out
}

func folderDate(r *ssmix2.Record) string {
	dir, _ := split(r.Dir)
	_, date := split(dir)
	return date
}

// plain reports whether all records stand in the folders of their dates: then
// versions of one thing stand together, and a window can be counted alone.
func plain(records []ssmix2.Record) bool {
	for i := range records {
		if records[i].Date != folderDate(&records[i]) {
			return false
		}
	}
	return true
}

func hashMoves(records []ssmix2.Record) uint32 {
	sum := uint32(0)
	for i := range records {
		if moves(&records[i]) {
			sum += hashOf(&records[i])
		}
	}
	return sum
}

// memoOf makes the memo of a listing that has at least the newest dates; nil
// where nothing can be said from them alone.
func memoOf(l *ssmix2.Listing) []byte {
	if !plain(l.Records) {
		return nil
	}
	m := memo{window: windowOf(l.Dates)}
	records := m.window.records(l.Records)
	items, _ := ssmix2.Resolve(records)
	m.before, m.moves, m.all = m.window.before(l.Dates), hashMoves(records), hashAll(records)
	m.files, m.kinds = len(records), counts(&ssmix2.Listing{Records: records}, items)
	return m.bytes()
}

// memoVersion begins a memo; what begins otherwise is none.
const memoVersion = 1

func (m *memo) bytes() []byte {
	out := append(make([]byte, 0, 64), memoVersion)
	text := func(s string) { out = append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	out = binary.AppendUvarint(out, uint64(len(m.window)))
	for _, r := range m.window {
		out = binary.AppendUvarint(out, uint64(r.root))
		text(r.date)
	}
	for _, h := range []uint32{m.before, m.moves, m.all} {
		out = binary.LittleEndian.AppendUint32(out, h)
	}
	out = binary.AppendUvarint(out, uint64(m.files))
	for _, k := range m.kinds {
		text(k.Kind)
		out = binary.AppendUvarint(out, uint64(k.Items))
	}
	return out
}

// readMemo reads what bytes wrote; anything else is no memo.
func readMemo(data []byte) (m memo, ok bool) {
	if len(data) == 0 || data[0] != memoVersion {
		return m, false
	}
	r := memoReader{data[1:], true}
	for range r.number(1000) {
		root := r.number(1 << 30)
		m.window = append(m.window, rootDate{int32(root), r.text()})
	}
	for _, h := range []*uint32{&m.before, &m.moves, &m.all} {
		*h = r.hash()
	}
	m.files = r.number(1 << 30)
	for r.ok && len(r.data) > 0 {
		kind := r.text()
		m.kinds = append(m.kinds, source.Count{Kind: kind, Items: r.number(1 << 30)})
	}
	return m, r.ok
}

type memoReader struct {
	data []byte
	ok   bool
}

func (r *memoReader) number(most int) int {
	v, n := binary.Uvarint(r.data)
	if n <= 0 || v > uint64(most) {
		r.data, r.ok = nil, false
		return 0
	}
	r.data = r.data[n:]
	return int(v)
}

func (r *memoReader) text() string {
	n := r.number(1 << 16)
	if n > len(r.data) {
		r.data, r.ok = nil, false
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

func (r *memoReader) hash() uint32 {
	if len(r.data) < 4 {
		r.data, r.ok = nil, false
		return 0
	}
	h := binary.LittleEndian.Uint32(r.data)
	r.data = r.data[4:]
	return h
}

// since gives how many items of each kind there are more than the memo says, or
// fewer, and what was sent last.
func (m *memo) since(now []source.Count) []source.Count {
	out := slices.Clone(now)
	for _, k := range m.kinds {
		i := slices.IndexFunc(out, func(c source.Count) bool { return c.Kind == k.Kind })
		if i < 0 {
			i, out = len(out), append(out, source.Count{Kind: strings.Clone(k.Kind)})
		}
		out[i].Items -= k.Items
	}
	return out
}
