package sigma

import "bytes"

// witnesses chooses for every rule a set of facts of which at least one is true
// in any event that the rule matches, so that most rules are never tried.
type witnesses struct {
	bucket *bucket
	weight []float64 // of each fact: a guess how often it is true
}

func newWitnesses(b *bucket) *witnesses {
	w := &witnesses{bucket: b, weight: make([]float64, len(b.facts))}
	for f, lits := range b.facts {
		for _, l := range lits {
			w.weight[f] += literalWeight(&b.lits[l])
		}
	}
	return w
}

// literalWeight guesses how often a literal is found.
func literalWeight(l *literal) float64 {
	n := len(l.text)
	switch l.kind {
	case litPresent:
		return 0.95
	case litNonEmpty:
		return 0.9
	case litWhole:
		if n <= 2 {
			return 0.05
		}
		return 0.002
	case litBase:
		if commonProgram(l.text) {
			return 0.05
		}
		return 0.002
	}
	switch {
	case n == 3:
		return 0.03
	case n == 4:
		return 0.015
	case n < 8:
		return 0.006
	}
	return 0.001
}

// commonProgram knows the programs that most process creations are of.
func commonProgram(path string) bool {
	switch string(baseName([]byte(path))) {
	case `\cmd.exe`, `\powershell.exe`, `\svchost.exe`, `\explorer.exe`, `\rundll32.exe`, `\services.exe`, `\pwsh.exe`, `\conhost.exe`, `\net.exe`, `\reg.exe`:
		return true
	}
	return false
}

// of gives the witnesses of a tree and their weight; ok is false where there
// are none, so that the tree has to be tried always.
func (w *witnesses) of(n *node) (facts []int32, weight float64, ok bool) {
	switch {
	case n.op == Leaf && n.what == isFact:
		return []int32{n.id}, w.weight[n.id], true
	case n.op == And:
		for _, k := range n.kids {
			f, x, found := w.of(k)
			if found && (!ok || x < weight) {
				facts, weight, ok = f, x, true
			}
		}
		return facts, weight, ok
	case n.op == Or:
		for _, k := range n.kids {
			f, x, found := w.of(k)
			if !found {
				return nil, 0, false
			}
			facts, weight = append(facts, f...), weight+x
		}
		return facts, weight, true
	case n.op == False:
		return nil, 0, true
	}
	return nil, 0, false
}

// never is the literal test used by NeedText: text that has a character which
// no number, GUID, SID or time has.
func never(text string) bool {
	return bytes.ContainsFunc([]byte(text), func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'f') && !bytes.ContainsRune([]byte("xstz:.+-{}() "), r)
	})
}
