package query

import (
	"math/bits"
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// counts is what was counted of some events.
type counts struct {
	count   int64
	buckets map[string][]int64 // by dataset
	tops    []*tally           // by the place of the field
}

func (c *counting) empty() *counts {
	out := &counts{buckets: map[string][]int64{}}
	for range c.fields {
		out.tops = append(out.tops, newTally())
	}
	return out
}

func (c *counting) bucketsOf(t *counts, dataset string) []int64 {
	b := t.buckets[dataset]
	if b == nil {
		b = make([]int64, c.buckets.n)
		t.buckets[strings.Clone(dataset)] = b
	}
	return b
}

func (t *counts) add(o *counts) {
	t.count += o.count
	for name, b := range o.buckets {
		if t.buckets[name] == nil {
			t.buckets[name] = b
			continue
		}
		for i, n := range b {
			t.buckets[name][i] += n
		}
	}
	for i, tops := range o.tops {
		t.tops[i].full = t.tops[i].full || tops.full
		for v, n := range tops.counts {
			t.tops[i].add(v, *n)
		}
	}
}

// eachOfTail gives the times of the tail that lie in the range.
func (c *counting) eachOfTail(do func(int64)) {
	if c.run.view.Tail == nil {
		return
	}
	c.run.view.Tail.Each(func(e *event.Event) bool {
		if t := c.run.timeOf(e); t >= c.run.from && t < c.run.to {
			do(t)
		}
		return true
	})
}

// tail counts the events that are not sealed.
func (c *counting) tail(own *counts) {
	if c.run.view.Tail == nil {
		return
	}
	var mem scratch
	n := 0
	c.run.view.Tail.Each(func(e *event.Event) bool {
		if n++; n%1024 == 0 && c.run.ctx.Err() != nil {
			return false
		}
		if !c.run.node.event(e, &mem) {
			return true
		}
		own.count++
		if c.buckets.width > 0 {
			c.bucketsOf(own, e.Dataset)[c.buckets.of(c.run.timeOf(e))]++
		}
		for i := range c.fields {
			c.fields[i].values(e, func(v string) { own.tops[i].add(v, 1) })
		}
		return true
	})
	c.run.advance(n)
}

// values gives what an event says in a field; it says nothing in empty ones.
func (l *leaf) values(e *event.Event, do func(string)) {
	value := ""
	switch {
	case l.native != "":
		for i := range e.Fields {
			if strings.EqualFold(e.Fields[i].Name, l.native) && e.Fields[i].Value != "" {
				do(e.Fields[i].Value)
				return // the first, as Event.Get
			}
		}
	case l.column.IsNumber():
		value = decimal(numberOf(e, l.column))
	default:
		value = stringOf(e, l.column)
	}
	if value != "" {
		do(value)
	}
}

// group counts a row group and adds it to own. A group that cannot be read to
// its end adds nothing.
func (c *counting) group(g *segment.Group, own *counts) error {
	b, err := bind(c.run.node, g, &scratch{})
	if err != nil || b.state == none {
		return err
	}
	k := &groupCount{c: c, g: g, out: c.empty(), dicts: make([][]uint32, len(c.fields))}
	if b.state == all {
		if err := k.dictionaries(); err != nil {
			return err
		}
	}
	for i := range g.Blocks() {
		if err := c.run.ctx.Err(); err != nil {
			return err
		}
		var in, out rows
		in.fill(g.Block(i).Rows)
		if err := b.eval(g, i, &in, &out); err != nil {
			return err
		}
		if err := k.block(i, &out); err != nil {
			return err
		}
	}
	return k.finish(own)
}

// groupCount counts the rows of one row group.
type groupCount struct {
	c     *counting
	g     *segment.Group
	out   *counts
	dicts [][]uint32 // of fields with a dictionary: how often each value was met
	whole bool       // dicts were taken from the group's own counts
	datas []string
	sets  [][]int64     // the buckets of each of datas
	ways  map[int][]way // of the entry's own fields: how to read them, by shape
}

// dictionaries takes the counts that the writer made.
func (k *groupCount) dictionaries() error {
	k.whole = true
	for i, f := range k.c.fields {
		if f.native != "" || !f.column.IsDict() {
			continue
		}
		var err error
		if k.dicts[i], err = k.g.Counts(f.column); err != nil {
			return err
		}
	}
	return nil
}

func (k *groupCount) block(i int, found *rows) error {
	n := found.count()
	if n == 0 {
		return nil
	}
	k.out.count += int64(n)
	if err := k.histogram(i, found, n); err != nil {
		return err
	}
	for f := range k.c.fields {
		if err := k.field(f, i, found, n); err != nil {
			return err
		}
	}
	return nil
}

// histogram counts the rows of a block by time and dataset.
func (k *groupCount) histogram(i int, found *rows, n int) error {
	b := k.c.buckets
	if b.width == 0 {
		return nil
	}
	if k.sets == nil {
		var err error
		if k.datas, err = k.g.Dict(segment.ColDataset); err != nil {
			return err
		}
		k.sets = make([][]int64, len(k.datas))
	}
	least, greatest := k.c.run.span(k.g.Block(i))
	if b.of(least) == b.of(greatest) && len(k.datas) == 1 {
		k.set(0)[b.of(least)] += int64(n)
		return nil
	}
	sets, err := k.g.Indexes(segment.ColDataset, i)
	if err != nil {
		return err
	}
	times, err := k.g.Numbers(k.c.run.column, i)
	if err != nil {
		return err
	}
	at, from, to := 0, int64(0), int64(0) // the bucket of the row before
	found.each(func(j int) {
		t := times[j]
		if t < from || t >= to {
			at = b.of(t)
			from = b.first + int64(at)*b.width
			to = from + b.width
		}
		k.set(sets[j])[at]++
	})
	return nil
}

func (k *groupCount) set(i int32) []int64 {
	if k.sets[i] == nil {
		k.sets[i] = k.c.bucketsOf(k.out, k.datas[i])
	}
	return k.sets[i]
}

// field counts the values of one field in the rows of a block.
func (k *groupCount) field(f, i int, found *rows, n int) error {
	l := &k.c.fields[f]
	switch {
	case l.native != "":
		return k.own(f, i, found)
	case l.column.IsDict():
		if k.whole {
			return nil
		}
		indexes, err := k.g.Indexes(l.column, i)
		if err != nil {
			return err
		}
		if k.dicts[f] == nil {
			values, err := k.g.Dict(l.column)
			if err != nil {
				return err
			}
			k.dicts[f] = make([]uint32, len(values))
		}
		counts := k.dicts[f]
		if n == len(indexes) {
			for _, at := range indexes {
				counts[at]++
			}
			return nil
		}
		found.each(func(j int) { counts[indexes[j]]++ })
		return nil
	case l.column.IsNumber():
		return k.numbers(f, i, found)
	}
	return k.long(l.column, k.out.tops[f], i, found)
}

// numbers counts a column of numbers; ports by themselves, others by value.
func (k *groupCount) numbers(f, i int, found *rows) error {
	c := k.c.fields[f].column
	values, err := k.g.Numbers(c, i)
	if err != nil {
		return err
	}
	if c != segment.ColSourcePort && c != segment.ColDestPort {
		found.each(func(j int) {
			if v := decimal(values[j]); v != "" {
				k.out.tops[f].add(v, 1)
			}
		})
		return nil
	}
	if k.dicts[f] == nil {
		k.dicts[f] = make([]uint32, 1<<16)
	}
	ports := k.dicts[f]
	for w, x := range found {
		if x == ^uint64(0) {
			for _, v := range values[w<<6 : w<<6+64] {
				ports[uint16(v)]++
			}
			continue
		}
		for ; x != 0; x &= x - 1 {
			ports[uint16(values[w<<6|bits.TrailingZeros64(x)])]++
		}
	}
	return nil
}

func (k *groupCount) long(c segment.Column, to *tally, i int, found *rows) error {
	first := k.g.Block(i).First
	for j := found.next(0); j >= 0; {
		at, from, end := k.g.Slice(first + j)
		values, err := k.g.Strings(c, at)
		if err != nil {
			return err
		}
		for ; j >= 0 && first+j < end; j = found.next(j + 1) {
			if v := values.At(first + j - from); len(v) > 0 {
				to.add(bytesString(v), 1)
			}
		}
	}
	return nil
}

// finish adds the group to own, and gives the counted numbers of dictionaries their
// values.
func (k *groupCount) finish(own *counts) error {
	for f, counts := range k.dicts {
		if l := &k.c.fields[f]; counts != nil && l.column.IsDict() {
			if _, err := k.g.Dict(l.column); err != nil {
				return err
			}
		}
	}
	own.add(k.out)
	for f, counts := range k.dicts {
		l := &k.c.fields[f]
		if counts != nil && l.column.IsNumber() {
			for port, n := range counts {
				if n > 0 && port > 0 {
					own.tops[f].add(decimal(int64(port)), int64(n))
				}
			}
			continue
		}
		if counts == nil {
			continue
		}
		values, err := k.g.Dict(l.column) // it is in memory
		if err != nil {
			return err
		}
		for i, v := range values {
			if v != "" && i < len(counts) && counts[i] > 0 {
				own.tops[f].add(v, int64(counts[i]))
			}
		}
	}
	return nil
}
