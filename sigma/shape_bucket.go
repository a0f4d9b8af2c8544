package sigma

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
)

// bucket is what all shapes with the same rules share: the rules of some log
// sources with their leaves turned into facts, and the indices of their fields.
// All but the variants is constant after newBucket.
type bucket struct {
	rules   []int32          // of the engine, ascending; a rule of the bucket is a place in it
	trees   []*node          // leaves are facts, lazies and fixed ones
	reads   [][]int32        // for each rule its fields, keywordField among them
	local   map[string]int32 // name of a field that rules read → field of the bucket
	lits    []literal        // field is one of the bucket, or keywordField
	litFact span             // literal → facts that it makes true
	facts   [][]int32        // fact → its literals
	witness span             // fact → rules to be tried when it is true
	always  []int32          // rules to be tried with every event
	lazies  []lazy
	fixed   []int32 // leaves of the engine on fixed fields; fact len(facts)+i stands for them in the general variant
	indices []*fieldIndex
	keyword *fieldIndex // of fields that only keywords read; nil without keywords
	weights []float64   // of facts, see witnesses

	hasFixed    []bool // rule → it has a leaf on a fixed field
	keywordNeed Need   // what keywords want of a field
	maxCode     int    // instructions of all variants together
	maxVariants int

	mu       sync.Mutex
	code     []instr // grows; what is there never changes
	entries  map[string]int32
	variants map[string]*variant
	general  *variant
}

// lazy is a leaf that is tested on the value, its fields those of the bucket.
type lazy struct {
	*leaf
	id         int32 // of the leaf in the engine
	field, ref int32 // keywordField for keywords; ref -1 without
}

// span is a list of lists in one piece.
type span struct{ from, all []int32 }

func (s *span) of(i int32) []int32 { return s.all[s.from[i]:s.from[i+1]] }

// newSpan packs lists.
func newSpan(lists [][]int32) span {
	s := span{from: make([]int32, 1, len(lists)+1)}
	for _, l := range lists {
		s.all = append(s.all, l...)
		s.from = append(s.from, int32(len(s.all)))
	}
	return s
}

// bucketBuilder turns rules into a bucket.
type bucketBuilder struct {
	*bucket
	engine     *Engine
	fixedNames map[int32]bool  // engine fields that are fixed
	fieldOf    map[int32]int32 // engine field → bucket field
	litOf      map[literal]int32
	factOf     map[string]int32
	lazyOf     map[int32]int32
	fixedOf    map[int32]int32
}

// newBucket builds the bucket of some rules for shapes in which the given
// fields are fixed.
func newBucket(e *Engine, rules []int32, fixedNames []string) *bucket {
	b := &bucketBuilder{
		bucket: &bucket{rules: rules, local: map[string]int32{}, entries: map[string]int32{}, variants: map[string]*variant{}},
		engine: e, fixedNames: map[int32]bool{}, fieldOf: map[int32]int32{}, litOf: map[literal]int32{},
		factOf: map[string]int32{}, lazyOf: map[int32]int32{}, fixedOf: map[int32]int32{},
	}
	for _, name := range fixedNames {
		if f, ok := e.fields[name]; ok {
			b.fixedNames[f] = true
		}
	}
	for _, r := range rules {
		b.trees = append(b.trees, b.lower(e.trees[r]))
	}
	for i, t := range b.trees {
		b.trees[i] = t.mapLeaves(b.number)
	}
	b.index()
	b.route()
	return b.bucket
}

// field gives the bucket's number of a field of the engine.
func (b *bucketBuilder) field(f int32) int32 {
	if f == keywordField {
		return keywordField
	}
	n, ok := b.fieldOf[f]
	if !ok {
		n = int32(len(b.fieldOf))
		b.fieldOf[f] = n
		b.local[b.engine.names[f]] = n
	}
	return n
}

// lower replaces the leaves of the engine. Facts that stand beside each other
// in an Or become one.
func (b *bucketBuilder) lower(n *node) *node {
	switch n.op {
	case Leaf:
		return b.lowerLeaf(n.id)
	case Not:
		return negate(b.lower(n.kids[0]))
	case And, Or:
		kids := make([]*node, len(n.kids))
		for i, k := range n.kids {
			kids[i] = b.lower(k)
		}
		if n.op == Or {
			return mergeFacts(kids)
		}
		return combine(And, kids)
	}
	return n
}

func (b *bucketBuilder) lowerLeaf(id int32) *node {
	l := &b.engine.leaves[id]
	kind := l.match.Kind
	fixed := b.fixedNames[l.field]
	switch {
	case fixed && kind != FieldRef:
		return b.fixedLeaf(id)
	case l.field == keywordField:
		return mergeFacts([]*node{b.fixedLeaf(id), b.openLeaf(id, l, false)})
	case kind == Null:
		return negate(b.fact([]literal{{field: l.field, kind: litNonEmpty}}))
	case kind == Exists:
		return b.fact([]literal{{field: l.field, kind: litPresent}})
	}
	return b.openLeaf(id, l, fixed)
}

