package format

import (
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
)

// Limits of Keys. A sender that makes up names cannot fill the memory: names
// beyond are made anew each time, which is slower and gives the same fields.
const (
	maxKeys  = 16384 // of one Keys
	maxKids  = 2048  // of one Key
	maxProbe = 16    // places looked at for one name
	maxTries = 64    // names refused before a table is left as it is
)

// Key is a name in JSON at its place: all members called "user" of objects
// called "winlog" are one Key. It is never changed once it can be seen.
type Key struct {
	Path   string // from the outermost object, with dots: "winlog.user.name"
	Leaf   string // the last part
	Parent *Key   // the outermost object has an empty Path
	// Name and Role are what the owner of the Keys made of it: the field's name in
	// the event, and a number of its own for what the value means.
	Name string
	Role int
	kids atomic.Pointer[keyTable]
}

// keyTable is an open-addressed table, replaced by a copy when a name is added.
type keyTable struct {
	slots   []*Key // length is a power of two
	used    int
	refused int // guarded by Keys.mu
}

// Keys holds every Key that was met. It is safe for several goroutines;
// reading takes no lock.
type Keys struct {
	root     Key
	classify func(*Key)
	mu       sync.Mutex
	count    int
}

// NewKeys makes an empty Keys. classify sets Name and Role of a new Key, whose
// Path, Leaf and Parent are set and whose Name is Path; it depends on nothing else.
func NewKeys(classify func(*Key)) *Keys {
	return &Keys{classify: classify}
}

// Child gives the Key of a name inside parent (nil: the outermost object).
func (ks *Keys) Child(parent *Key, leaf string) *Key {
	if parent == nil {
		parent = &ks.root
	}
	if len(leaf) > MaxName {
		leaf = Cut(leaf, MaxName)
	}
	if t := parent.kids.Load(); t != nil {
		mask := uint32(len(t.slots) - 1)
		h := hash(leaf)
		for i := uint32(0); i < maxProbe; i++ {
			k := t.slots[(h+i)&mask]
			if k == nil {
				break
			}
			if k.Leaf == leaf {
				return k
			}
		}
	}
	return ks.add(parent, leaf)
}

func (ks *Keys) add(parent *Key, leaf string) *Key {
	k := &Key{Leaf: strings.Clone(leaf), Parent: parent}
	k.Path = k.Leaf
	if parent.Path != "" {
		k.Path = Cut(parent.Path+"."+k.Leaf, MaxName)
	}
	k.Name = k.Path
	ks.classify(k)
	ks.mu.Lock()
	defer ks.mu.Unlock()
	old := parent.kids.Load()
	if old == nil {
		old = &keyTable{slots: make([]*Key, 8)}
	}
	if k2 := old.find(leaf); k2 != nil {
		return k2 // somebody was quicker
	}
	if ks.count >= maxKeys || old.used >= maxKids || old.refused >= maxTries {
		return k
	}
	if t := old.with(k); t != nil {
		t.refused = old.refused
		parent.kids.Store(t)
		ks.count++
	} else {
		old.refused++
	}
	return k
}

func (t *keyTable) find(leaf string) *Key {
	mask, h := uint32(len(t.slots)-1), hash(leaf)
	for i := uint32(0); i < maxProbe; i++ {
		if k := t.slots[(h+i)&mask]; k != nil && k.Leaf == leaf {
			return k
		}
	}
	return nil
}

// with gives a table that has k too, or nil where too many names fall on one
// place even in a larger one: they are told apart by some of their bytes only.
func (t *keyTable) with(k *Key) *keyTable {
	size := len(t.slots)
	if 2*(t.used+1) > size {
		size *= 2
	}
	for range 3 {
		n := &keyTable{slots: make([]*Key, size)}
		if n.putAll(t.slots) && n.put(k) {
			return n
		}
		size *= 2
	}
	return nil
}

func (t *keyTable) putAll(keys []*Key) bool {
	for _, k := range keys {
		if k != nil && !t.put(k) {
			return false
		}
	}
	return true
}

func (t *keyTable) put(k *Key) bool {
	mask, h := uint32(len(t.slots)-1), hash(k.Leaf)
	for i := uint32(0); i < maxProbe; i++ {
		if p := &t.slots[(h+i)&mask]; *p == nil {
			*p = k
			t.used++
			return true
		}
	}
	return false
}

// hash mixes length, the first, middle and last eight bytes. It need not withstand an
// adversary: maxProbe bounds what a collision costs.
func hash(s string) uint32 {
	var a, b uint64
	n := len(s)
	switch {
	case n >= 8:
		a, b = le64(s), le64(s[n-8:])^bits.RotateLeft64(le64(s[n/2-4:]), 29)
	case n >= 4:
		a, b = uint64(le32(s)), uint64(le32(s[n-4:]))
	case n > 0:
		a = uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	}
	h, l := bits.Mul64(a^0x9e3779b97f4a7c15^uint64(n)<<56, b^0xe7037ed1a0b428db)
	return uint32(h^l) ^ uint32((h^l)>>32)
}

func le64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func le32(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
