package vault

import (
	"container/list"
	"sync"
)

// place is where a frame stands: a pack, or -1 for the directory.
type place struct {
	pack int
	at   int64
}

// cache keeps the frames that were used last, up to cacheBytes. Its zero value
// is empty.
type cache struct {
	mu    sync.Mutex
	byUse list.List // of *cachedFrame, the last used in front
	at    map[place]*list.Element
	bytes int
}

type cachedFrame struct {
	at   place
	data []byte
}

func (c *cache) get(at place) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.at[at]
	if e == nil {
		return nil, false
	}
	c.byUse.MoveToFront(e)
	return e.Value.(*cachedFrame).data, true
}

func (c *cache) put(at place, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = map[place]*list.Element{}
	}
	if c.at[at] != nil {
		return
	}
	c.at[at] = c.byUse.PushFront(&cachedFrame{at, data})
	c.bytes += len(data)
	for c.bytes > cacheBytes {
		last := c.byUse.Back()
		f := c.byUse.Remove(last).(*cachedFrame)
		delete(c.at, f.at)
		c.bytes -= len(f.data)
	}
}

// cached gives a frame from the cache or reads it. Two that miss at the same
// time both read: that is rare and harmless.
func (r *Reader) cached(at place, read func() ([]byte, error)) ([]byte, error) {
	if data, ok := r.cache.get(at); ok {
		return data, nil
	}
	data, err := read()
	if err == nil {
		r.cache.put(at, data)
	}
	return data, err
}
