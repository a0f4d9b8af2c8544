package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Root is the top of a directory, as the manifest signs it.
type Root struct {
	At     int64  `json:"at"`     // place of the top block
	Level  int    `json:"level"`  // 0 if the top block is a leaf
	SHA256 string `json:"sha256"` // of the top block
}

// maxLevel bounds the height: with some 300 blocks below each, four levels
// stand above 10¹² files.
const maxLevel = 8

func keyFor(path string) string { return strings.ReplaceAll(path, "/", "\x00") }

func pathFor(key []byte) string { return string(bytes.ReplaceAll(key, []byte{0}, []byte{'/'})) }

// treeWriter writes a directory from front to back; it holds one block a level.
type treeWriter struct {
	to     *sealing
	levels []*blockWriter
}

func (t *treeWriter) add(e *Entry) error {
	b, err := t.room(0)
	if err != nil {
		return err
	}
	b.entry(keyFor(e.Path), e)
	return nil
}

// room gives a level's block, after writing it out if it is full. A level
// that exists is therefore never empty at the end.
func (t *treeWriter) room(level int) (*blockWriter, error) {
	if level == len(t.levels) {
		t.levels = append(t.levels, &blockWriter{})
	}
	b := t.levels[level]
	if len(b.buf) < blockFull {
		return b, nil
	}
	first := b.first
	c, err := t.write(level)
	if err != nil {
		return nil, err
	}
	up, err := t.room(level + 1)
	if err != nil {
		return nil, err
	}
	up.child(first, c)
	return b, nil
}

func (t *treeWriter) write(level int) (child, error) {
	data := t.levels[level].bytes(level)
	at, err := t.to.frame(data)
	return child{at: at, digest: sha256.Sum256(data)}, err
}

// close writes what is held and gives the top.
func (t *treeWriter) close() (Root, error) {
	if len(t.levels) == 0 { // no file at all
		t.levels = append(t.levels, &blockWriter{})
	}
	for level := 0; ; level++ {
		first := t.levels[level].first
		c, err := t.write(level)
		if err != nil {
			return Root{}, err
		}
		if level == len(t.levels)-1 {
			return Root{At: c.at, Level: level, SHA256: hex.EncodeToString(c.digest[:])}, nil
		}
		up, err := t.room(level + 1)
		if err != nil {
			return Root{}, err
		}
		up.child(first, c)
	}
}

// cursor goes through a directory in order, from any place. Not for several
// goroutines at once.
type cursor struct {
	blocks func(child) ([]byte, error) // checked against the digest
	top    child
	stack  []blockReader // top first, the leaf last
	err    error
}

func newCursor(root Root, blocks func(child) ([]byte, error)) (*cursor, error) {
	raw, err := hex.DecodeString(root.SHA256)
	if err != nil || len(raw) != digestSize || root.Level < 0 || root.Level > maxLevel {
		return nil, errBlock
	}
	return &cursor{blocks: blocks, top: child{at: root.At, digest: [digestSize]byte(raw)}, stack: make([]blockReader, root.Level+1)}, nil
}

// load opens the block of a level.
func (c *cursor) load(level int, from child) bool {
	at := len(c.stack) - 1 - level
	data, err := c.blocks(from)
	if err == nil {
		key := c.stack[at].key[:0]
		c.stack[at], err = parseBlock(data, level)
		c.stack[at].key = key
	}
	c.err = err
	return err == nil
}

func (c *cursor) leaf() *blockReader { return &c.stack[len(c.stack)-1] }

// key is the current key, valid until the cursor moves.
func (c *cursor) key() []byte { return c.leaf().key }

// seek goes to the first entry whose key is not below key. A seek costs one
// block a level: at 20 million files three, or two that are not in the cache.
func (c *cursor) seek(key string) bool {
	from := c.top
	for level := len(c.stack) - 1; level > 0; level-- {
		if !c.load(level, from) {
			return false
		}
		r := &c.stack[len(c.stack)-1-level]
		if !r.next() {
			c.err = errBlock
			return false
		}
		from = r.c
		for r.next() {
			if string(r.key) > key {
				r.parked = true
				break
			}
			from = r.c
		}
		if r.err != nil {
			c.err = r.err
			return false
		}
	}
	return c.load(0, from) && c.forward(key)
}

// skip is seek for a key that is not below the current one: it looks at the
// rest of the leaf first.
func (c *cursor) skip(key string) bool {
	r := c.leaf()
	for r.next() {
		if string(r.key) >= key {
			return true
		}
	}
	if c.err = r.err; c.err != nil {
		return false
	}
	return c.seek(key)
}

func (c *cursor) forward(key string) bool {
	for c.next() {
		if string(c.key()) >= key {
			return true
		}
	}
	return false
}

// next goes to the next entry; false at the end and on an error.
func (c *cursor) next() bool {
	if c.err != nil {
		return false
	}
	for level := 0; level < len(c.stack); {
		r := &c.stack[len(c.stack)-1-level]
		switch {
		case r.next():
			if level == 0 {
				return true
			}
			if level--; !c.load(level, r.c) {
				return false
			}
		case r.err != nil:
			c.err = r.err
			return false
		default:
			level++
		}
	}
	return false
}
