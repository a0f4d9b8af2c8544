package archive

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"slices"
	"sort"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// Walk makes the table and yields every patient by his number, without its
// leading zeros. A walk that is not Quick counts files without a row besides.
func (s *store) Walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	if err := s.gone(); err != nil {
		return err
	}
	t, err := s.load(ctx, len(s.indexes) == 0)
	if err != nil {
		return err
	}
	from := 0
	if opt.After != "" {
		from = sort.Search(len(t.patients), func(i int) bool { return compareIDs(t.arena.get(t.patients[i].id), opt.After) > 0 })
	}
	for i := from; i < len(t.patients); i++ {
		if err := s.still(ctx, i-from); err != nil {
			return err
		}
		if err := yield(t.entry(i, opt.Known)); err != nil {
			return err
		}
	}
	if !opt.Quick && len(s.indexes) > 0 {
		if err := s.countUnlisted(ctx, t); err != nil {
			return err
		}
	}
	return s.gone()
}

// still looks now and then whether the archive is still there: the table alone
// would not notice.
func (s *store) still(ctx context.Context, n int) error {
	if n&1023 == 1023 {
		if err := s.gone(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// entry is one patient for the index. Nothing is read for it.
func (t *table) entry(i int, known func(string) (uint64, bool)) source.Entry {
	p := &t.patients[i]
	id := t.arena.get(p.id)
	h := fnv.New64a()
	b := t.brief(p)
	_, _ = io.WriteString(h, id+"\x00"+b.Kanji+"\x00"+b.Kana+"\x00"+b.Birth+"\x00"+b.Sex)
	e := source.Entry{ID: id, Position: id, Brief: b}
	if p.conflict {
		e.Notices++
	}
	counts := map[string]*source.Count{}
	var raw [12]byte
	for k := range t.entries[p.first : p.first+p.count] {
		r := &t.entries[int(p.first)+k]
		if r.twice() {
			continue
		}
		binary.LittleEndian.PutUint64(raw[:], t.hash(r))
		binary.LittleEndian.PutUint32(raw[8:], r.day)
		_, _ = h.Write(raw[:])
		kind := kindOf(t.kinds[r.kind&kindMask])
		_, _ = io.WriteString(h, kind)
		c := counts[kind]
		if c == nil {
			c = &source.Count{Kind: kind}
			counts[kind] = c
		}
		c.Items++
		c.Newest = max(c.Newest, model.Stamp(dayText(r.day)))
		e.Files++
		if r.shared() {
			e.Notices++
		}
	}
	e.Mark = h.Sum64()
	if known != nil {
		if mark, ok := known(id); ok && mark == e.Mark {
			return source.Entry{ID: id, Position: id, Mark: mark, Same: true}
		}
	}
	for _, c := range counts {
		e.Kinds = append(e.Kinds, *c)
	}
	slices.SortFunc(e.Kinds, func(a, b source.Count) int { return cmp.Compare(a.Kind, b.Kind) })
	return e
}

// countUnlisted counts documents that no row of the index names. It takes eight
// bytes for each row while it goes.
func (s *store) countUnlisted(ctx context.Context, t *table) error {
	known := make([]uint64, len(t.entries))
	for i := range t.entries {
		known[i] = t.hash(&t.entries[i])
	}
	slices.Sort(known)
	extra := int64(0)
	err := s.walkFiles(ctx, ".", 0, func(at string) error {
		if _, ok := slices.BinarySearch(known, hashPath(at)); !ok {
			extra++
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.extra = extra
	s.mu.Unlock()
	return nil
}
