package evtx

import (
	"bytes"
	"hash/maphash"
	"sync"
)

// Cache holds the templates and shapes that decoders have met, each once, so
// that decoders of many chunks and files share them. It may be used by any
// number of goroutines. What it has once given out it never drops; when it is
// full, further templates and shapes are simply not kept.
type Cache struct {
	seed maphash.Seed

	mu        sync.RWMutex
	size      int // about how many bytes everything takes
	templates map[string]*template
	variants  map[defKey][]*variant
	layouts   map[string]*layout
	shapes    map[uint64][]*Shape
	count     int               // shapes
	names     map[string]string // of fields, each once
}

// maxVariants is how many ways of standing in a chunk are kept of templates
// that say the same of themselves.
const maxVariants = 64

// NewCache makes an empty cache.
func NewCache() *Cache {
	return &Cache{
		seed:      maphash.MakeSeed(),
		templates: map[string]*template{},
		variants:  map[defKey][]*variant{},
		layouts:   map[string]*layout{},
		shapes:    map[uint64][]*Shape{},
		names:     map[string]string{},
	}
}

// Shapes is how many shapes the cache holds: every Shape.ID is below it.
func (c *Cache) Shapes() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.count
}

// Size is about how many bytes of memory the cache takes, at most 64 MiB.
func (c *Cache) Size() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.size
}

// template gives the one template for a program, compiling it if it is new.
func (c *Cache) template(prog []byte) *template {
	c.mu.RLock()
	t := c.templates[string(prog)]
	c.mu.RUnlock()
	if t != nil {
		return t
	}
	t = compile(string(prog))
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.templates[t.prog]; old != nil {
		return old
	}
	if len(c.templates) >= MaxTemplates || !c.room(t.size) {
		return t
	}
	t.id = uint32(len(c.templates) + 1)
	c.templates[t.prog] = t
	return t
}

// room takes n bytes of the cache's size; the caller holds the lock.
func (c *Cache) room(n int) bool {
	if c.size+n > maxCacheSize {
		return false
	}
	c.size += n
	return true
}

func (c *Cache) known(key defKey) []*variant {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.variants[key]
}

// learn keeps a variant, copying what belongs to the caller's chunk, and
// gives all of the key's. It gives nil if there is no room.
func (c *Cache) learn(key defKey, v *variant) []*variant {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.variants[key]
	size := 128 + len(v.data) + 40*len(v.relocs)
	for _, r := range v.relocs {
		size += len(r.name)
	}
	if len(old) >= maxVariants || !c.room(size) {
		return nil
	}
	own := &variant{t: v.t, data: bytes.Clone(v.data), relocs: make([]reloc, len(v.relocs))}
	for i, r := range v.relocs {
		r.name = bytes.Clone(r.name)
		own.relocs[i] = r
	}
	// A new slice each time: decoders read the old one without the lock.
	vs := append(old[:len(old):len(old)], own)
	c.variants[key] = vs
	return vs
}

// layout gives the one layout for a tuple of templates.
func (c *Cache) layout(tuple []byte, b *body) *layout {
	c.mu.RLock()
	l := c.layouts[string(tuple)]
	c.mu.RUnlock()
	if l != nil {
		return l
	}
	l = newLayout(b)
	for _, in := range b.insts {
		if in.t.id == 0 {
			return l
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.layouts[string(tuple)]; old != nil {
		return old
	}
	if len(c.layouts) >= MaxShapes || !c.room(l.size+len(tuple)) {
		return l
	}
	l.tuple, l.salt = string(tuple), maphash.Bytes(c.seed, tuple)
	c.layouts[l.tuple] = l
	for i := range l.fields {
		f := &l.fields[i]
		if old, ok := c.names[f.Name]; ok {
			f.Name = old
		} else {
			c.names[f.Name] = f.Name
		}
	}
	l.kept = true
	return l
}

// shape gives the one shape for a layout and its identifying values.
func (c *Cache) shape(h uint64, l *layout, key []byte, build func() *Shape) *Shape {
	c.mu.RLock()
	s := find(c.shapes[h], l, key)
	c.mu.RUnlock()
	if s != nil {
		return s
	}
	s = build()
	s.id = -1
	if !l.kept {
		return s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := find(c.shapes[h], l, key); old != nil {
		return old
	}
	if c.count >= MaxShapes || !c.room(512+2*len(key)) {
		return s
	}
	s.id = c.count
	c.count++
	c.shapes[h] = append(c.shapes[h], s)
	return s
}

func find(ss []*Shape, l *layout, key []byte) *Shape {
	for _, s := range ss {
		if s.layout == l && bytes.Equal(s.key, key) {
			return s
		}
	}
	return nil
}
