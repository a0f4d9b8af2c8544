package sigma

// node is a condition on its way from a rule to a program: constants worked
// out, nested And and Or made flat, double Not removed.
type node struct {
	op   Op    // And, Or, Not, Leaf, True or False
	what what  // of a Leaf
	id   int32 // of a Leaf: index of the kind that what says
	lits []int32
	kids []*node
}

// what a leaf of a node is.
type what uint8

const (
	isLeaf  what = iota // a leaf of the engine
	isFact              // a fact of a bucket: one of lits was found
	isLazy              // a leaf that is tested on the value when it is asked for
	isFixed             // a leaf on a fixed field, known for a whole shape
)

func constant(b bool) *node {
	if b {
		return &node{op: True}
	}
	return &node{op: False}
}

// negate gives Not n, simplified.
func negate(n *node) *node {
	switch n.op {
	case True:
		return constant(false)
	case False:
		return constant(true)
	case Not:
		return n.kids[0]
	}
	return &node{op: Not, kids: []*node{n}}
}

// combine joins kids by And or Or, simplified. It keeps their order and does
// not change them.
func combine(op Op, kids []*node) *node {
	unit, zero := True, False // what changes nothing, what decides
	if op == Or {
		unit, zero = False, True
	}
	flat := make([]*node, 0, len(kids))
	for _, k := range kids {
		switch k.op {
		case unit:
		case zero:
			return k
		case op:
			flat = append(flat, k.kids...)
		default:
			flat = append(flat, k)
		}
	}
	switch len(flat) {
	case 0:
		return &node{op: unit}
	case 1:
		return flat[0]
	}
	return &node{op: op, kids: flat}
}

// fromExpr turns an expression into a node; leafOf names its leaves.
func fromExpr(x *Expr, leafOf func(*Match) int32) *node {
	switch x.Op {
	case And, Or:
		kids := make([]*node, len(x.Kids))
		for i, k := range x.Kids {
			kids[i] = fromExpr(k, leafOf)
		}
		return combine(x.Op, kids)
	case Not:
		return negate(fromExpr(x.Kids[0], leafOf))
	case Leaf:
		return &node{op: Leaf, id: leafOf(x.Match)}
	}
	return constant(x.Op == True)
}

// each calls f for every leaf.
func (n *node) each(f func(*node)) {
	if n.op == Leaf {
		f(n)
	}
	for _, k := range n.kids {
		k.each(f)
	}
}

// mapLeaves builds the node anew with each leaf replaced.
func (n *node) mapLeaves(f func(*node) *node) *node {
	switch n.op {
	case Leaf:
		return f(n)
	case Not:
		return negate(n.kids[0].mapLeaves(f))
	case And, Or:
		kids := make([]*node, len(n.kids))
		for i, k := range n.kids {
			kids[i] = k.mapLeaves(f)
		}
		return combine(n.op, kids)
	}
	return n
}