// openLeaf is a leaf on fields that are not fixed.
func (b *bucketBuilder) openLeaf(id int32, l *leaf, fixed bool) *node {
	if l.index != nil {
		return b.fact(l.index)
	}
	n, ok := b.lazyOf[id]
	if !ok {
		n = int32(len(b.lazies))
		b.lazyOf[id] = n
		z := lazy{leaf: l, id: id, field: b.field(l.field), ref: -1}
		if l.ref >= 0 {
			z.ref = b.field(l.ref)
		}
		b.lazies = append(b.lazies, z)
	}
	test := &node{op: Leaf, what: isLazy, id: n}
	if l.guard == nil || fixed {
		return test
	}
	return combine(And, []*node{b.fact(l.guard), test})
}

func (b *bucketBuilder) fixedLeaf(id int32) *node {
	n, ok := b.fixedOf[id]
	if !ok {
		n = int32(len(b.fixed))
		b.fixedOf[id] = n
		b.fixed = append(b.fixed, id)
	}
	return &node{op: Leaf, what: isFixed, id: n}
}

// fact is true when one of the literals is found.
func (b *bucketBuilder) fact(lits []literal) *node {
	n := &node{op: Leaf, what: isFact}
	for _, l := range lits {
		l.field = b.field(l.field)
		id, ok := b.litOf[l]
		if !ok {
			id = int32(len(b.lits))
			b.litOf[l] = id
			b.lits = append(b.lits, l)
		}
		n.lits = append(n.lits, id)
	}
	return n
}

// mergeFacts is combine(Or, kids) with all facts among them made one.
func mergeFacts(kids []*node) *node {
	n := combine(Or, kids)
	if n.op != Or {
		return n
	}
	one := &node{op: Leaf, what: isFact}
	rest := []*node{one}
	for _, k := range n.kids {
		if k.op == Leaf && k.what == isFact {
			one.lits = append(one.lits, k.lits...)
		} else {
			rest = append(rest, k)
		}
	}
	if len(one.lits) == 0 {
		return n
	}
	return combine(Or, rest)
}

// number gives equal facts the same number.
func (b *bucketBuilder) number(n *node) *node {
	if n.what != isFact {
		return n
	}
	lits := slices.Compact(slices.Sorted(slices.Values(n.lits)))
	key := make([]byte, 0, 4*len(lits))
	for _, l := range lits {
		key = binary.LittleEndian.AppendUint32(key, uint32(l))
	}
	id, ok := b.factOf[string(key)]
	if !ok {
		id = int32(len(b.facts))
		b.factOf[string(key)] = id
		b.facts = append(b.facts, lits)
	}
	return &node{op: Leaf, what: isFact, id: id}
}

// index builds the indices of the fields. The literals of keywords are in the
// index of every field.
func (b *bucketBuilder) index() {
	fields := make([][]int32, len(b.fieldOf))
	var keywords []int32
	for id, l := range b.lits {
		if l.field == keywordField {
			keywords = append(keywords, int32(id))
		} else {
			fields[l.field] = append(fields[l.field], int32(id))
		}
	}
	for _, of := range fields {
		b.indices = append(b.indices, newFieldIndex(b.engine.indexID.Add(1), b.lits, append(of, keywords...)))
	}
	if len(keywords) > 0 {
		b.keyword = newFieldIndex(b.engine.indexID.Add(1), b.lits, keywords)
	}
	facts := make([][]int32, len(b.lits))
	for f, lits := range b.facts {
		for _, l := range lits {
			facts[l] = append(facts[l], int32(f))
		}
	}
	b.litFact = newSpan(facts)
}

// route finds for each rule the facts of which one must be true, the fields it
// reads, and its program.
func (b *bucketBuilder) route() {
	witness := make([][]int32, len(b.facts))
	w := newWitnesses(b.bucket)
	leaves := 0
	for r, t := range b.trees {
		facts, _, ok := w.of(t)
		if !ok {
			b.always = append(b.always, int32(r))
		}
		for _, f := range facts {
			witness[f] = append(witness[f], int32(r))
		}
		b.reads = append(b.reads, b.readsOf(t))
		fixed := false
		t.each(func(n *node) { fixed = fixed || n.what == isFixed; leaves++ })
		b.hasFixed = append(b.hasFixed, fixed)
	}
	for f, rules := range witness {
		witness[f] = slices.Compact(rules)
	}
	b.witness, b.weights = newSpan(witness), w.weight
	b.maxCode = 4*leaves + 1<<16
	b.maxVariants = b.engine.options.MaxVariants
	b.keywordNeed = b.needOfKeywords()
}

// needOfKeywords is NeedText where no keyword can occur in a number.
func (b *bucket) needOfKeywords() Need {
	for _, l := range b.lits {
		if l.field == keywordField && !never(l.text) {
			return NeedValue
		}
	}
	for _, z := range b.lazies {
		if z.field == keywordField && z.guard == nil {
			return NeedValue
		}
	}
	return NeedText
}

// readsOf lists the fields that a tree reads, fixed ones aside.
func (b *bucket) readsOf(t *node) []int32 {
	fields := map[int32]bool{}
	t.each(func(n *node) {
		switch {
		case n.what == isFact && int(n.id) < len(b.facts): // else a fixed leaf in the general variant
			for _, l := range b.facts[n.id] {
				fields[b.lits[l].field] = true
			}
		case n.what == isLazy:
			fields[b.lazies[n.id].field] = true
			if ref := b.lazies[n.id].ref; ref >= 0 {
				fields[ref] = true
			}
		}
	})
	return slices.SortedFunc(maps.Keys(fields), cmp.Compare[int32])
}
