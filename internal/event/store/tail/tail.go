package tail

import (
	"slices"
	"sync"
	"unsafe"

	"github.com/torideproject/toride/internal/event"
)

const (
	// Blocks grow up to this size, so that a quiet hour costs little.
	firstBlock = 64 << 10
	blockSize  = 1 << 20
	// Words and shapes that are kept once per tail; what is beyond it stands in
	// each event.
	maxWords      = 1 << 16
	maxWordBytes  = 4 << 20
	maxWord       = 256 // longer strings hardly repeat
	maxShapes     = 1 << 12
	maxShapeBytes = 16 << 10
	noShape       = 1<<16 - 1
	slots         = 1 << 11
	shapeSlots    = 1 << 8
)

// Tail grows by one goroutine at a time; its views are free.
type Tail struct {
	mu     sync.Mutex // for what views see
	blocks [][]byte   // never moved: strings of events point into them
	refs   []ref
	words  []string
	shapes [][]string // names of fields in their order; the first is empty
	bytes  int64

	// what only Add uses
	known      map[string]uint16
	recent     [slots]uint32 // number of a word + 1, by its hash
	wordLen    int
	shapeNames map[string]uint16
	shapeSlots [shapeSlots]uint16
	key        []byte
	orig, text []byte // of the event that is being written
}

// ref says where an event stands.
type ref struct{ block, at uint32 }

// New makes an empty tail.
func New() *Tail {
	return &Tail{known: map[string]uint16{}, shapeNames: map[string]uint16{}, shapes: [][]string{nil}}
}

// Len is the number of events.
func (t *Tail) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.refs)
}

// Bytes is the memory that the events take.
func (t *Tail) Bytes() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// View gives the events up to now.
func (t *Tail) View() View {
	t.mu.Lock()
	defer t.mu.Unlock()
	// The last block's length is written again by Add, so the list is copied.
	return View{blocks: slices.Clone(t.blocks), refs: t.refs, words: t.words, shapes: t.shapes}
}

// Add copies an event. Its times are cut to microseconds, as the files keep them.
func (t *Tail) Add(e *event.Event) {
	// The event is written behind what views can see. When it does not fit,
	// append moves it elsewhere, and it begins a block.
	var open []byte
	last := len(t.blocks) - 1
	if last >= 0 {
		open = t.blocks[last]
	}
	from := len(open)
	b := t.encode(open[from:from:cap(open)], e)
	t.mu.Lock()
	defer t.mu.Unlock()
	if from+len(b) > cap(open) {
		open, from = make([]byte, 0, max(min(firstBlock<<min(len(t.blocks), 8), blockSize), len(b))), 0
		open = append(open, b...)
		t.blocks = append(t.blocks, open)
		last++
		t.bytes += int64(cap(open))
	}
	t.blocks[last] = open[:from+len(b)]
	t.refs = append(t.refs, ref{uint32(last), uint32(from)})
	t.bytes += int64(unsafe.Sizeof(ref{}))
}
