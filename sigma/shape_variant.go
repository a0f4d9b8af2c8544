package sigma

// variant is a bucket's rules reduced to what can match where some fields are
// absent and the leaves on fixed fields are known.
type variant struct {
	code   []instr
	entry  []int32 // rule of the bucket → where its program begins, below firstInstr for none
	direct []int32 // rules that match every event
	always []int32 // rules that have no witness and may match
	needs  []Need  // for each field of the bucket
	// keywords is what keywords want of all fields.
	keywords Need
}

// known is what is known about the leaves and fields of a shape.
type known struct {
	present []bool // field of the bucket → may be there
	fixed   []bool // fixed leaf → true; nil in the general variant
}

func (k *known) key() string {
	b := make([]byte, 0, (len(k.present)+len(k.fixed))/8+2)
	for _, bits := range [][]bool{k.present, k.fixed} {
		var x byte
		for i, on := range bits {
			if on {
				x |= 1 << (i & 7)
			}
			if i&7 == 7 {
				b, x = append(b, x), 0
			}
		}
		b = append(b, x)
	}
	return string(b)
}

// variant finds or builds the variant for what is known. How many are kept is
// bounded, because hostile events can ask for any number; shapes beyond share
// the general variant, in which all fields may be there and fixed leaves are
// facts.
func (b *bucket) variant(k *known) (v *variant, general bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := k.key()
	if v, ok := b.variants[key]; ok {
		return v, false
	}
	if len(b.variants) < b.maxVariants && len(b.code) < b.maxCode {
		v = b.newVariant(k)
		b.variants[key] = v
		return v, false
	}
	if b.general == nil {
		all := make([]bool, len(k.present))
		for i := range all {
			all[i] = true
		}
		b.general = b.newVariant(&known{present: all})
	}
	return b.general, true
}

func (b *bucket) newVariant(k *known) *variant {
	v := &variant{entry: make([]int32, len(b.rules)), needs: make([]Need, len(b.indices))}
	dead := b.deadFacts(k)
	for r, tree := range b.trees {
		residual, reads := tree, b.reads[r]
		if b.touched(r, k) {
			residual = tree.mapLeaves(func(n *node) *node { return b.resolve(n, k, dead) })
			reads = b.readsOf(residual)
		}
		if residual.op == True {
			v.direct = append(v.direct, int32(r))
		}
		if residual.op == True || residual.op == False {
			continue
		}
		v.entry[r] = b.program(residual)
		for _, f := range reads {
			if f == keywordField {
				v.keywords = b.keywordNeed
			} else {
				v.needs[f] = NeedValue
			}
		}
	}
	for _, r := range b.always {
		if v.entry[r] != 0 {
			v.always = append(v.always, r)
		}
	}
	v.code = b.code
	return v
}

// deadFacts are those that no present field can make true.
func (b *bucket) deadFacts(k *known) []bool {
	dead := make([]bool, len(b.facts))
	for f, lits := range b.facts {
		dead[f] = true
		for _, l := range lits {
			if at := b.lits[l].field; at == keywordField || k.present[at] {
				dead[f] = false
				break
			}
		}
	}
	return dead
}

// touched says whether anything known changes the rule.
func (b *bucket) touched(r int, k *known) bool {
	if b.hasFixed[r] {
		return true
	}
	for _, f := range b.reads[r] {
		if f != keywordField && !k.present[f] {
			return true
		}
	}
	return false
}

func (b *bucket) resolve(n *node, k *known, dead []bool) *node {
	switch n.what {
	case isFact:
		if dead[n.id] {
			return constant(false)
		}
	case isFixed:
		if k.fixed == nil {
			return &node{op: Leaf, what: isFact, id: int32(len(b.facts)) + n.id}
		}
		return constant(k.fixed[n.id])
	case isLazy:
		z := &b.lazies[n.id]
		if z.ref < 0 && z.field != keywordField && !k.present[z.field] {
			return constant(false)
		}
	}
	return n
}

// program writes the code of a tree unless it is there already.
func (b *bucket) program(n *node) int32 {
	key := string(nodeKey(nil, n))
	if at, ok := b.entries[key]; ok {
		return at
	}
	if len(b.code) == 0 {
		b.code = make([]instr, firstInstr)
	}
	e := emitter{code: b.code, weights: b.weights, lazies: b.lazies}
	at := int32(e.emit(n, hit, miss))
	b.code, b.entries[key] = e.code, at
	return at
}
